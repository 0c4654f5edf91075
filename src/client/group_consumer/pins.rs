//! Where a run without an end of its own ends: every partition's end, as it was when the run began.
//!
//! All subscribed partitions are looked at, and not only those that the group gives us at first: one that becomes ours
//! later must not be read further than the run was to go, or two runs side by side would keep each other alive.

use std::collections::HashMap;
use std::sync::Arc;

use crate::client::engine::Engine;
use crate::client::partition_log::PartitionLog;
use crate::error::Result;
use crate::group::Subscription;
use crate::log::Isolation;
use crate::record::Position;
use crate::store::{TopicName, TopicPartition};

/// A partition's end, as it was.
pub(super) struct Pin {
    log: Arc<dyn PartitionLog>,
    /// The offset to stop before.
    pub(super) to: i64,
    /// The transaction that keeps us from the log's end: its producer's id and its first offset.
    pub(super) held_back: Option<(i64, i64)>,
}

/// The ends of all subscribed partitions.
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
                let mut pin = Pin::now(engine.partition(&topic, number)?, isolation)?;
                if let Some(to) = to {
                    pin.to = pin.log.resolve(to, isolation)?.min(pin.to);
                }
                pins.insert(pin.log.name().clone(), pin);
            }
        }
        Ok(Self(pins))
    }

    /// A partition's; none for one that was not there.
    pub(super) fn get(&self, partition: &TopicPartition) -> Option<&Pin> {
        self.0.get(partition)
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&TopicPartition, &Pin)> {
        self.0.iter()
    }

    /// The records that lie before these ends.
    pub(super) fn ahead(&self) -> Result<i64> {
        let ahead = |pin: &Pin| Ok((pin.to - pin.log.start()?).max(0));
        self.0.values().map(ahead).sum()
    }
}

/// The topics that are there and wanted.
fn subscribed(engine: &dyn Engine, subscription: &Subscription) -> Result<Vec<TopicName>> {
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

impl Pin {
    fn now(log: Arc<dyn PartitionLog>, isolation: Isolation) -> Result<Self> {
        let end = log.end()?;
        let held_back = match isolation {
            Isolation::ReadUncommitted => None,
            Isolation::ReadCommitted => log.open_transaction()?,
        };
        let held_back = held_back.filter(|&(_, offset)| offset < end);
        Ok(Self {
            log,
            to: held_back.map_or(end, |(_, offset)| offset),
            held_back,
        })
    }
}
