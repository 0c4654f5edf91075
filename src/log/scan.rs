//! Walking a segment from batch header to batch header, without reading what lies between.
//!
//! A walk has named outcomes and draws no conclusions: whether a torn batch is the live end of the log, what a
//! killed writer left, or damage, is for the reader, recovery and the checker to say.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::error::{IoContext, Result};
use crate::record::{BatchFault, BatchHeader, CHECKED_FROM, HEADER_BYTES};

/// A batch and where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchAt {
    /// Bytes from the start of the file.
    pub position: u64,
    /// Its header, checked as far as a header can be.
    pub header: BatchHeader,
}

impl BatchAt {
    /// The position right after it.
    #[must_use]
    pub(crate) fn end(&self) -> u64 {
        self.position + self.header.size()
    }
}

/// What stands at the next position of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A whole batch: its header is sound and the file reaches its declared end.
    Batch(BatchAt),
    /// Nothing: the file ends here.
    End,
    /// The beginning of a batch, cut short by the end of the file.
    Torn(Torn),
    /// Something that is no batch.
    Bad(BatchFault),
}

/// The beginning of a batch that the file does not hold to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Torn {
    /// Its header, where as much as a header is there.
    pub header: Option<BatchHeader>,
    /// The bytes there are.
    pub bytes: u64,
}

/// How much is read at once: small batches come many to a chunk, big ones cost one small read each.
const CHUNK_BYTES: usize = 4096;

/// A walk over the batch headers of one file.
pub(crate) struct Scan<'f> {
    file: &'f File,
    path: &'f Path,
    position: u64,
    limit: u64,
    chunk: [u8; CHUNK_BYTES],
    chunk_start: u64,
    chunk_len: usize,
}

impl<'f> Scan<'f> {
    /// A walk from `position`, where a batch begins, to `limit` bytes, the file's length as far as this walk goes.
    #[must_use]
    pub(crate) fn new(file: &'f File, path: &'f Path, position: u64, limit: u64) -> Self {
        Self {
            file,
            path,
            position,
            limit,
            chunk: [0; CHUNK_BYTES],
            chunk_start: 0,
            chunk_len: 0,
        }
    }

    /// A walk over the whole of a file as long as it is now.
    pub(crate) fn whole(file: &'f File, path: &'f Path, position: u64) -> Result<Self> {
        let limit = file.metadata().at("examine", path)?.len();
        Ok(Self::new(file, path, position, limit))
    }

    /// Where the walk stands: right after the last whole batch.
    #[must_use]
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Looks at the next batch, and steps over it where it is whole.
    pub(crate) fn step(&mut self) -> Result<Step> {
        let left = self.limit.saturating_sub(self.position);
        if left == 0 {
            return Ok(Step::End);
        }
        let Some(header) = self.header()? else {
            return Ok(Step::Torn(Torn {
                header: None,
                bytes: left,
            }));
        };
        if let Err(fault) = header.check() {
            return Ok(Step::Bad(fault));
        }
        if header.size() > left {
            return Ok(Step::Torn(Torn {
                header: Some(header),
                bytes: left,
            }));
        }
        let batch = BatchAt {
            position: self.position,
            header,
        };
        self.position = batch.end();
        Ok(Step::Batch(batch))
    }

    fn header(&mut self) -> Result<Option<BatchHeader>> {
        if self.limit - self.position < HEADER_BYTES as u64 {
            return Ok(None);
        }
        let held = self.chunk_start + self.chunk_len as u64;
        if self.position < self.chunk_start || self.position + HEADER_BYTES as u64 > held {
            self.chunk_len =
                read_up_to(self.file, &mut self.chunk, self.position).at("read", self.path)?;
            self.chunk_start = self.position;
        }
        let at = usize::try_from(self.position - self.chunk_start).unwrap_or(usize::MAX);
        let bytes = self.chunk[..self.chunk_len]
            .get(at..)
            .and_then(|rest| rest.first_chunk());
        Ok(bytes.map(BatchHeader::parse))
    }
}

/// Reads until `buffer` is full or the file ends; the number of bytes read.
pub(crate) fn read_up_to(file: &File, buffer: &mut [u8], position: u64) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], position + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads the batch header at `position`, if the file reaches so far.
pub(crate) fn read_header(file: &File, path: &Path, position: u64) -> Result<Option<BatchHeader>> {
    let mut bytes = [0; HEADER_BYTES];
    let read = read_up_to(file, &mut bytes, position).at("read", path)?;
    Ok((read == HEADER_BYTES).then(|| BatchHeader::parse(&bytes)))
}

/// Whether the batch's checksum fits its bytes, read in pieces: a broker's batch can be 100 MB.
pub(crate) fn crc_matches(
    file: &File,
    path: &Path,
    batch: &BatchAt,
) -> Result<Result<(), BatchFault>> {
    const PIECE: usize = 64 * 1024;
    let mut piece = vec![0; PIECE];
    let mut position = batch.position + CHECKED_FROM as u64;
    let mut computed = 0;
    while position < batch.end() {
        let wanted = usize::try_from(batch.end() - position).map_or(PIECE, |left| left.min(PIECE));
        let read = read_up_to(file, &mut piece[..wanted], position).at("read", path)?;
        if read == 0 {
            let there = usize::try_from(position - batch.position).unwrap_or(usize::MAX);
            return Ok(Err(BatchFault::Length {
                declared: batch.header.batch_length,
                there,
            }));
        }
        computed = crc32c::crc32c_append(computed, &piece[..read]);
        position += read as u64;
    }
    let stored = batch.header.crc;
    Ok(if computed == stored {
        Ok(())
    } else {
        Err(BatchFault::Crc { stored, computed })
    })
}
