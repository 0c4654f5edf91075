//! The buffer that readers of many partitions share.
//!
//! It holds one stretch of one segment. It grows to hold the largest batch that kafdir writes; bigger ones, a
//! broker's, are read in passes straight from their file.

use std::ops::Range;

use crate::error::{IoContext, Result};
use crate::log::scan::read_up_to;
use crate::log::segment::SegmentLog;
use crate::record::{BatchHeader, HEADER_BYTES};

/// What it starts with: enough for a small topic.
const SMALL: usize = 64 * 1024;
/// What it grows to: a batch of 1 MiB and a little over.
const LARGE: usize = (1 << 20) + SMALL;

/// Bytes of one segment.
#[derive(Default)]
pub struct ReadBuffer {
    bytes: Vec<u8>,
    len: usize,
    /// Which file and from which position on; nothing is held where this is `None`.
    source: Option<(u64, u64)>,
}

/// What the buffer holds of the batch at a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    /// The file ends there.
    Nothing,
    /// Less than the batch says it has, or less than a header, before the file ends.
    Part,
    /// The header of a batch too large for the buffer, or of none at all.
    Header(BatchHeader),
    /// The whole batch, at this range of the buffer.
    Whole(BatchHeader, Range<usize>),
}

impl ReadBuffer {
    /// Forgets what it holds.
    pub fn clear(&mut self) {
        self.source = None;
        self.len = 0;
    }

    /// Whether the whole batch at `position` of the segment is here.
    pub(crate) fn holds_batch(&self, segment: &SegmentLog, position: u64) -> bool {
        matches!(self.held(segment, position), Some(Held::Whole(..)))
    }

    /// Holds the batch at `position` of the segment, reading as much as is needed.
    pub(crate) fn load(&mut self, segment: &SegmentLog, position: u64) -> Result<Held> {
        if let Some(held @ Held::Whole(..)) = self.held(segment, position) {
            return Ok(held);
        }
        // A full buffer last time means that there is a lot to read.
        let wanted = if self.len >= SMALL { LARGE } else { SMALL };
        self.read(segment, position, wanted)?;
        let held = self.held(segment, position).unwrap_or(Held::Nothing);
        match &held {
            Held::Part if self.len == self.bytes.len() && self.len < LARGE => {
                self.read(segment, position, LARGE)?;
                Ok(self.held(segment, position).unwrap_or(Held::Nothing))
            }
            _ => Ok(held),
        }
    }

    /// The bytes of a batch that is held whole.
    pub(crate) fn bytes(&self, held: &Held) -> &[u8] {
        match held {
            Held::Whole(_, range) => &self.bytes[range.clone()],
            _ => &[],
        }
    }

    fn read(&mut self, segment: &SegmentLog, position: u64, wanted: usize) -> Result<()> {
        if self.bytes.len() < wanted {
            self.bytes.resize(wanted, 0);
        }
        self.clear();
        self.len =
            read_up_to(&segment.file, &mut self.bytes, position).at("read", &segment.path)?;
        self.source = Some((segment.inode, position));
        Ok(())
    }

    fn held(&self, segment: &SegmentLog, position: u64) -> Option<Held> {
        let (inode, start) = self.source?;
        let at = usize::try_from(position.checked_sub(start)?).ok()?;
        if inode != segment.inode || at > self.len {
            return None;
        }
        let rest = &self.bytes[at..self.len];
        if rest.is_empty() {
            return Some(Held::Nothing);
        }
        let Some(header) = rest.first_chunk::<HEADER_BYTES>().map(BatchHeader::parse) else {
            return Some(Held::Part);
        };
        let size = usize::try_from(header.size()).unwrap_or(usize::MAX);
        Some(if header.check().is_err() || size > LARGE {
            Held::Header(header)
        } else if size > rest.len() {
            Held::Part
        } else {
            Held::Whole(header, at..at + size)
        })
    }
}
