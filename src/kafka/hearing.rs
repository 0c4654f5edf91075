//! What librdkafka says to a member of a group: what it is given, and what is asked back.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::TopicPartitionList;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::Offset;
use rdkafka::types::RDKafkaRespErr;

use super::reader::put_back;
use super::witness::Witness;
use crate::error::Result;
use crate::store::{TopicName, TopicPartition};

/// What librdkafka says to a member.
#[derive(Clone)]
pub(super) struct Hearing {
    pub(super) witness: Witness,
    said: Arc<Mutex<Said>>,
}

#[derive(Default)]
pub(super) struct Said {
    pub(super) news: VecDeque<News>,
    /// What went wrong and was not looked at yet.
    pub(super) errors: VecDeque<KafkaError>,
    /// Whether we leave: what is taken away then is let go at once.
    pub(super) leaving: bool,
}

/// What was settled about who reads what.
pub(super) enum News {
    Given(Vec<TopicPartition>),
    TakenBack(Vec<TopicPartition>),
}

impl ClientContext for Hearing {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.witness.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.witness.error(error, reason);
    }
}

impl ConsumerContext for Hearing {
    fn rebalance(
        &self,
        client: &BaseConsumer<Self>,
        what: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        self.witness.count();
        let mut said = self.said();
        let partitions = named(partitions);
        if said.leaving {
            // Answers are not waited for any more.
            let _ = client.unassign();
            return;
        }
        match what {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                said.news.push_back(News::Given(partitions));
            }
            _ => said.news.push_back(News::TakenBack(partitions)),
        }
    }
}

impl Hearing {
    pub(super) fn new(witness: Witness) -> Self {
        Self {
            witness,
            said: Arc::default(),
        }
    }

    /// Takes in what librdkafka has to say, for which it may take `patience` to begin.
    pub(super) fn listen(&self, client: &BaseConsumer<Self>, patience: Duration) -> Result<()> {
        // Nothing but news comes this way: records come in their partitions' queues.
        self.witness.listen(client, patience, |polled| {
            match polled {
                Ok(message) => put_back(client, &message)?,
                Err(error) => self.said().errors.push_back(error),
            }
            Ok(())
        })
    }

    pub(super) fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The partitions of a list.
pub(super) fn named(list: &TopicPartitionList) -> Vec<TopicPartition> {
    let elements = list.elements();
    let named = elements.iter().filter_map(|element| {
        let topic = TopicName::new(element.topic()).ok()?;
        Some(TopicPartition::new(topic, element.partition()))
    });
    named.collect()
}

/// A list of partitions, each with an offset.
pub(super) fn list<'p>(
    partitions: impl IntoIterator<Item = (&'p TopicPartition, Offset)>,
) -> KafkaResult<TopicPartitionList> {
    let mut list = TopicPartitionList::new();
    for (partition, offset) in partitions {
        list.add_partition_offset(partition.topic.as_str(), partition.partition, offset)?;
    }
    Ok(list)
}
