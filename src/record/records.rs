//! Reading the records of a batch.
//!
//! [`Records`] lends one record after the other: of an uncompressed batch in memory straight from its bytes, of any other
//! through a window that does not grow with what the batch expands to. It believes no length, no count and no delta.

use std::fmt;
use std::io::{BufReader, Read};

use super::compression::{Compression, decompressor};
use super::fault::{BatchFault, RecordFault};
use super::header::{BatchHeader, CHECKED_FROM, LENGTH_END};
use super::record::TimestampType;
use super::stored::{RawRecord, StoredRecord};
use super::window::Window;

/// Bytes read at a time of a batch that is not in memory.
const READ_BYTES: usize = 64 << 10;

/// Checks the header and the checksum of `batch`, which must be all of one batch and nothing else.
pub fn check_crc(batch: &[u8]) -> Result<BatchHeader, BatchFault> {
    let Some(header) = batch.first_chunk().map(BatchHeader::parse) else {
        let declared = batch[..].get(8..LENGTH_END).map_or(0, |bytes| {
            bytes
                .iter()
                .fold(0, |sum, &byte| (sum << 8) | i32::from(byte))
        });
        return Err(BatchFault::Length {
            declared,
            there: batch.len(),
        });
    };
    header.check()?;
    if header.size() != batch.len() as u64 {
        return Err(BatchFault::Length {
            declared: header.batch_length,
            there: batch.len(),
        });
    }
    let computed = crc32c::crc32c(&batch[CHECKED_FROM..]);
    if computed != header.crc {
        return Err(BatchFault::Crc {
            stored: header.crc,
            computed,
        });
    }
    Ok(header)
}

/// The records of a batch, in order.
pub struct Records<'a> {
    source: Source<'a>,
    base_offset: i64,
    base_timestamp: i64,
    /// The timestamp of every record, where the log set it.
    append_time: Option<i64>,
    timestamp_type: TimestampType,
    last_offset_delta: i32,
    /// The offset delta before the next record's.
    previous_delta: i32,
    read: i32,
    count: i32,
}

enum Source<'a> {
    Memory(&'a [u8]),
    Stream(Window<'a>),
}

impl<'a> Records<'a> {
    /// The records of a batch in memory, whose checksum the caller may have checked; `body` is what follows the header.
    pub fn new(header: &BatchHeader, body: &'a [u8]) -> Result<Self, BatchFault> {
        let codec = codec(header)?;
        let source = if codec == Compression::None || body.is_empty() {
            Source::Memory(body)
        } else {
            let reader = decompressor(codec, body)
                .map_err(|error| BatchFault::of_read(&error, codec.name()))?;
            Source::Stream(Window::new(Box::new(reader), codec.name()))
        };
        Ok(Self::of(header, source))
    }

    /// The records of a batch too large to hold; `body` reads what follows the header and ends where the batch ends.
    pub fn streaming(header: &BatchHeader, body: Box<dyn Read + 'a>) -> Result<Self, BatchFault> {
        let codec = codec(header)?;
        let reader: Box<dyn Read + 'a> = if codec == Compression::None || header.records_count == 0
        {
            body
        } else {
            let buffered = BufReader::with_capacity(READ_BYTES, body);
            let reader = decompressor(codec, buffered)
                .map_err(|error| BatchFault::of_read(&error, codec.name()))?;
            Box::new(reader)
        };
        Ok(Self::of(
            header,
            Source::Stream(Window::new(reader, codec.name())),
        ))
    }

    fn of(header: &BatchHeader, source: Source<'a>) -> Self {
        let timestamp_type = header.attributes.timestamp_type();
        Self {
            source,
            base_offset: header.base_offset,
            base_timestamp: header.base_timestamp,
            append_time: (timestamp_type == TimestampType::LogAppendTime)
                .then_some(header.max_timestamp),
            timestamp_type,
            last_offset_delta: header.last_offset_delta,
            previous_delta: -1,
            read: 0,
            count: header.records_count,
        }
    }

    /// The next record; none after the last. Fails at the first malformed record, and at the end if the bytes and the
    /// header's count disagree; after a failure there is nothing more to be had.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a record that is returned through memory takes as long as finding it"
    )]
    #[expect(
        clippy::should_implement_trait,
        reason = "it lends from itself, which an Iterator can't"
    )]
    pub fn next(&mut self) -> Result<Option<StoredRecord<'_>>, BatchFault> {
        if self.read >= self.count {
            self.finish()?;
            return Ok(None);
        }
        let index = self.read;
        let plain = match &mut self.source {
            Source::Memory(body) => RawRecord::take_plain(body),
            Source::Stream(_) => None,
        };
        let raw = match plain {
            Some(raw) => raw,
            None => self.source.take(index, self.count)?,
        };
        let delta = raw.offset_delta;
        if delta <= self.previous_delta || delta > self.last_offset_delta {
            return Err(out_of_order(index, delta));
        }
        self.previous_delta = delta;
        self.read += 1;
        Ok(Some(StoredRecord {
            offset: self.base_offset.wrapping_add(i64::from(delta)),
            timestamp: match self.append_time {
                Some(time) => time,
                None => self.base_timestamp.wrapping_add(raw.timestamp_delta),
            },
            timestamp_type: self.timestamp_type,
            key: raw.key,
            value: raw.value,
            headers: raw.headers,
        }))
    }

    #[cold]
    fn finish(&mut self) -> Result<(), BatchFault> {
        let at_end = match &mut self.source {
            Source::Memory(body) => body.is_empty(),
            Source::Stream(window) => window.is_at_end()?,
        };
        if at_end {
            Ok(())
        } else {
            Err(BatchFault::Leftover { count: self.count })
        }
    }
}

impl Source<'_> {
    /// The next record, whatever it is like.
    #[inline(never)]
    fn take(&mut self, index: i32, count: i32) -> Result<RawRecord<'_>, BatchFault> {
        match self {
            Self::Memory(body) => take(body, index, count),
            Self::Stream(window) => {
                window.hold_record(index)?;
                let (held, start) = window.parts();
                let mut rest = &held[*start..];
                let raw = match RawRecord::take_plain(&mut rest) {
                    Some(raw) => raw,
                    None => take(&mut rest, index, count)?,
                };
                *start = held.len() - rest.len();
                Ok(raw)
            }
        }
    }
}

impl fmt::Debug for Records<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("base_offset", &self.base_offset)
            .field("read", &self.read)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

fn codec(header: &BatchHeader) -> Result<Compression, BatchFault> {
    if header.records_count < 0 {
        return Err(BatchFault::Count {
            count: header.records_count,
            last_delta: header.last_offset_delta,
        });
    }
    header.attributes.codec().map_err(BatchFault::Codec)
}

#[inline]
fn take<'b>(bytes: &mut &'b [u8], index: i32, count: i32) -> Result<RawRecord<'b>, BatchFault> {
    let at_end = bytes.is_empty();
    RawRecord::take(bytes).map_err(|why| malformed(at_end, index, count, why))
}

#[cold]
fn malformed(at_end: bool, index: i32, count: i32, why: RecordFault) -> BatchFault {
    if at_end {
        BatchFault::Missing { read: index, count }
    } else {
        BatchFault::Record { index, why }
    }
}

#[cold]
fn out_of_order(index: i32, delta: i32) -> BatchFault {
    BatchFault::Record {
        index,
        why: RecordFault::OffsetDelta(delta),
    }
}

#[cfg(test)]
mod tests;
