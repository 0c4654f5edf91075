//! The topics of a cluster, as its metadata tells of them.

use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer as _;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::metadata::{Metadata, MetadataBroker, MetadataTopic};

use super::cluster::{Cluster, NO_TOPIC};
use super::refusal::refused_code;
use crate::client::{PartitionBrokers, PartitionDescription, PartitionLog as _};
use crate::error::{Error, ErrorKind, Result};
use crate::log::Isolation;
use crate::store::{Setting, SettingMap, Settings, Topic, TopicName, did_you_mean, nearest};

/// How long a change of topics may take to reach every broker.
pub(super) const SPREADING: Duration = Duration::from_secs(10);
/// How often it is looked whether it has.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The largest record that is read to be sent: a producer can hold it. What is too large for a topic is its broker's to say.
const LARGEST_RECORD: u64 = 50_000_000;

/// Which isolation does not matter: nothing is read.
const ANY: Isolation = Isolation::ReadUncommitted;

impl Cluster {
    fn metadata(&self, topic: Option<&TopicName>) -> Result<Metadata> {
        let topic = topic.map(TopicName::as_str);
        self.0.ask("ask for topics", ANY, |client, slice| {
            client.fetch_metadata(topic, slice)
        })
    }

    /// Fails, and says why, where the cluster can't be reached.
    pub(super) fn check_reached(&self) -> Result<()> {
        if self.0.reached.get().is_none() {
            self.0.ask("connect", ANY, |client, slice| {
                client.fetch_metadata(Some(NO_TOPIC), slice)
            })?;
            let _ = self.0.reached.set(());
        }
        Ok(())
    }

    /// The names of all topics but Kafka's own, sorted.
    pub(super) fn topic_names(&self) -> Result<Vec<TopicName>> {
        let metadata = self.metadata(None)?;
        let mut names: Vec<TopicName> = metadata
            .topics()
            .iter()
            .filter(|topic| !topic.name().starts_with("__"))
            .filter_map(|topic| TopicName::new(topic.name()).ok())
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    /// The id of one of the brokers.
    pub(super) fn any_broker(&self) -> Result<Option<i32>> {
        let metadata = self.0.ask("ask for brokers", ANY, |client, slice| {
            client.fetch_metadata(Some(NO_TOPIC), slice)
        })?;
        Ok(metadata.brokers().first().map(MetadataBroker::id))
    }

    pub(super) fn look_up(&self, name: &TopicName) -> Result<Option<Topic>> {
        let metadata = self.metadata(Some(name))?;
        let found = found(&metadata, name)?;
        found.map(|topic| as_topic(name, topic)).transpose()
    }

    /// The topic whose name is close enough to `name` that it may have been meant; none where that can't be told.
    pub(super) fn nearest_topic(&self, name: &TopicName) -> Option<TopicName> {
        let names = self.topic_names().ok()?;
        let near = nearest(name.as_str(), names.iter().map(TopicName::as_str))?;
        TopicName::new(near).ok()
    }

    pub(super) fn unknown_topic(&self, name: &TopicName) -> Error {
        let shared = &self.0;
        let near = did_you_mean(self.nearest_topic(name));
        Error::new(
            ErrorKind::UnknownTopic,
            format!(
                "there is no topic '{name}' in the cluster at {} (from {}){near}",
                shared.servers, shared.chosen_by
            ),
        )
        .help(format!(
            "'kafdir topic list' names the topics there are, 'kafdir topic create {name}' makes this one"
        ))
    }

    /// Waits until all that ask next see a topic that was made.
    pub(super) fn await_topic(&self, name: &TopicName) -> Result<()> {
        self.await_change(name, "was created, but is not to be seen", |topic| {
            topic.is_some_and(|topic| topic.partitions().iter().all(|each| each.leader() >= 0))
        })
    }

    pub(super) fn await_deletion(&self, name: &TopicName) -> Result<()> {
        self.await_change(name, "was deleted, but is still to be seen", |topic| {
            topic.is_none()
        })
    }

    pub(super) fn await_partitions(&self, name: &TopicName, count: i32) -> Result<()> {
        let count = usize::try_from(count).unwrap_or(0);
        self.await_change(name, "got partitions that are not to be seen", |topic| {
            topic.is_some_and(|topic| topic.partitions().len() >= count)
        })
    }

    fn await_change(
        &self,
        name: &TopicName,
        otherwise: &str,
        is_done: impl Fn(Option<&MetadataTopic>) -> bool,
    ) -> Result<()> {
        let until = Instant::now() + SPREADING;
        loop {
            let metadata = self.metadata(Some(name))?;
            if is_done(found(&metadata, name).ok().flatten()) {
                return Ok(());
            }
            if Instant::now() >= until {
                return Err(Error::failed(format!("topic '{name}' {otherwise}")));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    pub(super) fn descriptions(&self, topic: &Topic) -> Result<Vec<PartitionDescription>> {
        let metadata = self.metadata(Some(&topic.name))?;
        let Some(found) = found(&metadata, &topic.name)? else {
            return Err(self.unknown_topic(&topic.name));
        };
        let mut descriptions = Vec::new();
        for number in topic.partition_numbers() {
            let brokers = found.partitions().iter().find(|each| each.id() == number);
            let partition = self.partition_log(topic, number)?;
            // The end last: what is appended meanwhile must not make it lie below the others.
            let last_stable_offset = partition.readable_end(Isolation::ReadCommitted)?;
            let log_start_offset = partition.start()?;
            descriptions.push(PartitionDescription {
                partition: number,
                log_start_offset,
                log_end_offset: partition.end()?,
                last_stable_offset,
                files: None,
                brokers: brokers.map(|each| PartitionBrokers {
                    leader: each.leader(),
                    replicas: each.replicas().to_vec(),
                    isr: each.isr().to_vec(),
                }),
            });
        }
        Ok(descriptions)
    }
}

/// The topic in an answer about it; none if there is none.
fn found<'m>(metadata: &'m Metadata, name: &TopicName) -> Result<Option<&'m MetadataTopic>> {
    let topics = metadata.topics();
    let Some(topic) = topics.iter().find(|topic| topic.name() == name.as_str()) else {
        return Ok(None);
    };
    match topic.error().map(RDKafkaErrorCode::from) {
        None | Some(RDKafkaErrorCode::LeaderNotAvailable) if !topic.partitions().is_empty() => {
            Ok(Some(topic))
        }
        None
        | Some(
            RDKafkaErrorCode::UnknownTopicOrPartition
            | RDKafkaErrorCode::UnknownTopic
            | RDKafkaErrorCode::LeaderNotAvailable,
        ) => Ok(None),
        Some(code) => Err(refused_code(&format!("look at topic '{name}'"), code)),
    }
}

fn as_topic(name: &TopicName, topic: &MetadataTopic) -> Result<Topic> {
    let count = i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX);
    let mut topic = Topic::elsewhere(name.clone(), count);
    topic.settings = taking(LARGEST_RECORD)?;
    Ok(topic)
}

/// The settings of a topic of which no more is known than that it takes records of so many bytes.
pub(super) fn taking(bytes: u64) -> Result<Settings> {
    let mut known = SettingMap::default();
    known.set(Setting::MaxMessageBytes, &bytes.to_string())?;
    Settings::effective(&SettingMap::default(), &known)
}
