//! Mending what lies beside the segments: leftovers, producers' state, leader epochs, checkpoints.

use crate::error::{IoContext, Result};
use crate::log::check::{Files, FindingKind, check_epochs, check_state_file};
use crate::log::repair::{Mended, Repair};
use crate::log::segment::{list_segments, segment_path};
use crate::log::sweep::set_aside;
use crate::log::walk::Walk;
use crate::store::names::{LEADER_EPOCHS_FILE, suffixed_segment_file_name};
use crate::store::{
    EpochStart, LeaderEpochs, OffsetCheckpointFile, SegmentFile, SegmentSuffix, durable,
};

impl Repair<'_> {
    /// Removes what a killed process left half written, and takes the files of no segment away.
    pub(super) fn remove_leftovers(&mut self) -> Result<()> {
        let dir = self.partition.dir();
        let files = Files::list(dir)?;
        let bases = list_segments(dir)?;
        for &(base, file) in &files.of_segments {
            let orphan = file != SegmentFile::Snapshot && bases.binary_search(&base).is_err();
            let path = segment_path(dir, base, file);
            if orphan {
                set_aside(dir, base)?;
                self.mended
                    .push(Mended::new(path, "its segment is gone: set aside"));
            } else if let Some(finding) = check_state_file(dir, base, file)
                && finding.kind == FindingKind::BadFile
            {
                let name = suffixed_segment_file_name(base, file, SegmentSuffix::Deleted);
                std::fs::rename(&path, dir.join(name)).at("rename", &path)?;
                let message = format!("{}: set aside", finding.message);
                self.mended.push(Mended::new(path, message));
            }
        }
        for path in files.being_written {
            durable::remove(&path)?;
            self.mended
                .push(Mended::new(path, "an unfinished file: removed"));
        }
        Ok(())
    }

    /// The leader epochs that the survey compares batches with: none if the file is bad.
    pub(super) fn read_epochs(&mut self) -> Result<()> {
        self.epochs = self.epochs_of_file()?.unwrap_or_default();
        Ok(())
    }

    /// Builds the leader epochs anew from the batches if they make no sense, and forgets those that begin beyond the
    /// log's end.
    pub(super) fn mend_epochs(&mut self, end: i64) -> Result<()> {
        let dir = self.partition.dir();
        let (_, finding) = check_epochs(dir, Some(end));
        let Some(finding) = finding else {
            return Ok(());
        };
        let epochs = match self.epochs_of_file()? {
            Some(mut epochs) => {
                epochs.truncate(end + 1);
                epochs
            }
            None => self.epochs_of_batches()?,
        };
        epochs.write(dir)?;
        let message = format!("{}: written anew", finding.message);
        self.mended
            .push(Mended::new(dir.join(LEADER_EPOCHS_FILE), message));
        Ok(())
    }

    /// The leader epochs; none if the file makes no sense. One that can't be read is an error: it may be in order.
    fn epochs_of_file(&self) -> Result<Option<LeaderEpochs>> {
        match LeaderEpochs::read(self.partition.dir()) {
            Err(error) if error.io_kind().is_none() => Ok(None),
            read => read.map(Some),
        }
    }

    fn epochs_of_batches(&self) -> Result<LeaderEpochs> {
        let mut epochs = LeaderEpochs::default();
        Walk::new(self.partition, 0).each(|_, batch| {
            if batch.header.partition_leader_epoch >= 0 {
                epochs.push(EpochStart {
                    epoch: batch.header.partition_leader_epoch,
                    start_offset: batch.header.base_offset,
                });
            }
            Ok(true)
        })?;
        Ok(epochs)
    }

    /// Sets right what lies beyond the log's end. A log start there would have the whole log deleted: the log begins
    /// with its first segment then.
    pub(super) fn mend_checkpoints(&mut self, end: i64) -> Result<()> {
        let tp = self.partition.name();
        for file in [
            OffsetCheckpointFile::LogStart,
            OffsetCheckpointFile::RecoveryPoint,
            OffsetCheckpointFile::Cleaner,
        ] {
            let Some(offset) = self
                .store
                .checkpoint(file)?
                .get(tp)
                .filter(|&offset| offset > end)
            else {
                continue;
            };
            let path = self.store.layout().offset_checkpoint(file);
            let message = if file == OffsetCheckpointFile::LogStart {
                self.store.update_checkpoint(file, |all| all.remove(tp))?;
                format!("offset {offset} for {tp} was removed: the log ends at {end}")
            } else {
                self.store.update_checkpoint(file, |all| all.set(tp, end))?;
                format!("offset {offset} for {tp} was set to {end}, where the log ends")
            };
            self.mended.push(Mended::new(path, message));
        }
        Ok(())
    }
}
