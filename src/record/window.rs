//! A stream seen through a window of bounded size.
//!
//! A batch of a megabyte can expand to gigabytes, and a batch of a foreign log can be larger than memory. Whoever reads one
//! holds a window of it that moves on record by record, and grows beyond its usual size only while a record larger than it
//! is there: by bytes that were read, never on the word of a length field.

use std::io::Read;

use super::fault::{BatchFault, Field, RecordFault};
use super::varint;

/// Bytes of the window, as long as no record is larger.
const WINDOW_BYTES: usize = 64 << 10;

/// Bytes of a window that was enlarged for a record and is kept for others like it.
const KEPT_BYTES: usize = 1 << 20;

/// The longest varint in front of a record.
const LENGTH_BYTES: usize = 5;

/// The part of a stream that was read and not yet consumed.
pub(super) struct Window<'a> {
    reader: Box<dyn Read + 'a>,
    codec: &'static str,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
}

impl<'a> Window<'a> {
    /// Over `reader`, whose errors are those of `codec` where they are not the system's.
    pub(super) fn new(reader: Box<dyn Read + 'a>, codec: &'static str) -> Self {
        Self {
            reader,
            codec,
            bytes: Vec::new(),
            start: 0,
            end: 0,
            ended: false,
        }
    }

    /// Reads until the window holds the next record whole, or the stream ends. `index` is the record's, for faults.
    pub(super) fn hold_record(&mut self, index: i32) -> Result<(), BatchFault> {
        self.hold(LENGTH_BYTES)?;
        let rest = &self.bytes[self.start..self.end];
        let mut after = rest;
        let Some(length) = varint::read_32(&mut after) else {
            return Ok(());
        };
        let prefix = rest.len() - after.len();
        let length = usize::try_from(length).map_err(|_| BatchFault::Record {
            index,
            why: RecordFault::Negative(Field::Record, length),
        })?;
        self.hold(prefix + length)
    }

    /// Whether nothing is left, in the window or behind it.
    pub(super) fn is_at_end(&mut self) -> Result<bool, BatchFault> {
        self.hold(1)?;
        Ok(self.start == self.end)
    }

    /// What the window holds, and where its beginning is to be moved once something was taken.
    #[inline]
    pub(super) fn parts(&mut self) -> (&[u8], &mut usize) {
        (&self.bytes[..self.end], &mut self.start)
    }

    /// Bytes the window takes of memory.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Reads until the window holds `wanted` bytes, or the stream ends.
    #[inline]
    fn hold(&mut self, wanted: usize) -> Result<(), BatchFault> {
        while self.end - self.start < wanted && !self.ended {
            self.read_more(wanted)?;
        }
        Ok(())
    }

    #[cold]
    fn read_more(&mut self, wanted: usize) -> Result<(), BatchFault> {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.bytes.len() > KEPT_BYTES && wanted.max(self.end) <= WINDOW_BYTES {
            self.bytes.truncate(WINDOW_BYTES);
            self.bytes.shrink_to_fit();
        } else if self.end == self.bytes.len() {
            let larger = (2 * self.end).min(wanted).max(WINDOW_BYTES);
            self.bytes.resize(larger, 0);
        }
        match self.reader.read(&mut self.bytes[self.end..]) {
            Ok(0) => self.ended = true,
            Ok(read) => self.end += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(BatchFault::of_read(&error, self.codec)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn does_not_trust_a_length() {
        let mut bytes = Vec::new();
        varint::write(&mut bytes, i32::MAX.into());
        bytes.extend([0; 100]);
        let mut window = Window::new(Box::new(&bytes[..]), "none");
        window.hold_record(0).unwrap();
        assert_eq!(window.end - window.start, 105);
        assert!(window.bytes.capacity() <= WINDOW_BYTES);
    }

    #[test]
    fn grows_for_a_large_record_and_shrinks_after_it() {
        let large = 4 << 20;
        let mut bytes = Vec::new();
        for length in [10, large, 10, 10] {
            varint::write(&mut bytes, length);
            bytes.resize(bytes.len() + usize::try_from(length).unwrap(), 1);
        }
        bytes.resize(bytes.len() + 200_000, 0);
        let mut window = Window::new(Box::new(&bytes[..]), "none");
        let mut most = 0;
        for length in [11, large + 4, 11, 11] {
            window.hold_record(0).unwrap();
            most = most.max(window.bytes.capacity());
            window.start += usize::try_from(length).unwrap();
        }
        assert!((4 << 20..9 << 20).contains(&most), "{most}");
        for _ in 0..200_000 {
            window.hold_record(0).unwrap();
            window.start += 1;
        }
        assert!(window.is_at_end().unwrap());
        assert!(window.bytes.capacity() <= WINDOW_BYTES);
    }
}
