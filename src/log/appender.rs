//! Appending to a partition, beside any number of other processes that do.
//!
//! A batch is encoded, compressed and summed before any lock. Under the partition's lock the end is learned from the
//! append record and compared with the file, the segment is rolled if that is due, offset and leader epoch are
//! stamped, and one write appends. Nothing waits for input, compresses or syncs under the lock, and nothing is
//! printed there: what is to be said is said after it was let go.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::log::account;
use crate::log::active::Active;
use crate::log::partition::Partition;
use crate::log::recovery::Recovery;
use crate::log::retention::{self, GivenUp};
use crate::log::roll::{self, Incoming};
use crate::log::sweep;
use crate::log::syncing::{Unsynced, sync_failed};
use crate::record::{BatchHeader, HEADER_BYTES, SealedBatch, TimestampType};
use crate::store::{AppendGuard, AppendLock, AppendRecord, Settings, Store, Topic};

/// Where a batch came to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The offset of its first record.
    pub first_offset: i64,
    /// The offset after its last record.
    pub next_offset: i64,
    /// Whether a new segment was begun for it: then what lies before wants to be synced, whatever was asked for.
    pub rolled: bool,
}

/// Appends batches to one partition.
pub struct Appender {
    partition: Arc<Partition>,
    store: Arc<Store>,
    settings: Settings,
    lock: AppendLock,
    active: Option<Active>,
    /// The append record as it was when we last held the lock.
    known: AppendRecord,
    /// Offsets below it we have synced ourselves: put into the record at the next chance.
    synced: i64,
    notes: Vec<String>,
}

impl Appender {
    /// Opens a partition of `topic` for appending. Its log is looked at when the first batch comes.
    pub fn open(store: &Arc<Store>, topic: &Topic, partition: i32) -> Result<Self> {
        let partition = Arc::new(Partition::open(store, topic, partition)?.unindexed());
        let lock = AppendLock::open(store.layout(), partition.name(), topic.id)?;
        Ok(Self {
            partition,
            store: store.clone(),
            settings: topic.settings.clone(),
            lock,
            active: None,
            known: AppendRecord::default(),
            synced: -1,
            notes: Vec::new(),
        })
    }

    /// The partition it appends to.
    #[must_use]
    pub fn partition(&self) -> &Arc<Partition> {
        &self.partition
    }

    /// The topic's settings, as they were when the log was last changed.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Lets go of the open files: they are opened again when they are needed.
    pub fn rest(&mut self) {
        self.active = None;
    }

    /// Appends a batch at the end of the log. `now` in ms is its timestamp where the topic has `LogAppendTime`.
    pub fn append(&mut self, batch: &mut SealedBatch<'_>, now: i64) -> Result<Appended> {
        let append_time =
            (self.settings.timestamp_type() == TimestampType::LogAppendTime).then_some(now);
        let mut guard = self.lock.acquire(self.store.patience())?;
        let appended = self.append_locked(&mut guard, batch, append_time, now);
        drop(guard);
        self.say_notes();
        appended
    }

    /// What must be synced so that everything up to the last append is on disk; `None` if it is already.
    #[must_use]
    pub fn unsynced(&self) -> Option<Unsynced> {
        let active = self.active.as_ref()?;
        let synced = self.known.synced.max(self.synced);
        let up_to = self.known.next_offset;
        (synced < up_to).then(|| {
            Unsynced::new(
                self.partition.name(),
                self.partition.dir(),
                &active.log,
                synced,
                up_to,
            )
        })
    }

    /// Notes that offsets below `up_to` are on disk. It reaches the append record with the next batch.
    pub fn set_synced(&mut self, up_to: i64) {
        self.synced = self.synced.max(up_to);
    }

    /// Tells the other processes at once how far the log is synced. An error means that it is not, whatever our own
    /// sync said: another's failed.
    pub fn publish_synced(&mut self) -> Result<()> {
        let mut guard = self.lock.acquire(self.store.patience())?;
        let known = guard.record().copied();
        let failed = match known {
            Some(record) => record.failed,
            None => self.store.is_marked_failed(self.partition.name())?,
        };
        if failed {
            // Somebody else's sync failed: ours may have succeeded over the hole that it left.
            return Err(sync_failed(self.partition.name(), "a sync failed before"));
        }
        if let Some(mut record) = known {
            let synced = self.synced.min(record.next_offset);
            if synced > record.synced {
                record.synced = synced;
                guard.write(&record)?;
            }
        }
        Ok(())
    }

    /// Marks the partition after a failed sync: from now on every process refuses to append to it.
    pub fn mark_failed(&mut self) -> Result<()> {
        // The file first: it is what stays if the record can't be written.
        let marked = self.store.mark_failed(self.partition.name());
        let mut guard = self.lock.acquire(self.store.patience())?;
        if let Some(mut record) = guard.record().copied() {
            record.failed = true;
            guard.write(&record)?;
        }
        marked
    }

    /// Learns the end of the log and settles what a killed process or a power cut left, without appending.
    pub fn settle(&mut self) -> Result<AppendRecord> {
        let mut guard = self.lock.acquire(self.store.patience())?;
        let record = self.learn_end(&mut guard);
        if let Ok(record) = &record {
            guard.write(record)?;
        }
        drop(guard);
        self.say_notes();
        record
    }

    /// Applies retention, and removes what was set aside before; says what was given up. `now` in ms.
    pub fn retain(&mut self, now: i64) -> Result<GivenUp> {
        let mut guard = self.lock.acquire(self.store.patience())?;
        let given_up = self.retain_locked(&mut guard, now);
        drop(guard);
        self.say_notes();
        sweep::sweep(self.partition.dir(), Duration::ZERO)?;
        given_up
    }

    /// Runs `change` as the only one who may touch the log. The generation is raised before, so that nobody trusts
    /// what they remember of it, and the log is verified by whoever comes next if we do not live to the end.
    pub fn change<T>(
        &mut self,
        change: impl FnOnce(&Partition, &AppendRecord) -> Result<T>,
    ) -> Result<T> {
        let mut guard = self.lock.acquire(self.store.patience())?;
        let record = self.learn_end(&mut guard)?;
        let mut record = begin_change(&mut guard, record)?;
        let changed = change(&self.partition, &record);
        self.active = None;
        record.changing = false;
        guard.write(&record)?;
        drop(guard);
        self.say_notes();
        changed
    }

    /// As [`change`](Self::change), for a log that may be damaged: nothing is learned of it before `mend` has set it
    /// right, and then the whole of its last segment is verified. A partition that was marked after a failed sync
    /// can be used again afterwards: `mend` has written anew what was not synced. If it says that not all was set
    /// right, the log is left for whoever comes next to be verified.
    pub(crate) fn mend<T>(
        &mut self,
        mend: impl FnOnce(&Partition, &Settings, Option<&AppendRecord>) -> Result<(T, bool)>,
    ) -> Result<T> {
        let mut guard = self.lock.acquire(self.store.patience())?;
        let previous = match guard.record().copied() {
            Some(record) => Some(begin_change(&mut guard, record)?),
            None => None,
        };
        self.active = None;
        let (mended, all) = mend(&self.partition, &self.settings, previous.as_ref())?;
        if !all {
            return Ok(mended);
        }
        let synced = |record: &AppendRecord| {
            if record.failed {
                i64::MAX
            } else {
                record.synced
            }
        };
        let previous = previous.map(|record| AppendRecord {
            failed: false,
            // What it says of the end is not to be relied on.
            segment_inode: 0,
            synced: synced(&record),
            ..record
        });
        let record = self.recover(previous.as_ref())?;
        // The mark first: who is killed in between leaves a log that is looked at again, and never a mark that the
        // record, which is asked first, knows nothing of.
        self.store.clear_failed(self.partition.name())?;
        guard.write(&record)?;
        drop(guard);
        self.say_notes();
        Ok(mended)
    }

    fn append_locked(
        &mut self,
        guard: &mut AppendGuard,
        batch: &mut SealedBatch<'_>,
        append_time: Option<i64>,
        now: i64,
    ) -> Result<Appended> {
        let mut record = self.learn_end(guard)?;
        let incoming = Incoming {
            bytes: batch.bytes().len() as u64,
            records: batch.record_count(),
            max_timestamp: append_time.unwrap_or(batch.max_timestamp()),
        };
        let rolled = roll::is_due(&record, &self.settings, incoming, now);
        if rolled {
            record = self.roll(guard, record, now)?;
            self.set_aside(&GivenUp {
                active: None,
                ..retention::given_up(&self.partition, &self.settings, now)?
            })?;
        }
        let Some(active) = &self.active else {
            return Err(Error::failed("no segment is open"));
        };
        let first_offset = record.next_offset;
        batch.stamp(first_offset, record.leader_epoch, append_time);
        active.write(batch.bytes(), record.end)?;
        if let Some(header) = batch.bytes().first_chunk::<HEADER_BYTES>() {
            let header = BatchHeader::parse(header);
            let due = account::take_in(&mut record, &header, self.settings.index_interval_bytes());
            if let Err(error) = active.write_entries(&mut record, due) {
                self.notes
                    .push(format!("{error} (reading costs more time, nothing else)"));
            }
        }
        record.synced = record.synced.max(self.synced.min(record.next_offset));
        if let Err(error) = guard.write(&record) {
            self.notes.push(format!(
                "{error} (the next producer will look for the end of the log)"
            ));
        }
        self.known = record;
        Ok(Appended {
            first_offset,
            next_offset: record.next_offset,
            rolled,
        })
    }

    /// The append record, if the files agree with it; else what is found out by looking at them.
    fn learn_end(&mut self, guard: &mut AppendGuard) -> Result<AppendRecord> {
        let mut previous = guard.record().copied();
        let failed = match previous {
            Some(record) => record.failed,
            None => self.store.is_marked_failed(self.partition.name())?,
        };
        if failed {
            return Err(sync_failed(self.partition.name(), "a sync failed before"));
        }
        if let Some(record) = previous.filter(|record| !record.changing) {
            let remembered = self
                .active
                .as_ref()
                .is_some_and(|active| active.generation == record.generation);
            if !remembered {
                self.read_settings()?;
                let active = Active::open(self.partition.dir(), record.segment, record.generation)?;
                if active.align_indexes(&record)? {
                    self.active = Some(active);
                } else {
                    // An index that somebody removed is built anew, from the segment's beginning on.
                    self.active = None;
                    previous = Some(AppendRecord {
                        segment_inode: 0,
                        ..record
                    });
                }
            }
            if self
                .active
                .as_ref()
                .is_some_and(|active| active.fits(&record).unwrap_or(false))
            {
                return Ok(record);
            }
        }
        self.active = None;
        self.partition.still_there()?;
        self.read_settings()?;
        let record = self.recover(previous.as_ref())?;
        guard.write(&record)?;
        self.active = Some(Active::open(
            self.partition.dir(),
            record.segment,
            record.generation,
        )?);
        Ok(record)
    }

    /// What the log is found to be by looking at it, with a tail cut off that is no part of it.
    fn recover(&mut self, previous: Option<&AppendRecord>) -> Result<AppendRecord> {
        let mut recovery = Recovery {
            partition: &self.partition,
            settings: &self.settings,
            notes: &mut self.notes,
        };
        Ok(AppendRecord {
            topic_id: self.lock.topic_id(),
            changing: false,
            ..recovery.run(previous)?
        })
    }

    /// A raised generation may mean altered settings.
    fn read_settings(&mut self) -> Result<()> {
        if self.known.generation > 0 {
            self.settings = self.store.topic(&self.partition.name().topic)?.settings;
        }
        Ok(())
    }

    /// Closes the active segment and begins another at the log's end.
    fn roll(
        &mut self,
        guard: &mut AppendGuard,
        record: AppendRecord,
        now: i64,
    ) -> Result<AppendRecord> {
        let mut record = begin_change(guard, record)?;
        if let Some(active) = self.active.take() {
            let due = account::Due {
                offset: None,
                time: account::time_entry(&record),
            };
            if let Err(error) = active.write_entries(&mut record, due) {
                self.notes.push(format!(
                    "{error} (looking up times costs more, nothing else)"
                ));
            }
        }
        let delay = self.settings.file_delete_delay_ms().unsigned_abs();
        sweep::sweep(self.partition.dir(), Duration::from_millis(delay))?;
        let base = record.next_offset;
        let active = Active::open(self.partition.dir(), base, record.generation)?;
        if active.log.len()? > 0 {
            return Err(Error::damaged(
                &active.log.path,
                0,
                "it holds something where a new segment is to begin",
            ));
        }
        account::begin_segment(&mut record, base, active.log.inode);
        record.created = now;
        record.jitter = roll::jitter(&self.settings);
        record.changing = false;
        // The new segment's name is not on disk yet, whatever was synced before.
        record.synced = record.synced.min(base - 1);
        self.synced = self.synced.min(base - 1);
        self.active = Some(active);
        Ok(record)
    }

    fn retain_locked(&mut self, guard: &mut AppendGuard, now: i64) -> Result<GivenUp> {
        let mut record = self.learn_end(guard)?;
        let given_up = retention::given_up(&self.partition, &self.settings, now)?;
        if given_up.active.is_some() {
            record = self.roll(guard, record, now)?;
        }
        self.set_aside(&given_up)?;
        guard.write(&record)?;
        self.known = record;
        Ok(given_up)
    }

    fn set_aside(&self, given_up: &GivenUp) -> Result<()> {
        for segment in given_up.segments() {
            sweep::set_aside(self.partition.dir(), segment.base)?;
        }
        Ok(())
    }

    fn say_notes(&mut self) {
        for note in self.notes.drain(..) {
            self.store.notes().say(&note);
        }
    }
}

/// Raises the generation and says that a change is under way.
fn begin_change(guard: &mut AppendGuard, before: AppendRecord) -> Result<AppendRecord> {
    let record = AppendRecord {
        generation: before.generation + 1,
        changing: true,
        ..before
    };
    guard.write(&record).inspect_err(|_| {
        // Nothing is changed, so what it said is true still; and it may be all that proves an offset to a repair.
        let _ = guard.write(&before);
    })?;
    Ok(record)
}
