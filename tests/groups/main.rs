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

mod completions;
mod damage;
mod inside;
mod manual;
mod names;
mod reports;
mod reset;
