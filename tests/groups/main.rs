//! Consumer groups from outside: members as processes, what is told of them, and what is done to them by hand.
//!
//! One module per subject; the harness is that of the command line's tests.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on has failed, and the panic says where"
)]

#[path = "../cli/harness/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    reason = "the command line's own tests use the rest of it"
)]
mod harness;

mod commands;
mod commits;
mod completions;
mod crowd;
mod damage;
mod dead_letters;
mod evict;
mod group_file;
mod inside;
mod manual;
mod markers;
mod membership;
mod names;
mod offsets;
mod parallel;
mod readers;
mod reports;
mod reset;
mod sessions;
mod signals;
mod starts;
mod stopping;
