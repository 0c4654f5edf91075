//! What is copied to: a topic that is made for it, or one that is there.

use std::sync::Arc;

use super::Args;
use super::plan::CopyPlan;
use crate::cli::context::Context;
use crate::client::{Engine, NewTopic, TopicChange, TopicConfig};
use crate::error::{Error, Result};
use crate::store::{Topic, TopicName};

/// Settings that would change what is copied, or refuse it: a copy gets them when all records are there.
const LATER: [&str; 5] = [
    "message.timestamp.after.max.ms",
    "message.timestamp.before.max.ms",
    "message.timestamp.type",
    "retention.bytes",
    "retention.ms",
];

/// Opens the place that is copied into. A dry run makes none: there is none then, if it is not there yet.
pub(super) fn open(
    plan: &CopyPlan,
    args: &Args,
    context: &Context,
) -> Result<Option<Arc<dyn Engine>>> {
    let timeout = args.lock.timeout()?;
    match &plan.into {
        None => context.engine_for_writing(timeout).map(Some),
        Some(path) if args.dry_run => context.other_engine_for_reading(path, timeout),
        Some(path) => context.other_engine_for_writing(path, timeout).map(Some),
    }
}

/// A topic that is copied to.
pub(super) struct Target {
    pub(super) name: TopicName,
    pub(super) partitions: i32,
    /// None where it is there already.
    config: Option<TopicConfig>,
}

impl Target {
    /// Where `topic` is to be copied to, which nothing stands against.
    pub(super) fn find(
        into: Option<&dyn Engine>,
        source: &dyn Engine,
        topic: &Topic,
        name: &TopicName,
        args: &Args,
    ) -> Result<Self> {
        let there = match into {
            Some(into) => into.find_topic(name)?.map(|found| (into, found)),
            None => None,
        };
        let Some((into, found)) = there else {
            return Ok(Self {
                name: name.clone(),
                partitions: args.partitions.unwrap_or(topic.partition_count),
                config: Some(source.config(topic)?),
            });
        };
        let place = into.place()?;
        if topic.name == *name && source.place()? == place {
            return Err(Error::usage(format!(
                "topic {name} would be copied onto itself: {place} is where it is"
            )));
        }
        if args
            .partitions
            .is_some_and(|wanted| wanted != found.partition_count)
        {
            return Err(Error::failed(format!(
                "topic {name} is there already, with {} partitions",
                found.partition_count
            ))
            .help("leave out --partitions, or copy to another name"));
        }
        if !args.append && !is_empty(into, &found)? {
            return Err(
                Error::failed(format!("topic {name} has records already in {place}"))
                    .help("copy to another name, or behind those records with --append"),
            );
        }
        Ok(Self {
            name: name.clone(),
            partitions: found.partition_count,
            config: None,
        })
    }

    /// Makes the topic where it is not there, so that it takes every record as it is.
    pub(super) fn make(&self, into: &dyn Engine) -> Result<Topic> {
        let Some(config) = &self.config else {
            return into.topic_or_new(&self.name, None);
        };
        let topic = NewTopic {
            name: self.name.clone(),
            partitions: Some(self.partitions),
            replication_factor: None,
            config: config
                .iter()
                .filter(|pair| !is_later(pair))
                .cloned()
                .collect(),
        };
        into.create_topic(&topic, false)?;
        into.topic(&self.name)
    }

    /// Gives a topic that was made the settings that it was made without.
    pub(super) fn complete(&self, into: &dyn Engine) -> Result<()> {
        let config = self.config.iter().flatten();
        let set: TopicConfig = config.filter(|pair| is_later(pair)).cloned().collect();
        if set.is_empty() {
            return Ok(());
        }
        let change = TopicChange {
            set,
            ..TopicChange::default()
        };
        into.alter_topic(&self.name, &change).map(|_| ())
    }
}

fn is_later((name, _): &(String, String)) -> bool {
    LATER.contains(&name.as_str())
}

fn is_empty(engine: &dyn Engine, topic: &Topic) -> Result<bool> {
    for number in topic.partition_numbers() {
        if engine.partition(topic, number)?.end()? > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}
