//! Rebuilding a segment's indexes from its log.

use std::fs::{File, OpenOptions};
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
    closed: bool,
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
            closed: false,
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
        self.closed = true;
        self.add_time(account::time_entry(record));
    }

    fn add_time(&mut self, entry: Option<TimeEntry>) {
        if let Some(bytes) = entry.and_then(|entry| entry.encode(self.base)) {
            self.times.extend_from_slice(&bytes);
        }
    }

    /// Writes the entries, and leaves nothing behind them. Those of a closed segment are synced: nobody builds them
    /// anew after a power cut. On an error the indexes end where they did before, or are gone, and the record says so.
    pub(crate) fn store(&self, partition: &Path, record: &mut AppendRecord) -> Result<()> {
        let write = |file, start, bytes: &[u8]| {
            let path = segment_path(partition, self.base, file);
            write_from(&path, start, bytes, self.closed).inspect_err(|_| take_back(&path, start))
        };
        let index = write(SegmentFile::Index, self.index_start, &self.offsets);
        let times = write(SegmentFile::TimeIndex, self.time_index_start, &self.times);
        record.index_end = *index.as_ref().unwrap_or(&self.index_start);
        record.time_index_end = *times.as_ref().unwrap_or(&self.time_index_start);
        debug_assert_eq!(record.index_end % offset_index::ENTRY_BYTES as u64, 0);
        debug_assert_eq!(record.time_index_end % time_index::ENTRY_BYTES as u64, 0);
        index.and(times).map(drop)
    }
}

fn write_from(path: &Path, start: u64, bytes: &[u8], synced: bool) -> Result<u64> {
    let mut options = OpenOptions::new();
    options.write(true);
    let (mut file, _) = durable::open_or_create(path, &options, Access::AsDirectory)?;
    file.set_len(start).at("cut", path)?;
    file.seek(SeekFrom::Start(start)).at("write", path)?;
    file.write_all(bytes).at("write", path)?;
    if synced {
        file.sync_data().at("sync", path)?;
    }
    Ok(start + bytes.len() as u64)
}

/// After a failed write: what it left is removed as far as that can be done. Entries that are missing cost time only;
/// wrong ones would be found by the checker.
fn take_back(path: &Path, start: u64) {
    let cut = |file: File| file.set_len(start).is_ok();
    let kept =
        start > 0 && durable::open_regular(path, OpenOptions::new().write(true)).is_ok_and(cut);
    if !kept {
        // The error that led here is the one to report.
        let _ = durable::remove(path);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::log::offset_index::OffsetEntry;

    fn due(offset: i64) -> Due {
        Due {
            offset: Some(OffsetEntry {
                offset,
                position: 100,
            }),
            time: None,
        }
    }

    #[test]
    fn an_index_that_can_not_be_written_ends_where_it_did() {
        let dir = tempfile::tempdir().unwrap();
        let (index, times) = (
            segment_path(dir.path(), 0, SegmentFile::Index),
            segment_path(dir.path(), 0, SegmentFile::TimeIndex),
        );
        // A directory can't be opened for writing, not even by root.
        std::fs::create_dir(&times).unwrap();
        let mut record = AppendRecord::default();
        let mut builder = IndexBuilder::resumed(&record);
        builder.add(&mut record, due(7));
        assert!(builder.store(dir.path(), &mut record).is_err());
        assert_eq!((record.index_end, record.time_index_end), (8, 0));

        std::fs::remove_dir(&times).unwrap();
        let mut builder = IndexBuilder::resumed(&record);
        builder.add(&mut record, due(8));
        builder.close(&record);
        builder.store(dir.path(), &mut record).unwrap();
        assert_eq!((record.index_end, record.time_index_end), (16, 0));
        assert_eq!(std::fs::metadata(&index).unwrap().len(), 16);
    }

    #[test]
    fn what_a_failed_write_left_is_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let index = dir.path().join("index");
        std::fs::write(&index, [1; 20]).unwrap();
        take_back(&index, 8);
        assert_eq!(std::fs::read(&index).unwrap(), [1; 8]);
        take_back(&index, 0);
        assert!(!index.exists());
    }
}
