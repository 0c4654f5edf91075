//! The commands on a Kafka cluster, from outside: against librdkafka's own mock of one, which needs nothing but itself.
//!
//! The mock takes and hands out batches as they are and runs groups. It has no requests for topics to be made, changed or
//! deleted, for records to be deleted, or for groups to be listed, and keeps no positions of transactions: what needs
//! those is compared with a directory on a real broker, see `tests/oracle/matrix.sh`.

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

mod cluster;
mod errors;
mod groups;
mod records;
