//! Building batches.
//!
//! A producer spends its time here, so records are encoded at once into a buffer that is reused from batch to batch; the
//! header is written when the batch is sealed. What is known only once the partition is locked (offset, leader epoch, the
//! time of the append) is stamped onto the sealed batch, without touching its records again.

use std::fmt;

use super::compression::Compression;
use super::header::{Attributes, BatchHeader, CHECKED_FROM, HEADER_BYTES, LENGTH_END};
use super::record::{Header, NO_TIMESTAMP, Record, TimestampType};
use super::sequence::Numbering;
use super::short;
use super::varint::{self, encoded_len, zigzag, zigzag_length};
use crate::error::{Error, Result};

/// Bytes of the buffer at first: a small batch of small records.
const FIRST_BYTES: usize = 16 << 10;
/// The same where batches are small, since there are many of them: this part of the largest.
const FIRST_PART: usize = 16;
/// The same where they are smaller still.
const FEWEST_BYTES: usize = 256;

/// The longest value of a plain record: its lengths take two bytes at most.
const PLAIN_VALUE_BYTES: usize = 4096;

/// The count up to which an offset delta takes three bytes at most.
const PLAIN_COUNT: i32 = 1 << 20;

/// Bytes that must be there behind a plain record: its numbers are written as whole words.
const PLAIN_SPARE_BYTES: usize = 16;

/// Encodes records, one batch after the other.
pub struct BatchBuilder {
    limit: usize,
    /// Room for the header, then records up to `end`, then bytes without meaning.
    bytes: Vec<u8>,
    end: usize,
    compressed: Vec<u8>,
    count: i32,
    base_timestamp: i64,
    max_timestamp: i64,
}

impl BatchBuilder {
    /// Builds batches of at most `limit` bytes, header included, before compression.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            bytes: Vec::new(),
            end: HEADER_BYTES,
            compressed: Vec::new(),
            count: 0,
            base_timestamp: NO_TIMESTAMP,
            max_timestamp: NO_TIMESTAMP,
        }
    }

    /// Whether the batch holds no record.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Records in the batch.
    #[must_use]
    #[inline]
    pub fn count(&self) -> i32 {
        self.count
    }

    /// Bytes of the batch before compression, header included.
    #[must_use]
    #[inline]
    pub fn size(&self) -> usize {
        self.end
    }

    /// Bytes of its buffer: what it takes of memory, however little it holds.
    #[must_use]
    #[inline]
    pub fn room(&self) -> usize {
        self.bytes.len()
    }

    /// Appends `record` unless the batch would pass its limit: false means the batch is full and the record not in it. An
    /// empty batch takes any record, so callers compare [`Self::batch_size_of`] with `max.message.bytes` before.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "for a short record the call would take as long as the work"
    )]
    pub fn append(&mut self, record: &Record<'_>) -> bool {
        // What nearly every record is: a short value, and the time of the first record or soon after.
        let timestamp = zigzag(record.timestamp.wrapping_sub(self.base_timestamp));
        match record.value {
            Some(value)
                if record.key.is_none()
                    && record.headers.is_empty()
                    && value.len() <= PLAIN_VALUE_BYTES
                    && timestamp < 0x80
                    && (1..PLAIN_COUNT).contains(&self.count) =>
            {
                let appended = self.append_plain(value, timestamp);
                if appended {
                    self.max_timestamp = self.max_timestamp.max(record.timestamp);
                }
                appended
            }
            _ => self.append_any(record),
        }
    }

    /// Appends a record that is not the first, has no key, no headers, and a timestamp delta of one byte. Everything before
    /// the length of the value fits one word.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "for a short record the call would take as long as the work"
    )]
    fn append_plain(&mut self, value: &[u8], timestamp: u64) -> bool {
        let (offset, offset_bytes) = varint::packed(zigzag(i64::from(self.count)));
        let (value_length, value_length_bytes) = varint::packed(zigzag_length(value.len()));
        // One byte each: attributes, timestamp, key, headers.
        let body = 4 + offset_bytes + value_length_bytes + value.len();
        let (length, length_bytes) = varint::packed(zigzag_length(body));
        let size = length_bytes + body;
        if self.end + size > self.limit {
            return false;
        }
        if self.end + size + PLAIN_SPARE_BYTES > self.bytes.len() {
            self.grow(self.end + size + PLAIN_SPARE_BYTES);
        }
        let out = &mut self.bytes[self.end..];
        let key_at = length_bytes + 2 + offset_bytes;
        let front = length
            | timestamp << (8 * (length_bytes + 1))
            | offset << (8 * (length_bytes + 2))
            | zigzag(-1) << (8 * key_at);
        out[..8].copy_from_slice(&front.to_le_bytes());
        out[key_at + 1..key_at + 9].copy_from_slice(&value_length.to_le_bytes());
        short::copy(&mut out[size - 1 - value.len()..size - 1], value);
        out[size - 1] = 0;
        self.end += size;
        self.count += 1;
        true
    }

    #[inline(never)]
    fn append_any(&mut self, record: &Record<'_>) -> bool {
        let base_timestamp = if self.count == 0 {
            record.timestamp
        } else {
            self.base_timestamp
        };
        let timestamp = zigzag(record.timestamp.wrapping_sub(base_timestamp));
        let offset = zigzag(i64::from(self.count));
        let body = body_len(record, timestamp, offset);
        let length = zigzag_length(body);
        let end = self.end + encoded_len(length) + body;
        if end > self.limit && self.count > 0 {
            return false;
        }
        if end > self.bytes.len() {
            self.grow(end);
        }
        let mut out = Out(&mut self.bytes[self.end..end]);
        out.varint(length);
        out.byte(0);
        out.varint(timestamp);
        out.varint(offset);
        out.nullable(record.key);
        out.nullable(record.value);
        if record.headers.is_empty() {
            out.byte(0);
        } else {
            out.headers(record.headers);
        }
        debug_assert!(out.0.is_empty());
        self.end = end;
        self.count += 1;
        self.base_timestamp = base_timestamp;
        self.max_timestamp = self.max_timestamp.max(record.timestamp);
        true
    }

    /// Bytes of a batch that held just this record, before compression.
    #[must_use]
    #[inline]
    pub fn batch_size_of(record: &Record<'_>) -> usize {
        let body = body_len(record, zigzag(0), zigzag(0));
        HEADER_BYTES + encoded_len(zigzag_length(body)) + body
    }

    /// Completes the batch: compresses its records, unless they would become larger, and computes the checksum. The batch
    /// has offset 0 and no leader epoch until it is stamped. Fails on an empty batch and on one of more than 2 GiB.
    pub fn seal(&mut self, compression: Compression) -> Result<SealedBatch<'_>> {
        self.seal_numbered(compression, Numbering::default())
    }

    /// The same for a producer that numbers its records.
    pub fn seal_numbered(
        &mut self,
        compression: Compression,
        numbering: Numbering,
    ) -> Result<SealedBatch<'_>> {
        if self.count == 0 {
            return Err(Error::failed("a batch without records can't be written"));
        }
        let codec = self.compress(compression)?;
        let bytes = if codec == Compression::None {
            &mut self.bytes[..self.end]
        } else {
            &mut self.compressed[..]
        };
        let header = BatchHeader {
            batch_length: i32::try_from(bytes.len() - LENGTH_END).map_err(|_| {
                Error::failed(format!("a batch of {} bytes is too large", bytes.len()))
            })?,
            attributes: Attributes::default().with_codec(codec),
            last_offset_delta: self.count - 1,
            base_timestamp: self.base_timestamp,
            max_timestamp: self.max_timestamp,
            producer_id: numbering.producer_id,
            producer_epoch: numbering.epoch,
            base_sequence: numbering.sequence,
            records_count: self.count,
            ..BatchHeader::default()
        };
        Ok(SealedBatch::new(header, bytes))
    }

    /// Compresses the records into the second buffer if that makes them smaller, and says with what they are compressed.
    fn compress(&mut self, compression: Compression) -> Result<Compression> {
        if compression == Compression::None {
            return Ok(Compression::None);
        }
        self.compressed.clear();
        self.compressed.resize(HEADER_BYTES, 0);
        compression.compress(&self.bytes[HEADER_BYTES..self.end], &mut self.compressed)?;
        if self.compressed.len() < self.end {
            Ok(compression)
        } else {
            Ok(Compression::None)
        }
    }

    /// Begins the next batch.
    pub fn clear(&mut self) {
        self.end = HEADER_BYTES;
        self.count = 0;
        self.base_timestamp = NO_TIMESTAMP;
        self.max_timestamp = NO_TIMESTAMP;
    }

    #[cold]
    fn grow(&mut self, end: usize) {
        let most = self.limit.saturating_add(PLAIN_SPARE_BYTES);
        let first = (self.limit / FIRST_PART).clamp(FEWEST_BYTES, FIRST_BYTES);
        let doubled = (2 * self.bytes.len()).clamp(first, most.max(first));
        self.bytes.resize(doubled.max(end), 0);
    }
}

impl fmt::Debug for BatchBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchBuilder")
            .field("limit", &self.limit)
            .field("count", &self.count)
            .field("size", &self.end)
            .finish_non_exhaustive()
    }
}

/// A complete batch, to be stamped with its place in the log and written.
#[derive(Debug)]
pub struct SealedBatch<'a> {
    bytes: &'a mut [u8],
    /// As the producer made it.
    sealed: BatchHeader,
    /// As it was stamped last.
    header: BatchHeader,
}

impl<'a> SealedBatch<'a> {
    fn new(mut header: BatchHeader, bytes: &'a mut [u8]) -> Self {
        let crc = checked_crc(&header);
        header.crc = crc32c::crc32c_append(crc, &bytes[HEADER_BYTES..]);
        let mut batch = Self {
            bytes,
            sealed: header,
            header,
        };
        batch.write_header();
        batch
    }

    /// Gives the batch its place in the log. With `append_time`, in ms since the epoch, the batch's timestamps become that
    /// time (`LogAppendTime`); without, they are the records' own. May be repeated, which the cost allows: only with an
    /// append time is there a checksum to be computed, and never over the records.
    pub fn stamp(&mut self, base_offset: i64, leader_epoch: i32, append_time: Option<i64>) {
        self.header = BatchHeader {
            base_offset,
            partition_leader_epoch: leader_epoch,
            ..self.sealed
        };
        if let Some(time) = append_time {
            self.header.attributes = self
                .sealed
                .attributes
                .with_timestamp_type(TimestampType::LogAppendTime);
            self.header.max_timestamp = time;
            // A CRC is linear: what the header's fields change in it depends on the difference alone, carried over the body.
            let change = checked_crc(&self.sealed) ^ checked_crc(&self.header);
            let body = self.bytes.len() - HEADER_BYTES;
            self.header.crc = self.sealed.crc ^ crc32c::crc32c_combine(change, 0, body);
        }
        self.write_header();
    }

    /// The whole batch.
    #[must_use]
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        self.bytes
    }

    /// The batch's header as it is in [`Self::bytes`].
    #[must_use]
    pub fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// Records in the batch.
    #[must_use]
    pub fn record_count(&self) -> i32 {
        self.header.records_count
    }

    /// The greatest timestamp in the batch, in ms since the epoch: after a stamp with an append time, that.
    #[must_use]
    pub fn max_timestamp(&self) -> i64 {
        self.header.max_timestamp
    }

    /// The first record's own timestamp, in ms since the epoch.
    #[must_use]
    pub fn first_timestamp(&self) -> i64 {
        self.header.base_timestamp
    }

    fn write_header(&mut self) {
        if let Some(out) = self.bytes.first_chunk_mut() {
            self.header.write(out);
        }
    }
}

/// The checksum of the header's own part of what the batch's checksum covers.
fn checked_crc(header: &BatchHeader) -> u32 {
    let mut bytes = [0; HEADER_BYTES];
    header.write(&mut bytes);
    crc32c::crc32c(&bytes[CHECKED_FROM..])
}

/// Bytes of a record after its length.
#[inline]
fn body_len(record: &Record<'_>, timestamp: u64, offset: u64) -> usize {
    let headers = if record.headers.is_empty() {
        1
    } else {
        headers_len(record.headers)
    };
    1 + encoded_len(timestamp)
        + encoded_len(offset)
        + nullable_len(record.key)
        + nullable_len(record.value)
        + headers
}

#[inline]
fn nullable_len(bytes: Option<&[u8]>) -> usize {
    match bytes {
        Some(bytes) => encoded_len(zigzag_length(bytes.len())) + bytes.len(),
        None => 1,
    }
}

fn headers_len(headers: &[Header<'_>]) -> usize {
    let each = headers
        .iter()
        .map(|header| nullable_len(Some(header.name)) + nullable_len(header.value));
    encoded_len(zigzag_length(headers.len())) + each.sum::<usize>()
}

/// The bytes of a record still to be written.
struct Out<'b>(&'b mut [u8]);

impl<'b> Out<'b> {
    /// The next `length` bytes.
    #[inline]
    fn next(&mut self, length: usize) -> &'b mut [u8] {
        let (front, rest) = std::mem::take(&mut self.0).split_at_mut(length);
        self.0 = rest;
        front
    }

    #[inline]
    fn byte(&mut self, byte: u8) {
        self.next(1)[0] = byte;
    }

    #[inline]
    fn varint(&mut self, zigzag: u64) {
        let length = varint::put(self.0, zigzag);
        self.next(length);
    }

    #[inline]
    fn nullable(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => {
                self.varint(zigzag_length(bytes.len()));
                self.next(bytes.len()).copy_from_slice(bytes);
            }
            None => self.byte(1),
        }
    }

    fn headers(&mut self, headers: &[Header<'_>]) {
        self.varint(zigzag_length(headers.len()));
        for header in headers {
            self.nullable(Some(header.name));
            self.nullable(header.value);
        }
    }
}

#[cfg(test)]
mod tests;
