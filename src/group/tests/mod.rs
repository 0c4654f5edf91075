//! Groups with several members in one process: a lock belongs to an open file, so that two handles exclude each other
//! as two processes do.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod commits;
mod damage;
mod evictions;
mod exclusivity;
mod many;
mod membership;
mod racing;
mod scene;
mod topics;
