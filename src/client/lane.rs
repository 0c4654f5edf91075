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

impl Lane {
    /// The lanes of so many partitions.
    pub(crate) fn all(count: usize, numbered: Option<&Numbered>) -> Vec<Self> {
        let sequence = |lane: usize| {
            let numbered = numbered?;
            numbered.sequences.get(lane).copied()
        };
        (0..count)
            .map(|lane| Self {
                sequence: sequence(lane).unwrap_or(0),
                ..Self::default()
            })
            .collect()
    }

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
