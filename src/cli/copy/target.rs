//! What is copied to: a topic that is made for it, or one that is there.

use std::sync::Arc;

use super::Args;
use super::plan::{CopyPlan, Destination};
use crate::cli::context::Context;
use crate::client::{Engine, NewTopic, TopicChange, TopicConfig};
use crate::count::counted;
use crate::error::{Error, Result};
use crate::kafka::ClusterSettings;
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
        Some(Destination::Directory(path)) if args.dry_run => {
            context.other_engine_for_reading(path, timeout)
        }
        Some(Destination::Directory(path)) => {
            context.other_engine_for_writing(path, timeout).map(Some)
        }
        Some(Destination::Cluster(server)) => {
            let settings = ClusterSettings::new(args.to_command_config.as_deref(), &args.to_x)
                .map_err(|error| error.within("--to"))?;
            context.other_cluster(server, settings, timeout).map(Some)
        }
    }
}

/// A topic that is copied to.
#[derive(Clone)]
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
                "topic {name} is there already, with {}",
                counted(found.partition_count, "partition")
            ))
            .help("leave out --partitions, or copy to another name"));
        }
        // One that is gone on with has what it has brought itself: that is seen when it is opened.
        if args.name.is_none() {
            check_empty(into, &found, args.append)?;
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
            return into.topic_or_new(&self.name, None, None);
        };
        let topic = NewTopic {
            name: self.name.clone(),
            partitions: Some(self.partitions),
            replication_factor: None,
            config: config
                .iter()
                .filter(|pair| !is_later(pair) && can_have(into, pair))
                .cloned()
                .collect(),
        };
        tell_left_out(&self.name, config, into);
        // One that was killed may have made it already.
        into.create_topic(&topic, true)?;
        into.topic(&self.name)
    }

    /// Gives a topic that was made the settings that it was made without.
    pub(super) fn complete(&self, into: &dyn Engine) -> Result<()> {
        let config = self.config.iter().flatten();
        let set: TopicConfig = config
            .filter(|pair| is_later(pair) && can_have(into, pair))
            .cloned()
            .collect();
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

/// Says which settings mean nothing where the topic is copied to.
fn tell_left_out(name: &TopicName, config: &TopicConfig, into: &dyn Engine) {
    let left_out: Vec<&str> = config
        .iter()
        .filter(|pair| !can_have(into, pair))
        .map(|(name, _)| name.as_str())
        .collect();
    if !left_out.is_empty() {
        into.notes().say(&format!(
            "topic {name} is made without {}, which means nothing there",
            left_out.join(", ")
        ));
    }
}

fn can_have(engine: &dyn Engine, (name, value): &(String, String)) -> bool {
    engine.can_have(name, value)
}

/// Refuses a topic that has records which no copy of this name has brought.
pub(super) fn check_empty(engine: &dyn Engine, topic: &Topic, append: bool) -> Result<()> {
    for number in topic.partition_numbers() {
        if !append && engine.partition(topic, number)?.end()? > 0 {
            let (name, place) = (&topic.name, engine.place()?);
            return Err(
                Error::failed(format!("topic {name} has records already in {place}"))
                    .help("copy to another name, or behind those records with --append"),
            );
        }
    }
    Ok(())
}
