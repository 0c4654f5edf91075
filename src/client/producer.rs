//! The producer: records in, batches at the end of partitions, acknowledged when they are as safe as was asked.

mod options;

use std::io::PipeReader;
use std::sync::Arc;
use std::time::Instant;

use crate::client::lane::{Lane, Lanes};
use crate::client::refusal::{check_partition, check_size, check_timestamp, without_key};
use crate::client::route::Route;
use crate::client::syncer::{Outcome, Syncer, sync};
use crate::error::{ErrorKind, Result};
use crate::log::Appender;
use crate::record::{BatchBuilder, Compression, HEADER_BYTES, NO_TIMESTAMP, Numbering, Record};
use crate::store::{CompressionType, Store, Topic, now_ms, raise_file_limit};

pub use options::{Acks, Numbered, ProducerOptions};

/// The largest batch, header included, before compression, unless a single record is larger.
const BATCH_BYTES: usize = 1 << 20;
/// All open batches of a producer together: when they are more, all go out.
const BUDGET_BYTES: usize = 8 << 20;
/// The smallest limit of a batch where many partitions share the budget: Kafka's own `batch.size`.
const SMALL_BATCH_BYTES: usize = 16 << 10;
/// How far appending may run ahead of a sync.
const AHEAD_BYTES: u64 = 8 << 20;
/// Partitions with open files; the least recently used are closed.
const OPEN_PARTITIONS: usize = 64;
/// Files of an open partition: its lock, its log and two indexes.
const FILES_OF_PARTITION: u64 = 4;
/// Files that are open besides.
const SPARE_FILES: u64 = 32;
/// From so many partitions on the usual limit of open files may not do.
const MANY_PARTITIONS: usize = 32;

/// What was produced to one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Produced {
    /// The partition.
    pub partition: i32,
    /// How many records.
    pub records: u64,
    /// The offset of the first of them.
    pub first_offset: i64,
    /// The offset of the last of them: other producers' records may lie between.
    pub last_offset: i64,
}

/// A producer of one topic.
pub struct Producer {
    store: Arc<Store>,
    topic: Topic,
    options: ProducerOptions,
    route: Route,
    compression: Compression,
    lanes: Lanes,
    batch_limit: usize,
    keys_needed: bool,
    timestamps_bounded: bool,
    open_partitions: usize,
    /// Whether the partitions are so many that full batches of all of them would pass the budget.
    many: bool,
    held_bytes: usize,
    clock: u64,
    syncer: Option<Syncer>,
    sync_began: Option<Instant>,
    ahead_bytes: u64,
}

impl Producer {
    /// A producer of `topic`.
    pub fn open(store: &Arc<Store>, topic: Topic, options: ProducerOptions) -> Result<Self> {
        let partitions = topic.partition_count;
        if let Some(partition) = options.partition {
            check_partition(&topic, partition)?;
        }
        let count = usize::try_from(partitions).unwrap_or(0);
        let files = if count > MANY_PARTITIONS {
            raise_file_limit()
        } else {
            u64::MAX
        };
        let open_partitions =
            usize::try_from(files.saturating_sub(SPARE_FILES) / FILES_OF_PARTITION)
                .unwrap_or(OPEN_PARTITIONS);
        let share = (BUDGET_BYTES / count.max(1)).clamp(SMALL_BATCH_BYTES, BATCH_BYTES);
        let limits = [
            topic.settings.max_message_bytes(),
            topic.settings.segment_bytes(),
        ];
        let largest = limits
            .into_iter()
            .min()
            .map_or(share, |limit| usize::try_from(limit).unwrap_or(share));
        let batch_limit = share.min(largest);
        let seed = u64::from(std::process::id()) ^ now_ms().unsigned_abs().rotate_left(32);
        Ok(Self {
            store: store.clone(),
            route: Route::new(options.partitioner, options.partition, partitions, seed),
            compression: compression_of(&topic, options.compression),
            lanes: Lanes::new(count, options.numbered.as_ref()),
            batch_limit,
            many: count * batch_limit > BUDGET_BYTES,
            keys_needed: topic.settings.cleanup_policy().compact,
            timestamps_bounded: topic.settings.timestamp_before_max_ms() < i64::MAX
                || topic.settings.timestamp_after_max_ms() < i64::MAX,
            topic,
            options,
            open_partitions: open_partitions.clamp(1, OPEN_PARTITIONS),
            held_bytes: 0,
            clock: 0,
            syncer: None,
            sync_began: None,
            ahead_bytes: 0,
        })
    }

    /// The topic.
    #[must_use]
    pub fn topic(&self) -> &Topic {
        &self.topic
    }

    /// Takes a record; `partition` is where it names one itself. It goes out with its batch.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "for short records the calls would take as long as the work"
    )]
    pub fn send(&mut self, record: &Record<'_>, partition: Option<i32>) -> Result<()> {
        let bytes = record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
        if bytes + HEADER_BYTES + 64 > self.batch_limit || !record.headers.is_empty() {
            check_size(&self.topic, record)?;
        }
        self.check_record(record)?;
        let partition = match partition {
            Some(partition) => check_partition(&self.topic, partition)?,
            None => self.route.partition(record, bytes),
        };
        let (lane, many) = (usize::try_from(partition).unwrap_or(0), self.many);
        let Some(builder) = self
            .lanes
            .get_mut(lane)
            .and_then(|lane| lane.builder.as_mut())
        else {
            return self.begin_batch(lane, record);
        };
        let before = weight(builder, many);
        if !builder.append(record) {
            self.flush_lane(lane)?;
            return self.begin_batch(lane, record);
        }
        self.held_bytes += weight(builder, many) - before;
        if self.held_bytes > BUDGET_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// Takes the first record of a batch.
    #[inline(never)]
    fn begin_batch(&mut self, lane: usize, record: &Record<'_>) -> Result<()> {
        let limit = self.batch_limit;
        let builder = self
            .lanes
            .enter(lane)
            .builder
            .get_or_insert_with(|| BatchBuilder::new(limit));
        builder.append(record);
        self.held_bytes += weight(builder, self.many);
        if self.held_bytes > BUDGET_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// Bytes that are held in open batches, or by them where they are many.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Lets all open batches out: they are in the log when this returns, synced or not.
    pub fn flush(&mut self) -> Result<()> {
        for lane in 0..self.lanes.count() {
            let builder = self.lanes.get(lane).and_then(|lane| lane.builder.as_ref());
            if builder.is_some_and(|builder| !builder.is_empty()) {
                self.flush_lane(lane)?;
            }
        }
        self.held_bytes = 0;
        Ok(())
    }

    /// Begins a sync if one is due, and hears of one that has ended. To be called whenever the input pauses.
    pub fn tick(&mut self) -> Result<()> {
        self.hear(false)?;
        self.sync_if_due()
    }

    /// When the next sync is due, if something waits for it.
    #[must_use]
    pub fn sync_due(&self) -> Option<Instant> {
        let waits = self.options.acks == Acks::All && self.ahead_bytes > 0;
        let interval = self.options.sync_interval.filter(|_| waits)?;
        Some(
            self.sync_began
                .map_or_else(Instant::now, |began| began + interval),
        )
    }

    /// Readable when a sync has ended.
    #[must_use]
    pub fn bell(&self) -> Option<&PipeReader> {
        self.syncer.as_ref().map(Syncer::bell)
    }

    /// Lets everything out and waits until it is acknowledged.
    pub fn close(mut self) -> Result<Vec<Produced>> {
        self.settle()?;
        Ok(self.produced())
    }

    /// Lets everything out and waits until it is acknowledged; more may follow.
    pub fn settle(&mut self) -> Result<()> {
        match self.flush() {
            // What went out before there was no room for more is to count all the same. A failed sync is final.
            Err(error) if error.kind() != ErrorKind::Damaged => {
                self.sync_all()?;
                Err(error)
            }
            Err(error) => Err(error),
            Ok(()) => self.sync_all(),
        }
    }

    /// Waits until all that went out is as safe as was asked.
    fn sync_all(&mut self) -> Result<()> {
        self.hear(true)?;
        if self.options.acks == Acks::All {
            for lane in 0..self.lanes.count() {
                self.sync_lane(lane)?;
            }
        }
        Ok(())
    }

    /// The number of the next record in each partition, of those that went out; 0 everywhere where none are numbered.
    pub fn sequences(&self) -> impl Iterator<Item = i32> {
        self.lanes.sequences()
    }

    /// What is in the log so far, by partition.
    #[must_use]
    pub fn produced(&self) -> Vec<Produced> {
        self.lanes
            .iter()
            .filter_map(|(_, lane)| lane.produced)
            .collect()
    }

    /// How many records of a partition are acknowledged, in the order in which they were handed over: as far as is known
    /// without asking anew, see [`Producer::tick`].
    #[must_use]
    pub fn acknowledged(&self, partition: i32) -> u64 {
        let lane = usize::try_from(partition).unwrap_or(usize::MAX);
        self.lanes.get(lane).map_or(0, Lane::acknowledged)
    }

    #[inline]
    fn check_record(&self, record: &Record<'_>) -> Result<()> {
        if self.keys_needed && record.key.is_none() {
            return Err(without_key(&self.topic));
        }
        if record.timestamp < NO_TIMESTAMP || self.timestamps_bounded {
            check_timestamp(&self.topic, record.timestamp, now_ms())?;
        }
        Ok(())
    }

    fn flush_lane(&mut self, lane: usize) -> Result<()> {
        self.make_room(lane)?;
        self.clock += 1;
        let number = i32::try_from(lane).unwrap_or(0);
        let state = self.lanes.enter(lane);
        let (Some(builder), clock) = (&mut state.builder, self.clock) else {
            return Ok(());
        };
        let appender = match &mut state.appender {
            Some(appender) => appender,
            None => {
                state
                    .appender
                    .insert(Box::new(Appender::open(&self.store, &self.topic, number)?))
            }
        };
        state.used = clock;
        self.held_bytes = self.held_bytes.saturating_sub(weight(builder, self.many));
        let numbering =
            self.options
                .numbered
                .as_ref()
                .map_or_else(Numbering::default, |numbered| Numbering {
                    producer_id: numbered.producer_id,
                    epoch: 0,
                    sequence: state.sequence,
                });
        let mut batch = builder.seal_numbered(self.compression, numbering)?;
        let records = u64::from(batch.record_count().unsigned_abs());
        self.ahead_bytes += batch.bytes().len() as u64;
        let appended = appender.append(&mut batch, now_ms())?;
        if self.many {
            state.builder = None;
        } else {
            builder.clear();
        }
        state.appended(number, records, &appended, self.options.acks);
        self.route.batch_complete(number);
        self.after_append(appended.rolled)
    }

    /// Keeps a sync running beside the appending, and the appending not too far ahead of it.
    fn after_append(&mut self, rolled: bool) -> Result<()> {
        let synced_for_acks = self.options.acks == Acks::All;
        let too_far = self.ahead_bytes > AHEAD_BYTES;
        self.hear(too_far || rolled)?;
        if (synced_for_acks && too_far) || (rolled && !synced_for_acks) {
            self.begin_sync()
        } else if self.ahead_bytes >= BATCH_BYTES as u64 {
            self.sync_if_due()
        } else {
            Ok(())
        }
    }

    /// Closes the partition used longest ago, if as many are open as may be.
    fn make_room(&mut self, lane: usize) -> Result<()> {
        let is_open = |lane: &Lane| lane.appender.is_some();
        if self.lanes.get(lane).is_some_and(is_open) {
            return Ok(());
        }
        let open = || self.lanes.iter().filter(|(_, lane)| is_open(lane));
        if open().count() < self.open_partitions {
            return Ok(());
        }
        if let Some((oldest, _)) = open().min_by_key(|(_, lane)| lane.used) {
            self.hear(true)?;
            if self.options.acks == Acks::All {
                self.sync_lane(oldest)?;
            }
            self.lanes.enter(oldest).appender = None;
        }
        Ok(())
    }

    fn sync_if_due(&mut self) -> Result<()> {
        if self.options.acks != Acks::All
            || self.ahead_bytes == 0
            || self.syncer.as_ref().is_some_and(Syncer::is_busy)
            || self.sync_due().is_some_and(|due| due > Instant::now())
        {
            return Ok(());
        }
        self.begin_sync()
    }

    fn begin_sync(&mut self) -> Result<()> {
        let job = self
            .lanes
            .iter()
            .filter_map(|(lane, state)| {
                let appender = state.appender.as_ref()?;
                Some((
                    lane,
                    appender.partition().name().clone(),
                    appender.unsynced()?,
                ))
            })
            .collect::<Vec<_>>();
        self.ahead_bytes = 0;
        self.sync_began = Some(Instant::now());
        if job.is_empty() {
            return Ok(());
        }
        let syncer = match &mut self.syncer {
            Some(syncer) => syncer,
            None => self.syncer.insert(Syncer::start(&self.store)?),
        };
        syncer.begin(job);
        Ok(())
    }

    /// Hears what became of the running sync, waiting for its end if `wait`.
    fn hear(&mut self, wait: bool) -> Result<()> {
        let Some(outcome) = self.syncer.as_mut().and_then(|syncer| syncer.outcome(wait)) else {
            return Ok(());
        };
        self.take_outcome(outcome)
    }

    /// The kernel tells of a failed sync once, so each is taken to heart; the first error is the one to tell.
    fn take_outcome(&mut self, outcome: Outcome) -> Result<()> {
        let mut heard = Ok(());
        for (lane, up_to, result) in outcome {
            heard = heard.and(self.take_result(lane, up_to, result));
        }
        heard
    }

    fn sync_lane(&mut self, lane: usize) -> Result<()> {
        let Some(appender) = self.lanes.get(lane).and_then(|lane| lane.appender.as_ref()) else {
            return Ok(());
        };
        if let Some(unsynced) = appender.unsynced() {
            let (_, up_to, result) =
                sync(&self.store, lane, appender.partition().name(), &unsynced);
            self.take_result(lane, up_to, result)?;
        }
        let state = self.lanes.enter(lane);
        if let Some(appender) = &mut state.appender {
            appender.publish_synced()?;
        }
        state.synced(i64::MAX);
        Ok(())
    }

    fn take_result(&mut self, lane: usize, up_to: i64, result: Result<()>) -> Result<()> {
        let Some(state) = self.lanes.get_mut(lane) else {
            return result;
        };
        let Some(appender) = &mut state.appender else {
            return result;
        };
        match result {
            Ok(()) => {
                appender.set_synced(up_to);
                state.synced(up_to);
            }
            Err(error) => {
                // The mark keeps everyone from building on what may not be there; the first error is the one to tell.
                if error.kind() == ErrorKind::Damaged {
                    let _ = appender.mark_failed();
                }
                return Err(error);
            }
        }
        Ok(())
    }
}

impl Drop for Producer {
    /// What a running sync finds is marked, though nobody waits for it any more.
    fn drop(&mut self) {
        let _ = self.hear(true);
    }
}

/// What an open batch counts towards the budget: what it holds, or its whole buffer where there may be thousands that hold
/// next to nothing.
#[inline]
fn weight(builder: &BatchBuilder, many: bool) -> usize {
    if many { builder.room() } else { builder.size() }
}

/// The codec of the topic's `compression.type`; the producer's own where that says so, as a broker does it.
fn compression_of(topic: &Topic, own: Option<Compression>) -> Compression {
    match topic.settings.compression() {
        CompressionType::Producer => own.unwrap_or(Compression::None),
        CompressionType::Uncompressed => Compression::None,
        CompressionType::Gzip(level) => Compression::Gzip { level },
        CompressionType::Snappy => Compression::Snappy,
        CompressionType::Lz4(level) => Compression::Lz4 { level },
        CompressionType::Zstd(level) => Compression::Zstd { level },
    }
}

#[cfg(test)]
mod tests;
