//! What stands behind the last batch, or beside the segments, and does not belong there.
//!
//! | what | same boot: read, append, check | after a restart: read, append, check |
//! |---|---|---|
//! | zeros | all, refused, found | all, cut and said, clean |
//! | rubbish | all, refused, found | all, cut and said, clean |
//! | a batch with a wrong offset | all, refused, found | all, cut and kept beside, clean |
//! | a batch with the right offset, half | all, cut and said, clean | all, cut and said, clean |
//! | a file of an unknown name | all, goes on, found | the same |
//! | `.deleted`, `.cleaned`, `.swap` of a broker | all, goes on | the same |

use std::fs::{self, OpenOptions};
use std::io::Write as _;

use super::snapshot::Spoilt;
use super::{ends, records, three_batches};

/// What a tail is made of, from the log's own bytes.
type Tail = fn(&Spoilt) -> Vec<u8>;

/// A tail that no killed write can have left.
const IMPOSSIBLE: &[(&str, Tail)] = &[
    ("a little rubbish", |_| vec![0x5a; 5]),
    ("zeros", |_| vec![0; 4096]),
    ("a megabyte of zeros", |_| vec![0; 1 << 20]),
    ("rubbish", |_| {
        (0..200_u8).map(|byte| byte.wrapping_mul(73)).collect()
    }),
    ("a whole batch again", |spoilt| batch(spoilt, 0)),
    ("half a batch with a wrong offset", |spoilt| {
        half(batch(spoilt, 99))
    }),
    ("half a batch of magic 1", |spoilt| {
        let mut bytes = half(batch(spoilt, 30));
        bytes[16] = 1;
        bytes
    }),
];

/// The first batch with another base offset.
fn batch(spoilt: &Spoilt, base: i64) -> Vec<u8> {
    let batches = spoilt.batches();
    let mut bytes = batches.bytes[batches.places[0].clone()].to_vec();
    bytes[..8].copy_from_slice(&base.to_be_bytes());
    bytes
}

fn half(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() - 5);
    bytes
}

fn add_tail(spoilt: &Spoilt, tail: &[u8]) {
    let mut log = OpenOptions::new()
        .append(true)
        .open(spoilt.file(".log"))
        .unwrap();
    log.write_all(tail).unwrap();
}

#[test]
fn an_impossible_tail_is_refused_in_the_same_boot() {
    let mut spoilt = three_batches(&[]);
    for (name, tail) in IMPOSSIBLE {
        spoilt.restore();
        let tail = tail(&spoilt);
        add_tail(&spoilt, &tail);
        let before = fs::read(spoilt.file(".log")).unwrap();
        let output = ends(spoilt.consume(), &[0, 6]);
        assert!(output.stdout == records(0, 30).as_bytes(), "{name}");
        let refused = ends(spoilt.append(), &[6]);
        assert!(
            refused.stderr.contains("check"),
            "{name}: {}",
            refused.stderr
        );
        assert!(
            fs::read(spoilt.file(".log")).unwrap() == before,
            "{name}: cut without being asked"
        );
        spoilt
            .run(&["check"])
            .stdout_has("00000000000000000000.log")
            .any_stderr()
            .exits(6);
        spoilt
            .run(&["check", "--repair"])
            .any_stdout()
            .any_stderr()
            .exits(0);
        spoilt.consume().stdout(records(0, 30)).exits(0);
        spoilt.is_well();
    }
}

#[test]
fn any_tail_is_cut_after_a_restart() {
    let mut spoilt = three_batches(&[]);
    for (name, tail) in IMPOSSIBLE {
        spoilt.restore();
        let tail = tail(&spoilt);
        add_tail(&spoilt, &tail);
        spoilt.restart();
        let output = ends(spoilt.consume(), &[0]);
        assert!(output.stdout == records(0, 30).as_bytes(), "{name}");
        let output = ends(spoilt.append(), &[0]);
        assert!(
            output.stderr.contains(&tail.len().to_string()),
            "{name}: {}",
            output.stderr
        );
        let expected = format!("{}30 new\n", records(0, 30));
        spoilt.consume().stdout(expected).exits(0);
        spoilt.is_well();
    }
}

#[test]
fn files_that_do_not_belong_there_are_told_of_and_disturb_nobody() {
    for (name, found) in [
        ("notes.txt", true),
        ("0.log", true),
        ("00000000000000000000.log.bak", true),
        ("00000000000000000000.log.deleted", false),
        ("00000000000000000000.index.deleted", false),
        ("00000000000000000007.log.cleaned", false),
        (".hidden", true),
    ] {
        let mut spoilt = three_batches(&[]);
        fs::write(
            spoilt.sandbox.partition("t-0").join(name),
            "does not belong here",
        )
        .unwrap();
        spoilt.consume().stdout(records(0, 30)).exits(0);
        let output = ends(spoilt.run(&["check"]), if found { &[6] } else { &[0] });
        let told = String::from_utf8(output.stdout).unwrap().contains(name);
        assert!(told || !found, "{name} was not named");
        spoilt.append().exits(0);
        spoilt.restart();
        spoilt.append().exits(0);
        let expected = format!("{}30 new\n31 new\n", records(0, 30));
        spoilt.consume().stdout(expected).exits(0);
    }
}

#[test]
fn a_missing_segment_is_a_gap_and_said() {
    let spoilt = three_batches(&["segment.bytes=200"]);
    let logs = spoilt.sandbox.files("t-0", ".log");
    assert_eq!(logs.len(), 3, "a segment a batch");
    fs::remove_file(spoilt.sandbox.partition("t-0").join(&logs[1])).unwrap();
    let output = ends(spoilt.consume(), &[6]);
    assert_eq!(output.stdout, records(0, 10).as_bytes());
    assert!(!output.stderr.is_empty());
    let output = ends(spoilt.run(&["check"]), &[6]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("10 to 19"),
        "the lost range is not told: {text}"
    );
}

#[test]
fn a_segment_of_another_partition_is_not_read() {
    let spoilt = three_batches(&[]);
    let alien = spoilt
        .sandbox
        .partition("t-0")
        .join("00000000000000000030.log");
    fs::copy(spoilt.file(".log"), alien).unwrap();
    let output = ends(spoilt.consume(), &[0, 6]);
    assert_eq!(output.stdout, records(0, 30).as_bytes());
    assert!(!output.stderr.is_empty());
    // Who knows the end of the log does not look for files; the roll that would begin there does.
    ends(spoilt.append(), &[0]);
    ends(spoilt.run(&["check"]), &[6]);
}
