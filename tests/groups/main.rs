//! Consumer groups from outside: real processes that share topics, and what each of them was given.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on has failed, and the panic says where"
)]

#[path = "../cli/harness/mod.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line")]
mod harness;

mod commands;
mod dead_letters;
mod offsets;
mod parallel;
mod signals;
