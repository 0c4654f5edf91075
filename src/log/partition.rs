//! A partition as readers see it: where it starts and ends, and which offset a position means.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::log::flaw::Flaw;
use crate::log::listing::{Listing, log_bytes};
use crate::log::reader::inode_of;
use crate::log::scan::{Scan, Step};
use crate::log::segment::{SegmentLog, list_segments};
use crate::log::{times, transactions};
use crate::store::{AppendRecord, LeaderEpochs, RecordFile, Store, Topic, TopicPartition};

/// Which records a reader is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Isolation {
    /// Those of committed transactions and of none, up to the last stable offset.
    #[default]
    ReadCommitted,
    /// All.
    ReadUncommitted,
}

/// Where a log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogEnd {
    /// The log end offset: the one the next record will get.
    pub offset: i64,
    /// The base offset of the last segment; `None` where there is no segment yet.
    pub segment: Option<i64>,
    /// The bytes of that segment that hold whole batches.
    pub position: u64,
}

/// A partition, open for reading.
pub struct Partition {
    store: Arc<Store>,
    name: TopicPartition,
    dir: PathBuf,
    dir_inode: u64,
    gaps: bool,
    /// Whether the segment index may be used.
    indexed: bool,
    /// The last listing, where it was short: not a directory is listed twice to describe a thousand partitions.
    few: Mutex<Option<Listing>>,
    generation: AtomicU64,
    said_end: AtomicBool,
}

impl Partition {
    /// Opens a partition of `topic`. Nothing is read but the directory's own entry.
    pub fn open(store: &Arc<Store>, topic: &Topic, partition: i32) -> Result<Self> {
        let name = topic.partition(partition)?;
        let dir = store.layout().partition_dir(&name);
        let dir_inode = inode_of(&dir).map_err(|error| match error.io_kind() {
            Some(std::io::ErrorKind::NotFound) if is_of_now(store, topic) => missing(&name, &dir),
            Some(std::io::ErrorKind::NotFound) => deleted(&name, "was deleted"),
            _ => error,
        })?;
        let gaps = topic.gaps;
        let generation = AtomicU64::new(0);
        Ok(Self {
            store: store.clone(),
            name,
            dir,
            dir_inode,
            gaps,
            indexed: true,
            few: Mutex::default(),
            generation,
            said_end: AtomicBool::new(false),
        })
    }

    /// The same for who changes the log, checks it or mends it: the segment index is neither asked nor written.
    #[must_use]
    pub(crate) fn unindexed(self) -> Self {
        Self {
            indexed: false,
            ..self
        }
    }

    /// Its topic and number.
    #[must_use]
    pub fn name(&self) -> &TopicPartition {
        &self.name
    }

    /// Its directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Which segments there are.
    pub(crate) fn listing(&self) -> Result<Listing> {
        if !self.indexed {
            return Listing::of(&self.dir, None);
        }
        let mut few = self.few.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = few.as_ref().filter(|known| known.is_current())
            && let Some(listing) = known.of_few()
        {
            return Ok(listing);
        }
        let layout = self.store.layout();
        let index = (!layout.is_log_dir()).then(|| layout.segment_index(&self.name));
        let listing = Listing::of(&self.dir, index)?;
        listing.count()?;
        *few = listing.of_few();
        Ok(listing)
    }

    /// The base offsets of its segments, from the directory.
    pub fn segments(&self) -> Result<Vec<i64>> {
        list_segments(&self.dir)
    }

    /// How many segments there are, and the bytes of their log files.
    pub fn size(&self) -> Result<(usize, u64)> {
        let listing = self.listing()?;
        let active = listing.last()?.and_then(|base| log_bytes(&self.dir, base));
        Ok((
            listing.count()?,
            listing.closed_bytes()? + active.unwrap_or(0),
        ))
    }

    /// The log start offset: the first one that is still there.
    pub fn start(&self) -> Result<i64> {
        let trimmed = self.store.log_start_checkpoint(&self.name)?.unwrap_or(0);
        let first = self.listing()?.first()?.unwrap_or(0);
        Ok(trimmed.max(first))
    }

    /// Where the log ends now. What stands behind the last whole batch is not part of it.
    pub fn end(&self) -> Result<LogEnd> {
        let trimmed = self.store.log_start_checkpoint(&self.name)?.unwrap_or(0);
        // Asked for before the files are: what it says was written must be there, and a reader that misses it says so.
        let record = self.append_record()?;
        let least = trimmed.max(record.map_or(0, |record| record.next_offset));
        let mut listing = self.listing()?;
        loop {
            if record.is_none()
                && let Some(mut end) = self.first_break(&listing)?
            {
                end.offset = end.offset.max(least);
                return Ok(end);
            }
            let Some(base) = listing.last()? else {
                return Ok(LogEnd {
                    offset: least,
                    segment: None,
                    position: 0,
                });
            };
            // It may have been rolled and deleted since it was listed.
            let Some(segment) = SegmentLog::open(&self.dir, base)? else {
                listing = self.listing()?.without_index();
                continue;
            };
            let (mut end, flaw) = segment_end(&segment)?;
            if let Some(flaw) = flaw {
                self.say_end(end.offset, &segment.path, end.position, &flaw);
            }
            end.offset = end.offset.max(least);
            return Ok(end);
        }
    }

    /// Where the log breaks off after a power cut: at the first segment past the recovery point that does not reach to
    /// the next one. Recovery will cut there. Only where no append record tells how far the log goes.
    fn first_break(&self, listing: &Listing) -> Result<Option<LogEnd>> {
        let count = listing.count()?;
        if self.gaps || count < 2 {
            return Ok(None);
        }
        for at in listing.number_of(self.recovery_point()?)?..count - 1 {
            let (Some(base), Some(next)) = (listing.base(at)?, listing.base(at + 1)?) else {
                break;
            };
            let Some(segment) = SegmentLog::open(&self.dir, base)? else {
                continue;
            };
            let (end, _) = segment_end(&segment)?;
            if end.offset < next {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    /// The offset below which everything is known to be on disk.
    pub fn synced_end(&self) -> Result<i64> {
        match self.append_record()? {
            Some(record) => Ok(record.synced),
            None => self.recovery_point(),
        }
    }

    /// The last stable offset: below it every transaction is decided.
    pub fn last_stable_offset(&self, end: &LogEnd) -> Result<i64> {
        Ok(self
            .open_transaction()?
            .map_or(end.offset, |(_, offset)| offset.min(end.offset)))
    }

    /// The transaction that holds readers of committed records back: its producer's id and first offset.
    pub fn open_transaction(&self) -> Result<Option<(i64, i64)>> {
        match self.append_record()? {
            Some(record) if record.open_transaction.is_none() => {
                transactions::earliest_open_from(self, record.next_offset)
            }
            _ => transactions::earliest_open(self),
        }
    }

    /// The end as readers with this isolation see it.
    pub fn readable_end(&self, isolation: Isolation) -> Result<i64> {
        let end = self.end()?;
        match isolation {
            Isolation::ReadUncommitted => Ok(end.offset),
            Isolation::ReadCommitted => self.last_stable_offset(&end),
        }
    }

    /// The first offset with a timestamp (in ms) at or after this one; none if there is none.
    pub fn offset_for_time(&self, timestamp: i64) -> Result<Option<i64>> {
        times::offset_for_time(self, self.start()?, timestamp)
    }

    /// The append record, read without the lock; `None` where there is none to rely on.
    pub(crate) fn append_record(&self) -> Result<Option<AppendRecord>> {
        if self.store.layout().is_log_dir() {
            return Ok(None);
        }
        Ok(RecordFile::open(self.store.layout(), &self.name)?.and_then(|file| file.read()))
    }

    /// Whether the append record says that a sync failed.
    pub(crate) fn is_failed(&self) -> Result<bool> {
        Ok(self.append_record()?.is_some_and(|record| record.failed))
    }

    /// Whether a record of this boot tells how far the log went.
    pub(crate) fn has_append_record(&self) -> Result<bool> {
        Ok(self.append_record()?.is_some())
    }

    /// Whether offsets may be missing between batches: compaction leaves gaps, in a broker's topics too.
    pub(crate) fn may_have_gaps(&self) -> bool {
        self.gaps
    }

    /// An error if the directory was deleted, or deleted and made again.
    pub(crate) fn still_there(&self) -> Result<()> {
        match inode_of(&self.dir) {
            Ok(inode) if inode == self.dir_inode => Ok(()),
            Ok(_) => Err(deleted(&self.name, "was deleted and created again")),
            Err(error) if error.io_kind() == Some(std::io::ErrorKind::NotFound) => {
                Err(deleted(&self.name, "was deleted"))
            }
            Err(error) => Err(error),
        }
    }

    /// The offset below which everything was on disk when a segment was last rolled or recovered.
    pub(crate) fn recovery_point(&self) -> Result<i64> {
        Ok(self.store.recovery_point(&self.name)?.unwrap_or(0))
    }

    /// The log's generation, 0 where it is not known.
    pub(crate) fn generation(&self) -> u64 {
        self.append_record()
            .ok()
            .flatten()
            .map_or(0, |record| record.generation)
    }

    pub(crate) fn last_generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    pub(crate) fn remember_generation(&self, generation: u64) {
        self.generation.store(generation, Ordering::Relaxed);
    }

    /// The offset that the log is known to have reached: what is bad below it is damage, and no end of the log. In
    /// the boot in which it was written all of it is in the page cache at least; after that only what was synced
    /// counts.
    pub(crate) fn known_end(&self) -> Result<i64> {
        let written = self.append_record()?.map_or(0, |record| record.next_offset);
        Ok(self.recovery_point()?.max(written))
    }

    pub(crate) fn set_recovery_point(&self, offset: i64) -> Result<()> {
        self.store.set_recovery_point(&self.name, offset)
    }

    /// The first offset of the transaction that has been open for longest.
    pub(crate) fn earliest_open_transaction(&self) -> Result<Option<i64>> {
        Ok(transactions::earliest_open(self)?.map(|(_, offset)| offset))
    }

    /// The leader epoch of the log's last batch, else of the partition's checkpoint, else 0. A higher one would make
    /// a broker's consumers wait for ever.
    pub(crate) fn first_leader_epoch(&self) -> Result<i32> {
        let mut bases = self.segments()?;
        while let Some(base) = bases.pop() {
            if let Some(segment) = SegmentLog::open(&self.dir, base)?
                && let Some(epoch) = last_leader_epoch(&segment)?
            {
                return Ok(epoch);
            }
        }
        Ok(LeaderEpochs::read(&self.dir)?.latest().unwrap_or(0))
    }

    /// Says, once for all readers of this partition, that the log ends before its files do.
    pub(crate) fn say_end(&self, offset: i64, path: &Path, position: u64, flaw: &Flaw) {
        if self.said_end.swap(true, Ordering::Relaxed) {
            return;
        }
        self.note(&format!(
            "{} ends at offset {offset}: what follows at byte {position} of {} is no part of it ({flaw}); the next \
             producer or 'kafdir check --repair' removes it",
            self.name,
            path.display()
        ));
    }

    /// Marks it after a failed sync.
    pub(crate) fn mark_failed(&self) -> Result<()> {
        self.store.mark_failed(&self.name)
    }

    /// Says something to whoever runs us.
    pub(crate) fn note(&self, note: &str) {
        self.store.notes().say(note);
    }
}

/// Where a segment ends: found from its last index entry on.
fn segment_end(segment: &SegmentLog) -> Result<(LogEnd, Option<Flaw>)> {
    let from = segment.position_of(i64::MAX)?;
    let mut scan = Scan::whole(&segment.file, &segment.path, from)?;
    let mut offset = segment.base;
    let mut position = from;
    let flaw = loop {
        match scan.step()? {
            Step::Batch(batch) if batch.header.base_offset >= offset => {
                offset = batch.header.next_offset();
                position = batch.end();
            }
            // A batch below what came before it is no part of this log.
            Step::Batch(batch) => {
                let found = batch.header.base_offset;
                break Some(Flaw::Offset {
                    expected: offset,
                    found,
                });
            }
            Step::Bad(fault) => break Some(fault.into()),
            Step::Torn(_) | Step::End => break None,
        }
    };
    let end = LogEnd {
        offset,
        segment: Some(segment.base),
        position,
    };
    Ok((end, flaw))
}

fn last_leader_epoch(segment: &SegmentLog) -> Result<Option<i32>> {
    let from = segment.position_of(i64::MAX)?;
    let mut scan = Scan::whole(&segment.file, &segment.path, from)?;
    let mut epoch = None;
    while let Step::Batch(batch) = scan.step()? {
        epoch = Some(batch.header.partition_leader_epoch.max(0));
    }
    Ok(epoch)
}

/// Whether the topic is still the one of its name.
fn is_of_now(store: &Store, topic: &Topic) -> bool {
    store
        .find_topic(&topic.name)
        .is_ok_and(|found| found.is_some_and(|found| found.id == topic.id))
}

fn deleted(name: &TopicPartition, what: &str) -> Error {
    Error::new(
        ErrorKind::TopicDeleted,
        format!("topic {} {what} while it was in use", name.topic),
    )
}

fn missing(name: &TopicPartition, dir: &Path) -> Error {
    Error::new(ErrorKind::Damaged, format!("partition {name} is missing: there is no {}", dir.display()))
        .help("'kafdir check --repair' makes an empty one; a copy of the directory brings its records back")
}
