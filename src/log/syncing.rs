//! Getting what was appended onto the disk, without holding any lock.
//!
//! An acknowledgement covers the whole prefix: a batch counts when every segment from the last synced offset to it,
//! and the directory that names them, is synced, by whomever. A failed sync is final: the kernel marks the pages
//! clean, so that the next sync, by anyone, would succeed over a hole.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, ErrorKind, IoContext, Result};
use crate::log::segment::{SegmentLog, list_segments, segment_of, segment_path};
use crate::store::durable::{self, open_for_reading, sync_dir};
use crate::store::{SegmentFile, TopicPartition};

/// What must be synced for an offset to be on disk. It can be sent to another thread.
pub struct Unsynced {
    /// All offsets below this one are on disk once it is done.
    pub up_to: i64,
    partition: TopicPartition,
    /// Where segments before the active one, or its own name, may not be on disk: the directory, and from which offset on.
    older: Option<(PathBuf, i64)>,
    active: (Arc<File>, Arc<Path>, i64),
}

impl Unsynced {
    /// What stands between `synced` and `up_to`, where `active` is the segment that the latter lies in.
    pub(crate) fn new(
        partition: &TopicPartition,
        dir: &Path,
        active: &SegmentLog,
        synced: i64,
        up_to: i64,
    ) -> Self {
        // Whoever synced up to the very offset at which a segment begins did so before it was made: its name may not be
        // on disk.
        let older = (synced <= active.base).then(|| (dir.to_owned(), synced));
        let active = (active.file.clone(), active.path.clone(), active.base);
        Self {
            up_to,
            partition: partition.clone(),
            older,
            active,
        }
    }

    /// The base offset of the segment that begins the unsynced part once this is done; `Some` where segments before
    /// it were rolled, so that the recovery point moves there.
    #[must_use]
    pub fn rolled_to(&self) -> Option<i64> {
        self.older.as_ref().map(|_| self.active.2)
    }

    /// Syncs. An error means that nothing may be appended any more before the partition is repaired.
    pub fn sync(&self) -> Result<()> {
        self.sync_files()
            .map_err(|error| self.unless_deleted(error))
    }

    fn sync_files(&self) -> Result<()> {
        if let Some((dir, synced)) = &self.older {
            self.sync_older(dir, *synced)?;
        }
        let (file, path, _) = &self.active;
        file.sync_data()
            .map_err(|error| self.failed(path, &error))?;
        match &self.older {
            // A name that is not on disk is as bad as records that are not.
            Some((dir, _)) => sync_dir(dir).map_err(|error| {
                if error.io_kind() == Some(std::io::ErrorKind::NotFound) {
                    error
                } else {
                    sync_failed(&self.partition, &error.to_string())
                }
            }),
            None => Ok(()),
        }
    }

    fn sync_older(&self, dir: &Path, synced: i64) -> Result<()> {
        let bases = list_segments(dir)?;
        let first = segment_of(&bases, synced)
            .or(bases.first().copied())
            .unwrap_or(self.active.2);
        for base in bases
            .into_iter()
            .filter(|&base| base >= first && base < self.active.2)
        {
            // One that retention has removed in the meantime needs no sync.
            if let Some(segment) = SegmentLog::open(dir, base)? {
                segment
                    .file
                    .sync_data()
                    .map_err(|error| self.failed(&segment.path, &error))?;
                sync_indexes(dir, base);
            }
        }
        Ok(())
    }

    /// What was deleted meanwhile has nothing left to sync.
    fn unless_deleted(&self, error: Error) -> Error {
        let dir = self.active.1.parent();
        if error.io_kind() == Some(std::io::ErrorKind::NotFound)
            && dir.is_some_and(|dir| !dir.exists())
        {
            let topic = &self.partition.topic;
            return Error::new(
                ErrorKind::TopicDeleted,
                format!("topic '{topic}' was deleted while it was written to"),
            );
        }
        error
    }

    fn failed(&self, path: &Path, error: &std::io::Error) -> Error {
        sync_failed(
            &self.partition,
            &format!("cannot sync {}: {error}", path.display()),
        )
    }
}

/// Syncs the indexes of a segment that is closed: after a power cut nobody looks at them below the recovery point, and
/// they would lack entries for good. One that can't be synced may do so too, and is removed: it is a cache.
fn sync_indexes(dir: &Path, base: i64) {
    for file in [SegmentFile::Index, SegmentFile::TimeIndex] {
        let path = segment_path(dir, base, file);
        let synced = open_for_reading(&path).and_then(|file| file.sync_data().at("sync", &path));
        if synced.is_err() {
            // Whether it is gone now or stays: no record depends on it.
            let _ = durable::remove(&path);
        }
    }
}

/// The error for a partition in which a sync failed, now or before.
pub(crate) fn sync_failed(partition: &TopicPartition, why: &str) -> Error {
    Error::new(
        ErrorKind::Damaged,
        format!("{why}; what was appended to {partition} since its last sync may not be on disk"),
    )
    .help(
        "make sure of the disk, then run 'kafdir check --repair': it writes the unsynced part anew",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use crate::log::Appender;
    use crate::log::testing::{append, topic};

    /// One process syncs all there is while another begins the next segment: the name of that one is synced by whoever
    /// comes next, though all offsets before it are known to be on disk.
    #[test]
    fn a_segment_that_begins_where_a_sync_ended_has_its_name_synced() {
        let dir = tempfile::tempdir().unwrap();
        // Three of our batches.
        let (store, topic) = topic(dir.path(), &["segment.bytes=600"]);
        let open = || Appender::open(&store, &topic, 0).unwrap();
        let (mut syncing, mut rolling, mut third) = (open(), open(), open());

        append(&mut syncing, 3);
        let unsynced = syncing.unsynced().unwrap();
        unsynced.sync().unwrap();
        append(&mut rolling, 1);
        assert_eq!(rolling.unsynced().unwrap().rolled_to(), Some(3));
        syncing.set_synced(unsynced.up_to);
        syncing.publish_synced().unwrap();

        for appender in [&mut third, &mut syncing] {
            append(appender, 1);
            assert_eq!(appender.unsynced().unwrap().rolled_to(), Some(3));
        }
    }
}
