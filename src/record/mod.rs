//! Records, batches and what is done to them: pure, no I/O.
//!
//! The layout of bytes is Apache Kafka's record batch format v2 ("magic 2"), described in
//! <https://kafka.apache.org/documentation/#messageformat>.

mod position;
#[expect(
    clippy::module_inception,
    reason = "the room holds records; the record is one of them"
)]
mod record;

pub use position::{Position, Range};
pub use record::{Header, NO_TIMESTAMP, Record, TimestampType};
