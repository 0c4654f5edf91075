//! What is copied to: a topic that is made for it, or one that is there.

use std::sync::Arc;

use super::Args;
use super::plan::CopyPlan;
use crate::cli::context::Context;
use crate::error::{Error, Result};
use crate::log::Partition;
use crate::store::{Alteration, Setting, SettingMap, Store, Topic, TopicName};

/// Settings that would change what is copied, or refuse it: a copy gets them when all records are there.
const LATER: [Setting; 5] = [
    Setting::MessageTimestampType,
    Setting::MessageTimestampAfterMaxMs,
    Setting::MessageTimestampBeforeMaxMs,
    Setting::RetentionBytes,
    Setting::RetentionMs,
];

/// Opens the store that is copied into. A dry run makes none: there is none then, if it is not there yet.
pub(super) fn open(plan: &CopyPlan, args: &Args, context: &Context) -> Result<Option<Arc<Store>>> {
    let timeout = args.lock.timeout()?;
    match &plan.into {
        None => context.store_for_writing(timeout).map(Some),
        Some(path) if args.dry_run => context.other_store_for_reading(path, timeout),
        Some(path) => context.other_store_for_writing(path, timeout).map(Some),
    }
}

/// A topic that is copied to.
pub(super) struct Target {
    pub(super) name: TopicName,
    pub(super) partitions: i32,
    /// None where it is there already.
    settings: Option<SettingMap>,
}

impl Target {
    /// Where `topic` is to be copied to, which nothing stands against.
    pub(super) fn find(
        into: Option<&Arc<Store>>,
        source: &Arc<Store>,
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
                settings: Some(topic.own_settings.clone()),
            });
        };
        if topic.name == *name && is_same(source, into)? {
            return Err(Error::usage(format!(
                "topic {name} would be copied onto itself: {} is the directory it is in",
                into.root().display()
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
            return Err(Error::failed(format!(
                "topic {name} has records already in {}",
                into.root().display()
            ))
            .help("copy to another name, or behind those records with --append"));
        }
        Ok(Self {
            name: name.clone(),
            partitions: found.partition_count,
            settings: None,
        })
    }

    /// Makes the topic where it is not there, so that it takes every record as it is.
    pub(super) fn make(&self, into: &Store) -> Result<Topic> {
        if let Some(settings) = &self.settings {
            let mut settings = settings.clone();
            for setting in LATER {
                settings.unset(setting);
            }
            into.create_topic(&self.name, self.partitions, &settings, false)?;
            return into.topic(&self.name);
        }
        match into.topic(&self.name)? {
            topic if topic.foreign => into.adopt_topic(&self.name),
            topic => Ok(topic),
        }
    }

    /// Gives a topic that was made the settings that it was made without.
    pub(super) fn complete(&self, into: &Store) -> Result<()> {
        let mut set = SettingMap::default();
        for setting in LATER {
            if let Some(text) = self.settings.as_ref().and_then(|own| own.get(setting)) {
                set.set(setting, text)?;
            }
        }
        if set.is_empty() {
            return Ok(());
        }
        let alteration = Alteration {
            partitions: None,
            set,
            unset: Vec::new(),
        };
        into.alter_topic(&self.name, &alteration).map(|_| ())
    }
}

fn is_same(source: &Store, into: &Store) -> Result<bool> {
    let real = |store: &Store| {
        let logs = store.layout().logs();
        std::fs::canonicalize(logs).map_err(|error| Error::io("look at", logs, error))
    };
    Ok(real(source)? == real(into)?)
}

fn is_empty(store: &Arc<Store>, topic: &Topic) -> Result<bool> {
    for number in topic.partition_numbers() {
        if Partition::open(store, topic, number)?.end()?.offset > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}
