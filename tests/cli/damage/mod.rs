//! Damage: each kind of it against reading, appending, checking and repairing, with the outcome of each stated.
//!
//! What is true of all of them: a record that is printed is the right one, in the right order, at the right offset;
//! what is not printed is either said on standard error or was never a whole record of the log; and after
//! `check --repair` all is well and appending goes on.

mod cuts;
mod flips;
mod indexes;
mod snapshot;
mod tails;

use crate::harness::Call;
use snapshot::Spoilt;

/// Records in each batch of the log that is spoilt.
const RECORDS: i64 = 10;

/// A log of three batches, ten records each, whose values are their offsets.
fn three_batches(settings: &[&str]) -> Spoilt {
    let mut spoilt = Spoilt::new(settings);
    for batch in 0..3 {
        spoilt.append_batch(batch * RECORDS);
    }
    spoilt.take_snapshot();
    spoilt
}

/// `OFFSET VALUE` lines for the offsets `from..to`, whose values they are.
fn records(from: i64, to: i64) -> String {
    (from..to)
        .map(|offset| format!("{offset} {offset}\n"))
        .collect()
}

/// Expects one of several exit codes by what each of them means.
#[track_caller]
fn ends(call: Call, codes: &[i32]) -> crate::harness::Output {
    call.any_stdout().any_stderr().exits_with_one_of(codes)
}
