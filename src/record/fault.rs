//! What can be wrong with a batch.
//!
//! A fault says what is wrong inside the batch; which file and which byte of it, whoever read the file adds.

use std::fmt;
use std::io;

use crate::count::{counted, counted_with};

/// What is wrong with a batch: its header, its checksum, its compressed body or one of its records.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchFault {
    /// The magic byte is not 2.
    Magic(i8),
    /// Not as many bytes as the header declares, or fewer than a header has.
    Length {
        /// Bytes that should follow the batch's length field by its own word.
        declared: i32,
        /// Bytes of the whole batch that are there.
        there: usize,
    },
    /// The checksum over everything from the attributes on does not match.
    Crc {
        /// The checksum in the header.
        stored: u32,
        /// The checksum of the bytes.
        computed: u32,
    },
    /// A codec Kafka does not know.
    Codec(u8),
    /// Base offset and last offset delta that no writer can have meant.
    Offsets {
        /// The batch's base offset.
        base: i64,
        /// The header's last offset delta.
        last_delta: i32,
    },
    /// A negative count of records, or more records than the batch has offsets.
    Count {
        /// The header's count of records.
        count: i32,
        /// The header's last offset delta.
        last_delta: i32,
    },
    /// The compressed body can't be decompressed.
    Decompress {
        /// The codec's name.
        codec: &'static str,
        /// What the codec says.
        why: String,
    },
    /// The system could not read the batch: the file, not the batch, is at fault. Holds the system's error number.
    Read(i32),
    /// The body ended before the last record.
    Missing {
        /// Records that are there.
        read: i32,
        /// Records there should be.
        count: i32,
    },
    /// Bytes follow the last record.
    Leftover {
        /// Records there should be.
        count: i32,
    },
    /// A record is malformed.
    Record {
        /// Which one, from 0.
        index: i32,
        /// What is wrong with it.
        why: RecordFault,
    },
}

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordFault {
    /// A number is cut off, or longer than its type allows.
    Number(Field),
    /// A length or count is negative where it can't be.
    Negative(Field, i32),
    /// A field goes beyond the end of what holds it.
    PastEnd(Field),
    /// The fields end before the record does, by so many bytes.
    Unused(usize),
    /// The offset is not after the one before it, or beyond the batch's last.
    OffsetDelta(i32),
}

/// A part of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// The length of the record.
    Record,
    /// The byte of attributes.
    Attributes,
    /// The timestamp's delta.
    Timestamp,
    /// The offset's delta.
    Offset,
    /// The key.
    Key,
    /// The value.
    Value,
    /// The count of headers.
    HeaderCount,
    /// The name of a header.
    HeaderName,
    /// The value of a header.
    HeaderValue,
}

impl BatchFault {
    /// The fault behind an error met while reading a body: the system's, or the codec's.
    pub(crate) fn of_read(error: &io::Error, codec: &'static str) -> Self {
        match error.raw_os_error() {
            Some(number) => Self::Read(number),
            None => Self::Decompress {
                codec,
                why: error.to_string(),
            },
        }
    }
}

impl fmt::Display for BatchFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic(magic @ (0 | 1)) => write!(
                f,
                "the batch is of message format v{magic}, written by a Kafka before 0.11; only v2 can be read \
                 (let its broker copy the topic to a new one)"
            ),
            Self::Magic(magic) => write!(f, "the batch's magic is {magic}, not 2"),
            Self::Length { declared, there } => write!(
                f,
                "the batch declares {}, {} there",
                counted(i64::from(*declared) + 12, "byte"),
                counted_with(*there, "byte", "is", "are")
            ),
            Self::Crc { stored, computed } => write!(
                f,
                "the batch's CRC-32C is {stored:08x}, that of its bytes {computed:08x}"
            ),
            Self::Codec(codec) => write!(
                f,
                "the batch is compressed with codec {codec}, which Kafka does not know"
            ),
            Self::Offsets { base, last_delta } => write!(
                f,
                "the batch's base offset {base} and last offset delta {last_delta} can't be"
            ),
            Self::Count { count, last_delta } => write!(
                f,
                "the batch declares {} for {}",
                counted(*count, "record"),
                counted(i64::from(*last_delta) + 1, "offset")
            ),
            Self::Decompress { codec, why } => {
                write!(f, "the batch can't be decompressed ({codec}): {why}")
            }
            Self::Read(number) => write!(
                f,
                "the batch can't be read: {}",
                io::Error::from_raw_os_error(*number)
            ),
            Self::Missing { read, count } => write!(
                f,
                "the batch declares {}, its bytes end after {read}",
                counted(*count, "record")
            ),
            Self::Leftover { count } => {
                write!(
                    f,
                    "the batch declares {}, and more bytes follow",
                    counted(*count, "record")
                )
            }
            Self::Record { index, why } => write!(f, "record {index} of the batch: {why}"),
        }
    }
}

impl std::error::Error for BatchFault {}

impl fmt::Display for RecordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(field) => write!(f, "the number of the {field} is cut off or too long"),
            Self::Negative(field, number) => write!(f, "the {field} can't be {number}"),
            Self::PastEnd(field) => write!(f, "the {field} goes beyond the end"),
            Self::Unused(bytes) => {
                let follow = counted_with(*bytes, "byte", "follows", "follow");
                write!(f, "{follow} its last field")
            }
            Self::OffsetDelta(delta) => write!(f, "offset delta {delta} is out of order"),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Record => "record's length",
            Self::Attributes => "attributes",
            Self::Timestamp => "timestamp delta",
            Self::Offset => "offset delta",
            Self::Key => "key's length",
            Self::Value => "value's length",
            Self::HeaderCount => "header count",
            Self::HeaderName => "header name's length",
            Self::HeaderValue => "header value's length",
        })
    }
}
