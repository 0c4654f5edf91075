//! The latest record of each key.
//!
//! Read twice: first every record, to learn where the latest of each key is, then those alone. So what is held is keys and
//! places, never a value, and memory has a bound that does not depend on the values.
//!
//! Within a partition the record with the highest offset is the latest. A key's records are in one partition as long as a
//! partitioner chose it; where producers named partitions themselves, or their number was raised, they are in several, and
//! of their last records there the one with the latest timestamp counts (of equal ones that of the highest partition).

use std::sync::Arc;

use super::key_table::{KeyTable, Spot};
use crate::client::consumer::{Assignment, Consumer, Polled};
use crate::client::partition_log::PartitionLog;
use crate::error::{Error, Result};
use crate::log::Isolation;
use crate::record::{BatchHeader, StoredRecord};
use crate::store::TopicPartition;

/// What keys and places may take: with all that reading needs, the process stays under 64 MiB.
const BUDGET: usize = 48 << 20;

/// What a found record is handed to: its partition, the header of its batch, itself.
type Visit<'v> = dyn FnMut(&TopicPartition, &BatchHeader, StoredRecord<'_>) -> Result<()> + 'v;

/// Which keys, and what is known of them.
pub struct Latest {
    table: KeyTable,
    /// Of keys that have a record in an earlier partition: the last in the one that is being read.
    rivals: KeyTable,
    /// Whether it is about all keys, and not those alone that were asked for.
    all: bool,
    isolation: Isolation,
    /// Reads what was found.
    consumer: Consumer,
    partitions: Vec<Arc<dyn PartitionLog>>,
    budget: usize,
}

impl Latest {
    /// To find the latest record of every key.
    #[must_use]
    pub fn of_all(isolation: Isolation) -> Self {
        Self {
            table: KeyTable::default(),
            rivals: KeyTable::default(),
            all: true,
            isolation,
            consumer: Consumer::new(Vec::new(), isolation, false),
            partitions: Vec::new(),
            budget: BUDGET,
        }
    }

    /// To find the latest record of each of these keys.
    pub fn of_keys(keys: &[&[u8]], isolation: Isolation) -> Result<Self> {
        let mut latest = Self::of_all(isolation);
        latest.all = false;
        for key in keys {
            if latest.table.find(key).is_none() {
                latest.make_room(key)?;
                latest.table.insert(key, None);
            }
        }
        Ok(latest)
    }

    /// Reads these partitions, each up to its end as pinned there.
    pub fn search(&mut self, assignments: Vec<Assignment>) -> Result<()> {
        let mut consumer = Consumer::new(Vec::new(), self.isolation, false);
        for assignment in assignments {
            self.search_partition(&mut consumer, assignment)?;
        }
        Ok(())
    }

    fn search_partition(&mut self, consumer: &mut Consumer, assignment: Assignment) -> Result<()> {
        let lane = u32::try_from(self.partitions.len()).unwrap_or(u32::MAX >> 2);
        self.partitions.push(assignment.partition.clone());
        let number = consumer.assign(assignment);
        while let Polled::Batch {
            batch, from, to, ..
        } = consumer.poll_lane_to_end(number)?
        {
            let mut records = batch.records()?;
            while let Some(record) = records.next().map_err(|fault| batch.damaged(&fault))? {
                if let Some(key) = record.key
                    && (from..to).contains(&record.offset)
                {
                    let spot = Spot {
                        lane,
                        offset: record.offset,
                        timestamp: record.timestamp,
                        is_tombstone: record.value.is_none(),
                    };
                    self.take(key, spot)?;
                }
            }
        }
        consumer.unassign(number);
        self.settle();
        Ok(())
    }

    /// A record of the partition that is being read.
    fn take(&mut self, key: &[u8], spot: Spot) -> Result<()> {
        let Some(number) = self.table.find(key) else {
            if self.all {
                self.make_room(key)?;
                self.table.insert(key, Some(spot));
            }
            return Ok(());
        };
        match self.table.spot(number) {
            Some(other) if other.lane != spot.lane => self.rival(key, spot),
            _ => {
                self.table.place(number, spot);
                Ok(())
            }
        }
    }

    fn rival(&mut self, key: &[u8], spot: Spot) -> Result<()> {
        if let Some(number) = self.rivals.find(key) {
            self.rivals.place(number, spot);
        } else {
            self.make_room(key)?;
            self.rivals.insert(key, Some(spot));
        }
        Ok(())
    }

    /// At the end of a partition its last records are known: of each key it has in common with others, the latest counts.
    fn settle(&mut self) {
        let rivals = std::mem::take(&mut self.rivals);
        for rival in 0..rivals.len() {
            if let Some(spot) = rivals.spot(rival)
                && let Some(number) = self.table.find(rivals.key(rival))
                && self
                    .table
                    .spot(number)
                    .is_none_or(|other| spot.timestamp >= other.timestamp)
            {
                self.table.place(number, spot);
            }
        }
    }

    /// An error where one more key is too many.
    fn make_room(&self, key: &[u8]) -> Result<()> {
        let needed = self.table.bytes_with(key.len()) + self.rivals.bytes_with(key.len());
        if needed <= self.budget {
            return Ok(());
        }
        Err(Error::failed(format!(
            "the keys do not fit in memory: {} of them take the {} MiB that there are for it",
            self.table.len() + self.rivals.len(),
            self.budget >> 20
        ))
        .help("take the partitions one after the other with --partition, or name the keys that are wanted"))
    }

    /// Hands out the latest record of one key that was asked for; false if it has none, or its last is a tombstone.
    pub fn fetch(&mut self, key: &[u8], visit: &mut Visit<'_>) -> Result<bool> {
        let number = self.table.find(key);
        let spot = number.and_then(|number| self.table.spot(number));
        match spot {
            Some(spot) if !spot.is_tombstone => Ok(self.fetch_lane(&[spot], visit)? == 1),
            _ => Ok(false),
        }
    }

    /// Hands out the latest record of every key that has one, by partition and offset; says how many there were.
    pub fn fetch_all(mut self, visit: &mut Visit<'_>) -> Result<u64> {
        let table = std::mem::take(&mut self.table);
        let spots: Vec<Spot> = table.into_spots().collect();
        let mut count = 0;
        for lane in spots.chunk_by(|one, next| one.lane == next.lane) {
            count += self.fetch_lane(lane, visit)?;
        }
        Ok(count)
    }

    /// Hands out records of one partition, in the order of their offsets. One that was deleted meanwhile is left out.
    fn fetch_lane(&mut self, spots: &[Spot], visit: &mut Visit<'_>) -> Result<u64> {
        let [first, ..] = spots else {
            return Ok(0);
        };
        let last = spots.last().unwrap_or(first);
        let partition = self.partitions[first.lane as usize].clone();
        let start = partition.start()?;
        let number = self.consumer.assign(Assignment {
            partition,
            from: first.offset.max(start),
            to: Some(last.offset + 1),
        });
        let mut spots = spots.iter().peekable();
        let mut count = 0;
        while let Polled::Batch {
            partition, batch, ..
        } = self.consumer.poll_lane_to_end(number)?
        {
            let header = batch.header();
            while spots
                .next_if(|spot| spot.offset < header.base_offset)
                .is_some()
            {}
            if spots
                .peek()
                .is_none_or(|spot| spot.offset > header.last_offset())
            {
                continue;
            }
            let mut records = batch.records()?;
            while let Some(record) = records.next().map_err(|fault| batch.damaged(&fault))? {
                while spots.next_if(|spot| spot.offset < record.offset).is_some() {}
                if spots.next_if(|spot| spot.offset == record.offset).is_some() {
                    visit(partition.name(), header, record)?;
                    count += 1;
                }
            }
        }
        self.consumer.unassign(number);
        Ok(count)
    }
}
