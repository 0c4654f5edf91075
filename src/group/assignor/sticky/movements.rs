//! Which partitions moved from whom to whom while the balance was sought.
//!
//! Of one topic, no partition shall go from A to B while another goes from B to A: rather than that, the first one's move
//! is taken back.

use std::collections::HashMap;

use super::super::java_hash::{HashSet, partition_hash};
use super::super::roster::{Member, Partition, Roster};

type Pair = (Member, Member);

pub(super) struct Movements<'r, 'a> {
    roster: &'r Roster<'a>,
    /// Whence each moved partition came and where it is.
    pairs: HashMap<Partition, Pair>,
    /// By the place of the topic's first partition.
    by_topic: HashMap<(Partition, Pair), HashSet<Partition>>,
}

impl<'r, 'a> Movements<'r, 'a> {
    pub(super) fn new(roster: &'r Roster<'a>) -> Self {
        Self {
            roster,
            pairs: HashMap::new(),
            by_topic: HashMap::new(),
        }
    }

    /// The partition of the same topic that is to move to `to` in place of `partition`, which is at `from`.
    pub(super) fn actual(&self, partition: Partition, from: Member, to: Member) -> Partition {
        let origin = self
            .pairs
            .get(&partition)
            .map_or(from, |&(origin, _)| origin);
        self.by_topic
            .get(&self.key(partition, (to, origin)))
            .and_then(HashSet::first)
            .unwrap_or(partition)
    }

    pub(super) fn note(&mut self, partition: Partition, from: Member, to: Member) {
        let origin = self.forget(partition).unwrap_or(from);
        if origin == to {
            return;
        }
        self.pairs.insert(partition, (origin, to));
        let number = i32::try_from(self.roster.number(partition)).unwrap_or(i32::MAX);
        let hash = partition_hash(self.roster.topic_of(partition).name.as_str(), number);
        self.by_topic
            .entry(self.key(partition, (origin, to)))
            .or_insert_with(HashSet::new)
            .insert(hash, partition);
    }

    /// Gives back whence the partition came, if it moved before.
    fn forget(&mut self, partition: Partition) -> Option<Member> {
        let pair = self.pairs.remove(&partition)?;
        let key = self.key(partition, pair);
        if let Some(moved) = self.by_topic.get_mut(&key) {
            moved.remove(partition);
            // A set that is filled anew begins with a small table.
            if moved.is_empty() {
                self.by_topic.remove(&key);
            }
        }
        Some(pair.0)
    }

    fn key(&self, partition: Partition, pair: Pair) -> (Partition, Pair) {
        (self.roster.topic_of(partition).first, pair)
    }
}
