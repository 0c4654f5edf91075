//! Changing what a cluster has: topics, their first records, groups.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::Offset;

use super::cluster::{Cluster, Shared};
use super::refusal::{code, not_made, refused_code};
use super::witness::Witness;
use crate::client;
use crate::error::{Error, Result};
use crate::store::{Creation, GroupName, Topic, TopicName};

/// The least time that a change is given.
const LEAST: Duration = Duration::from_secs(1);

/// Changes things.
#[derive(Default)]
pub(super) struct Admin {
    client: OnceLock<AdminClient<Witness>>,
    witness: Witness,
}

impl Admin {
    fn client(&self, shared: &Shared) -> Result<&AdminClient<Witness>> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = shared
            .config()
            .create_with_context(self.witness.clone())
            .map_err(|error| not_made(&error))?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// So long a change may take, on the way and in the cluster.
fn options(shared: &Shared) -> AdminOptions {
    let left = shared
        .deadline()
        .saturating_duration_since(Instant::now())
        .max(LEAST);
    AdminOptions::new()
        .request_timeout(Some(left))
        .operation_timeout(Some(left))
}

/// What one thing among several came to.
fn only<T>(
    results: Vec<std::result::Result<T, (String, RDKafkaErrorCode)>>,
) -> KafkaResult<Option<T>> {
    match results.into_iter().next() {
        Some(Ok(done)) => Ok(Some(done)),
        Some(Err((_, code))) => Err(KafkaError::AdminOp(code)),
        None => Ok(None),
    }
}

impl Cluster {
    /// Does one change, and waits for it.
    pub(super) fn change<T>(
        &self,
        doing: &str,
        change: impl AsyncFnOnce(&AdminClient<Witness>, &AdminOptions) -> KafkaResult<T>,
    ) -> Result<std::result::Result<T, RDKafkaErrorCode>> {
        let shared = &self.0;
        // A cluster that can't be reached is found out in a way that says why.
        self.check_reached()?;
        let client = shared.admin.client(shared)?;
        shared.admin.witness.forget();
        let done = pollster::block_on(change(client, &options(shared)));
        match done {
            Ok(done) => Ok(Ok(done)),
            Err(error) => match code(&error) {
                Some(RDKafkaErrorCode::OperationTimedOut) => {
                    Err(shared.unanswered(doing, &error, &shared.admin.witness))
                }
                Some(code) => Ok(Err(code)),
                None => Err(shared.refused(doing, &error, &shared.admin.witness)),
            },
        }
    }

    /// The error for a change that was refused.
    pub(super) fn not_changed(&self, doing: &str, code: RDKafkaErrorCode) -> Error {
        refused_code(doing, code).within(&self.0.servers)
    }

    pub(super) fn create(&self, topic: &client::NewTopic, if_not_exists: bool) -> Result<Creation> {
        let name = topic.name.as_str();
        let doing = format!("create topic '{name}'");
        let replication = TopicReplication::Fixed(topic.replication_factor.unwrap_or(-1));
        let mut new = NewTopic::new(name, topic.partitions.unwrap_or(-1), replication);
        for (setting, value) in &topic.config {
            new = new.set(setting, value);
        }
        let created = self.change(&doing, async |client, options| {
            only(client.create_topics([&new], options).await?)
        })?;
        match created {
            Ok(_) => {
                self.await_topic(&topic.name)?;
                Ok(Creation::Created)
            }
            Err(RDKafkaErrorCode::TopicAlreadyExists) if if_not_exists => Ok(Creation::Existed),
            Err(RDKafkaErrorCode::TopicAlreadyExists) => {
                Err(Error::failed(format!("topic '{name}' already exists"))
                    .help("--if-not-exists makes that no error"))
            }
            Err(code) => Err(self.not_changed(&doing, code)),
        }
    }

    pub(super) fn delete(&self, name: &TopicName) -> Result<()> {
        let doing = format!("delete topic '{name}'");
        let deleted = self.change(&doing, async |client, options| {
            only(client.delete_topics(&[name.as_str()], options).await?)
        })?;
        match deleted {
            Ok(_) => self.await_deletion(name),
            Err(RDKafkaErrorCode::UnknownTopicOrPartition) => Err(self.unknown_topic(name)),
            Err(code) => Err(self.not_changed(&doing, code)),
        }
    }

    pub(super) fn add_partitions(&self, topic: &Topic, partitions: i32) -> Result<()> {
        let (name, known) = (&topic.name, topic.partition_count);
        if partitions == known {
            return Ok(());
        }
        if partitions < known {
            return Err(Error::failed(format!(
                "topic '{name}' has {known} partitions and can't have {partitions}: partitions only grow"
            ))
            .help("make another topic and copy the records"));
        }
        let doing = format!("alter topic '{name}'");
        let count = usize::try_from(partitions).unwrap_or(0);
        let new = NewPartitions::new(name.as_str(), count);
        let added = self.change(&doing, async |client, options| {
            only(client.create_partitions([&new], options).await?)
        })?;
        added
            .map(drop)
            .map_err(|code| self.not_changed(&doing, code))?;
        self.await_partitions(name, partitions)
    }

    pub(super) fn delete_records(&self, topic: &Topic, before: &[(i32, i64)]) -> Result<()> {
        let name = topic.name.as_str();
        let doing = format!("trim topic '{name}'");
        let mut list = TopicPartitionList::new();
        for &(partition, offset) in before {
            list.add_partition_offset(name, partition, Offset::Offset(offset))
                .map_err(|error| self.0.refused(&doing, &error, &self.0.admin.witness))?;
        }
        let deleted = self.change(&doing, async |client, options| {
            let done = client.delete_records(&list, options).await?;
            done.elements()
                .iter()
                .try_for_each(rdkafka::topic_partition_list::TopicPartitionListElem::error)
        })?;
        deleted.map_err(|code| match code {
            RDKafkaErrorCode::PolicyViolation => self
                .not_changed(&doing, code)
                .help("Kafka deletes no records of a topic that is only compacted: cleanup.policy=compact,delete allows it"),
            code => self.not_changed(&doing, code),
        })
    }

    pub(super) fn delete_group(&self, name: &GroupName) -> Result<()> {
        let doing = format!("delete group '{name}'");
        let deleted = self.change(&doing, async |client, options| {
            only(client.delete_groups(&[name.as_str()], options).await?)
        })?;
        match deleted {
            Ok(_) => Ok(()),
            Err(RDKafkaErrorCode::NonEmptyGroup) => Err(Error::failed(format!(
                "Group '{name}' could not be deleted: The group is not empty."
            ))
            .help("stop its members")),
            Err(code) => Err(self.not_changed(&doing, code)),
        }
    }
}
