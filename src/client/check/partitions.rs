//! The topics and their partitions: files, states, ids, marks; then each log.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::client::check::{checkpoints, surroundings};
use crate::count::counted;
use crate::error::{ErrorKind, Result};
use crate::log::{Finding, FindingKind, Partition, PartitionCheck, Report};
use crate::store::topic_file::{TopicFile, TopicState};
use crate::store::{Store, Topic, TopicId, TopicName, TopicPartition, durable, partition_metadata};

/// The names of all topics that are to be looked at; what is in `logs/` and belongs to none is reported.
pub(super) fn topics(store: &Store, report: Report<'_>) -> Result<BTreeSet<TopicName>> {
    // The directories first: a topic that is made meanwhile has its file before them.
    let found = store.partition_directories()?;
    let named: BTreeSet<TopicName> = store.named_topics()?.into_iter().collect();
    let mut names = named.clone();
    for tp in found {
        if named.contains(&tp.topic) || !surroundings::is_topic(&tp) {
            continue;
        }
        let dir = store.layout().partition_dir(&tp);
        let still = || dir.is_dir() && !store.layout().topic_file(&tp.topic).exists();
        if !store.is_leftover(&tp) {
            names.insert(tp.topic.clone());
        } else if still() {
            let message = format!(
                "a partition without a topic: there is no {}",
                store.layout().topic_file(&tp.topic).display()
            );
            report(Finding::new(FindingKind::LeftoverPartition, &dir, message))?;
        }
    }
    Ok(names)
}

/// Looks at one topic; says whether there is one of this name.
pub(super) fn check_topic(
    store: &Arc<Store>,
    name: &TopicName,
    report: Report<'_>,
) -> Result<bool> {
    let mut reported = false;
    let topic = topic_of(store, name, &mut |finding| {
        reported = true;
        report(finding)
    })?;
    let Some(topic) = topic else {
        return Ok(reported);
    };
    for tp in topic.partitions() {
        check_partition(store, &topic, &tp, report)?;
    }
    if !topic.foreign {
        check_surplus(store, &topic, report)?;
    }
    Ok(true)
}

/// A topic; none where there is none, or where it can't be used, which is reported.
pub(super) fn topic_of(
    store: &Store,
    name: &TopicName,
    report: Report<'_>,
) -> Result<Option<Topic>> {
    let path = store.layout().topic_file(name);
    let file = if store.is_read_only() {
        Ok(None)
    } else {
        TopicFile::read(&path)
    };
    let (path, topic) = match file {
        Ok(Some(file)) if file.state != TopicState::Ready => {
            let what = match file.state {
                TopicState::Deleting => "deleted",
                _ => "made",
            };
            let message = format!("the topic is being {what}; whoever meets it finishes that");
            let finding = Finding::new(FindingKind::UnfinishedTopic, &path, message);
            report(finding.harmless())?;
            return Ok(None);
        }
        Ok(Some(file)) => (path, store.ready_topic(name, file).map(Some)),
        Ok(None) => (store.layout().logs().to_owned(), store.foreign_topic(name)),
        Err(error) => (path, Err(error)),
    };
    topic.or_else(|error| {
        report(Finding::of_error(FindingKind::BadSettings, &path, &error))?;
        Ok(None)
    })
}

/// Looks at one partition and its log.
pub(super) fn check_partition(
    store: &Arc<Store>,
    topic: &Topic,
    tp: &TopicPartition,
    report: Report<'_>,
) -> Result<()> {
    let dir = store.layout().partition_dir(tp);
    let offsets = checkpoints::offsets_of(store, tp);
    let opened = Partition::open(store, topic, tp.partition)
        .map(Partition::unindexed)
        .and_then(|partition| Ok((partition, durable::is_dir(&dir)?)));
    let partition = match opened {
        Ok((partition, true)) => partition,
        Err(error) if error.kind() == ErrorKind::TopicDeleted => return Ok(()),
        Err(error) if error.kind() != ErrorKind::Damaged => {
            return report(Finding::of_error(FindingKind::Unreadable, &dir, &error));
        }
        _ => return missing(store, topic, &dir, report),
    };
    if !topic.foreign
        && let Some(finding) = wrong_id(&dir, topic.id)
        && is_still(store, topic)
    {
        report(finding)?;
    }
    let failed = !store.is_read_only() && store.is_marked_failed(tp)?;
    if failed || partition.is_failed()? {
        let message = "a sync failed; what was appended since the one before may not be on disk";
        report(Finding::new(FindingKind::FailedSync, &dir, message))?;
    }
    let mut heard = true;
    let end = PartitionCheck::new(&partition, topic).run(&mut |finding| {
        let result = report(finding);
        heard &= result.is_ok();
        result
    });
    match end {
        Ok(Some(end)) => {
            let beyond = checkpoints::beyond(store, tp, &offsets, end);
            beyond.into_iter().try_for_each(report)
        }
        Ok(None) => Ok(()),
        // One partition that can't be read is no reason not to look at the others.
        Err(error) if heard && error.io_kind().is_some() => {
            report(Finding::of_error(FindingKind::Unreadable, &dir, &error))
        }
        Err(error) => Err(error),
    }
}

fn missing(store: &Store, topic: &Topic, dir: &Path, report: Report<'_>) -> Result<()> {
    if durable::is_dir(dir)? || !is_still(store, topic) {
        return Ok(());
    }
    let message = match std::fs::symlink_metadata(dir) {
        Ok(_) => "the partition's directory is none",
        Err(_) => "the partition's directory is missing",
    };
    report(Finding::new(FindingKind::MissingPartition, dir, message))
}

/// Whether the topic is there as it was: it may have been deleted since it was read.
fn is_still(store: &Store, topic: &Topic) -> bool {
    let file = TopicFile::read(&store.layout().topic_file(&topic.name));
    topic.foreign
        || matches!(file, Ok(Some(file)) if file.id == topic.id && file.state == TopicState::Ready)
}

/// What is wrong with what the directory says of its topic.
fn wrong_id(dir: &Path, id: TopicId) -> Option<Finding> {
    let path = dir.join(crate::store::names::PARTITION_METADATA_FILE);
    match partition_metadata::read(dir) {
        Ok(Some(found)) if found == id => None,
        Ok(Some(found)) => Some(Finding::new(
            FindingKind::TopicId,
            &path,
            format!("the directory belongs to a topic with the id {found}, this one has {id}"),
        )),
        Ok(None) => Some(Finding::new(
            FindingKind::TopicId,
            &path,
            "the directory does not say which topic it belongs to",
        )),
        Err(error) => Some(Finding::of_error(FindingKind::BadFile, &path, &error)),
    }
}

/// Directories of partitions that the topic does not have: a killed `topic alter --partitions` leaves them.
pub(super) fn check_surplus(store: &Store, topic: &Topic, report: Report<'_>) -> Result<()> {
    for tp in store.partition_directories()? {
        if tp.topic == topic.name && tp.partition >= topic.partition_count && is_still(store, topic)
        {
            let dir = store.layout().partition_dir(&tp);
            let message = format!(
                "topic '{}' has {}",
                topic.name,
                counted(topic.partition_count, "partition")
            );
            report(Finding::new(FindingKind::Leftover, &dir, message).harmless())?;
        }
    }
    Ok(())
}
