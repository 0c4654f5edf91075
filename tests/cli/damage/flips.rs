//! One bit flipped, at every byte of a header and here and there in the records.
//!
//! | where | read | append, same boot | check | after repair |
//! |---|---|---|---|---|
//! | leader epoch | all, or damage | goes on | any | all |
//! | any other byte of a batch that others follow | the batches before it, then damage with file and position | refused or goes on behind | found | all other batches |
//! | any other byte of the last batch | the batches before it; said on stderr | refused | found | all other batches |

use std::fs;
use std::ops::Range;

use super::snapshot::Spoilt;
use super::{ends, records, three_batches};
use crate::batches::{CHECKSUM, HEADER, LEADER_EPOCH};

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

#[test]
fn in_a_batch_that_another_follows() {
    let mut spoilt = three_batches(&["index.interval.bytes=1"]);
    let place = spoilt.batches().places[1].clone();
    for byte in bytes_to_spoil(&place) {
        spoilt.restore();
        flip(&spoilt, byte);
        let at = byte - place.start;
        let output = ends(spoilt.consume(), &[0, 6]);
        let text = String::from_utf8(output.stdout).unwrap();
        if is_epoch(at) {
            assert!(
                text == records(0, 30) || text == records(0, 10),
                "byte {at}: {text}"
            );
        } else {
            assert_eq!(text, records(0, 10), "byte {at}");
            assert!(
                output.stderr.contains(&format!("byte {}", place.start)),
                "byte {at}: {}",
                output.stderr
            );
            spoilt
                .run(&["check"])
                .stdout_has("00000000000000000000.log")
                .any_stderr()
                .exits(6);
        }
        ends(spoilt.append(), &[0, 6]);
        spoilt
            .run(&["check", "--repair"])
            .any_stdout()
            .any_stderr()
            .exits(0);
        let text = spoilt.consume().any_stdout().exits(0).text();
        let others = format!("{}{}", records(0, 10), records(20, 30));
        let kept = text.starts_with(&others) || text.starts_with(&records(0, 30));
        assert!(kept, "byte {at}: {text}");
        spoilt.is_well();
    }
}

#[test]
fn in_the_last_batch() {
    let mut spoilt = three_batches(&["index.interval.bytes=1"]);
    let place = spoilt.batches().places[2].clone();
    for byte in bytes_to_spoil(&place) {
        spoilt.restore();
        flip(&spoilt, byte);
        let at = byte - place.start;
        let output = ends(spoilt.consume(), &[0, 6]);
        let text = String::from_utf8(output.stdout).unwrap();
        if is_epoch(at) {
            assert!(
                text == records(0, 30) || text == records(0, 20),
                "byte {at}: {text}"
            );
        } else {
            assert_eq!(text, records(0, 20), "byte {at}");
            assert!(
                output.stderr.contains("00000000000000000000.log"),
                "byte {at}: {}",
                output.stderr
            );
            spoilt
                .run(&["check"])
                .stdout_has("00000000000000000000.log")
                .any_stderr()
                .exits(6);
            // Appending does not read what was synced: it may go on behind the damage, which is told elsewhere.
            ends(spoilt.append(), &[0, 6]);
        }
        spoilt
            .run(&["check", "--repair"])
            .any_stdout()
            .any_stderr()
            .exits(0);
        let text = spoilt.consume().any_stdout().exits(0).text();
        assert!(text.starts_with(&records(0, 20)), "byte {at}: {text}");
        spoilt.is_well();
    }
}

#[test]
fn what_a_repair_removes_is_kept_beside() {
    let spoilt = three_batches(&[]);
    let place = spoilt.batches().places[1].clone();
    flip(&spoilt, place.start + CHECKSUM + 10);
    let removed = fs::read(spoilt.file(".log")).unwrap()[place].to_vec();
    spoilt
        .run(&["check", "--repair"])
        .any_stdout()
        .any_stderr()
        .exits(0);
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

fn is_epoch(byte: usize) -> bool {
    (LEADER_EPOCH..LEADER_EPOCH + 4).contains(&byte)
}
