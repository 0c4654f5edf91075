//! Records, batches and what is done to them: pure, no I/O.
//!
//! The layout of bytes is Apache Kafka's record batch format v2 ("magic 2"), described in
//! <https://kafka.apache.org/documentation/#messageformat>.

mod builder;
mod compression;
mod control;
mod copies;
mod fault;
mod header;
mod partitioner;
mod position;
#[expect(
    clippy::module_inception,
    reason = "the room holds records; the record is one of them"
)]
mod record;
mod records;
mod sequence;
mod short;
mod snappy;
mod stored;
mod varint;
mod window;

pub use builder::{BatchBuilder, SealedBatch};
pub use compression::{Compression, Decompressor, decompressor};
pub use control::{ControlType, coordinator_epoch};
pub use copies::Copies;
pub use fault::{BatchFault, Field, RecordFault};
pub use header::{Attributes, BatchHeader, CHECKED_FROM, HEADER_BYTES};
pub use partitioner::{RoundRobin, Sticky, murmur2, partition_for_key};
pub use position::{Position, Range};
pub use record::{Header, NO_TIMESTAMP, Record, TimestampType};
pub use records::{Records, check_crc};
pub use sequence::{Numbering, advance_sequence, sequence_distance};
pub(crate) use short::append_looking;
pub use stored::{RawHeaders, StoredRecord};
