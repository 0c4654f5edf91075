//! The active segment's files, open for appending.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::Arc;

use crate::error::{IoContext, Result};
use crate::log::account::{self, Due};
use crate::log::segment::{SegmentLog, segment_path};
use crate::store::durable::{self, Access};
use crate::store::{AppendRecord, SegmentFile};

/// The files of the segment that records are appended to.
pub(crate) struct Active {
    pub(crate) generation: u64,
    pub(crate) log: SegmentLog,
    index: File,
    time_index: File,
}

impl Active {
    /// Opens the files of the segment at `base`, making what is not there.
    pub(crate) fn open(partition: &Path, base: i64, generation: u64) -> Result<Self> {
        let path = segment_path(partition, base, SegmentFile::Log);
        let file = open_for_writing(&path)?;
        let inode = file.metadata().at("examine", &path)?.ino();
        let log = SegmentLog {
            base,
            path: path.into(),
            file: Arc::new(file),
            inode,
        };
        let index = open_for_writing(&segment_path(partition, base, SegmentFile::Index))?;
        let time_index = open_for_writing(&segment_path(partition, base, SegmentFile::TimeIndex))?;
        Ok(Self {
            generation,
            log,
            index,
            time_index,
        })
    }

    /// Whether the log file is as the record says: the same file, still named, and of the same length.
    pub(crate) fn fits(&self, record: &AppendRecord) -> Result<bool> {
        let metadata = self.log.file.metadata().at("examine", &self.log.path)?;
        Ok(self.log.base == record.segment
            && metadata.ino() == record.segment_inode
            && metadata.nlink() > 0
            && metadata.len() == record.end)
    }

    /// Cuts the indexes to the lengths that the record has for them; false if one is shorter, or was not there.
    pub(crate) fn align_indexes(&self, record: &AppendRecord) -> Result<bool> {
        let indexes = [
            (&self.index, record.index_end),
            (&self.time_index, record.time_index_end),
        ];
        for (file, end) in indexes {
            let length = file
                .metadata()
                .at("examine an index of", &self.log.path)?
                .len();
            if length < end {
                return Ok(false);
            }
            if length > end {
                file.set_len(end).at("cut an index of", &self.log.path)?;
            }
        }
        Ok(true)
    }

    /// Writes a batch at the end. What a failed write left of it is taken back; if that fails too, it is a torn
    /// tail, which the next writer cuts.
    pub(crate) fn write(&self, bytes: &[u8], end: u64) -> Result<()> {
        self.log.file.write_all_at(bytes, end).map_err(|error| {
            let _ = self.log.file.set_len(end);
            crate::error::Error::io("append to", &self.log.path, error)
                .help("nothing of the batch was kept: free some space or raise the limit")
        })
    }

    /// Writes the index entries that are due, and notes them in the record. A failure costs only speed: it is told,
    /// and the entries become due again with the next batch.
    pub(crate) fn write_entries(&self, record: &mut AppendRecord, due: Due) -> Result<()> {
        let base = self.log.base;
        if let Some(bytes) = due.offset.and_then(|entry| entry.encode(base)) {
            self.index
                .write_all_at(&bytes, record.index_end)
                .at("write the index of", &self.log.path)?;
        }
        if let Some(bytes) = due.time.and_then(|entry| entry.encode(base)) {
            self.time_index
                .write_all_at(&bytes, record.time_index_end)
                .at("write the time index of", &self.log.path)?;
        }
        account::entries_written(record, &due);
        Ok(())
    }
}

fn open_for_writing(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    Ok(durable::open_or_create(path, &options, Access::AsDirectory)?.0)
}
