//! What `check` and `dump` print, and how they end.

use std::fs;

use assert_cmd::Command;
use serde_json::Value;

use crate::bench::Bench;

fn kafdir(bench: &Bench, args: &[&str]) -> Command {
    let mut command = Command::cargo_bin("kafdir").unwrap();
    command.env_clear().env("KAFDIR", bench.path("")).args(args);
    command
}

fn stdout(command: &mut Command, code: i32) -> String {
    let output = command.assert().code(code).stderr("").get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

fn spoil(bench: &Bench) {
    let mut bytes = bench.good(&bench.log()).to_vec();
    bytes[bench.places(&bench.log())[1].start + 70] ^= 1;
    fs::write(bench.log(), bytes).unwrap();
}

#[test]
fn findings_are_lines_with_file_and_position() {
    let bench = Bench::new(&[], 3);
    assert_eq!(stdout(&mut kafdir(&bench, &["check"]), 0), "");
    spoil(&bench);
    let position = bench.places(&bench.log())[1].start;
    let place = format!("{}:{position}: ", bench.log().display());
    let text = stdout(&mut kafdir(&bench, &["check", "t"]), 6);
    assert!(
        text.starts_with(&format!("{place}bad-batch: the batch's CRC-32C is ")),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1);
    let text = stdout(&mut kafdir(&bench, &["check", "--repair"]), 0);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(
        lines[0].starts_with(&format!("{place}bad-batch: ")),
        "{text}"
    );
    assert!(lines[1].starts_with(&format!("{place}mended: ")), "{text}");
    assert!(lines[1].ends_with(".cut"), "{text}");
    assert_eq!(stdout(&mut kafdir(&bench, &["check", "--repair"]), 0), "");
}

#[test]
fn json_is_an_object_a_finding() {
    let bench = Bench::new(&[], 3);
    spoil(&bench);
    fs::write(bench.file("notes.txt"), "").unwrap();
    let text = stdout(&mut kafdir(&bench, &["check", "--repair", "--json"]), 6);
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let states: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line["state"].as_str().unwrap(),
                line["kind"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        states,
        [
            ("found", "stray"),
            ("found", "bad-batch"),
            ("mended", "mended"),
            ("left", "stray")
        ]
    );
    let batch = &lines[1];
    assert_eq!(batch["path"], bench.log().to_str().unwrap());
    assert_eq!(batch["position"], bench.places(&bench.log())[1].start);
    assert_eq!(batch["harmless"], false);
    assert_eq!(lines[0]["position"], Value::Null);
}

#[test]
fn an_unknown_topic_is_an_error() {
    let bench = Bench::new(&[], 1);
    for args in [&["check", "u"][..], &["check", "--repair", "u"]] {
        let assert = kafdir(&bench, args).assert().code(1).stdout("");
        let stderr = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
        assert!(stderr.contains("there is no topic 'u'"), "{stderr}");
    }
    kafdir(&bench, &["check", "a/b"]).assert().code(2);
}

#[test]
fn dump_shows_what_is_there() {
    let bench = Bench::new(&["index.interval.bytes=1"], 2);
    let log = bench.log();
    let dump = |args: &[&str], path: &std::path::Path, code| {
        let mut command = kafdir(&bench, &["dump"]);
        stdout(command.args(args).arg(path), code)
    };
    let text = dump(&["--records"], &log, 0);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2 + 2 * 5, "{text}");
    assert_eq!(lines[0], format!("Dumping {}", log.display()));
    assert_eq!(lines[1], "Log starting offset: 0");
    assert!(
        lines[2].starts_with("baseOffset: 0 lastOffset: 3 count: 4 "),
        "{text}"
    );
    assert!(lines[2].ends_with(" isvalid: true"), "{text}");
    assert_eq!(
        lines[3],
        "| offset: 0 CreateTime: 1700000000000 keySize: -1 valueSize: 1 sequence: -1 headerKeys: [] payload: 0"
    );
    let position = bench.places(&log)[1].start;
    let text = dump(&[], &log.with_extension("index"), 0);
    assert!(
        text.ends_with(&format!("\noffset: 7 position: {position}\n")),
        "{text}"
    );
    let text = dump(&[], &log.with_extension("timeindex"), 0);
    assert!(
        text.ends_with("\ntimestamp: 1700000000007 offset: 7\n"),
        "{text}"
    );
    let text = dump(&[], &bench.file("leader-epoch-checkpoint"), 0);
    assert!(text.ends_with("\nepoch: 0 startOffset: 0\n"), "{text}");
    let text = dump(&["--json", "--records"], &log, 0);
    assert_eq!(text.lines().count(), 2 + 8);
    for line in text.lines() {
        let _: Value = serde_json::from_str(line).unwrap();
    }
}

#[test]
fn dump_goes_on_behind_damage() {
    let bench = Bench::new(&["index.interval.bytes=1"], 3);
    let (log, places) = (bench.log(), bench.places(&bench.log()));
    let dump = |path: &std::path::Path| stdout(kafdir(&bench, &["dump"]).arg(path), 6);
    spoil(&bench);
    let text = dump(&log);
    assert_eq!(text.matches("isvalid: true").count(), 2, "{text}");
    assert_eq!(text.matches("isvalid: false").count(), 1, "{text}");
    let mut bytes = bench.good(&log).to_vec();
    bytes[places[1].start + 16] = 9;
    bytes.truncate(places[2].end - 1);
    fs::write(&log, &bytes).unwrap();
    let text = dump(&log);
    let size = bytes.len() - places[1].start;
    assert!(
        text.contains(&format!("Found {size} invalid bytes at the end: ")),
        "{text}"
    );
    bench.restore();
    let index = log.with_extension("index");
    let mut bytes = bench.good(&index).to_vec();
    bytes[3] ^= 1;
    fs::write(&index, bytes).unwrap();
    assert!(dump(&index).contains("where no batch begins") || dump(&index).contains("ends at"));
    let mut command = kafdir(&bench, &["dump", "no-such.log"]);
    command.assert().code(1);
}
