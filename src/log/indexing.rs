//! Rebuilding a segment's indexes from its log.

use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use crate::error::{IoContext, Result};
use crate::log::account::{self, Due};
use crate::log::segment::segment_path;
use crate::log::time_index::TimeEntry;
use crate::log::{offset_index, time_index};
use crate::store::durable::{self, Access};
use crate::store::{AppendRecord, SegmentFile};

/// Collects the entries that belong behind those that stand already.
pub(crate) struct IndexBuilder {
    base: i64,
    index_start: u64,
    time_index_start: u64,
    offsets: Vec<u8>,
    times: Vec<u8>,
}

impl IndexBuilder {
    /// Goes on behind the entries that the record knows of: behind none for a segment scanned from its start.
    pub(crate) fn resumed(record: &AppendRecord) -> Self {
        Self {
            base: record.segment,
            index_start: record.index_end,
            time_index_start: record.time_index_end,
            offsets: Vec::new(),
            times: Vec::new(),
        }
    }

    /// Adds the entries due for the batch that the record has just taken in.
    pub(crate) fn add(&mut self, record: &mut AppendRecord, due: Due) {
        if let Some(bytes) = due.offset.and_then(|entry| entry.encode(self.base)) {
            self.offsets.extend_from_slice(&bytes);
        }
        self.add_time(due.time);
        account::entries_written(record, &due);
    }

    /// Adds the entry that closes a segment's time index.
    pub(crate) fn close(&mut self, record: &AppendRecord) {
        self.add_time(account::time_entry(record));
    }

    fn add_time(&mut self, entry: Option<TimeEntry>) {
        if let Some(bytes) = entry.and_then(|entry| entry.encode(self.base)) {
            self.times.extend_from_slice(&bytes);
        }
    }

    /// Writes the entries, and leaves nothing behind them.
    pub(crate) fn store(&self, partition: &Path, record: &mut AppendRecord) -> Result<()> {
        let index = segment_path(partition, self.base, SegmentFile::Index);
        record.index_end = write_from(&index, self.index_start, &self.offsets)?;
        let times = segment_path(partition, self.base, SegmentFile::TimeIndex);
        record.time_index_end = write_from(&times, self.time_index_start, &self.times)?;
        debug_assert_eq!(record.index_end % offset_index::ENTRY_BYTES as u64, 0);
        debug_assert_eq!(record.time_index_end % time_index::ENTRY_BYTES as u64, 0);
        Ok(())
    }
}

fn write_from(path: &Path, start: u64, bytes: &[u8]) -> Result<u64> {
    let mut options = OpenOptions::new();
    options.write(true);
    let (mut file, _) = durable::open_or_create(path, &options, Access::AsDirectory)?;
    file.set_len(start).at("cut", path)?;
    file.seek(SeekFrom::Start(start)).at("write", path)?;
    file.write_all(bytes).at("write", path)?;
    Ok(start + bytes.len() as u64)
}
