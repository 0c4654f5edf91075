//! What an assignor is asked, in numbers: members by the order of their ids, partitions in a row, topic after topic.
//!
//! Names are compared here, once; the algorithms work on indices and are fast for it.

use std::collections::BTreeMap;

use super::java_hash::{map_order, string_hash};
use super::member_order::{java_order, ranks};
use super::{Subscriber, TopicName, TopicPartition};

/// A member's place among all of them, sorted by id.
pub(super) type Member = usize;

/// A partition's place in the row of all partitions, sorted by topic and number.
pub(super) type Partition = usize;

/// Who gets each partition of the row.
pub(super) type Owners = Vec<Option<Member>>;

/// A topic that exists and that somebody subscribes to.
pub(super) struct RosterTopic<'a> {
    pub(super) name: &'a TopicName,
    /// The place of its partition 0 in the row.
    pub(super) first: Partition,
    pub(super) partitions: usize,
    /// Sorted, never empty.
    pub(super) subscribers: Vec<Member>,
}

impl RosterTopic<'_> {
    pub(super) fn row(&self) -> std::ops::Range<Partition> {
        self.first..self.first + self.partitions
    }

    pub(super) fn is_subscribed_by(&self, member: Member) -> bool {
        self.subscribers.binary_search(&member).is_ok()
    }
}

pub(super) struct Roster<'a> {
    /// By id.
    pub(super) members: Vec<&'a Subscriber<'a>>,
    /// By name.
    pub(super) topics: Vec<RosterTopic<'a>>,
    /// For each partition of the row, the index of its topic.
    topic_of: Vec<usize>,
}

impl<'a> Roster<'a> {
    pub(super) fn new(
        partitions: &'a BTreeMap<TopicName, i32>,
        members: &'a [Subscriber<'a>],
    ) -> Self {
        let mut members: Vec<_> = members.iter().collect();
        members.sort_by(|a, b| java_order(a.member_id, b.member_id));
        let mut topics = Vec::new();
        let mut topic_of = Vec::new();
        for ((name, count), subscribers) in partitions.iter().zip(subscribers(partitions, &members))
        {
            if subscribers.is_empty() {
                continue;
            }
            let count = usize::try_from(*count).unwrap_or(0);
            let first = topic_of.len();
            topic_of.resize(first + count, topics.len());
            topics.push(RosterTopic {
                name,
                first,
                partitions: count,
                subscribers,
            });
        }
        Self {
            members,
            topics,
            topic_of,
        }
    }

    /// How many partitions stand in the row.
    pub(super) fn partitions(&self) -> usize {
        self.topic_of.len()
    }

    pub(super) fn topic_of(&self, partition: Partition) -> &RosterTopic<'a> {
        &self.topics[self.topic_of[partition]]
    }

    /// The partition's number in its topic.
    pub(super) fn number(&self, partition: Partition) -> usize {
        partition - self.topic_of(partition).first
    }

    /// Where the named partition stands, if it exists and anybody subscribes to it.
    pub(super) fn find(&self, named: &TopicPartition) -> Option<Partition> {
        let index = self
            .topics
            .binary_search_by(|topic| topic.name.cmp(&named.topic))
            .ok()?;
        let topic = &self.topics[index];
        let number = usize::try_from(named.partition).ok()?;
        (number < topic.partitions).then(|| topic.first + number)
    }

    /// What the member says it owns, as far as that exists.
    pub(super) fn owned(&self, member: Member) -> impl Iterator<Item = Partition> {
        self.members[member]
            .owned
            .iter()
            .filter_map(|named| self.find(named))
    }

    /// For each member its rank where static members come first.
    pub(super) fn ranks(&self) -> Vec<usize> {
        ranks(&self.members)
    }

    /// The members in the order in which Kafka walks its map of them.
    pub(super) fn hash_order(&self) -> Vec<Member> {
        let hashes: Vec<i32> = self
            .members
            .iter()
            .map(|subscriber| string_hash(subscriber.member_id))
            .collect();
        map_order(&hashes)
    }

    /// The result under its names.
    pub(super) fn shares(
        &self,
        owners: &[Option<Member>],
    ) -> BTreeMap<String, Vec<TopicPartition>> {
        let mut shares = vec![Vec::new(); self.members.len()];
        for topic in &self.topics {
            for (number, owner) in (0..).zip(&owners[topic.row()]) {
                if let Some(owner) = *owner {
                    shares[owner].push(TopicPartition::new(topic.name.clone(), number));
                }
            }
        }
        self.members
            .iter()
            .map(|subscriber| subscriber.member_id.to_owned())
            .zip(shares)
            .collect()
    }
}

/// For each topic that exists who subscribes to it.
fn subscribers(
    partitions: &BTreeMap<TopicName, i32>,
    members: &[&Subscriber<'_>],
) -> Vec<Vec<Member>> {
    let names: Vec<&TopicName> = partitions.keys().collect();
    let mut subscribers = vec![Vec::new(); names.len()];
    for (member, subscriber) in members.iter().enumerate() {
        let mut next = 0;
        for topic in subscriber.topics {
            // Both are sorted, so that the next one is mostly the one; else it is looked for.
            let found = match names.get(next) {
                Some(&name) if name == topic => Ok(next),
                _ => names.binary_search(&topic),
            };
            if let Ok(index) = found {
                subscribers[index].push(member);
                next = index + 1;
            }
        }
    }
    subscribers
}
