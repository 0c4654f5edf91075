//! Imports that can be started again after any crash, and neither lose a record of their files nor store one twice.
//!
//! Every file is read by a producer of its own, which numbers its records in each partition as Kafka's idempotent
//! producer does (KIP-98); its epoch never changes. How far it came is kept in `imports/NAME/position.json`: the file's
//! identity, the bytes read, and for each partition the next number and an end of the log below which everything is on
//! disk. That is written only after the log is synced. Whoever starts again reads the file from there on, routes
//! records to partitions as the first run did, looks through each partition from the kept end for the last number of
//! this producer, and skips, partition by partition, what is there already.
//!
//! * Routing depends on nothing but the records and their order: the key's hash, a fixed partition, or each partition in
//!   turn. Where a topic got more partitions, the old count is used until everything that was stored under it is skipped.
//! * A file is known by device, inode, and checksums of its first bytes and of those before the position. One that was
//!   renamed is found by its inode in the same directory, one that was copied and truncated by the checksums of the copy.

mod copied;
mod identity;
mod positions;
mod roster;
mod transfer;

pub use copied::DirectoryCopy;
pub use identity::Identity;
pub use positions::{LanePosition, Positions, SourcePosition, create_import_dir};
pub use roster::{Roster, Tracked};
pub use transfer::{Import, ImportRouting, Remembered};
