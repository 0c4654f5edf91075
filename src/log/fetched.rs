//! A batch as a reader hands it out: checked, and ready to be taken apart.

use std::fs::File;
use std::io::{BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::log::scan::BatchAt;
use crate::record::{BatchFault, BatchHeader, HEADER_BYTES, Records};

/// A checked batch of a log.
pub struct Fetched<'b> {
    batch: BatchAt,
    body: Body<'b>,
    path: Arc<Path>,
}

/// Where the batch's bytes are.
pub(crate) enum Body<'b> {
    /// In a reader's buffer, header included.
    Memory(&'b [u8]),
    /// In the file: too large for a buffer.
    File(Arc<File>),
}

impl<'b> Fetched<'b> {
    pub(crate) fn new(batch: BatchAt, body: Body<'b>, path: Arc<Path>) -> Self {
        Self { batch, body, path }
    }

    /// A batch that is in memory, header included, and never was in a file: `name` says in errors where it came from.
    #[must_use]
    pub fn in_memory(header: BatchHeader, bytes: &'b [u8], name: Arc<Path>) -> Self {
        let batch = BatchAt {
            position: 0,
            header,
        };
        Self::new(batch, Body::Memory(bytes), name)
    }

    /// The batch's header.
    #[must_use]
    pub fn header(&self) -> &BatchHeader {
        &self.batch.header
    }

    /// Where it begins in its file, in bytes.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.batch.position
    }

    /// The batch's records, those below the wanted offset included.
    pub fn records(&self) -> Result<Records<'b>> {
        self.try_records().map_err(|fault| self.damaged(&fault))
    }

    /// The same, with the bare fault.
    pub fn try_records(&self) -> Result<Records<'b>, BatchFault> {
        match &self.body {
            Body::Memory(bytes) => Records::new(&self.batch.header, &bytes[HEADER_BYTES..]),
            Body::File(file) => {
                let start = self.batch.position + HEADER_BYTES as u64;
                let stretch = Stretch {
                    file: file.clone(),
                    position: start,
                    end: self.batch.end(),
                };
                Records::streaming(
                    &self.batch.header,
                    Box::new(BufReader::with_capacity(64 * 1024, stretch)),
                )
            }
        }
    }

    /// The error for a fault found in this batch.
    #[must_use]
    pub fn damaged(&self, fault: &BatchFault) -> Error {
        Error::damaged(&self.path, self.batch.position, fault)
    }
}

/// A stretch of a file, read without moving anyone's file position.
struct Stretch {
    file: Arc<File>,
    position: u64,
    end: u64,
}

impl Read for Stretch {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = usize::try_from(self.end - self.position)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = self.file.read_at(&mut buffer[..left], self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}
