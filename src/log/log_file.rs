//! A segment's log file by itself, in whatever directory it is: batch after batch, damage and what follows it
//! included.
//!
//! It knows no partition, no checkpoint and no neighbour, so it can say of a file from anywhere what stands in it, and
//! of nothing whether it is missing.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::error::{IoContext, Result};
use crate::log::buffer::{Held, ReadBuffer};
use crate::log::fetched::{Body, Fetched};
use crate::log::flaw::Flaw;
use crate::log::resync::next_whole_batch;
use crate::log::scan::{BatchAt, crc_matches, read_up_to};
use crate::log::segment::SegmentLog;
use crate::record::{BatchFault, BatchHeader, check_crc};
use crate::store::durable::open_for_reading;

/// A log file open for reading.
pub(crate) struct LogFile {
    segment: SegmentLog,
    position: u64,
    /// The offset after the batch before.
    due: i64,
    /// The file's length when a batch was last found to be cut short.
    torn_at: Option<u64>,
}

/// What stands at a position of a log file.
pub(crate) enum Found<'b> {
    /// A batch, to its end, and what is wrong with it.
    Batch(Fetched<'b>, Option<Flaw>),
    /// Something that is no batch, from this position on.
    Rubbish(u64, Flaw),
    /// So many zeros from this position on, and nothing else: space that was never written.
    Zeros(u64, u64),
}

impl LogFile {
    /// Opens the log file of the segment that begins with offset `base`.
    pub(crate) fn open(path: &Path, base: i64) -> Result<Self> {
        let file = open_for_reading(path)?;
        let inode = file.metadata().at("examine", path)?.ino();
        Ok(Self {
            segment: SegmentLog {
                base,
                path: path.into(),
                file: file.into(),
                inode,
            },
            position: 0,
            due: base,
            torn_at: None,
        })
    }

    /// What comes next, and goes beyond it; `None` at the end of the file.
    pub(crate) fn next<'b>(&mut self, buffer: &'b mut ReadBuffer) -> Result<Option<Found<'b>>> {
        loop {
            let held = buffer.load(&self.segment, self.position)?;
            let header = match &held {
                Held::Nothing => return Ok(None),
                Held::Part => None,
                Held::Header(header) | Held::Whole(header, _) => Some(*header),
            };
            let length = self.segment.len()?;
            let left = length.saturating_sub(self.position);
            match header.map(|header| (header, header.check())) {
                Some((_, Err(fault @ (BatchFault::Magic(_) | BatchFault::Length { .. })))) => {
                    return self.pass(length, fault.into()).map(Some);
                }
                Some((header, checked)) if header.size() <= left => {
                    return self.batch(header, checked, &held, buffer).map(Some);
                }
                // A batch that is being appended right now is whole at a second look.
                _ if self.torn_at != Some(length) => self.torn_at = Some(length),
                _ => return self.pass(length, Flaw::Torn { bytes: left }).map(Some),
            }
        }
    }

    fn batch<'b>(
        &mut self,
        header: BatchHeader,
        checked: Result<(), BatchFault>,
        held: &Held,
        buffer: &'b ReadBuffer,
    ) -> Result<Found<'b>> {
        let batch = BatchAt {
            position: self.position,
            header,
        };
        let bytes = buffer.bytes(held);
        let fault = match (checked, held) {
            (Err(fault), _) => Some(fault),
            (Ok(()), Held::Whole(..)) => check_crc(bytes).err(),
            (Ok(()), _) => crc_matches(&self.segment.file, &self.segment.path, &batch)?.err(),
        };
        // Compaction leaves gaps; nothing leaves an overlap.
        let overlap = (header.base_offset < self.due).then_some(Flaw::Offset {
            expected: self.due,
            found: header.base_offset,
        });
        self.position = batch.end();
        self.due = header.next_offset();
        let body = match held {
            Held::Whole(..) => Body::Memory(bytes),
            _ => Body::File(self.segment.file.clone()),
        };
        let fetched = Fetched::new(batch, body, self.segment.path.clone());
        Ok(Found::Batch(fetched, fault.map(Flaw::Batch).or(overlap)))
    }

    /// Goes on to the next whole batch, or to the end.
    fn pass(&mut self, length: u64, flaw: Flaw) -> Result<Found<'static>> {
        let from = self.position;
        if self.only_zeros_follow()? {
            self.position = length;
            return Ok(Found::Zeros(from, length - from));
        }
        let (file, path) = (&self.segment.file, &self.segment.path);
        let next = next_whole_batch(file, path, from + 1, length, self.due)?;
        self.position = next.map_or(length, |batch| batch.position);
        Ok(Found::Rubbish(from, flaw))
    }

    fn only_zeros_follow(&self) -> Result<bool> {
        let mut piece = vec![0; 64 * 1024];
        let mut position = self.position;
        loop {
            let read = read_up_to(&self.segment.file, &mut piece, position)
                .at("read", &self.segment.path)?;
            if piece[..read].iter().any(|&byte| byte != 0) {
                return Ok(false);
            }
            if read < piece.len() {
                return Ok(true);
            }
            position += read as u64;
        }
    }
}
