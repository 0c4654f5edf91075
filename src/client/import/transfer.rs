//! One file's records on their way into a topic.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::identity::Identity;
use super::positions::{LanePosition, SourcePosition};
use crate::client::producer::{Numbered, Produced, Producer, ProducerOptions};
use crate::error::{Error, IoContext as _, Result};
use crate::log::{Partition, next_sequence};
use crate::record::{Record, partition_for_key, sequence_distance};
use crate::store::{Store, Topic};

/// Ids of Kafka's own producers are handed out from 0 on, in blocks of a thousand; ours stay away from them.
const LEAST_PRODUCER_ID: u64 = 1 << 40;

/// Which partition a record goes to: nothing but the records and their order decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportRouting {
    /// All to one.
    Partition(i32),
    /// By murmur2 of the key; those without one to each in turn.
    Key,
    /// To each in turn.
    RoundRobin,
}

/// What is remembered of a producer from run to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remembered {
    /// The id of the producer.
    pub producer_id: i64,
    /// How many records were dealt out to the partitions in turn.
    pub dealt: u64,
    /// The partitions, by number.
    pub partitions: Vec<LanePosition>,
}

/// A source's producer, and what it must skip because it is there.
pub struct Import {
    producer: Producer,
    routing: ImportRouting,
    /// How many partitions records are routed to: as many as there were when the first record that may be skipped was
    /// routed.
    count: i32,
    /// How many records to skip, by partition.
    skip: Vec<i32>,
    dealt: u64,
    skipped: u64,
    /// Whether records were skipped that may not be on disk: who stored them was killed before it could see to that.
    unsynced: bool,
    store: Arc<Store>,
    partitions: Vec<Partition>,
}

impl Remembered {
    /// Of a producer that has not begun.
    pub fn begin(store: &Arc<Store>, topic: &Topic) -> Result<Self> {
        let partitions = open_partitions(store, topic)?;
        Ok(Self {
            producer_id: random_producer_id(),
            dealt: 0,
            partitions: partitions
                .iter()
                .map(|partition| {
                    Ok(LanePosition {
                        sequence: 0,
                        end: partition.synced_end()?.max(partition.start()?),
                    })
                })
                .collect::<Result<_>>()?,
        })
    }
}

impl SourcePosition {
    /// Of a file of which nothing was read.
    pub fn begin(store: &Arc<Store>, topic: &Topic, path: &Path, file: &File) -> Result<Self> {
        let Remembered {
            producer_id,
            dealt,
            partitions,
        } = Remembered::begin(store, topic)?;
        Ok(Self {
            path: path.to_owned(),
            identity: Identity::of(file, 0).at("read", path)?,
            position: 0,
            size: 0,
            producer_id,
            dealt,
            partitions,
        })
    }

    /// What is remembered of the file's producer.
    #[must_use]
    pub fn remembered(&self) -> Remembered {
        Remembered {
            producer_id: self.producer_id,
            dealt: self.dealt,
            partitions: self.partitions.clone(),
        }
    }

    /// Remembers it anew.
    pub fn remember(&mut self, remembered: Remembered) {
        self.dealt = remembered.dealt;
        self.partitions = remembered.partitions;
    }
}

impl Import {
    /// Goes on where `source` says, after a look at what the topic holds beyond that: more, if the last run was
    /// interrupted, or if the import's file is older than the log.
    pub fn open(
        store: &Arc<Store>,
        topic: &Topic,
        routing: ImportRouting,
        options: &ProducerOptions,
        source: &Remembered,
        interrupted: bool,
    ) -> Result<Self> {
        let partitions = open_partitions(store, topic)?;
        let mut sequences = vec![0; partitions.len()];
        let mut skip = vec![0; partitions.len()];
        for (number, lane) in source.partitions.iter().enumerate() {
            let partition = partitions.get(number).ok_or_else(|| fewer(topic))?;
            let next = there_already(partition, source.producer_id, *lane, interrupted)?;
            skip[number] = sequence_distance(lane.sequence, next).ok_or_else(|| {
                Error::failed(format!(
                    "{} holds records of producer id {} up to number {next}, and the import came to {} already",
                    partition.name(),
                    source.producer_id,
                    lane.sequence
                ))
            })?;
            sequences[number] = next;
        }
        let numbered = Some(Numbered {
            producer_id: source.producer_id,
            sequences,
        });
        let options = ProducerOptions {
            numbered,
            ..options.clone()
        };
        Ok(Self {
            producer: Producer::open(store, topic.clone(), options)?,
            routing,
            count: i32::try_from(source.partitions.len()).unwrap_or(i32::MAX),
            skip,
            dealt: source.dealt,
            skipped: 0,
            unsynced: false,
            store: store.clone(),
            partitions,
        })
    }

    /// Takes the source's next record: stores it, or skips it if it is stored already.
    pub fn send(&mut self, record: &Record<'_>) -> Result<()> {
        let partition = self.route(record);
        self.send_to(record, partition)
    }

    /// The same where it is known which partition it goes to.
    pub fn send_to(&mut self, record: &Record<'_>, partition: i32) -> Result<()> {
        if let Some(left @ 1..) = usize::try_from(partition)
            .ok()
            .and_then(|at| self.skip.get_mut(at))
        {
            *left -= 1;
            self.skipped += 1;
            self.unsynced = true;
            return Ok(());
        }
        self.producer.send(record, Some(partition))
    }

    fn route(&mut self, record: &Record<'_>) -> i32 {
        match (self.routing, record.key) {
            (ImportRouting::Partition(partition), _) => partition,
            (ImportRouting::Key, Some(key)) => partition_for_key(key, self.count),
            (ImportRouting::Key, None) | (ImportRouting::RoundRobin, _) => {
                let turn = self.dealt % u64::from(self.count.unsigned_abs()).max(1);
                self.dealt += 1;
                i32::try_from(turn).unwrap_or(0)
            }
        }
    }

    /// Lets everything out: it is in the log when this returns, synced or not.
    pub fn flush(&mut self) -> Result<()> {
        self.producer.flush()
    }

    /// Records that were there already.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// What was stored in this run, by partition.
    #[must_use]
    pub fn produced(&self) -> Vec<Produced> {
        self.producer.produced()
    }

    /// Lets everything out, and waits until all that was taken is on disk.
    pub fn sync(&mut self) -> Result<()> {
        self.producer.settle()?;
        if self.unsynced {
            for partition in &self.partitions {
                let end = partition.end()?.offset;
                partition.make_durable(&self.store, self.producer.topic(), end)?;
            }
            self.unsynced = false;
        }
        Ok(())
    }

    /// How far the topic holds the source that `before` was remembered of, after a [`Self::sync`] of this and all other
    /// imports into it.
    pub fn settle(&mut self, before: &Remembered) -> Result<Remembered> {
        // What is still to be skipped was routed to as many partitions as there were.
        let replayed = self.skip.iter().all(|&left| left == 0);
        if replayed {
            self.count = i32::try_from(self.partitions.len()).unwrap_or(self.count);
        }
        let lanes = self.producer.sequences().zip(&self.partitions);
        let mut kept = Vec::with_capacity(self.partitions.len());
        for (number, (sequence, partition)) in lanes.enumerate() {
            let lane_before = before.partitions.get(number);
            let left = self.skip.get(number).copied().unwrap_or(0);
            kept.push(LanePosition {
                sequence: crate::record::advance_sequence(sequence, -i64::from(left)),
                end: match lane_before {
                    // Beyond it lies what has still to be skipped.
                    Some(lane) if left > 0 => lane.end,
                    lane => partition.synced_end()?.max(lane.map_or(0, |lane| lane.end)),
                },
            });
        }
        kept.truncate(usize::try_from(self.count).unwrap_or(kept.len()));
        Ok(Remembered {
            producer_id: before.producer_id,
            dealt: self.dealt,
            partitions: kept,
        })
    }
}

/// The number of the producer's next record in a partition, by what the log holds.
fn there_already(
    partition: &Partition,
    producer_id: i64,
    lane: LanePosition,
    interrupted: bool,
) -> Result<i32> {
    let start = partition.start()?;
    if start > lane.end && interrupted {
        return Err(Error::failed(format!(
            "{} begins at offset {start}, and what the import stored from {} on can't be told any more",
            partition.name(),
            lane.end
        ))
        .help("a new import, with another name, would store everything again; see what of it is needed"));
    }
    Ok(next_sequence(partition, lane.end.max(start), producer_id)?.unwrap_or(lane.sequence))
}

fn open_partitions(store: &Arc<Store>, topic: &Topic) -> Result<Vec<Partition>> {
    topic
        .partition_numbers()
        .map(|number| Partition::open(store, topic, number))
        .collect()
}

fn fewer(topic: &Topic) -> Error {
    Error::failed(format!(
        "topic {} has fewer partitions than the import began with",
        topic.name
    ))
}

fn random_producer_id() -> i64 {
    let random = Uuid::new_v4().as_u64_pair().0 & (i64::MAX as u64);
    i64::try_from(random | LEAST_PRODUCER_ID).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::client::producer::Acks;
    use crate::error::ErrorKind;
    use crate::log::Appender;
    use crate::store::{Patience, SettingMap, StoreOptions, TopicName};

    /// Who ends after an error notes how far the import has come: not past what may not be on disk.
    #[test]
    fn what_was_skipped_counts_only_once_it_is_synced() {
        let dir = tempfile::tempdir().unwrap();
        let options = StoreOptions {
            chosen_by: "--dir".to_owned(),
            patience: Patience::endless(),
        };
        let store = Arc::new(Store::open_or_create(dir.path(), options).unwrap());
        let name = TopicName::new("t").unwrap();
        store
            .create_topic(&name, 1, &SettingMap::default(), false)
            .unwrap();
        let topic = store.topic(&name).unwrap();
        let source = Remembered::begin(&store, &topic).unwrap();
        let options = ProducerOptions {
            acks: Acks::Leader,
            ..ProducerOptions::default()
        };
        let record = Record {
            timestamp: 1,
            key: None,
            value: Some(b"v"),
            headers: &[],
        };
        let open = || {
            let routing = ImportRouting::RoundRobin;
            Import::open(&store, &topic, routing, &options, &source, true).unwrap()
        };
        let mut killed = open();
        killed.send(&record).unwrap();
        killed.flush().unwrap();
        drop(killed);
        let mut import = open();
        import.send(&record).unwrap();
        assert_eq!(import.skipped(), 1);
        let mut appender = Appender::open(&store, &topic, 0).unwrap();
        appender.mark_failed().unwrap();
        for _ in 0..2 {
            assert_eq!(import.sync().unwrap_err().kind(), ErrorKind::Damaged);
        }
    }
}
