//! The command line from outside: the program is run as a user or a script runs it, and what it wrote to
//! standard output, to standard error and into the directory is compared, and how it ended.
//!
//! One module per subject. The harness makes every expectation explicit: a call states its exit code, and both
//! outputs are expected to be empty unless the test says otherwise.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on has failed, and the panic says where"
)]
#![allow(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "small inputs read better so than faster"
)]

mod harness;

mod batches;
mod bench;
mod consume;
mod copy;
mod damage;
mod deleted;
mod delimiters;
mod directory;
mod dump;
mod exit_codes;
mod flags;
mod follow;
mod forms;
mod get;
mod interleavings;
mod json;
mod killed_writers;
mod ledger;
mod limits;
mod locks;
mod many_writers;
mod names;
mod positions;
mod produce;
mod reports;
mod resume;
mod segment_index;
mod signals;
mod time_zones;
mod tmp;
mod topics;
mod wait;
