//! The log cut short, or longer than it should be.
//!
//! | what | check | repair | read | append |
//! |---|---|---|---|---|
//! | a third batch cut at every byte, as a killed write leaves it | harmless | cut off | two batches | where the third was to go |
//! | a synced batch cut at every byte, same boot | found | offsets filled | the batches before | behind the lost offsets |
//! | the same after a restart | harmless, where something is torn | cut off | the batches before | in its place |
//! | zeros, rubbish, a batch again, half a batch of a wrong offset behind the end | found | cut off | all | at the end |

use std::fs::{self, OpenOptions};
use std::io::Write as _;

use kafdir::log::FindingKind;

use crate::bench::{Bench, RECORDS, Verdict, has};

#[test]
fn a_killed_write_at_every_byte() {
    let mut bench = Bench::new(&[], 3);
    let log = bench.log();
    let (bytes, places) = (bench.good(&log).to_vec(), bench.places(&log));
    // What is remembered is a log of two batches, so that the third is one that was being written.
    bench = Bench::new(&[], 2);
    let log = bench.log();
    for cut in places[2].clone() {
        bench.restore();
        fs::write(&log, &bytes[..cut]).unwrap();
        let verdict = if cut == places[2].start {
            Verdict::Clean
        } else {
            Verdict::Harmless
        };
        let found = bench.ordeal(&format!("cut at {cut}"), verdict, 2 * RECORDS, |_| true);
        assert_eq!(has(&found, FindingKind::TornTail), cut > places[2].start);
    }
}

#[test]
fn a_synced_batch_cut_at_every_byte_in_the_same_boot() {
    let bench = Bench::new(&[], 3);
    let log = bench.log();
    let places = bench.places(&log);
    for cut in places[2].clone() {
        bench.restore();
        fs::write(&log, &bench.good(&log)[..cut]).unwrap();
        let what = format!("cut at {cut}");
        let found = bench.ordeal(&what, Verdict::Mended, 3 * RECORDS, |offset| {
            offset < 2 * RECORDS
        });
        // That records are missing is clear where what is left of them is not taken for damage itself.
        let missing = has(&found, FindingKind::MissingRecords);
        assert_ne!(
            missing,
            has(&found, FindingKind::BadBatch),
            "{what}: {found:?}"
        );
    }
}

#[test]
fn a_batch_cut_at_every_byte_before_a_restart() {
    let bench = Bench::new(&[], 3);
    let log = bench.log();
    let places = bench.places(&log);
    for cut in places[2].clone() {
        bench.restore();
        fs::write(&log, &bench.good(&log)[..cut]).unwrap();
        bench.restart();
        let verdict = if cut == places[2].start {
            Verdict::Clean
        } else {
            Verdict::Harmless
        };
        bench.ordeal(&format!("cut at {cut}"), verdict, 2 * RECORDS, |_| true);
    }
}

#[test]
fn what_no_write_can_have_left_behind_the_end() {
    let bench = Bench::new(&[], 3);
    let log = bench.log();
    let first = bench.good(&log)[bench.places(&log)[0].clone()].to_vec();
    let with = |at: usize, value: u8| {
        let mut bytes = first.clone();
        bytes[7] = 12;
        bytes[at] = value;
        bytes.truncate(80);
        bytes
    };
    let tails: [(&str, Vec<u8>); 8] = [
        ("one byte that is none of a batch", vec![1]),
        ("zeros", vec![0; 5000]),
        ("a megabyte of zeros", vec![0; 1 << 20]),
        (
            "rubbish",
            (0..200_u8).map(|byte| byte.wrapping_mul(73)).collect(),
        ),
        ("a whole batch again", first.clone()),
        ("half a batch with a wrong offset", with(7, 99)),
        ("half a batch of magic 1", with(16, 1)),
        ("half a batch too long to be one", with(8, 0x7f)),
    ];
    for restarted in [false, true] {
        for (what, tail) in &tails {
            bench.restore();
            OpenOptions::new()
                .append(true)
                .open(&log)
                .unwrap()
                .write_all(tail)
                .unwrap();
            if restarted {
                bench.restart();
            }
            bench.ordeal(what, Verdict::Mended, 3 * RECORDS, |_| true);
        }
    }
}
