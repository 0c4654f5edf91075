//! One partition's share of a producer's work: its open batch, its log, and what became of what went out.

use std::collections::VecDeque;

use crate::client::producer::{Acks, Numbered, Produced};
use crate::log::{Appended, Appender};
use crate::record::{BatchBuilder, advance_sequence};

/// One partition's share of the work.
#[derive(Default)]
pub(crate) struct Lane {
    pub(crate) builder: Option<BatchBuilder>,
    /// Apart, since it is large, and most of many partitions have none.
    pub(crate) appender: Option<Box<Appender>>,
    pub(crate) used: u64,
    pub(crate) produced: Option<Produced>,
    /// The number of the next batch's first record, where records are numbered.
    pub(crate) sequence: i32,
    acknowledged: u64,
    /// Of each batch that waits for a sync: the offset after it, and how many records there are with it.
    unsynced: VecDeque<(i64, u64)>,
}

/// The lanes of a topic, each made when something is sent to its partition: a record to one of ten thousand
/// partitions costs what it costs to the only one.
pub(crate) struct Lanes {
    lanes: Vec<Option<Box<Lane>>>,
    /// The number of each lane's first record, where records are numbered.
    sequences: Vec<i32>,
}

impl Lanes {
    /// The lanes of so many partitions.
    pub(crate) fn new(count: usize, numbered: Option<&Numbered>) -> Self {
        Self {
            lanes: (0..count).map(|_| None).collect(),
            sequences: numbered.map_or_else(Vec::new, |numbered| numbered.sequences.clone()),
        }
    }

    /// The number of partitions.
    pub(crate) fn count(&self) -> usize {
        self.lanes.len()
    }

    /// A partition's lane; none if nothing was sent there yet.
    #[inline]
    pub(crate) fn get(&self, lane: usize) -> Option<&Lane> {
        self.lanes.get(lane)?.as_deref()
    }

    /// The same, to be changed.
    #[inline]
    pub(crate) fn get_mut(&mut self, lane: usize) -> Option<&mut Lane> {
        self.lanes.get_mut(lane)?.as_deref_mut()
    }

    /// A partition's lane, made where there was none.
    pub(crate) fn enter(&mut self, lane: usize) -> &mut Lane {
        let sequence = self.first_sequence(lane);
        self.lanes[lane].get_or_insert_with(|| {
            Box::new(Lane {
                sequence,
                ..Lane::default()
            })
        })
    }

    /// Those in which something was sent, with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Lane)> {
        let lanes = self.lanes.iter().enumerate();
        lanes.filter_map(|(number, lane)| Some((number, lane.as_deref()?)))
    }

    /// The number of the next record, by partition.
    pub(crate) fn sequences(&self) -> impl Iterator<Item = i32> {
        (0..self.count()).map(|lane| {
            self.get(lane)
                .map_or_else(|| self.first_sequence(lane), |lane| lane.sequence)
        })
    }

    fn first_sequence(&self, lane: usize) -> i32 {
        self.sequences.get(lane).copied().unwrap_or(0)
    }
}

impl Lane {
    /// Notes that a batch of so many records is in the log.
    pub(crate) fn appended(
        &mut self,
        partition: i32,
        records: u64,
        appended: &Appended,
        acks: Acks,
    ) {
        let produced = self.produced.get_or_insert(Produced {
            partition,
            records: 0,
            first_offset: appended.first_offset,
            last_offset: appended.first_offset,
        });
        produced.records += records;
        produced.last_offset = appended.next_offset - 1;
        let count = i64::try_from(records).unwrap_or(i64::MAX);
        self.sequence = advance_sequence(self.sequence, count);
        if acks == Acks::All {
            self.unsynced
                .push_back((appended.next_offset, produced.records));
        } else {
            self.acknowledged = produced.records;
        }
    }

    /// Notes that offsets below `up_to` are on disk.
    pub(crate) fn synced(&mut self, up_to: i64) {
        while let Some(&(next_offset, records)) = self.unsynced.front()
            && next_offset <= up_to
        {
            self.acknowledged = records;
            self.unsynced.pop_front();
        }
    }

    /// How many records are as safe as was asked.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.acknowledged
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn append(lane: &mut Lane, first_offset: i64, records: u64, acks: Acks) {
        let appended = Appended {
            first_offset,
            next_offset: first_offset + i64::try_from(records).unwrap(),
            rolled: false,
        };
        lane.appended(0, records, &appended, acks);
    }

    #[test]
    fn a_lane_is_made_when_it_is_entered_and_goes_on_with_its_numbers() {
        let numbered = Numbered {
            producer_id: 1,
            sequences: vec![7, 8],
        };
        let mut lanes = Lanes::new(3, Some(&numbered));
        assert!(lanes.get(1).is_none() && lanes.iter().next().is_none());
        append(lanes.enter(1), 0, 5, Acks::Leader);
        assert_eq!(lanes.get_mut(1).unwrap().acknowledged(), 5);
        assert_eq!(
            lanes.iter().map(|(number, _)| number).collect::<Vec<_>>(),
            [1]
        );
        assert_eq!(lanes.sequences().collect::<Vec<_>>(), [7, 13, 0]);
        assert!(lanes.get(3).is_none());
    }

    #[test]
    fn records_count_once_they_are_as_safe_as_was_asked() {
        let mut lane = Lane::default();
        append(&mut lane, 10, 5, Acks::Leader);
        assert_eq!(lane.acknowledged(), 5);
        let mut lane = Lane::default();
        append(&mut lane, 10, 5, Acks::All);
        // Another producer's records lie between.
        append(&mut lane, 20, 5, Acks::All);
        assert_eq!(lane.acknowledged(), 0);
        lane.synced(14);
        assert_eq!(lane.acknowledged(), 0);
        lane.synced(20);
        assert_eq!(lane.acknowledged(), 5);
        lane.synced(i64::MAX);
        assert_eq!(lane.acknowledged(), 10);
    }
}
