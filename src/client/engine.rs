//! What commands know of the place that they work on: topics, producers, consumers and groups, wherever these are.
//!
//! There are two: a directory ([`Directory`](super::Directory)), and a Kafka cluster
//! ([`Cluster`](crate::kafka::Cluster)). What one of them can't do is an error that says so.

use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::client::copying::{CopySource, CopyTarget};
use crate::client::group_handle::GroupHandle;
use crate::client::membership::Membership;
use crate::client::partition_log::PartitionLog;
use crate::client::producer::ProducerOptions;
use crate::client::producing::Producing;
use crate::count::counted;
use crate::error::Result;
use crate::group::Joining;
use crate::log::Isolation;
use crate::store::{Creation, GroupName, ImportName, Notes, Topic, TopicName};

/// A place with topics.
pub trait Engine: Send + Sync {
    /// Where it is, in words that are the same for one place and others for another.
    fn place(&self) -> Result<String>;

    /// Where notes to the user go.
    fn notes(&self) -> &Notes;

    /// The names of all topics, sorted.
    fn topics(&self) -> Result<Vec<TopicName>>;

    /// A topic, if it is there.
    fn find_topic(&self, name: &TopicName) -> Result<Option<Topic>>;

    /// A topic that has to be there.
    fn topic(&self, name: &TopicName) -> Result<Topic>;

    /// The topic that is written to; where it does not exist it is made with these settings, and that is said, if there
    /// are any and the place lets topics come to be unasked. None is made that would not have the partition `wanted`.
    fn topic_or_new(
        &self,
        name: &TopicName,
        create: Option<&TopicConfig>,
        wanted: Option<i32>,
    ) -> Result<Topic>;

    /// The settings that were set for a topic, by Kafka's names.
    fn config(&self, topic: &Topic) -> Result<TopicConfig>;

    /// Whether a topic here can have this setting.
    fn can_have(&self, name: &str, value: &str) -> bool;

    /// Makes a topic. If it is there already that is an error unless `if_not_exists`.
    fn create_topic(&self, topic: &NewTopic, if_not_exists: bool) -> Result<Creation>;

    /// Changes a topic.
    fn alter_topic(&self, name: &TopicName, change: &TopicChange) -> Result<Topic>;

    /// Deletes a topic and all its records.
    fn delete_topic(&self, name: &TopicName) -> Result<()>;

    /// Deletes the records of partitions of a topic that come before an offset.
    fn trim(&self, topic: &Topic, before: &[(i32, i64)]) -> Result<()>;

    /// What there is to say of a topic's partitions.
    fn describe(&self, topic: &Topic) -> Result<Vec<PartitionDescription>>;

    /// One of a topic's partitions.
    fn partition(&self, topic: &Topic, number: i32) -> Result<Arc<dyn PartitionLog>>;

    /// A producer of a topic.
    fn producer(&self, topic: Topic, options: ProducerOptions) -> Result<Box<dyn Producing>>;

    /// Where a topic is copied to, which nothing is in but what this copy has brought; the copy of a name goes on where it
    /// was.
    fn copy_target(
        &self,
        name: &ImportName,
        topic: Topic,
        source: &CopySource,
    ) -> Result<Box<dyn CopyTarget>>;

    /// The groups, sorted.
    fn groups(&self) -> Result<Vec<GroupName>>;

    /// A group; with `create` it need not be there yet.
    fn group(&self, name: &GroupName, create: bool) -> Result<Arc<dyn GroupHandle>>;

    /// Becomes a member of a group.
    fn join(
        &self,
        group: &GroupName,
        joining: &Joining,
        isolation: Isolation,
    ) -> Result<Box<dyn Membership>>;

    /// The directory in which a change tells that topics came, went or changed, where it is one.
    fn topics_dir(&self) -> Option<&Path>;

    /// Readable when something came that was waited for, where there is no directory to tell of it.
    fn bell(&self) -> Option<Arc<dyn Bell>>;
}

/// Tells that something happened, but not what.
pub trait Bell: Send + Sync {
    /// Readable once it was rung.
    fn fd(&self) -> BorrowedFd<'_>;

    /// Hears it, and makes it silent again.
    fn hear(&self);
}

/// Settings by Kafka's names.
pub type TopicConfig = Vec<(String, String)>;

/// A topic that is to be.
#[derive(Debug, Clone)]
pub struct NewTopic {
    /// Its name.
    pub name: TopicName,
    /// How many partitions it gets; none: as many as the place gives by itself.
    pub partitions: Option<i32>,
    /// How many brokers hold each of them; none: as many as the cluster says.
    pub replication_factor: Option<i32>,
    /// Its own settings.
    pub config: TopicConfig,
}

/// What is said of a topic that was made though nobody asked for it by `topic create`: its name may be misspelt.
pub(crate) fn made_unasked(name: &TopicName, count: i32, near: Option<TopicName>) -> String {
    let near = near.map_or(String::new(), |near| {
        format!(" (there is a topic '{near}')")
    });
    format!(
        "created topic '{name}' with {}{near}",
        counted(count, "partition")
    )
}

/// What is to change in a topic; what is empty stays.
#[derive(Debug, Clone, Default)]
pub struct TopicChange {
    /// How many partitions it is to have: never fewer.
    pub partitions: Option<i32>,
    /// Settings that are set.
    pub set: TopicConfig,
    /// Settings that go back to their defaults.
    pub unset: Vec<String>,
}

/// A partition at one moment.
#[derive(Debug, Clone, Serialize)]
pub struct PartitionDescription {
    /// Its number.
    pub partition: i32,
    /// Where its log starts.
    pub log_start_offset: i64,
    /// The offset that the next record gets.
    pub log_end_offset: i64,
    /// Below it every transaction is decided.
    pub last_stable_offset: i64,
    /// How it lies in a directory.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub files: Option<PartitionFiles>,
    /// How it lies in a cluster.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub brokers: Option<PartitionBrokers>,
}

/// The files of a partition.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct PartitionFiles {
    /// How many segments there are.
    pub segments: usize,
    /// What its files take, in bytes.
    pub bytes: u64,
}

/// The brokers of a partition, by their ids.
#[derive(Debug, Clone, Serialize)]
pub struct PartitionBrokers {
    /// Who takes its records; -1 where there is nobody.
    pub leader: i32,
    /// Who holds it.
    pub replicas: Vec<i32>,
    /// Who of them holds all of it.
    pub isr: Vec<i32>,
}
