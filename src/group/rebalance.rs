//! Giving every partition an owner, anew.
//!
//! The assignment says who *shall* read a partition. Who *does* is said by claims: an old holder keeps its claim until
//! it has finished, so that a partition is never read by two, and one that stays where it is is not interrupted.
//! Kafka's cooperative protocol needs a second rebalance to hand a partition over; here the new owner takes the claim
//! as soon as it is free. So `sticky` and `cooperative-sticky` have the same target.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, ErrorKind, Result};
use crate::group::assignor::{Assignor, Subscriber};
use crate::group::catalog::Catalog;
use crate::group::group_file::{GroupFile, PartitionEntry};
use crate::group::offsets_file::known_id;
use crate::store::{MemberId, TopicId, TopicName, TopicPartition};

/// Whether the state has exactly the partitions of the topics that its members want.
pub(crate) fn is_fit(state: &GroupFile, catalog: &Catalog) -> bool {
    let mut entries = state.partitions.iter();
    for name in wanted_topics(state, catalog) {
        let Some(topic) = catalog.topic(&name) else {
            continue;
        };
        let id = known_id(topic);
        for number in topic.partition_numbers() {
            let fits = entries.next().is_some_and(|entry| {
                entry.topic == name && entry.partition == number && same_topic(entry.topic_id, id)
            });
            if !fits {
                return false;
            }
        }
    }
    entries.next().is_none()
}

/// Gives every partition of every topic that is wanted an owner. Raises the generation.
pub(crate) fn rebalance(state: &mut GroupFile, catalog: &Catalog) -> Result<()> {
    let assignor = assignor_of(state)?;
    state.generation += 1;
    state.partitions = entries(state, catalog);
    let target = target(state, catalog, assignor);
    for entry in &mut state.partitions {
        entry.owner = target.get(&entry.name()).cloned();
    }
    Ok(())
}

/// The group's assignor; one that we don't know is of a later version, or damage.
fn assignor_of(state: &GroupFile) -> Result<Assignor> {
    let name = state.assignor.as_deref().unwrap_or_default();
    Assignor::parse(name).map_err(|_| {
        Error::new(
            ErrorKind::Damaged,
            format!("the group's file names an assignor that is not known here: '{name}'"),
        )
    })
}

/// A topic that came from elsewhere has no id until it is first written to.
pub(crate) fn same_topic(before: Option<TopicId>, now: Option<TopicId>) -> bool {
    before.is_none() || now.is_none() || before == now
}

fn wanted_topics(state: &GroupFile, catalog: &Catalog) -> BTreeSet<TopicName> {
    state
        .members
        .iter()
        .flat_map(|member| catalog.topics_of(member))
        .collect()
}

/// The entries there are to be, with the claims they have. A topic that was made anew has none of the old one's.
fn entries(state: &GroupFile, catalog: &Catalog) -> Vec<PartitionEntry> {
    let mut entries = Vec::new();
    for name in wanted_topics(state, catalog) {
        let Some(topic) = catalog.topic(&name) else {
            continue;
        };
        let id = known_id(topic);
        for number in topic.partition_numbers() {
            let partition = TopicPartition::new(name.clone(), number);
            let kept = state
                .partition(&partition)
                .filter(|entry| same_topic(entry.topic_id, id));
            entries.push(PartitionEntry {
                topic: name.clone(),
                topic_id: id,
                partition: number,
                owner: kept.and_then(|entry| entry.owner.clone()),
                holder: kept.and_then(|entry| entry.holder.clone()),
                epoch: kept.map_or(0, |entry| entry.epoch),
            });
        }
    }
    entries
}

fn target(
    state: &GroupFile,
    catalog: &Catalog,
    assignor: Assignor,
) -> BTreeMap<TopicPartition, MemberId> {
    let mut owned: BTreeMap<&MemberId, Vec<TopicPartition>> = BTreeMap::new();
    for entry in &state.partitions {
        if let Some(owner) = &entry.owner {
            owned.entry(owner).or_default().push(entry.name());
        }
    }
    let topics: Vec<Vec<TopicName>> = state
        .members
        .iter()
        .map(|member| catalog.topics_of(member))
        .collect();
    let subscribers: Vec<Subscriber<'_>> = state
        .members
        .iter()
        .zip(&topics)
        .map(|(member, topics)| {
            let owned = owned.remove(&member.id).unwrap_or_default();
            Subscriber {
                member_id: member.id.as_str(),
                instance_id: None,
                topics,
                generation: (!owned.is_empty()).then_some(state.generation - 1),
                owned,
            }
        })
        .collect();
    let counts: BTreeMap<TopicName, i32> = wanted_topics(state, catalog)
        .into_iter()
        .filter_map(|name| {
            let count = catalog.topic(&name)?.partition_count;
            Some((name, count))
        })
        .collect();
    // Sticky's target, and not what the cooperative protocol withholds from it for the time being.
    let assignor = match assignor {
        Assignor::CooperativeSticky => Assignor::Sticky,
        other => other,
    };
    let ids: BTreeMap<&str, &MemberId> = state
        .members
        .iter()
        .map(|member| (member.id.as_str(), &member.id))
        .collect();
    let mut target = BTreeMap::new();
    for (member, partitions) in assignor.assign(&counts, &subscribers) {
        if let Some(&id) = ids.get(member.as_str()) {
            target.extend(
                partitions
                    .into_iter()
                    .map(|partition| (partition, id.clone())),
            );
        }
    }
    target
}
