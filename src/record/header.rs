//! The 61 bytes that begin every batch.
//!
//! Everything is big-endian. The checksum covers all from the attributes on, so the base offset and the leader epoch can
//! be set last and changed later; damage to them is for whoever compares neighbouring batches to find.
//! Layout: <https://kafka.apache.org/documentation/#recordbatch>.

use super::compression::Compression;
use super::fault::BatchFault;
use super::record::TimestampType;

/// Bytes of a batch's header.
pub const HEADER_BYTES: usize = 61;

/// Bytes before those that `batch_length` counts: base offset and the length itself.
pub(super) const LENGTH_END: usize = 12;

/// Where the bytes under the checksum begin: at the attributes.
pub const CHECKED_FROM: usize = 21;

/// The one message format this crate reads and writes.
const MAGIC: i8 = 2;

/// The least `batch_length`: a header and no records.
const LEAST_LENGTH: i32 = 49;

const CODEC: i16 = 0b111;
const LOG_APPEND_TIME: i16 = 1 << 3;
const TRANSACTIONAL: i16 = 1 << 4;
const CONTROL: i16 = 1 << 5;
const DELETE_HORIZON: i16 = 1 << 6;

/// A batch's attributes: codec, timestamp type and flags.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attributes(pub i16);

impl Attributes {
    /// The codec of the body, at its default level; the number itself if Kafka knows no such codec.
    pub fn codec(self) -> Result<Compression, u8> {
        let [_, low] = (self.0 & CODEC).to_be_bytes();
        Compression::from_id(low).ok_or(low)
    }

    /// Who set the timestamps.
    #[must_use]
    pub fn timestamp_type(self) -> TimestampType {
        if self.0 & LOG_APPEND_TIME == 0 {
            TimestampType::CreateTime
        } else {
            TimestampType::LogAppendTime
        }
    }

    /// Whether the batch belongs to a transaction.
    #[must_use]
    pub fn is_transactional(self) -> bool {
        self.0 & TRANSACTIONAL != 0
    }

    /// Whether the batch holds control records, which no consumer gets to see.
    #[must_use]
    pub fn is_control(self) -> bool {
        self.0 & CONTROL != 0
    }

    /// Whether the base timestamp is the time from which the batch's tombstones or markers may be dropped
    /// (KIP-534).
    #[must_use]
    pub fn has_delete_horizon(self) -> bool {
        self.0 & DELETE_HORIZON != 0
    }

    /// The same with another codec.
    #[must_use]
    pub fn with_codec(self, codec: Compression) -> Self {
        Self((self.0 & !CODEC) | i16::from(codec.id()))
    }

    /// The same with another timestamp type.
    #[must_use]
    pub fn with_timestamp_type(self, timestamp_type: TimestampType) -> Self {
        self.with(
            LOG_APPEND_TIME,
            timestamp_type == TimestampType::LogAppendTime,
        )
    }

    /// The same, part of a transaction or not.
    #[must_use]
    pub fn with_transactional(self, transactional: bool) -> Self {
        self.with(TRANSACTIONAL, transactional)
    }

    /// The same, of control records or not.
    #[must_use]
    pub fn with_control(self, control: bool) -> Self {
        self.with(CONTROL, control)
    }

    /// The same, its base timestamp a delete horizon or not.
    #[must_use]
    pub fn with_delete_horizon(self, delete_horizon: bool) -> Self {
        self.with(DELETE_HORIZON, delete_horizon)
    }

    fn with(self, bit: i16, on: bool) -> Self {
        Self(if on { self.0 | bit } else { self.0 & !bit })
    }
}

/// A batch's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchHeader {
    /// Offset of the first record the batch was written with; compaction keeps it.
    pub base_offset: i64,
    /// Bytes that follow this field.
    pub batch_length: i32,
    /// Epoch of the leader that appended the batch; -1 if unknown.
    pub partition_leader_epoch: i32,
    /// The message format: 2.
    pub magic: i8,
    /// CRC-32C of everything from the attributes to the batch's end.
    pub crc: u32,
    /// Codec, timestamp type and flags.
    pub attributes: Attributes,
    /// Last offset minus base offset; compaction keeps it.
    pub last_offset_delta: i32,
    /// What the records' timestamps are relative to, in ms since the epoch; or the delete horizon.
    pub base_timestamp: i64,
    /// The greatest timestamp of the records, or the time of the append, in ms since the epoch; -1 if none has one.
    pub max_timestamp: i64,
    /// Id of the idempotent producer; -1 if there is none.
    pub producer_id: i64,
    /// Epoch of the idempotent producer; -1 if there is none.
    pub producer_epoch: i16,
    /// Sequence number of the first record; -1 if there is none.
    pub base_sequence: i32,
    /// Records that are in the batch.
    pub records_count: i32,
}

impl BatchHeader {
    /// Reads the fields, whatever they hold; [`Self::check`] judges them.
    #[must_use]
    pub fn parse(bytes: &[u8; HEADER_BYTES]) -> Self {
        Self {
            base_offset: i64::from_be_bytes(field(bytes, 0)),
            batch_length: i32::from_be_bytes(field(bytes, 8)),
            partition_leader_epoch: i32::from_be_bytes(field(bytes, 12)),
            magic: i8::from_be_bytes(field(bytes, 16)),
            crc: u32::from_be_bytes(field(bytes, 17)),
            attributes: Attributes(i16::from_be_bytes(field(bytes, 21))),
            last_offset_delta: i32::from_be_bytes(field(bytes, 23)),
            base_timestamp: i64::from_be_bytes(field(bytes, 27)),
            max_timestamp: i64::from_be_bytes(field(bytes, 35)),
            producer_id: i64::from_be_bytes(field(bytes, 43)),
            producer_epoch: i16::from_be_bytes(field(bytes, 51)),
            base_sequence: i32::from_be_bytes(field(bytes, 53)),
            records_count: i32::from_be_bytes(field(bytes, 57)),
        }
    }

    /// Writes the fields.
    pub fn write(&self, out: &mut [u8; HEADER_BYTES]) {
        out[0..8].copy_from_slice(&self.base_offset.to_be_bytes());
        out[8..12].copy_from_slice(&self.batch_length.to_be_bytes());
        out[12..16].copy_from_slice(&self.partition_leader_epoch.to_be_bytes());
        out[16..17].copy_from_slice(&self.magic.to_be_bytes());
        out[17..21].copy_from_slice(&self.crc.to_be_bytes());
        out[21..23].copy_from_slice(&self.attributes.0.to_be_bytes());
        out[23..27].copy_from_slice(&self.last_offset_delta.to_be_bytes());
        out[27..35].copy_from_slice(&self.base_timestamp.to_be_bytes());
        out[35..43].copy_from_slice(&self.max_timestamp.to_be_bytes());
        out[43..51].copy_from_slice(&self.producer_id.to_be_bytes());
        out[51..53].copy_from_slice(&self.producer_epoch.to_be_bytes());
        out[53..57].copy_from_slice(&self.base_sequence.to_be_bytes());
        out[57..61].copy_from_slice(&self.records_count.to_be_bytes());
    }

    /// Bytes of the whole batch as it declares them; 0 if it declares a negative length.
    #[must_use]
    pub fn size(&self) -> u64 {
        u64::try_from(self.batch_length).map_or(0, |length| length + LENGTH_END as u64)
    }

    /// The last offset the batch covers, whether or not a record has it.
    #[must_use]
    pub fn last_offset(&self) -> i64 {
        self.base_offset
            .saturating_add(i64::from(self.last_offset_delta))
    }

    /// The offset after the last.
    #[must_use]
    pub fn next_offset(&self) -> i64 {
        self.last_offset().saturating_add(1)
    }

    /// Says what is wrong with the header, as far as the header alone can tell.
    pub fn check(&self) -> Result<(), BatchFault> {
        if self.magic != MAGIC {
            return Err(BatchFault::Magic(self.magic));
        }
        if self.batch_length < LEAST_LENGTH {
            return Err(BatchFault::Length {
                declared: self.batch_length,
                there: HEADER_BYTES,
            });
        }
        self.attributes.codec().map_err(BatchFault::Codec)?;
        let last_delta = self.last_offset_delta;
        let last = self.base_offset.checked_add(i64::from(last_delta));
        if self.base_offset < 0 || last_delta < 0 || last.is_none_or(|last| last == i64::MAX) {
            return Err(BatchFault::Offsets {
                base: self.base_offset,
                last_delta,
            });
        }
        let count = self.records_count;
        if count < 0 || i64::from(count) > i64::from(last_delta) + 1 {
            return Err(BatchFault::Count { count, last_delta });
        }
        Ok(())
    }
}

/// A header of no records, all that is unknown unknown.
impl Default for BatchHeader {
    fn default() -> Self {
        Self {
            base_offset: 0,
            batch_length: LEAST_LENGTH,
            partition_leader_epoch: -1,
            magic: MAGIC,
            crc: 0,
            attributes: Attributes::default(),
            last_offset_delta: 0,
            base_timestamp: -1,
            max_timestamp: -1,
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            records_count: 0,
        }
    }
}

/// The `N` bytes of `bytes` from `at` on.
fn field<const N: usize>(bytes: &[u8; HEADER_BYTES], at: usize) -> [u8; N] {
    std::array::from_fn(|index| bytes[at + index])
}
