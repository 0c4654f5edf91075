//! Mending a log: everything that can be set right without making anything up.
//!
//! It runs under the partition's append lock, with the generation raised, and takes its findings from the same survey
//! as the checker. No byte is thrown away that may have been a record: what is taken out of a log is kept beside it. The
//! offsets of what is gone are given to empty batches, so that no offset is ever given out twice and no reader
//! meets a hole. Mending twice changes nothing the second time.

mod cure;
mod filler;
mod names;
mod rewrite;
mod segment;
mod side;

use std::path::PathBuf;

use crate::error::Result;
use crate::log::active::Active;
use crate::log::appender::Appender;
use crate::log::buffer::ReadBuffer;
use crate::log::partition::Partition;
use crate::log::segment::list_segments;
use crate::store::{AppendRecord, LeaderEpochs, Settings, Store};

/// Something that was mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The file or directory.
    pub path: PathBuf,
    /// Bytes from the file's start, where that says more.
    pub position: Option<u64>,
    /// What was done, in one sentence without a full stop.
    pub message: String,
}

impl Mended {
    /// What was done to the file or directory `path`.
    pub fn new(path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            position: None,
            message: message.into(),
        }
    }

    /// The same at `position`, in bytes.
    #[must_use]
    pub fn at(mut self, position: u64) -> Self {
        self.position = Some(position);
        self
    }
}

/// A log being mended, by the holder of its append lock.
struct Repair<'a> {
    store: &'a Store,
    partition: &'a Partition,
    settings: &'a Settings,
    record: Option<&'a AppendRecord>,
    /// The first offset that must be written anew after a failed sync.
    unsynced: Option<i64>,
    epochs: LeaderEpochs,
    buffer: ReadBuffer,
    mended: Vec<Mended>,
}

impl Appender {
    /// Mends the log, and says what was done. What can't be mended is left as it is, for the checker to find again.
    pub fn repair(&mut self) -> Result<Vec<Mended>> {
        let store = self.store().clone();
        self.mend(|partition, settings, record| {
            let mut repair = Repair {
                store: &store,
                partition,
                settings,
                record,
                unsynced: unsynced(&store, partition, record)?,
                epochs: LeaderEpochs::default(),
                buffer: ReadBuffer::default(),
                mended: Vec::new(),
            };
            let all = repair.run()?;
            Ok((repair.mended, all))
        })
    }
}

/// The first offset that a failed sync leaves in doubt; none if no sync failed.
fn unsynced(
    store: &Store,
    partition: &Partition,
    record: Option<&AppendRecord>,
) -> Result<Option<i64>> {
    match record {
        Some(record) if record.failed => Ok(Some(record.synced)),
        _ if store.is_marked_failed(partition.name())? => partition.recovery_point().map(Some),
        _ => Ok(None),
    }
}

impl Repair<'_> {
    /// Mends it all; says whether nothing is left.
    fn run(&mut self) -> Result<bool> {
        self.remove_leftovers()?;
        self.read_epochs()?;
        self.name_segments()?;
        let bases = list_segments(self.partition.dir())?;
        let mut end = None;
        let mut all = true;
        for (at, &base) in bases.iter().enumerate() {
            end = self.mend_segment(base, bases.get(at + 1).copied())?;
            all &= end.is_some();
        }
        if !all {
            return Ok(false);
        }
        let end = match end {
            Some(end) => end,
            None => self.begin_anew()?,
        };
        if self.unsynced.is_some() {
            let message = "what was appended since the last sync was written anew and synced";
            self.mended.push(Mended::new(self.partition.dir(), message));
        }
        self.mend_epochs(end)?;
        self.mend_checkpoints(end)?;
        Ok(true)
    }

    /// A log without a segment goes on where it was, as far as anyone knows: offsets are not given out twice.
    fn begin_anew(&mut self) -> Result<i64> {
        let known = self.partition.known_end()?;
        let base = self.partition.end()?.offset.max(known);
        if known > 0 {
            let active = Active::open(self.partition.dir(), base, 0)?;
            let message = format!("there was no segment; the log goes on at offset {base}");
            self.mended.push(Mended::new(&*active.log.path, message));
        }
        Ok(base)
    }
}
