//! Mending a directory: what the checker finds is set right where that can be done, and looked at again.

use std::sync::Arc;

use crate::client::check::{checkpoints, groups, partitions, surroundings};
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Appender, Finding, FindingKind, Mended};
use crate::store::{OffsetCheckpointFile, Store, Topic, TopicName, TopicPartition, durable};

/// What a repair tells as it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Something is not as it should be.
    Found(Finding),
    /// Something was set right.
    Mended(Mended),
    /// Something is still not as it should be.
    Left(Finding),
}

/// Where what a repair tells goes.
pub(super) type Tell<'t> = &'t mut dyn FnMut(Event) -> Result<()>;

/// Mends the whole directory, or these topics only.
pub fn repair(
    store: &Arc<Store>,
    topics: &[TopicName],
    tell: &mut dyn FnMut(Event) -> Result<()>,
) -> Result<()> {
    store.begin_writing()?;
    let names: Vec<TopicName> = if topics.is_empty() {
        mend_around(store, tell)?;
        // Leftovers are told of once, where it is sure that they stay.
        partitions::topics(store, &mut |_| Ok(()))?
            .into_iter()
            .collect()
    } else {
        topics.to_vec()
    };
    for name in &names {
        if !mend_topic(store, name, tell)? && !topics.is_empty() {
            return Err(store.unknown_topic(name));
        }
    }
    if topics.is_empty() {
        surroundings::check(store, &mut |finding| tell(Event::Left(finding)))?;
        partitions::topics(store, &mut |finding| tell(Event::Left(finding)))?;
        checkpoints::check(store, &mut |finding| tell(Event::Left(finding)))?;
        groups::check(store, &mut |finding| tell(Event::Left(finding)))?;
    }
    Ok(())
}

/// Mends what concerns no single topic.
fn mend_around(store: &Arc<Store>, tell: Tell<'_>) -> Result<()> {
    let mut found = Vec::new();
    let mut take = |finding: Finding| {
        found.push(finding.clone());
        tell(Event::Found(finding))
    };
    surroundings::check(store, &mut take)?;
    checkpoints::check(store, &mut take)?;
    if found
        .iter()
        .any(|finding| finding.kind == FindingKind::Leftover)
    {
        store.sweep_temporary_files()?;
    }
    for finding in found {
        if finding.kind == FindingKind::Leftover && !finding.path.exists() {
            tell(Event::Mended(Mended::new(
                finding.path,
                "an unfinished file: removed",
            )))?;
        }
    }
    for file in OffsetCheckpointFile::ALL {
        mend_checkpoint(store, file, tell)?;
    }
    Ok(())
}

fn mend_checkpoint(store: &Store, file: OffsetCheckpointFile, tell: Tell<'_>) -> Result<()> {
    let path = store.layout().offset_checkpoint(file);
    match store.mend_checkpoint(file) {
        Ok(Some(lost)) => {
            let message = if lost.is_empty() {
                "written anew".to_owned()
            } else {
                format!("written anew without the lines that can't be read: {lost:?}")
            };
            tell(Event::Mended(Mended::new(&path, message)))?;
        }
        Ok(None) => {}
        // It can't be read at all: that is found again.
        Err(_) => return Ok(()),
    }
    let nowhere = checkpoints::nowhere(store, &*store.checkpoint(file)?)?;
    if nowhere.is_empty() {
        return Ok(());
    }
    store.update_checkpoint(file, |all| {
        for tp in &nowhere {
            all.remove(tp);
        }
    })?;
    for tp in nowhere {
        let message = format!("the offset of {tp}, which is not there, was removed");
        tell(Event::Mended(Mended::new(&path, message)))?;
    }
    Ok(())
}

/// Mends a topic's partitions; says whether there is such a topic.
fn mend_topic(store: &Arc<Store>, name: &TopicName, tell: Tell<'_>) -> Result<bool> {
    let mut found = Vec::new();
    let topic = partitions::topic_of(store, name, &mut |finding| {
        found.push(finding.clone());
        tell(Event::Found(finding))
    })?;
    let topic = match (topic, found.pop()) {
        (Some(topic), _) => topic,
        (None, None) => return Ok(false),
        (None, Some(finding)) if finding.kind == FindingKind::UnfinishedTopic => {
            let finished = store.find_topic(name)?;
            tell(Event::Mended(Mended::new(
                finding.path,
                "the topic was finished",
            )))?;
            match finished {
                Some(topic) => topic,
                None => return Ok(true),
            }
        }
        (None, Some(finding)) => {
            tell(Event::Left(finding))?;
            return Ok(true);
        }
    };
    for tp in topic.partitions() {
        mend_partition(store, &topic, &tp, tell)?;
    }
    if !topic.foreign {
        partitions::check_surplus(store, &topic, &mut |finding| tell(Event::Left(finding)))?;
    }
    Ok(true)
}

fn mend_partition(
    store: &Arc<Store>,
    topic: &Topic,
    tp: &TopicPartition,
    tell: Tell<'_>,
) -> Result<()> {
    // Where somebody put other bytes into a closed segment in place, only this tells readers to look anew.
    durable::remove(&store.layout().segment_index(tp))?;
    let mut found = Vec::new();
    partitions::check_partition(store, topic, tp, &mut |finding| {
        found.push(finding.clone());
        tell(Event::Found(finding))
    })?;
    // Nothing is taken over from a broker for the sake of what a broker leaves by right.
    let nothing_to_mend = if topic.foreign {
        found.iter().all(|finding| finding.harmless)
    } else {
        found.is_empty()
    };
    if nothing_to_mend {
        return Ok(());
    }
    if let Err(error) = mend(store, topic, tp, tell)
        && error.kind() != ErrorKind::Damaged
    {
        return Err(error);
    }
    let topic = store.topic(&topic.name)?;
    partitions::check_partition(store, &topic, tp, &mut |finding| tell(Event::Left(finding)))
}

fn mend(store: &Arc<Store>, topic: &Topic, tp: &TopicPartition, tell: Tell<'_>) -> Result<()> {
    let topic = if topic.foreign {
        &store.adopt_topic(&topic.name)?
    } else {
        topic
    };
    let restored = store.restore_partitions(&topic.name).map_err(damaged)?;
    for path in restored {
        tell(Event::Mended(Mended::new(path, "made anew")))?;
    }
    for mended in Appender::open(store, topic, tp.partition)?.repair()? {
        tell(Event::Mended(mended))?;
    }
    Ok(())
}

/// A directory that is another topic's is left to whoever knows why.
fn damaged(error: Error) -> Error {
    if error.io_kind().is_some() {
        error
    } else {
        Error::new(ErrorKind::Damaged, error.to_string())
    }
}
