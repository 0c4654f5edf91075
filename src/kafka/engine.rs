//! The engine that works on a cluster.

use std::path::Path;
use std::sync::Arc;

use super::cluster::{Cluster, index};
use super::copy::ClusterCopy;
use super::group::ClusterGroup;
use super::member::ClusterMember;
use super::partition::ClusterPartition;
use super::producer::ClusterProducer;
use super::reader::Reader;
use crate::client::{
    Bell, CopySource, CopyTarget, Engine, GroupHandle, Membership, NewTopic, PartitionDescription,
    PartitionLog, ProducerOptions, Producing, TopicChange, TopicConfig, check_new_partition,
    made_unasked,
};
use crate::error::Result;
use crate::group::Joining;
use crate::log::Isolation;
use crate::store::{Creation, GroupName, ImportName, Notes, Topic, TopicName};

impl Cluster {
    /// The client that reads partitions which no group gives us.
    pub(super) fn reader(&self, isolation: Isolation) -> Result<Arc<Reader>> {
        let cell = &self.0.readers[index(isolation)];
        if let Some(reader) = cell.get() {
            return Ok(Arc::clone(reader));
        }
        let reader = self.another_reader(isolation)?;
        Ok(Arc::clone(cell.get_or_init(|| reader)))
    }

    pub(super) fn another_reader(&self, isolation: Isolation) -> Result<Arc<Reader>> {
        Ok(Arc::new(Reader::new(&self.0, isolation)?))
    }

    pub(super) fn partition_log(&self, topic: &Topic, number: i32) -> Result<ClusterPartition> {
        Ok(ClusterPartition {
            name: topic.partition(number)?,
            cluster: self.clone(),
        })
    }
}

impl Engine for Cluster {
    fn place(&self) -> Result<String> {
        Ok(format!("the cluster at {}", self.0.servers))
    }

    fn notes(&self) -> &Notes {
        self.0.patience.notes()
    }

    fn topics(&self) -> Result<Vec<TopicName>> {
        self.topic_names()
    }

    fn find_topic(&self, name: &TopicName) -> Result<Option<Topic>> {
        self.look_up(name)
    }

    fn topic(&self, name: &TopicName) -> Result<Topic> {
        self.look_up(name)?.ok_or_else(|| self.unknown_topic(name))
    }

    fn topic_or_new(
        &self,
        name: &TopicName,
        create: Option<&TopicConfig>,
        wanted: Option<i32>,
    ) -> Result<Topic> {
        let Some(config) = create else {
            return self.topic(name);
        };
        if let Some(topic) = self.look_up(name)? {
            return Ok(topic);
        }
        if let Some(count) = wanted
            .filter(|wanted| *wanted > 0)
            .and_then(|_| self.usual_partitions())
        {
            check_new_partition(name, count, wanted)?;
        }
        let near = self.nearest_topic(name);
        let new = NewTopic {
            name: name.clone(),
            partitions: None,
            replication_factor: None,
            config: config.clone(),
        };
        let created = self.create(&new, true)?;
        let topic = self.topic(name)?;
        if created == Creation::Created {
            let said = made_unasked(name, topic.partition_count, near);
            self.notes().say(&said);
        }
        Ok(topic)
    }

    fn config(&self, topic: &Topic) -> Result<TopicConfig> {
        self.own_config(&topic.name)
    }

    fn can_have(&self, _: &str, _: &str) -> bool {
        // They are all named after Kafka's own.
        true
    }

    fn create_topic(&self, topic: &NewTopic, if_not_exists: bool) -> Result<Creation> {
        self.create(topic, if_not_exists)
    }

    fn alter_topic(&self, name: &TopicName, change: &TopicChange) -> Result<Topic> {
        let topic = self.topic(name)?;
        if !change.set.is_empty() || !change.unset.is_empty() {
            self.change_config(name, change)?;
        }
        if let Some(partitions) = change.partitions {
            self.add_partitions(&topic, partitions)?;
        }
        self.topic(name)
    }

    fn delete_topic(&self, name: &TopicName) -> Result<()> {
        self.delete(name)
    }

    fn trim(&self, topic: &Topic, before: &[(i32, i64)]) -> Result<()> {
        if before.is_empty() {
            return Ok(());
        }
        self.delete_records(topic, before)
    }

    fn describe(&self, topic: &Topic) -> Result<Vec<PartitionDescription>> {
        self.descriptions(topic)
    }

    fn partition(&self, topic: &Topic, number: i32) -> Result<Arc<dyn PartitionLog>> {
        Ok(Arc::new(self.partition_log(topic, number)?))
    }

    fn producer(&self, topic: Topic, options: ProducerOptions) -> Result<Box<dyn Producing>> {
        Ok(Box::new(ClusterProducer::open(self, topic, &options)?))
    }

    fn copy_target(
        &self,
        name: &ImportName,
        topic: Topic,
        source: &CopySource,
    ) -> Result<Box<dyn CopyTarget>> {
        Ok(Box::new(ClusterCopy::open(self, name, topic, source)?))
    }

    fn groups(&self) -> Result<Vec<GroupName>> {
        self.group_names()
    }

    fn group(&self, name: &GroupName, create: bool) -> Result<Arc<dyn GroupHandle>> {
        Ok(Arc::new(ClusterGroup::open(self, name, create)?))
    }

    fn join(
        &self,
        group: &GroupName,
        joining: &Joining,
        isolation: Isolation,
    ) -> Result<Box<dyn Membership>> {
        Ok(Box::new(ClusterMember::join(
            self, group, joining, isolation,
        )?))
    }

    fn topics_dir(&self) -> Option<&Path> {
        None
    }

    fn bell(&self) -> Option<Arc<dyn Bell>> {
        Some(Arc::clone(&self.0.bell) as Arc<dyn Bell>)
    }
}
