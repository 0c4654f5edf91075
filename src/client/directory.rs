//! The engine that works on a directory.

use std::path::Path;
use std::sync::Arc;

use crate::client::copying::{CopySource, CopyTarget};
use crate::client::engine::{
    Bell, Engine, NewTopic, PartitionDescription, PartitionFiles, TopicChange, TopicConfig,
    made_unasked,
};
use crate::client::group_handle::GroupHandle;
use crate::client::import::DirectoryCopy;
use crate::client::membership::Membership;
use crate::client::partition_log::{DirectoryPartition, PartitionLog};
use crate::client::producer::{Producer, ProducerOptions};
use crate::client::producing::Producing;
use crate::client::refusal::check_new_partition;
use crate::error::{Error, ErrorKind, Result};
use crate::group::{Group, Joining};
use crate::log::{Appender, Isolation, Partition};
use crate::store::{
    Alteration, Creation, GroupName, ImportName, Notes, Setting, SettingMap, Store, Topic,
    TopicName, now_ms,
};

/// A directory, and all that can be done in it.
pub struct Directory {
    store: Arc<Store>,
    topics_dir: std::path::PathBuf,
}

impl Directory {
    /// The engine of this store.
    #[must_use]
    pub fn new(store: Arc<Store>) -> Self {
        Self {
            topics_dir: store.layout().topics(),
            store,
        }
    }

    /// Refuses settings that no directory can have.
    pub fn check_config(config: &[(String, String)]) -> Result<()> {
        settings(config).map(drop)
    }

    /// Refuses copies that no directory keeps.
    pub fn check_replication(factor: Option<i32>) -> Result<()> {
        match factor {
            None | Some(1) => Ok(()),
            Some(_) => Err(Error::usage(
                "--replication-factor: a directory holds one copy of each partition",
            )),
        }
    }

    /// Refuses names of settings that there are not.
    pub fn check_names(names: &[String]) -> Result<()> {
        named(names).map(drop)
    }

    /// Makes the topic that was not asked for by `topic create`, and says so: it may be a misspelt name.
    fn create_unasked(
        &self,
        name: &TopicName,
        config: &TopicConfig,
        wanted: Option<i32>,
        unknown: Error,
    ) -> Result<Topic> {
        let store = &self.store;
        let server = store.server();
        if !server.auto_create_topics {
            let file = store.layout().server_properties();
            return Err(unknown.help(format!(
                "'kafdir topic create {name}' makes it: auto.create.topics.enable=false in {} keeps produce from it",
                file.display()
            )));
        }
        let near = store.nearest_topic(name)?;
        let count = server.num_partitions;
        check_new_partition(name, count, wanted)?;
        if store.create_topic(name, count, &settings(config)?, true)? == Creation::Created {
            store.notes().say(&made_unasked(name, count, near));
        }
        store.topic(name)
    }
}

fn settings(config: &[(String, String)]) -> Result<SettingMap> {
    let mut settings = SettingMap::default();
    for (name, value) in config {
        settings.set(Setting::named(name)?, value)?;
    }
    Ok(settings)
}

fn named(names: &[String]) -> Result<Vec<Setting>> {
    names.iter().map(|name| Setting::named(name)).collect()
}

impl Engine for Directory {
    fn place(&self) -> Result<String> {
        let logs = self.store.layout().logs();
        let real =
            std::fs::canonicalize(logs).map_err(|error| Error::io("look at", logs, error))?;
        let root = if self.store.layout().is_log_dir() {
            &real
        } else {
            real.parent().unwrap_or(&real)
        };
        Ok(root.display().to_string())
    }

    fn notes(&self) -> &Notes {
        self.store.notes()
    }

    fn topics(&self) -> Result<Vec<TopicName>> {
        self.store.topics()
    }

    fn find_topic(&self, name: &TopicName) -> Result<Option<Topic>> {
        self.store.find_topic(name)
    }

    fn topic(&self, name: &TopicName) -> Result<Topic> {
        self.store.topic(name)
    }

    fn topic_or_new(
        &self,
        name: &TopicName,
        create: Option<&TopicConfig>,
        wanted: Option<i32>,
    ) -> Result<Topic> {
        match (self.store.topic(name), create) {
            (Err(error), Some(config)) if error.kind() == ErrorKind::UnknownTopic => {
                self.create_unasked(name, config, wanted, error)
            }
            (Ok(topic), _) if topic.foreign => self.store.adopt_topic(name),
            (found, _) => found,
        }
    }

    fn config(&self, topic: &Topic) -> Result<TopicConfig> {
        let settings = topic.own_settings.iter();
        Ok(settings
            .map(|(setting, value)| (setting.name().to_owned(), value.to_owned()))
            .collect())
    }

    fn can_have(&self, name: &str, value: &str) -> bool {
        Setting::named(name).is_ok_and(|setting| SettingMap::default().set(setting, value).is_ok())
    }

    fn create_topic(&self, topic: &NewTopic, if_not_exists: bool) -> Result<Creation> {
        let partitions = topic
            .partitions
            .unwrap_or(self.store.server().num_partitions);
        let settings = settings(&topic.config)?;
        self.store
            .create_topic(&topic.name, partitions, &settings, if_not_exists)
    }

    fn alter_topic(&self, name: &TopicName, change: &TopicChange) -> Result<Topic> {
        let alteration = Alteration {
            partitions: change.partitions,
            set: settings(&change.set)?,
            unset: named(&change.unset)?,
        };
        self.store.alter_topic(name, &alteration)
    }

    fn delete_topic(&self, name: &TopicName) -> Result<()> {
        self.store.delete_topic(name)
    }

    fn trim(&self, topic: &Topic, before: &[(i32, i64)]) -> Result<()> {
        let adopted;
        let topic = if topic.foreign {
            adopted = self.store.adopt_topic(&topic.name)?;
            &adopted
        } else {
            topic
        };
        for &(number, offset) in before {
            Appender::open(&self.store, topic, number)?.trim(offset, now_ms())?;
        }
        Ok(())
    }

    fn describe(&self, topic: &Topic) -> Result<Vec<PartitionDescription>> {
        let partitions = topic
            .partition_numbers()
            .map(|number| describe(&Partition::open(&self.store, topic, number)?));
        partitions.collect()
    }

    fn partition(&self, topic: &Topic, number: i32) -> Result<Arc<dyn PartitionLog>> {
        let partition = Partition::open(&self.store, topic, number)?;
        Ok(Arc::new(DirectoryPartition(Arc::new(partition))))
    }

    fn producer(&self, topic: Topic, options: ProducerOptions) -> Result<Box<dyn Producing>> {
        Ok(Box::new(Producer::open(&self.store, topic, options)?))
    }

    fn copy_target(
        &self,
        name: &ImportName,
        topic: Topic,
        source: &CopySource,
    ) -> Result<Box<dyn CopyTarget>> {
        let copy = DirectoryCopy::open(&self.store, name, &topic, source)?;
        Ok(Box::new(copy))
    }

    fn groups(&self) -> Result<Vec<GroupName>> {
        Group::list(&self.store)
    }

    fn group(&self, name: &GroupName, create: bool) -> Result<Arc<dyn GroupHandle>> {
        let group = if create {
            Group::open_or_create(&self.store, name)?
        } else {
            Group::open(&self.store, name)?
        };
        Ok(Arc::new(group))
    }

    fn join(
        &self,
        group: &GroupName,
        joining: &Joining,
        _: Isolation,
    ) -> Result<Box<dyn Membership>> {
        let group = Group::named(&self.store, group);
        Ok(Box::new(group.join(joining)?))
    }

    fn topics_dir(&self) -> Option<&Path> {
        Some(&self.topics_dir)
    }

    fn bell(&self) -> Option<Arc<dyn Bell>> {
        None
    }
}

fn describe(partition: &Partition) -> Result<PartitionDescription> {
    // The end last: what is appended meanwhile must not make it lie below the others.
    let log_start_offset = partition.start()?;
    let (segments, bytes) = partition.size()?;
    let files = PartitionFiles { segments, bytes };
    let end = partition.end()?;
    Ok(PartitionDescription {
        partition: partition.name().partition,
        log_start_offset,
        log_end_offset: end.offset,
        last_stable_offset: partition.last_stable_offset(&end)?,
        files: Some(files),
        brokers: None,
    })
}
