//! A record as a log holds it.

use super::fault::{Field, RecordFault};
use super::record::{Header, TimestampType};
use super::varint;

/// The length of a null, in zig-zag form.
const NULL: u64 = 1;

/// A record read from a batch, borrowed from it.
#[derive(Clone, Copy, Debug)]
pub struct StoredRecord<'a> {
    /// Its place in the partition.
    pub offset: i64,
    /// In ms since the epoch, -1 for none: the record's own, or the batch's if the log sets the time.
    pub timestamp: i64,
    /// Who set the timestamp.
    pub timestamp_type: TimestampType,
    /// The key; null and empty are different things.
    pub key: Option<&'a [u8]>,
    /// The value; null is a tombstone.
    pub value: Option<&'a [u8]>,
    /// The headers in their order.
    pub headers: RawHeaders<'a>,
}

/// A record's headers in their encoded form, which was found to be well-formed.
#[derive(Clone, Copy, Debug, Default)]
pub struct RawHeaders<'a> {
    count: usize,
    bytes: &'a [u8],
}

impl<'a> RawHeaders<'a> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Their number and their bytes.
    pub(super) fn encoded(&self) -> (usize, &'a [u8]) {
        (self.count, self.bytes)
    }

    /// Headers of what [`Self::encoded`] gave.
    pub(super) fn from_encoded(count: usize, bytes: &'a [u8]) -> Self {
        Self { count, bytes }
    }

    /// The headers in their order.
    pub fn iter(&self) -> impl Iterator<Item = Header<'a>> + use<'a> {
        let mut bytes = self.bytes;
        (0..self.count).map_while(move |_| header(&mut bytes).ok())
    }
}

/// A record before its batch's base offset and timestamps are known to it.
pub(super) struct RawRecord<'a> {
    pub(super) timestamp_delta: i64,
    pub(super) offset_delta: i32,
    pub(super) key: Option<&'a [u8]>,
    pub(super) value: Option<&'a [u8]>,
    pub(super) headers: RawHeaders<'a>,
}

impl<'a> RawRecord<'a> {
    /// Takes the record off the front of `bytes` if it is of the plain kind: no key, a short value, no headers, and small
    /// deltas. Anything else, and anything wrong, is left to [`Self::take`].
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a record that is returned through memory takes as long as finding it"
    )]
    pub(super) fn take_plain(bytes: &mut &'a [u8]) -> Option<Self> {
        let (length, rest, length_bytes) =
            varint::unpack(u64::from_le_bytes(*bytes.first_chunk()?))?;
        // Past the attributes, which say nothing; the lengths have their place in one word if this one has two bytes.
        let timestamp = rest >> 8 & 0xff;
        let (offset, rest, offset_bytes) = varint::unpack(rest >> 16)?;
        if timestamp >= 0x80 || length_bytes > 2 || rest & 0xff != NULL {
            return None;
        }
        let value_length_at = length_bytes + 2 + offset_bytes + 1;
        let lengths = bytes.get(value_length_at..)?.first_chunk::<4>()?;
        let (value_length, _, value_length_bytes) =
            varint::unpack(u64::from(u32::from_le_bytes(*lengths)))?;
        let value_at = value_length_at + value_length_bytes;
        let value_end = value_at + usize::try_from(value_length).ok()?;
        if length_bytes + usize::try_from(length).ok()? != value_end + 1 {
            return None;
        }
        let (record, rest) = bytes.split_at_checked(value_end + 1)?;
        if record[value_end] != 0 {
            return None;
        }
        *bytes = rest;
        Some(Self {
            timestamp_delta: (timestamp >> 1).cast_signed() ^ -(timestamp & 1).cast_signed(),
            offset_delta: i32::try_from(offset).ok()?,
            key: None,
            value: Some(&record[value_at..value_end]),
            headers: RawHeaders::default(),
        })
    }

    /// Takes the record off the front of `bytes`.
    #[inline]
    pub(super) fn take(bytes: &mut &'a [u8]) -> Result<Self, RecordFault> {
        let mut body = length_prefixed(bytes)?;
        let (_attributes, rest) = body
            .split_first()
            .ok_or(RecordFault::PastEnd(Field::Attributes))?;
        body = rest;
        let timestamp_delta =
            varint::read_64(&mut body).ok_or(RecordFault::Number(Field::Timestamp))?;
        let offset_delta = varint::read_32(&mut body).ok_or(RecordFault::Number(Field::Offset))?;
        let key = nullable(&mut body, Field::Key)?;
        let value = nullable(&mut body, Field::Value)?;
        // The one byte that says "no headers", and the end: nearly every record there is.
        let headers = if *body == [0] {
            RawHeaders::default()
        } else {
            headers(body)?
        };
        Ok(Self {
            timestamp_delta,
            offset_delta,
            key,
            value,
            headers,
        })
    }
}

#[inline]
fn length_prefixed<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], RecordFault> {
    let length = varint::read_32(bytes).ok_or(RecordFault::Number(Field::Record))?;
    let length =
        usize::try_from(length).map_err(|_| RecordFault::Negative(Field::Record, length))?;
    split_off(bytes, length, Field::Record)
}

#[inline]
fn split_off<'a>(
    bytes: &mut &'a [u8],
    length: usize,
    field: Field,
) -> Result<&'a [u8], RecordFault> {
    let (front, rest) = bytes
        .split_at_checked(length)
        .ok_or(RecordFault::PastEnd(field))?;
    *bytes = rest;
    Ok(front)
}

#[inline]
fn nullable<'a>(bytes: &mut &'a [u8], field: Field) -> Result<Option<&'a [u8]>, RecordFault> {
    let length = varint::read_32(bytes).ok_or(RecordFault::Number(field))?;
    match usize::try_from(length) {
        Ok(length) => split_off(bytes, length, field).map(Some),
        Err(_) if length == -1 => Ok(None),
        Err(_) => Err(RecordFault::Negative(field, length)),
    }
}

/// The headers, which must take all of `bytes`.
#[cold]
fn headers(mut bytes: &[u8]) -> Result<RawHeaders<'_>, RecordFault> {
    let count = varint::read_32(&mut bytes).ok_or(RecordFault::Number(Field::HeaderCount))?;
    let count =
        usize::try_from(count).map_err(|_| RecordFault::Negative(Field::HeaderCount, count))?;
    let raw = RawHeaders { count, bytes };
    for _ in 0..count {
        header(&mut bytes)?;
    }
    if bytes.is_empty() {
        Ok(raw)
    } else {
        Err(RecordFault::Unused(bytes.len()))
    }
}

fn header<'a>(bytes: &mut &'a [u8]) -> Result<Header<'a>, RecordFault> {
    let name =
        nullable(bytes, Field::HeaderName)?.ok_or(RecordFault::Negative(Field::HeaderName, -1))?;
    let value = nullable(bytes, Field::HeaderValue)?;
    Ok(Header { name, value })
}
