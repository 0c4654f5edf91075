//! The partitions that a group has to do with, and how far it is in each.

use std::collections::BTreeMap;

use crate::client::engine::Engine;
use crate::client::group_handle::GroupHandle;
use crate::client::group_lag::{Bounds, Progress};
use crate::error::{ErrorKind, Result};
use crate::group::{CommittedOffset, GroupView};
use crate::store::{MemberId, Topic, TopicPartition};

/// A partition that somebody reads for the group, shall read, or has read.
#[derive(Debug, Clone)]
pub struct GroupPartition {
    /// The partition.
    pub partition: TopicPartition,
    /// Who holds it.
    pub holder: Option<MemberId>,
    /// How far the group is in it.
    pub progress: Progress,
}

impl GroupPartition {
    /// All of a group that looks like `view`, by topic and number. The logs' ends are looked at last: what is committed
    /// meanwhile must not seem to lie beyond one.
    pub fn all(
        engine: &dyn Engine,
        group: &dyn GroupHandle,
        view: &GroupView,
    ) -> Result<Vec<Self>> {
        let committed = group.committed()?;
        let mut holders: BTreeMap<TopicPartition, Option<MemberId>> =
            committed.iter().map(|(tp, _)| (tp.clone(), None)).collect();
        for claim in &view.claims {
            holders.insert(claim.partition.clone(), claim.holder.clone());
        }
        let mut topics = BTreeMap::new();
        let each = holders.into_iter().map(|(partition, holder)| {
            let topic = match topics.get(&partition.topic) {
                Some(topic) => topic,
                None => topics
                    .entry(partition.topic.clone())
                    .or_insert(engine.find_topic(&partition.topic)?),
            };
            Ok(Self {
                progress: progress(
                    engine,
                    topic.as_ref(),
                    &partition,
                    committed.get(&partition),
                )?,
                partition,
                holder,
            })
        });
        each.collect()
    }
}

fn progress(
    engine: &dyn Engine,
    topic: Option<&Topic>,
    tp: &TopicPartition,
    committed: Option<&CommittedOffset>,
) -> Result<Progress> {
    let log = match topic.filter(|topic| topic.partition(tp.partition).is_ok()) {
        Some(topic) => bounds(engine, topic, tp.partition)?,
        None => None,
    };
    let same_topic = topic
        .zip(committed)
        .is_none_or(|(topic, committed)| committed.is_of(topic));
    Ok(Progress::new(
        committed.map(|found| found.offset),
        same_topic,
        log,
    ))
}

/// None for a topic that is being deleted.
fn bounds(engine: &dyn Engine, topic: &Topic, number: i32) -> Result<Option<Bounds>> {
    let bounds = engine
        .partition(topic, number)
        .and_then(|partition| Bounds::of(partition.as_ref()));
    match bounds {
        Err(error) if error.kind() == ErrorKind::TopicDeleted => Ok(None),
        bounds => bounds.map(Some),
    }
}
