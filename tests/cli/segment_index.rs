//! What readers note of a partition's segments is never believed once the directory has changed, by whomever, and is not
//! missed where it can't be written.
//!
//! Every scene begins with a log of many segments whose names, bytes and times were noted. What a change left is then
//! read twice, with what was noted and without: both must say the same.

use std::fs;
use std::os::unix::fs::{FileExt as _, symlink};
use std::path::{Path, PathBuf};

use crate::harness::{Sandbox, wait_for};

const SEGMENTS: usize = 100;
/// The time of the first record, in ms; the others' follow each a second later.
const FIRST: usize = 1_700_000_000_000;

/// The log file of the segment that begins at `offset`.
fn log(sandbox: &Sandbox, offset: usize) -> PathBuf {
    sandbox.partition("t-0").join(format!("{offset:020}.log"))
}

fn index(sandbox: &Sandbox) -> PathBuf {
    sandbox.store().join("locks/segments/t-0")
}

/// What `describe` is to say of the log files' bytes.
fn described_bytes(sandbox: &Sandbox) -> String {
    let logs = (0..SEGMENTS).map(|offset| fs::metadata(log(sandbox, offset)).unwrap().len());
    format!("\"bytes\":{}", logs.sum::<u64>())
}

fn records(from: usize, to: usize) -> String {
    (from..to)
        .map(|number| {
            let time = FIRST + number * 1000;
            format!("{{\"value\":\"{number} of many\",\"timestamp\":{time}}}\n")
        })
        .collect()
}

fn values(from: usize, to: usize) -> String {
    (from..to)
        .map(|number| format!("{number} of many\n"))
        .collect()
}

/// A topic with a segment for each record, noted with all there is to note.
fn noted() -> Sandbox {
    let sandbox = Sandbox::with_config("t", 1, &["segment.bytes=90", "file.delete.delay.ms=0"]);
    fill(&sandbox);
    sandbox
}

fn fill(sandbox: &Sandbox) {
    sandbox
        .kafdir(["produce", "-q", "t", "--json", "--acks", "1"])
        .input(records(0, SEGMENTS))
        .exits(0);
    assert_eq!(sandbox.files("t-0", ".log").len(), SEGMENTS);
    warm(sandbox);
}

/// Asks for everything until it stands in the index.
fn warm(sandbox: &Sandbox) {
    wait_for("the segments are noted", || {
        answers(sandbox);
        index(sandbox).exists().then_some(())
    });
    answers(sandbox);
}

/// What the commands that look for segments say, with their exit codes.
fn answers(sandbox: &Sandbox) -> String {
    let time = |number: usize| format!("@{}", FIRST + number * 1000);
    let (some, none) = (time(70), time(SEGMENTS * 2));
    let calls: [&[&str]; 7] = [
        &["consume", "t"],
        &["consume", "t", "--offset", "30", "-n", "1"],
        &["consume", "t", "--offset", "-1"],
        &["consume", "t", "--offset", "start", "-n", "1"],
        &["consume", "t", "--offset", &some, "-n", "1"],
        &["consume", "t", "--offset", &none],
        &["topic", "describe", "t", "--json"],
    ];
    calls
        .iter()
        .map(|call| {
            let script = format!("kafdir {} 2>&1 || echo \"exit $?\"\n", call.join(" "));
            sandbox.shell(&script).any_stdout().exits(0).text()
        })
        .collect()
}

/// What is said with the notes is what is said without them; that it is so again once it was noted anew.
#[track_caller]
fn agrees(sandbox: &Sandbox) -> String {
    let with = answers(sandbox);
    fs::remove_dir_all(index(sandbox).parent().unwrap()).unwrap();
    let without = answers(sandbox);
    assert_eq!(with, without);
    warm(sandbox);
    assert_eq!(answers(sandbox), without);
    without
}

#[test]
fn what_was_noted_is_what_there_is() {
    let sandbox = noted();
    let said = agrees(&sandbox);
    assert!(said.starts_with(&values(0, SEGMENTS)), "{said}");
    assert!(said.contains("\n70 of many\n"), "{said}");
    assert!(said.contains("\"segments\":100"), "{said}");
    sandbox.is_clean();
}

#[test]
fn a_roll_is_seen() {
    let sandbox = noted();
    sandbox
        .kafdir(["produce", "-q", "t", "--json"])
        .input(records(SEGMENTS, SEGMENTS + 3))
        .exits(0);
    assert_eq!(sandbox.consume("t"), values(0, SEGMENTS + 3));
    assert!(agrees(&sandbox).contains("\"segments\":103"));
}

#[test]
fn what_is_appended_to_the_last_segment_is_seen_without_a_roll() {
    let sandbox = Sandbox::with_config("t", 1, &["segment.bytes=90"]);
    fill(&sandbox);
    sandbox
        .kafdir([
            "topic",
            "alter",
            "-q",
            "t",
            "--config",
            "segment.bytes=1000000",
        ])
        .any_stdout()
        .exits(0);
    let before = fs::read(index(&sandbox)).unwrap();
    sandbox
        .kafdir(["produce", "-q", "t", "--json"])
        .input(records(SEGMENTS, SEGMENTS + 1))
        .exits(0);
    assert_eq!(sandbox.files("t-0", ".log").len(), SEGMENTS);
    assert_eq!(sandbox.consume("t"), values(0, SEGMENTS + 1));
    assert!(agrees(&sandbox).contains("\"log_end_offset\":101"));
    assert_eq!(fs::read(index(&sandbox)).unwrap(), before);
}

#[test]
fn a_trim_is_seen() {
    let sandbox = noted();
    sandbox
        .kafdir(["topic", "trim", "-q", "t", "--before", "20"])
        .any_stdout()
        .exits(0);
    assert_eq!(sandbox.consume("t"), values(20, SEGMENTS));
    assert!(agrees(&sandbox).contains("\"log_start_offset\":20"));
}

#[test]
fn retention_is_seen() {
    let sandbox = noted();
    sandbox
        .kafdir([
            "topic",
            "alter",
            "-q",
            "t",
            "--config",
            "retention.bytes=2000",
        ])
        .any_stdout()
        .exits(0);
    sandbox.kafdir(["clean", "-q"]).any_stdout().exits(0);
    let left = sandbox.files("t-0", ".log").len();
    assert!(left < SEGMENTS / 2, "{left}");
    assert_eq!(sandbox.consume("t"), values(SEGMENTS - left, SEGMENTS));
    let with = answers(&sandbox);
    fs::remove_file(index(&sandbox)).unwrap();
    assert_eq!(answers(&sandbox), with);
}

#[test]
fn a_repair_is_seen() {
    let sandbox = noted();
    let path = log(&sandbox, 40);
    let damaged = fs::File::options().write(true).open(&path).unwrap();
    damaged.write_all_at(b"!", 70).unwrap();
    sandbox
        .kafdir(["consume", "t", "-q"])
        .stdout(values(0, 40))
        .stderr_has("40.log")
        .exits(6);
    sandbox
        .kafdir(["check", "--repair"])
        .any_stdout()
        .any_stderr()
        .exits(0);
    assert_eq!(sandbox.consume("t"), values(0, 40) + &values(41, SEGMENTS));
    let said = agrees(&sandbox);
    assert!(said.contains(&described_bytes(&sandbox)), "{said}");
}

#[test]
fn a_segment_that_somebody_takes_away_is_missed() {
    let sandbox = noted();
    fs::remove_file(log(&sandbox, 0)).unwrap();
    assert_eq!(sandbox.consume("t"), values(1, SEGMENTS));
    agrees(&sandbox);
    fs::remove_file(log(&sandbox, 60)).unwrap();
    sandbox
        .kafdir(["consume", "t", "-q"])
        .stdout(values(1, 60))
        .stderr_has("59.log")
        .exits(6);
    assert!(agrees(&sandbox).contains("exit 6"));
}

#[test]
fn a_segment_that_is_replaced_by_another_is_read_anew() {
    let sandbox = noted();
    let (path, beside) = (log(&sandbox, 20), sandbox.path("beside"));
    let mut bytes = fs::read(&path).unwrap();
    // The leader epoch lies outside the checksum.
    bytes[15] = 7;
    bytes.extend(&bytes.clone());
    fs::write(&beside, &bytes).unwrap();
    fs::rename(&beside, &path).unwrap();
    let said = agrees(&sandbox);
    assert!(said.contains(&described_bytes(&sandbox)), "{said}");
}

/// Nothing but the file itself tells of that; a repair has readers look anew.
#[test]
fn what_was_overwritten_in_place_is_seen_after_a_repair() {
    let sandbox = noted();
    let doubled = fs::read(log(&sandbox, 20)).unwrap().repeat(2);
    fs::write(log(&sandbox, 20), doubled).unwrap();
    sandbox
        .kafdir(["check", "--repair"])
        .any_stdout()
        .any_stderr()
        .exits(0);
    assert!(agrees(&sandbox).contains(&described_bytes(&sandbox)));
}

#[test]
fn a_topic_of_the_same_name_is_another() {
    let sandbox = noted();
    sandbox.kafdir(["topic", "delete", "-q", "t"]).exits(0);
    assert!(!index(&sandbox).exists());
    sandbox.create("t", 1, &["segment.bytes=90"]);
    sandbox.produce("t", "new\n");
    assert_eq!(sandbox.consume("t"), "new\n");
    sandbox.kafdir(["topic", "delete", "-q", "t"]).exits(0);
    // What a reader noted that was stopped until now.
    sandbox.create("t", 1, &["segment.bytes=90"]);
    fill(&sandbox);
    let old = fs::read(index(&sandbox)).unwrap();
    sandbox.kafdir(["topic", "delete", "-q", "t"]).exits(0);
    sandbox.create("t", 1, &["segment.bytes=90"]);
    fs::write(index(&sandbox), &old).unwrap();
    sandbox.produce("t", "newest\n");
    assert_eq!(sandbox.consume("t"), "newest\n");
    sandbox.is_clean();
}

#[test]
fn another_boot_notes_anew() {
    let sandbox = noted();
    let before = fs::read(index(&sandbox)).unwrap();
    sandbox
        .kafdir(["consume", "t"])
        .env("KAFDIR_BOOT_ID", "another")
        .stdout(values(0, SEGMENTS))
        .exits(0);
    assert_ne!(fs::read(index(&sandbox)).unwrap(), before);
    agrees(&sandbox);
}

#[test]
fn rubbish_is_not_believed_and_does_no_harm() {
    let sandbox = noted();
    let (path, good) = (index(&sandbox), fs::read(index(&sandbox)).unwrap());
    let said = answers(&sandbox);
    let mut zeros_behind = good.clone();
    zeros_behind[200..].fill(0);
    for rubbish in [
        Vec::new(),
        vec![0; good.len()],
        b"no index at all".to_vec(),
        good[..good.len() / 2].to_vec(),
        zeros_behind,
    ] {
        fs::write(&path, &rubbish).unwrap();
        assert_eq!(answers(&sandbox), said);
        assert_eq!(fs::read(&path).unwrap(), good, "it is written anew");
    }
    sandbox.is_clean();
}

#[test]
fn nothing_is_followed_or_needed_where_the_notes_go() {
    let sandbox = noted();
    let (path, said) = (index(&sandbox), answers(&sandbox));
    // A link is not followed, neither for reading nor for writing.
    let elsewhere = sandbox.path("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    let before = fs::read(&elsewhere).unwrap();
    symlink(&elsewhere, &path).unwrap();
    assert_eq!(answers(&sandbox), said);
    assert_eq!(fs::read(&elsewhere).unwrap(), before);
    assert!(path.symlink_metadata().unwrap().is_file());
    // Where no directory can be made everything is listed.
    let dir = path.parent().unwrap();
    fs::remove_dir_all(dir).unwrap();
    fs::write(dir, "in the way").unwrap();
    assert_eq!(answers(&sandbox), said);
    sandbox
        .kafdir(["check"])
        .stdout_has("locks/segments")
        .any_stderr()
        .exits(6);
    fs::remove_file(dir).unwrap();
    // Nor without locks/ at all, as in a copy; and the copy is not changed.
    fs::remove_dir_all(sandbox.store().join("locks")).unwrap();
    let tree = sandbox.tree();
    assert_eq!(sandbox.consume("t"), values(0, SEGMENTS));
    assert!(sandbox.tree() == tree, "the store was changed");
}

#[test]
fn a_log_dir_is_read_without_a_note() {
    let sandbox = noted();
    let logs = sandbox.store().join("logs");
    fs::remove_dir_all(sandbox.store().join("locks")).unwrap();
    let tree = sandbox.tree();
    let consume = |logs: &Path, from: &str| {
        let call = sandbox.kafdir([
            "--log-dir",
            logs.to_str().unwrap(),
            "consume",
            "t",
            "--from",
            from,
        ]);
        call.any_stdout().exits(0).text()
    };
    assert_eq!(consume(&logs, "start"), values(0, SEGMENTS));
    assert_eq!(
        consume(&logs, &format!("@{}", FIRST + 70_000)),
        values(70, SEGMENTS)
    );
    assert!(sandbox.tree() == tree, "the store was changed");
}

#[test]
fn a_follower_goes_through_rolls_and_trims_with_notes_of_the_past() {
    let sandbox = noted();
    let mut follower = sandbox
        .kafdir(["consume", "t", "-f", "--offset", "90"])
        .start();
    let mut follow = |from: usize, to: usize| {
        for number in from..to {
            assert_eq!(follower.line(), format!("{number} of many"));
        }
    };
    follow(90, SEGMENTS);
    for round in 0..5 {
        let from = SEGMENTS + round * 10;
        sandbox
            .kafdir(["produce", "-q", "t", "--json", "--acks", "1"])
            .input(records(from, from + 10))
            .exits(0);
        follow(from, from + 10);
        let before = (from - 20).to_string();
        sandbox
            .kafdir(["topic", "trim", "-q", "t", "--before", &before])
            .any_stdout()
            .exits(0);
        assert_eq!(sandbox.consume("t"), values(from - 20, from + 10));
        if round % 2 == 0 {
            answers(&sandbox);
        }
    }
}
