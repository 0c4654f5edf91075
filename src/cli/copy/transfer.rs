//! One topic on its way from one place to another.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::target::{Target, check_empty};
use super::{Args, Copied};
use crate::cli::context::Context;
use crate::cli::progress::Progress;
use crate::cli::signals::Signals;
use crate::client::{
    Assignment, Consumer, CopySource, CopyTarget, Engine, PlainCopy, Polled, ProducerOptions, Watch,
};
use crate::count::counted;
use crate::error::{Error, Result};
use crate::log::{Fetched, Isolation};
use crate::record::{Header, Record, StoredRecord, partition_for_key};
use crate::store::{ImportName, Topic, TopicPartition};

/// How often it is remembered how far a copy came that can be gone on with.
const CHECKPOINT: Duration = Duration::from_secs(1);

/// A topic, and what it is copied to.
#[derive(Clone)]
pub(super) struct Transfer {
    topic: Topic,
    target: Target,
    isolation: Isolation,
}

/// What copies are made of and to.
pub(super) struct Ways<'a> {
    pub(super) source: &'a Arc<dyn Engine>,
    pub(super) into: &'a Arc<dyn Engine>,
    /// What the copy is called, to be gone on with.
    pub(super) name: Option<&'a ImportName>,
    /// Whether it goes on at the end.
    pub(super) follow: bool,
    pub(super) append: bool,
}

/// A transfer at work.
pub(super) struct Running {
    transfer: Transfer,
    consumer: Consumer,
    copy: Box<dyn CopyTarget>,
    /// The partition of the source that each lane is of.
    lanes: Vec<i32>,
    /// The next offset of each partition of the source.
    positions: Vec<i64>,
    /// Whether it is remembered how far the copy came.
    remembers: bool,
    checkpointed: Instant,
    progress: Progress,
}

/// How far reading came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pumped {
    /// There is nothing more for the moment.
    Idle,
    /// Everything that was to be copied was.
    Finished,
}

impl Transfer {
    pub(super) fn new(topic: Topic, target: Target, args: &Args) -> Self {
        Self {
            topic,
            target,
            isolation: args.isolation_level.into(),
        }
    }

    pub(super) fn report(&self, dry_run: bool) -> Copied {
        Copied {
            topic: self.topic.name.to_string(),
            partitions: self.topic.partition_count,
            to: self.target.name.to_string(),
            to_partitions: self.target.partitions,
            records: None,
            dry_run,
        }
    }

    /// Makes the target, and finds out where to begin.
    pub(super) fn begin(self, ways: &Ways<'_>, context: &Context) -> Result<Running> {
        let into = ways.into.as_ref();
        let topic = self.target.make(into)?;
        let copy = if let Some(name) = ways.name {
            into.copy_target(name, topic.clone(), &self.source(ways)?)?
        } else {
            let producer = into.producer(topic.clone(), ProducerOptions::default())?;
            Box::new(PlainCopy::new(producer))
        };
        let mut running = Running {
            consumer: Consumer::new(Vec::new(), self.isolation, ways.follow),
            copy,
            lanes: Vec::new(),
            positions: vec![0; usize::try_from(self.topic.partition_count).unwrap_or(0)],
            remembers: ways.name.is_some(),
            checkpointed: Instant::now(),
            progress: Progress::records(0, true),
            transfer: self,
        };
        let (has_begun, ahead) = running.assign(ways)?;
        if ways.name.is_some() && !has_begun {
            check_empty(into, &topic, ways.append)?;
        }
        // From here on what is in the target is this copy's.
        running.copy.checkpoint(&running.positions)?;
        running.progress = Progress::records(ahead, context.quiet() || ways.follow);
        Ok(running)
    }

    fn source(&self, ways: &Ways<'_>) -> Result<CopySource> {
        Ok(CopySource {
            place: ways.source.place()?,
            topic: self.topic.name.to_string(),
            partitions: self.topic.partition_count,
        })
    }
}

impl Running {
    /// Assigns each partition from where the copy has got to. Says whether it has begun before, and how many offsets lie
    /// ahead.
    fn assign(&mut self, ways: &Ways<'_>) -> Result<(bool, u64)> {
        let (mut has_begun, mut ahead) = (false, 0);
        let (topic, isolation) = (&self.transfer.topic, self.transfer.isolation);
        for number in topic.partition_numbers() {
            let partition = ways.source.partition(topic, number)?;
            let (start, end) = (partition.start()?, partition.readable_end(isolation)?);
            let from = match self.copy.position(number) {
                Some(next) => {
                    has_begun = true;
                    check_position(partition.name(), next, start, partition.end()?)?;
                    next
                }
                None => start,
            };
            ahead += (end - from).max(0).unsigned_abs();
            self.consumer.assign(Assignment {
                partition,
                from,
                to: (!ways.follow).then_some(end),
            });
            self.lanes.push(number);
            if let Some(position) = position_of(&mut self.positions, number) {
                *position = from;
            }
        }
        Ok((has_begun, ahead))
    }

    /// Watches for what comes.
    pub(super) fn watch(&self, ways: &Ways<'_>, watch: &mut Watch<()>) -> Result<()> {
        for &number in &self.lanes {
            let partition = ways.source.partition(&self.transfer.topic, number)?;
            watch.add_partition(partition.as_ref(), ());
        }
        Ok(())
    }

    /// Copies what there is.
    pub(super) fn pump(&mut self, follow: bool, signals: Option<&Signals>) -> Result<Pumped> {
        if follow {
            self.consumer.wake_all();
        }
        let (from, to) = (
            self.transfer.topic.partition_count,
            self.transfer.target.partitions,
        );
        let route = Route { from, to };
        loop {
            signals.map_or(Ok(()), Signals::check)?;
            let polled = if follow {
                self.consumer.poll()?
            } else {
                self.consumer.poll_to_end()?
            };
            match polled {
                Polled::Batch {
                    partition,
                    batch,
                    from,
                    to,
                    ..
                } => {
                    let name = partition.name();
                    let copy = self.copy.as_mut();
                    send(&batch, name, from..to, route, copy)?;
                    let header = batch.header();
                    let next = (header.last_offset() + 1).min(to);
                    let first = header.base_offset.max(from);
                    self.progress.advance((next - first).max(0).unsigned_abs());
                    if let Some(position) = position_of(&mut self.positions, name.partition) {
                        *position = next;
                    }
                }
                Polled::Idle => return self.pass(Pumped::Idle),
                Polled::Finished => return self.pass(Pumped::Finished),
            }
            if self.remembers && self.checkpointed.elapsed() >= CHECKPOINT {
                self.checkpoint()?;
            }
        }
    }

    /// Everything was taken: what lies behind the last records, markers and gaps, is done with them.
    fn pass(&mut self, pumped: Pumped) -> Result<Pumped> {
        for (lane, offset) in self.consumer.positions() {
            let number = self.lanes.get(lane).copied().unwrap_or(-1);
            if let Some(position) = position_of(&mut self.positions, number) {
                *position = offset.max(*position);
            }
        }
        self.checkpoint()?;
        Ok(pumped)
    }

    /// Makes what was copied last.
    pub(super) fn checkpoint(&mut self) -> Result<()> {
        self.checkpointed = Instant::now();
        self.copy.checkpoint(&self.positions)
    }

    /// How many records are in the target.
    pub(super) fn stored(&self) -> u64 {
        self.copy.stored()
    }

    /// The last thing, once all is there.
    pub(super) fn complete(&self, ways: &Ways<'_>, context: &Context) -> Result<()> {
        crate::cli::consume::tell_held_back(self.consumer.held_back(), context);
        self.transfer.target.complete(ways.into.as_ref())
    }

    /// An error if the source got more partitions than the copy knows.
    pub(super) fn check_partitions(&self, ways: &Ways<'_>) -> Result<()> {
        let known = &self.transfer.topic;
        let now = ways.source.topic(&known.name)?;
        if (now.id, now.partition_count) == (known.id, known.partition_count) {
            return Ok(());
        }
        Err(Error::failed(format!(
            "topic {} is not any more what it was when the copy began: it has {}",
            known.name,
            counted(now.partition_count, "partition")
        ))
        .help("begin another copy, with another --name, or behind the records that are there with --append"))
    }

    /// To begin it again.
    pub(super) fn into_transfer(self) -> Transfer {
        self.transfer
    }
}

fn position_of(positions: &mut [i64], partition: i32) -> Option<&mut i64> {
    positions.get_mut(usize::try_from(partition).ok()?)
}

/// What lies between what was copied and what is there is lost; and a log that ends before is another one.
fn check_position(partition: &TopicPartition, next: i64, start: i64, end: i64) -> Result<()> {
    if next < start {
        return Err(Error::failed(format!(
            "{partition} begins at offset {start}, and was copied up to {next}: what is between was deleted before it was copied"
        ))
        .help("a copy with another --name begins with what is there"));
    }
    if next > end {
        return Err(Error::failed(format!(
            "{partition} ends at offset {end}, and was copied up to {next}: it is not the log that the copy began with"
        ))
        .help("choose another --name for another copy"));
    }
    Ok(())
}

/// Which partition a record goes to.
#[derive(Debug, Clone, Copy)]
struct Route {
    from: i32,
    to: i32,
}

impl Route {
    /// The same one where there are as many; else the key decides, as with a producer, and records without one stay
    /// together, in their order.
    fn partition(self, record: &StoredRecord<'_>, number: i32) -> i32 {
        match record.key {
            _ if self.from == self.to => number,
            Some(key) => partition_for_key(key, self.to),
            None => number % self.to,
        }
    }
}

fn send(
    batch: &Fetched<'_>,
    partition: &TopicPartition,
    wanted: std::ops::Range<i64>,
    route: Route,
    copy: &mut dyn CopyTarget,
) -> Result<()> {
    let number = partition.partition;
    let mut records = batch.records()?;
    while let Some(found) = records.next().map_err(|fault| batch.damaged(&fault))? {
        if !wanted.contains(&found.offset) {
            continue;
        }
        // None of them, most often: then nothing is allocated.
        let headers: Vec<Header<'_>> = found.headers.iter().collect();
        let record = Record {
            timestamp: found.timestamp,
            key: found.key,
            value: found.value,
            headers: &headers,
        };
        let to = route.partition(&found, number);
        copy.send(&record, number, to)
            .map_err(|error| error.within(format_args!("{partition}, offset {}", found.offset)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{RawHeaders, TimestampType};

    #[test]
    fn records_stay_together_as_a_producer_would_put_them() {
        let record = |key| StoredRecord {
            offset: 0,
            timestamp: 0,
            timestamp_type: TimestampType::CreateTime,
            key,
            value: None,
            headers: RawHeaders::default(),
        };
        let same = Route { from: 3, to: 3 };
        let more = Route { from: 3, to: 8 };
        let fewer = Route { from: 3, to: 2 };
        assert_eq!(same.partition(&record(Some(b"kafka")), 2), 2);
        let by_key = partition_for_key(b"kafka", 8);
        assert_eq!(more.partition(&record(Some(b"kafka")), 2), by_key);
        assert_eq!(more.partition(&record(None), 2), 2);
        assert_eq!(fewer.partition(&record(None), 2), 0);
    }
}
