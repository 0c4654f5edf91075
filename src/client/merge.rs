//! Several partitions as one sequence, ordered by the records' timestamps.
//!
//! Of each partition a few records are held, as copies; the next one is that of the partition whose first has the earliest
//! timestamp. Within a partition records stay in their order, even where their timestamps do not. What is held shares one
//! budget, however many partitions there are: a partition whose share is used up is read on from where it was left.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use crate::client::consumer::{Assignment, Consumer, Polled};
use crate::client::partition_log::PartitionLog;
use crate::error::Result;
use crate::log::Isolation;
use crate::record::{BatchHeader, Copies, StoredRecord};
use crate::store::TopicPartition;

/// What is held of all partitions together, in bytes, but for the last record of each share.
const BUDGET: usize = 16 << 20;
/// The smallest share of a partition.
const SMALLEST_SHARE: usize = 1024;

/// Partitions, merged by time.
pub struct Merge {
    consumer: Consumer,
    lanes: Vec<Held>,
    /// The earliest timestamp of each partition that has a record, and which one it is.
    heads: BinaryHeap<Reverse<(i64, usize)>>,
    share: usize,
    /// The partition whose record was handed out last: it goes on before the next.
    last: Option<usize>,
    began: bool,
}

/// What is held of a partition.
struct Held {
    number: usize,
    partition: Arc<dyn PartitionLog>,
    batch: Option<BatchHeader>,
    copies: Copies,
    next: usize,
}

/// A record and where it was found.
pub struct Merged<'m> {
    /// The partition.
    pub partition: &'m TopicPartition,
    /// The header of its batch.
    pub batch: &'m BatchHeader,
    /// The record.
    pub record: StoredRecord<'m>,
}

impl Merge {
    /// A merge of these partitions, each up to its end.
    #[must_use]
    pub fn new(assignments: Vec<Assignment>, isolation: Isolation) -> Self {
        let mut consumer = Consumer::new(Vec::new(), isolation, false);
        let share = (BUDGET / assignments.len().max(1)).max(SMALLEST_SHARE);
        let lanes = assignments
            .into_iter()
            .map(|assignment| Held {
                partition: assignment.partition.clone(),
                number: consumer.assign(assignment),
                batch: None,
                copies: Copies::default(),
                next: 0,
            })
            .collect();
        Self {
            consumer,
            lanes,
            heads: BinaryHeap::new(),
            share,
            last: None,
            began: false,
        }
    }

    /// The next record in time; `None` after the last.
    pub fn next_record(&mut self) -> Result<Option<Merged<'_>>> {
        if !self.began {
            self.began = true;
            self.consumer.prepare()?;
            for lane in 0..self.lanes.len() {
                self.offer(lane)?;
            }
        }
        if let Some(lane) = self.last.take() {
            self.lanes[lane].next += 1;
            self.offer(lane)?;
        }
        let Some(Reverse((_, lane))) = self.heads.pop() else {
            return Ok(None);
        };
        self.last = Some(lane);
        let held = &self.lanes[lane];
        let record = held.copies.get(held.next);
        Ok(record
            .zip(held.batch.as_ref())
            .map(|(record, batch)| Merged {
                partition: held.partition.name(),
                batch,
                record,
            }))
    }

    /// The partitions that an open transaction holds back: see [`Consumer::held_back`].
    pub fn held_back(&self) -> impl Iterator<Item = (&Arc<dyn PartitionLog>, i64, i64)> {
        self.consumer.held_back()
    }

    /// Puts the next record of a partition among the heads.
    fn offer(&mut self, lane: usize) -> Result<()> {
        if self.lanes[lane].copies.get(self.lanes[lane].next).is_none() {
            self.refill(lane)?;
        }
        let held = &self.lanes[lane];
        if let Some(record) = held.copies.get(held.next) {
            self.heads.push(Reverse((record.timestamp, lane)));
        }
        Ok(())
    }

    /// Copies the next records of a partition, of one batch, as many as its share takes and at least one.
    fn refill(&mut self, lane: usize) -> Result<()> {
        let held = &mut self.lanes[lane];
        held.copies.clear();
        held.next = 0;
        while held.copies.get(0).is_none() {
            let mut go_on = None;
            match self.consumer.poll_lane_to_end(held.number)? {
                Polled::Batch {
                    batch, from, to, ..
                } => {
                    held.batch = Some(*batch.header());
                    let mut records = batch.records()?;
                    while let Some(record) =
                        records.next().map_err(|fault| batch.damaged(&fault))?
                    {
                        if record.offset < from || record.offset >= to {
                            continue;
                        }
                        if held.copies.bytes() >= self.share {
                            go_on = Some(record.offset);
                            break;
                        }
                        held.copies.push(&record);
                    }
                }
                Polled::Idle | Polled::Finished => return Ok(()),
            }
            if let Some(offset) = go_on {
                self.consumer.seek(held.number, offset);
            }
        }
        if self.lanes.len() > OPEN_PARTITIONS {
            self.consumer.rest(self.lanes[lane].number);
        }
        Ok(())
    }
}

/// With more partitions than these none keeps its file open between two looks.
const OPEN_PARTITIONS: usize = 64;

/// How many records there are to read of one partition.
pub fn count_records(assignment: Assignment, isolation: Isolation) -> Result<u64> {
    let mut consumer = Consumer::new(vec![assignment], isolation, false);
    let mut count = 0;
    while let Polled::Batch {
        batch, from, to, ..
    } = consumer.poll_to_end()?
    {
        let mut records = batch.records()?;
        while let Some(record) = records.next().map_err(|fault| batch.damaged(&fault))? {
            count += u64::from((from..to).contains(&record.offset));
        }
    }
    Ok(count)
}
