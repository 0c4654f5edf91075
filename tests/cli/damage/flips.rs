//! One bit flipped, at every byte of a header and here and there in the records.
//!
//! | where | read, same boot | read, after a restart | check | after repair |
//! |---|---|---|---|---|
//! | base offset, magic | the batches before it, then damage | the batches before it, and it is said | found | all records |
//! | leader epoch | all records | all records | found | all records |
//! | any other byte | the batches before it, then damage | the batches before it, and it is said | found | all other batches |
//!
//! Appending goes on behind it in the same boot, or is refused; after a restart the log ends before it, which is said, and
//! what is cut off is kept. A record of the wrong batch, or at a wrong offset, is never printed.

use std::fs;
use std::ops::Range;

use super::snapshot::Spoilt;
use super::{RECORDS, ends, records, three_batches};
use crate::batches::{CHECKSUM, HEADER, LEADER_EPOCH};
use crate::harness::Output;

/// Which part of a batch a byte is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    BaseOffset,
    LeaderEpoch,
    Magic,
    Other,
}

impl Part {
    fn of(at: usize) -> Self {
        match at {
            0..8 => Self::BaseOffset,
            LEADER_EPOCH..16 => Self::LeaderEpoch,
            16 => Self::Magic,
            _ => Self::Other,
        }
    }
}

/// Every byte of the header, and every seventh of the records.
fn bytes_to_spoil(place: &Range<usize>) -> impl Iterator<Item = usize> + use<> {
    let place = place.clone();
    let header = place.start..place.start + HEADER;
    header.chain((place.start + HEADER..place.end).step_by(7))
}

fn flip(spoilt: &Spoilt, byte: usize) {
    let mut bytes = spoilt.original(".log").to_vec();
    // Another bit for each byte, so that high and low ones have their turn.
    bytes[byte] ^= 1 << (byte % 8);
    fs::write(spoilt.file(".log"), bytes).unwrap();
}

/// The records that are left when batch `lost` is gone.
fn without(lost: i64) -> String {
    let from = lost * RECORDS;
    format!("{}{}", records(0, from), records(from + RECORDS, 30))
}

#[test]
fn in_a_batch_that_another_follows() {
    in_the_same_boot(1);
}

#[test]
fn in_the_last_batch() {
    in_the_same_boot(2);
}

fn in_the_same_boot(batch: i64) {
    let mut spoilt = three_batches(&["index.interval.bytes=1"]);
    let place = spoilt.batches().places[usize::try_from(batch).unwrap()].clone();
    for byte in bytes_to_spoil(&place) {
        spoilt.restore();
        flip(&spoilt, byte);
        let at = byte - place.start;
        let part = Part::of(at);
        if part == Part::LeaderEpoch {
            spoilt.consume().stdout(records(0, 30)).exits(0);
        } else {
            let output = ends(spoilt.consume(), &[6]);
            reads(&output, &records(0, batch * RECORDS), at);
            let position = format!("byte {}", place.start);
            assert!(
                output.stderr.contains(&position),
                "byte {at}: {}",
                output.stderr
            );
        }
        found_and_mended(&spoilt, part, batch, at);
        ends(spoilt.append(), &[0]);
        spoilt.is_well();
    }
}

#[test]
fn in_a_batch_that_another_follows_and_the_machine_restarted() {
    after_a_restart(1);
}

#[test]
fn in_the_last_batch_and_the_machine_restarted() {
    after_a_restart(2);
}

fn after_a_restart(batch: i64) {
    let mut spoilt = three_batches(&["index.interval.bytes=1"]);
    let place = spoilt.batches().places[usize::try_from(batch).unwrap()].clone();
    for byte in bytes_to_spoil(&place) {
        spoilt.restore();
        flip(&spoilt, byte);
        spoilt.restart();
        let at = byte - place.start;
        let end = if Part::of(at) == Part::LeaderEpoch {
            30
        } else {
            batch * RECORDS
        };
        let output = ends(spoilt.consume(), &[0]);
        reads(&output, &records(0, end), at);
        // Half a batch at the end is what a power cut leaves: no word is due before somebody cuts it.
        let torn = batch == 2 && (8..12).contains(&at);
        assert!(
            end == 30 || torn || !output.stderr.is_empty(),
            "byte {at}: read in silence"
        );
        let output = ends(spoilt.append(), &[0]);
        assert!(
            end == 30 || !output.stderr.is_empty(),
            "byte {at}: cut in silence"
        );
        let expected = format!("{}{end} new\n", records(0, end));
        spoilt.consume().stdout(expected).exits(0);
    }
}

#[track_caller]
fn reads(output: &Output, expected: &str, at: usize) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(text, expected, "byte {at}: {}", output.stderr);
}

/// `check` finds it, `check --repair` mends it, and then all that was not hit can be read.
#[track_caller]
fn found_and_mended(spoilt: &Spoilt, part: Part, batch: i64, at: usize) {
    spoilt
        .run(&["check"])
        .stdout_has("00000000000000000000.log")
        .any_stderr()
        .exits(6);
    ends(spoilt.run(&["check", "--repair"]), &[0]);
    let output = ends(spoilt.consume(), &[0]);
    let expected = if part == Part::Other {
        without(batch)
    } else {
        records(0, 30)
    };
    reads(&output, &expected, at);
}

#[test]
fn what_a_repair_removes_is_kept_beside() {
    let spoilt = three_batches(&[]);
    let place = spoilt.batches().places[1].clone();
    flip(&spoilt, place.start + CHECKSUM + 10);
    let removed = fs::read(spoilt.file(".log")).unwrap()[place].to_vec();
    ends(spoilt.run(&["check", "--repair"]), &[0]);
    let kept = walkdir::WalkDir::new(spoilt.sandbox.store())
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .any(|entry| holds(&fs::read(entry.path()).unwrap(), &removed));
    assert!(kept, "the removed bytes are nowhere");
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
