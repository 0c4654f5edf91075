//! The record: key, value, headers, timestamp.

/// "No timestamp" as Kafka writes it.
pub const NO_TIMESTAMP: i64 = -1;

/// Who set a record's timestamp.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TimestampType {
    /// The producer.
    #[default]
    CreateTime,
    /// The log, when the record was appended.
    LogAppendTime,
}

impl TimestampType {
    /// Kafka's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateTime => "CreateTime",
            Self::LogAppendTime => "LogAppendTime",
        }
    }
}

/// One header. Names may repeat, and their order counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// The name: UTF-8 by Kafka's rule, which a log's bytes need not follow.
    pub name: &'a [u8],
    /// The value; null and empty are different things.
    pub value: Option<&'a [u8]>,
}

/// A record to be written: borrowed from wherever it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Milliseconds since the epoch.
    pub timestamp: i64,
    /// The key; null and empty are different things.
    pub key: Option<&'a [u8]>,
    /// The value; null is a tombstone.
    pub value: Option<&'a [u8]>,
    /// The headers in their order.
    pub headers: &'a [Header<'a>],
}
