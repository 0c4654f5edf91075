//! Checking and mending: every kind of damage, against `check`, `check --repair`, reading and appending.
//!
//! What holds for all of it is in [`bench::Bench::ordeal`]: the checker finds what it must, a repair leaves nothing that
//! it need not leave, a second one finds nothing more, every record that is read is the right one at its own offset,
//! appending goes on at an offset that was never given out, and what was taken out of a log is kept beside it. Each
//! module's table says what survives.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on has failed, and the panic says where"
)]

mod bench;
mod broker;
mod cuts;
mod flips;
mod indexes;
mod live;
mod output;
mod segments;
mod surroundings;
