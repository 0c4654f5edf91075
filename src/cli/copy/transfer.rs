//! One topic's records on their way.

use super::Copied;
use super::target::Target;
use crate::cli::context::Context;
use crate::cli::progress::Progress;
use crate::cli::signals::Signals;
use crate::client::{Assignment, Consumer, Engine, Polled, ProducerOptions, Producing};
use crate::error::{Error, Result};
use crate::log::{Fetched, Isolation};
use crate::record::{Header, Record, StoredRecord, partition_for_key};
use crate::store::{Topic, TopicPartition};

/// A topic, up to where it ends now, and what it is copied to.
pub(super) struct Transfer {
    topic: Topic,
    target: Target,
    consumer: Consumer,
    /// Offsets that lie ahead, in all partitions.
    ahead: u64,
}

impl Transfer {
    pub(super) fn new(
        source: &dyn Engine,
        topic: Topic,
        target: Target,
        isolation: Isolation,
    ) -> Result<Self> {
        let mut consumer = Consumer::new(Vec::new(), isolation, false);
        let mut ahead = 0;
        for number in topic.partition_numbers() {
            let partition = source.partition(&topic, number)?;
            let from = partition.start()?;
            let to = partition.readable_end(isolation)?;
            ahead += (to - from).max(0).unsigned_abs();
            consumer.assign(Assignment {
                partition,
                from,
                to: Some(to),
            });
        }
        Ok(Self {
            topic,
            target,
            consumer,
            ahead,
        })
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

    /// Copies everything: how many records. An error comes with how many of them are in the target.
    pub(super) fn run(mut self, into: &dyn Engine, context: &Context) -> Result<u64, (Error, u64)> {
        let nothing = |error| (error, 0);
        let topic = self.target.make(into).map_err(nothing)?;
        let options = ProducerOptions::default();
        let mut producer = into.producer(topic, options).map_err(nothing)?;
        let sent = self.send_all(producer.as_mut(), context);
        let closed = producer
            .close()
            .map(|done| done.iter().map(|part| part.records).sum());
        match (sent, closed) {
            (Ok(()), Ok(records)) => {
                let held_back = self.consumer.held_back();
                crate::cli::consume::tell_held_back(held_back, context);
                self.target
                    .complete(into)
                    .map_err(|error| (error, records))?;
                Ok(records)
            }
            (Err(error), closed) => Err((error, closed.unwrap_or(0))),
            (Ok(()), Err(error)) => Err((error, 0)),
        }
    }

    fn send_all(&mut self, producer: &mut dyn Producing, context: &Context) -> Result<()> {
        let route = Route {
            from: self.topic.partition_count,
            to: self.target.partitions,
        };
        let progress = Progress::records(self.ahead, context.quiet());
        loop {
            context.signals.as_ref().map_or(Ok(()), Signals::check)?;
            match self.consumer.poll_to_end()? {
                Polled::Batch {
                    partition,
                    batch,
                    from,
                    to,
                    ..
                } => {
                    send(&batch, partition.name(), from..to, route, producer)?;
                    let header = batch.header();
                    let (first, last) = (header.base_offset.max(from), header.last_offset() + 1);
                    progress.advance((last.min(to) - first).max(0).unsigned_abs());
                }
                Polled::Idle | Polled::Finished => return Ok(()),
            }
        }
    }
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
    producer: &mut dyn Producing,
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
        producer
            .send(&record, Some(to))
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
