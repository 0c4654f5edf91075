//! A client that reads partitions, each in a queue of its own.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::topic_partition_list::Offset;

use super::bell::PipeBell;
use super::cluster::Shared;
use super::refusal::not_made;
use super::witness::Witness;
use crate::error::Result;
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
        let witness = Witness::default();
        let mut config = shared.reading_config(isolation);
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
    ) -> rdkafka::error::KafkaResult<Option<PartitionQueue<Witness>>> {
        let mut assigned = self.assigned.lock().unwrap_or_else(PoisonError::into_inner);
        if !assigned.insert(partition.clone()) {
            return Ok(None);
        }
        let begun = self
            .client
            .incremental_assign(&list(partition, Offset::Offset(offset))?);
        if let Err(error) = begun {
            assigned.remove(partition);
            return Err(error);
        }
        Ok(self.queue(partition))
    }

    /// The queue of a partition that is assigned; it rings when something comes.
    pub(super) fn queue(&self, partition: &TopicPartition) -> Option<PartitionQueue<Witness>> {
        split(&self.client, partition, &self.bell)
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
    pub(super) fn serve(&self) {
        // Records come in their partitions' queues.
        let _ = self
            .witness
            .listen(&self.client, Duration::ZERO, |_| Ok(()));
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        close(&self.client);
    }
}

/// Closes a client that reads. Left to itself it looks only ten times a second whether it is closed.
pub(super) fn close<C: rdkafka::consumer::ConsumerContext>(client: &BaseConsumer<C>) {
    let until = Instant::now() + LONGEST_CLOSE;
    if client.close_queue().is_ok() {
        while !client.closed() && Instant::now() < until {
            let _ = client.poll(Duration::from_millis(1));
        }
    }
}

/// A partition's own queue, which rings when something comes.
pub(super) fn split<C: rdkafka::consumer::ConsumerContext + 'static>(
    client: &Arc<BaseConsumer<C>>,
    partition: &TopicPartition,
    bell: &Arc<PipeBell>,
) -> Option<PartitionQueue<C>> {
    let mut queue = client.split_partition_queue(partition.topic.as_str(), partition.partition)?;
    let bell = Arc::clone(bell);
    queue.set_nonempty_callback(move || bell.ring());
    Some(queue)
}

/// Where a client stands in a partition that it reads.
pub(super) fn position<C: rdkafka::consumer::ConsumerContext + 'static>(
    client: &BaseConsumer<C>,
    partition: &TopicPartition,
) -> Option<i64> {
    let positions = client.position().ok()?;
    let found = positions.find_partition(partition.topic.as_str(), partition.partition)?;
    match found.offset() {
        Offset::Offset(offset) => Some(offset),
        _ => None,
    }
}

/// One partition, as librdkafka wants it said.
pub(super) fn list(
    partition: &TopicPartition,
    offset: Offset,
) -> rdkafka::error::KafkaResult<TopicPartitionList> {
    let mut list = TopicPartitionList::with_capacity(1);
    list.add_partition_offset(partition.topic.as_str(), partition.partition, offset)?;
    Ok(list)
}
