//! One bit flipped, at every bit of a small log.
//!
//! | where | check | repair | read |
//! |---|---|---|---|
//! | base offset, what follows proves the right one | found | set right | all |
//! | magic | found | set right | all |
//! | leader epoch | found | set right by the partition's checkpoint | all |
//! | any other bit of a batch that others follow | found | an empty batch in its place | all others |
//! | any other bit of the last batch | found | cut off, its offsets filled in the same boot | all others |

use std::fs;

use kafdir::log::FindingKind;

use crate::bench::{Bench, RECORDS, Verdict, has};

fn flip_all(bench: &Bench, batch: i64, restarted: bool) {
    let log = bench.log();
    let place = bench.places(&log)[usize::try_from(batch).unwrap()].clone();
    for bit in place.start * 8..place.end * 8 {
        bench.restore();
        let mut bytes = bench.good(&log).to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&log, bytes).unwrap();
        if restarted {
            bench.restart();
        }
        let at = bit / 8 - place.start;
        let is_last = batch == 2;
        // The record of this boot proves the last batch's offset, and that its offsets were given out.
        let proven = at < 8 && (!is_last || !restarted);
        let kept = proven || (12..17).contains(&at);
        let end = if is_last && restarted && !kept { 2 } else { 3 } * RECORDS;
        let what = format!("bit {} of byte {at} of batch {batch}", bit % 8);
        let lost = batch * RECORDS..(batch + 1) * RECORDS;
        let survives = |offset| kept || !lost.contains(&offset);
        let verdict = if is_harmless(bench, at, bit, is_last && restarted) {
            Verdict::Harmless
        } else {
            Verdict::Mended
        };
        let found = bench.ordeal(&what, verdict, end, survives);
        if kept {
            assert!(has(&found, FindingKind::BadHeader), "{what}: {found:?}");
        }
    }
}

/// A greater length in the last batch makes it one that was not written to its end: after a restart nobody can know
/// better, as long as it is one that can have been written.
fn is_harmless(bench: &Bench, at: usize, bit: usize, unknown: bool) -> bool {
    if !unknown || !(8..12).contains(&at) {
        return false;
    }
    let log = bench.log();
    let start = bench.places(&log)[2].start;
    let length =
        |bytes: &[u8]| u32::from_be_bytes(bytes[start + 8..start + 12].try_into().unwrap());
    let mut bytes = bench.good(&log).to_vec();
    let before = length(&bytes);
    bytes[bit / 8] ^= 1 << (bit % 8);
    let after = length(&bytes);
    after > before && after + 12 <= 1_048_588
}

#[test]
fn in_the_first_batch() {
    flip_all(&Bench::new(&[], 3), 0, false);
}

#[test]
fn in_a_batch_in_the_middle_after_a_restart() {
    flip_all(&Bench::new(&[], 3), 1, true);
}

#[test]
fn in_the_last_batch() {
    flip_all(&Bench::new(&[], 3), 2, false);
}

#[test]
fn in_the_last_batch_after_a_restart() {
    flip_all(&Bench::new(&[], 3), 2, true);
}

/// In the middle of a log of many segments the gap is filled up to the next one.
#[test]
fn in_the_only_batch_of_a_closed_segment() {
    let bench = Bench::new(&["segment.bytes=150"], 4);
    let log = bench.file("00000000000000000004.log");
    let size = bench.good(&log).len();
    for bit in (0..size * 8).step_by(3) {
        bench.restore();
        let mut bytes = bench.good(&log).to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&log, bytes).unwrap();
        let at = bit / 8;
        let kept = at < 8 || (12..17).contains(&at);
        let survives = |offset| kept || !(RECORDS..2 * RECORDS).contains(&offset);
        bench.ordeal(
            &format!("bit {bit}"),
            Verdict::Mended,
            4 * RECORDS,
            survives,
        );
    }
}

#[test]
fn two_at_once() {
    let bench = Bench::new(&[], 6);
    let log = bench.log();
    let places = bench.places(&log);
    for (first, second) in [(0, 1), (1, 2), (1, 4), (0, 5), (4, 5)] {
        for at in [3, 9, 16, 18, 21, 59, 70] {
            bench.restore();
            let mut bytes = bench.good(&log).to_vec();
            for batch in [first, second] {
                bytes[places[batch].start + at] ^= 4;
            }
            fs::write(&log, bytes).unwrap();
            let what = format!("byte {at} of batches {first} and {second}");
            assert!(
                bench.check().iter().any(|finding| !finding.harmless),
                "{what}"
            );
            let (left, _) = bench.repair();
            assert_eq!(left, [], "{what}");
            let read = bench.read().unwrap();
            for offset in 0..6 * RECORDS {
                let batch = usize::try_from(offset / RECORDS).unwrap();
                let must = batch != first && batch != second;
                let there = read.contains(&(offset, offset.to_string()));
                assert!(there || !must, "{what}: offset {offset} is gone");
            }
            assert!(
                read.iter()
                    .all(|(offset, value)| offset.to_string() == *value),
                "{what}"
            );
            assert_eq!(bench.append(6 * RECORDS).unwrap(), 6 * RECORDS, "{what}");
            assert_eq!(bench.check(), [], "{what}");
        }
    }
}
