//! The log cut at every byte of its last batch.
//!
//! | what happened | read | append | check before, after |
//! |---|---|---|---|
//! | a write was killed at that byte | the two batches, in silence | at 20, says what was dropped | clean, clean |
//! | the machine restarted | the two batches, in silence | at 20, says what was dropped | clean, clean |
//! | a write was killed after the last byte | three batches | at 30 | clean, clean |
//! | a write was killed before the first | two batches | at 20, in silence | clean, clean |
//! | someone cut synced records off, same boot | not more than two batches | refused | found, mended |

use std::fs;

use super::snapshot::Spoilt;
use super::{ends, records, three_batches};

/// Two batches with all that belongs to them, and the bytes of a third that was on its way.
fn two_and_a_third() -> (Spoilt, Vec<u8>, usize) {
    let mut spoilt = Spoilt::new(&[]);
    spoilt.append_batch(0);
    spoilt.append_batch(10);
    spoilt.take_snapshot();
    spoilt.append_batch(20);
    let full = spoilt.batches();
    let begin = full.places[2].start;
    spoilt.restore();
    (spoilt, full.bytes, begin)
}

#[test]
fn a_write_killed_at_every_byte() {
    at_every_byte(false);
}

#[test]
fn a_power_cut_at_every_byte() {
    at_every_byte(true);
}

fn at_every_byte(restarted: bool) {
    let (mut spoilt, bytes, begin) = two_and_a_third();
    for cut in begin..=bytes.len() {
        spoilt.restore();
        fs::write(spoilt.file(".log"), &bytes[..cut]).unwrap();
        if restarted {
            spoilt.restart();
        }
        let whole = cut == bytes.len();
        let end = if whole { 30 } else { 20 };
        spoilt.consume().stdout(records(0, end)).exits(0);
        spoilt.run(&["check"]).any_stdout().any_stderr().exits(0);
        if cut == begin || whole {
            spoilt.append().exits(0);
        } else {
            let dropped = (cut - begin).to_string();
            spoilt
                .append()
                .stderr_has("00000000000000000000.log")
                .stderr_has(dropped)
                .exits(0);
        }
        spoilt
            .consume()
            .stdout(format!("{}{end} new\n", records(0, end)))
            .exits(0);
        spoilt.run(&["check"]).any_stdout().any_stderr().exits(0);
    }
}

#[test]
fn synced_records_cut_off_in_the_same_boot_are_missed() {
    let mut spoilt = three_batches(&[]);
    let last = spoilt.batches().places[2].clone();
    for cut in [last.start, last.start + 1, last.start + 61, last.end - 1] {
        spoilt.restore();
        spoilt.set_log_length(cut);
        let output = ends(spoilt.consume(), &[0, 6]);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), records(0, 20));
        let refused = spoilt.append().any_stderr().exits(6);
        let told = refused.stderr.contains("t-0");
        assert!(told, "{}", refused.stderr);
        spoilt.run(&["check"]).any_stdout().any_stderr().exits(6);
        spoilt
            .run(&["check", "--repair"])
            .any_stdout()
            .any_stderr()
            .exits(0);
        spoilt.is_well();
        let text = spoilt.consume().any_stdout().exits(0).text();
        assert!(text.starts_with(&records(0, 20)), "{text}");
    }
}
