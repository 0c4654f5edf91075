//! What `check` prints, and how it ends.

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
    assert!(lines[1].contains("the bytes are kept in "), "{text}");
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
