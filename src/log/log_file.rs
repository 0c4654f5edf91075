//! A log file on its own, wherever it lies: batch by batch, whatever is between them.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use crate::error::{IoContext, Result};
use crate::log::fetched::{Body, Fetched};
use crate::log::flaw::Flaw;
use crate::log::resync::next_whole_batch;
use crate::log::scan::{BatchAt, Scan, Step, crc_matches};
use crate::log::segment::SegmentLog;
use crate::record::BatchFault;
use crate::store::durable::open_for_reading;
use crate::store::names::parse_segment_file_name;

/// A piece of a log file.
#[derive(Debug)]
pub(crate) enum Piece {
    /// A batch, and what is wrong with it: its bytes may not fit its checksum.
    Batch(BatchAt, Option<BatchFault>),
    /// Bytes that are no batch.
    Rubbish {
        /// Where they begin, in bytes.
        position: u64,
        /// How many there are.
        bytes: u64,
        /// Why they are none.
        flaw: Flaw,
        /// Whether a batch follows.
        last: bool,
    },
}

/// A log file, being gone over.
#[derive(Debug)]
pub(crate) struct LogFile {
    segment: SegmentLog,
    position: u64,
    end: u64,
    expected: i64,
}

impl LogFile {
    /// Opens the file as long as it is now.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = open_for_reading(path)?;
        let metadata = file.metadata().at("examine", path)?;
        let name = path.file_name().and_then(parse_segment_file_name);
        Ok(Self {
            segment: SegmentLog {
                base: name.map_or(0, |(base, _)| base),
                path: path.into(),
                file: Arc::<File>::new(file),
                inode: metadata.ino(),
            },
            position: 0,
            end: metadata.len(),
            expected: 0,
        })
    }

    /// The base offset in the file's name, 0 where there is none.
    #[must_use]
    pub(crate) fn base(&self) -> i64 {
        self.segment.base
    }

    /// The next piece; none at the end.
    pub(crate) fn next_piece(&mut self) -> Result<Option<Piece>> {
        let (file, path) = (&self.segment.file, &self.segment.path);
        let flaw = match Scan::new(file, path, self.position, self.end).step()? {
            Step::End => return Ok(None),
            Step::Batch(batch) => {
                let fault = crc_matches(file, path, &batch)?.err();
                self.position = batch.end();
                self.expected = batch.header.next_offset();
                return Ok(Some(Piece::Batch(batch, fault)));
            }
            Step::Torn(torn) => Flaw::Torn { bytes: torn.bytes },
            Step::Bad(fault) => Flaw::Batch(fault),
        };
        let position = self.position;
        let next = next_whole_batch(file, path, position + 1, self.end, self.expected)?;
        self.position = next.map_or(self.end, |batch| batch.position);
        Ok(Some(Piece::Rubbish {
            position,
            bytes: self.position - position,
            flaw,
            last: next.is_none(),
        }))
    }

    /// The batch, to take its records from.
    #[must_use]
    pub(crate) fn fetch(&self, batch: BatchAt) -> Fetched<'static> {
        let body = Body::File(self.segment.file.clone());
        Fetched::new(batch, body, self.segment.path.clone())
    }
}
