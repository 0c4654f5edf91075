//! A client that reads partitions, each in a queue of its own.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::topic_partition_list::Offset;

use super::bell::PipeBell;
use super::cluster::Shared;
use super::queue::Queue;
use super::refusal::not_made;
use super::witness::Witness;
use crate::error::{Error, Result};
use crate::log::Isolation;
use crate::store::TopicPartition;

/// How long closing is looked at closely.
const LONGEST_CLOSE: Duration = Duration::from_secs(5);

/// Reads partitions that it is told to.
pub(super) struct Reader {
    pub(super) client: Arc<BaseConsumer<Witness>>,
    pub(super) witness: Witness,
    bell: Arc<PipeBell>,
    assigned: Mutex<HashSet<TopicPartition>>,
}

impl Reader {
    pub(super) fn new(shared: &Shared, isolation: Isolation) -> Result<Self> {
        let mut config = shared.reading_config(isolation);
        let witness = shared.tell_topics(&mut config);
        // It joins no group and commits nothing, but librdkafka reads only under a group's name.
        config.set("group.id", "kafdir");
        let mut client: BaseConsumer<Witness> = config
            .create_with_context(witness.clone())
            .map_err(|error| not_made(&error))?;
        let bell = Arc::clone(&shared.bell);
        client.set_nonempty_callback(move || bell.ring());
        Ok(Self {
            client: Arc::new(client),
            witness,
            bell: Arc::clone(&shared.bell),
            assigned: Mutex::default(),
        })
    }

    /// Begins to read a partition; none if somebody reads it with this client already.
    pub(super) fn begin(
        &self,
        partition: &TopicPartition,
        offset: i64,
    ) -> KafkaResult<Option<Queue<Witness>>> {
        let mut assigned = self.assigned.lock().unwrap_or_else(PoisonError::into_inner);
        if !assigned.insert(partition.clone()) {
            return Ok(None);
        }
        let begun = self.assign(&list(partition, Offset::Offset(offset))?, partition);
        if begun.is_err() {
            assigned.remove(partition);
        }
        begun
    }

    /// Has a partition fetched into a queue of its own.
    fn assign(
        &self,
        at: &TopicPartitionList,
        partition: &TopicPartition,
    ) -> KafkaResult<Option<Queue<Witness>>> {
        self.client.incremental_assign(at)?;
        // What comes before its queue is open would come elsewhere: what was fetched before a pause is fetched again.
        self.client.pause(at)?;
        let queue = Queue::split(&self.client, partition, &self.bell);
        self.client.resume(at)?;
        Ok(queue)
    }

    /// Reads a partition no more.
    pub(super) fn end(&self, partition: &TopicPartition) {
        let mut assigned = self.assigned.lock().unwrap_or_else(PoisonError::into_inner);
        if assigned.remove(partition)
            && let Ok(list) = list(partition, Offset::Invalid)
        {
            // What is not assigned any more need not be taken away.
            let _ = self.client.incremental_unassign(&list);
        }
    }

    /// Takes in what librdkafka has to say on the side.
    pub(super) fn serve(&self) -> Result<()> {
        // Records come in their partitions' queues.
        self.witness
            .listen(&self.client, Duration::ZERO, |polled| match polled {
                Ok(message) => put_back(&self.client, &message),
                Err(_) => Ok(()),
            })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        close(&self.client);
    }
}

/// A record that came outside of its partition's queue: it is to come again.
pub(super) fn put_back<C: ConsumerContext>(
    client: &BaseConsumer<C>,
    message: &BorrowedMessage<'_>,
) -> Result<()> {
    let (topic, partition) = (message.topic(), message.partition());
    let at = Offset::Offset(message.offset());
    client
        .seek(topic, partition, at, Duration::from_secs(5))
        .map_err(|error| Error::failed(format!("cannot read on: {error}")))
}

/// Closes a client that reads. Left to itself it looks only ten times a second whether it is closed.
pub(super) fn close<C: ConsumerContext>(client: &BaseConsumer<C>) {
    let until = Instant::now() + LONGEST_CLOSE;
    if client.close_queue().is_ok() {
        while !client.closed() && Instant::now() < until {
            let _ = client.poll(Duration::from_millis(1));
        }
    }
}

/// One partition, as librdkafka wants it said.
pub(super) fn list(partition: &TopicPartition, offset: Offset) -> KafkaResult<TopicPartitionList> {
    let mut list = TopicPartitionList::with_capacity(1);
    list.add_partition_offset(partition.topic.as_str(), partition.partition, offset)?;
    Ok(list)
}
