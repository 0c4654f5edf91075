//! The partitions that a group has to do with, and how far it is in each.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::client::group_lag::{Bounds, Progress};
use crate::error::{ErrorKind, Result};
use crate::group::{CommittedOffset, Group, GroupView};
use crate::log::Partition;
use crate::store::{MemberId, Store, Topic, TopicPartition};

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
    pub fn all(store: &Arc<Store>, group: &Group, view: &GroupView) -> Result<Vec<Self>> {
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
                    .or_insert(store.find_topic(&partition.topic)?),
            };
            Ok(Self {
                progress: progress(store, topic.as_ref(), &partition, committed.get(&partition))?,
                partition,
                holder,
            })
        });
        each.collect()
    }
}

fn progress(
    store: &Arc<Store>,
    topic: Option<&Topic>,
    tp: &TopicPartition,
    committed: Option<&CommittedOffset>,
) -> Result<Progress> {
    let log = match topic.filter(|topic| topic.partition(tp.partition).is_ok()) {
        Some(topic) => bounds(store, topic, tp.partition)?,
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
fn bounds(store: &Arc<Store>, topic: &Topic, number: i32) -> Result<Option<Bounds>> {
    let bounds = Partition::open(store, topic, number).and_then(|partition| Bounds::of(&partition));
    match bounds {
        Err(error) if error.kind() == ErrorKind::TopicDeleted => Ok(None),
        bounds => bounds.map(Some),
    }
}
