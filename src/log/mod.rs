//! The log of a partition: segments and their indexes, reading, appending, recovery, retention.
//!
//! Everything here works on one partition. The files are Apache Kafka's: batches back to back in `.log` files named
//! after their first offset, with sparse indexes beside them that are never trusted.

mod account;
mod active;
mod appender;
mod buffer;
mod check;
mod durability;
mod entries;
mod entry_file;
mod fetched;
mod flaw;
mod indexing;
mod kept;
mod listing;
mod log_file;
mod numbered;
mod offset_index;
mod partition;
mod reader;
mod recovery;
mod repair;
mod resync;
mod retention;
mod roll;
mod scan;
mod segment;
mod segment_index;
mod snapshot;
mod sweep;
mod syncing;
#[cfg(test)]
mod testing;
mod time_index;
mod times;
mod torn;
mod transactions;
mod trim;
mod txn_index;
mod walk;

pub use appender::{Appended, Appender};
pub use buffer::ReadBuffer;
pub use check::{Finding, FindingKind, PartitionCheck, Report};
pub use fetched::Fetched;
pub use flaw::Flaw;
pub use numbered::next_sequence;
pub use partition::{Isolation, LogEnd, Partition};
pub use reader::LogReader;
pub use repair::Mended;
pub use retention::{Candidate, GivenUp, given_up};
pub use syncing::Unsynced;
pub use transactions::{Decisions, Fate};

pub(crate) use check::{check_indexes, not_a_file, what};
pub(crate) use entry_file::EntryFile;
pub(crate) use log_file::{Found, LogFile};
pub(crate) use offset_index::{ENTRY_BYTES as OFFSET_ENTRY_BYTES, OffsetEntry};
pub(crate) use snapshot::ProducerState;
pub(crate) use time_index::{ENTRY_BYTES as TIME_ENTRY_BYTES, TimeEntry};
pub(crate) use txn_index::{AbortedTransaction, ENTRY_BYTES as TXN_ENTRY_BYTES};
