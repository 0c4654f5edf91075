//! Where a run without an end of its own ends: every partition's end, as it was when the run began.
//!
//! All subscribed partitions are looked at, and not only those that the group gives us at first: one that becomes ours
//! later must not be read further than the run was to go, or two runs side by side would keep each other alive.

use std::collections::HashMap;

use crate::client::engine::Engine;
use crate::client::partition_log::PartitionLog;
use crate::error::Result;
use crate::group::Subscription;
use crate::log::Isolation;
use crate::record::Position;
use crate::store::TopicPartition;

/// A partition's end, as it was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pin {
    /// The offset to stop before.
    pub(super) to: i64,
    /// The transaction that keeps us from the log's end: its producer's id and its first offset.
    pub(super) held_back: Option<(i64, i64)>,
}

/// The ends of all subscribed partitions.
#[derive(Debug, Default)]
pub(super) struct Pins(HashMap<TopicPartition, Pin>);

impl Pins {
    /// As they are now; no later than at `to`.
    pub(super) fn now(
        engine: &dyn Engine,
        subscription: &Subscription,
        isolation: Isolation,
        to: Option<Position>,
    ) -> Result<Self> {
        let mut pins = HashMap::new();
        for name in subscribed(engine, subscription)? {
            let Some(topic) = engine.find_topic(&name)? else {
                continue;
            };
            for number in topic.partition_numbers() {
                let partition = engine.partition(&topic, number)?;
                let mut pin = pin(partition.as_ref(), isolation)?;
                if let Some(to) = to {
                    pin.to = partition.resolve(to, isolation)?.min(pin.to);
                }
                pins.insert(partition.name().clone(), pin);
            }
        }
        Ok(Self(pins))
    }

    /// A partition's; none for one that was not there.
    pub(super) fn get(&self, partition: &TopicPartition) -> Option<Pin> {
        self.0.get(partition).copied()
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&TopicPartition, Pin)> {
        self.0.iter().map(|(partition, pin)| (partition, *pin))
    }
}

/// The topics that are there and wanted.
pub(super) fn subscribed(
    engine: &dyn Engine,
    subscription: &Subscription,
) -> Result<Vec<crate::store::TopicName>> {
    let mut names = subscription.topics().to_vec();
    if subscription.has_patterns() {
        let all = engine.topics()?;
        names.extend(
            all.into_iter()
                .filter(|name| subscription.matches_pattern(name)),
        );
        names.sort_unstable();
        names.dedup();
    }
    Ok(names)
}

fn pin(partition: &dyn PartitionLog, isolation: Isolation) -> Result<Pin> {
    let end = partition.end()?;
    let held_back = match isolation {
        Isolation::ReadUncommitted => None,
        Isolation::ReadCommitted => partition.open_transaction()?,
    };
    let held_back = held_back.filter(|&(_, offset)| offset < end);
    Ok(Pin {
        to: held_back.map_or(end, |(_, offset)| offset),
        held_back,
    })
}
