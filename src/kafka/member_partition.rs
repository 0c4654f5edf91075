//! A partition that a group has given us: read with the member's own client.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::Offset;

use super::bell::PipeBell;
use super::cursor::Batches;
use super::hearing::Hearing;
use super::partition::ClusterPartition;
use super::reader::{list, split};
use crate::client::{Cursor, Next, PartitionLog};
use crate::error::Result;
use crate::log::{Fate, Fetched, Isolation, ReadBuffer};
use crate::record::BatchHeader;
use crate::store::TopicPartition;

/// The partitions of a member: from where each is read, and its queue once it comes.
#[derive(Clone, Default)]
pub(super) struct Queues(Arc<Mutex<HashMap<TopicPartition, Begun>>>);

#[derive(Default)]
struct Begun {
    offset: i64,
    queue: Option<PartitionQueue<Hearing>>,
}

impl Queues {
    fn begun(&self) -> MutexGuard<'_, HashMap<TopicPartition, Begun>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From where a partition is to be read, where somebody means to.
    pub(super) fn offset(&self, partition: &TopicPartition) -> Option<i64> {
        self.begun().get(partition).map(|begun| begun.offset)
    }

    /// Lets a partition's records come in a queue of its own.
    pub(super) fn open(
        &self,
        client: &Arc<BaseConsumer<Hearing>>,
        partition: &TopicPartition,
        bell: &Arc<PipeBell>,
    ) {
        if let Some(begun) = self.begun().get_mut(partition) {
            begun.queue = split(client, partition, bell);
        }
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        self.begun().clear();
    }
}

/// A partition of a member.
pub(super) struct MemberPartition {
    partition: ClusterPartition,
    client: Arc<BaseConsumer<Hearing>>,
    queues: Queues,
    /// Whether the member reads it: who wants to read some of it again needs another client.
    is_read: AtomicBool,
}

impl MemberPartition {
    pub(super) fn new(
        partition: ClusterPartition,
        client: Arc<BaseConsumer<Hearing>>,
        queues: Queues,
    ) -> Self {
        Self {
            partition,
            client,
            queues,
            is_read: AtomicBool::new(false),
        }
    }
}

impl PartitionLog for MemberPartition {
    fn name(&self) -> &TopicPartition {
        self.partition.name()
    }

    fn start(&self) -> Result<i64> {
        self.partition.start()
    }

    fn end(&self) -> Result<i64> {
        self.partition.end()
    }

    fn readable_end(&self, isolation: Isolation) -> Result<i64> {
        self.partition.readable_end(isolation)
    }

    fn open_transaction(&self) -> Result<Option<(i64, i64)>> {
        self.partition.open_transaction()
    }

    fn offset_for_time(&self, timestamp: i64) -> Result<Option<i64>> {
        self.partition.offset_for_time(timestamp)
    }

    fn cursor(&self, offset: i64, isolation: Isolation) -> Box<dyn Cursor> {
        if self.is_read.swap(true, Ordering::Relaxed) {
            return self.partition.cursor(offset, isolation);
        }
        let name = self.name().clone();
        let begun = Begun {
            offset,
            queue: None,
        };
        self.queues.begun().insert(name.clone(), begun);
        Box::new(MemberCursor {
            client: Arc::clone(&self.client),
            queues: self.queues.clone(),
            queue: None,
            batches: Batches::new(name, offset),
        })
    }

    fn dir(&self) -> Option<&Path> {
        None
    }

    fn wait(&self, patience: Duration) -> Result<()> {
        self.partition.wait(patience)
    }
}

/// Reads a partition of a member.
struct MemberCursor {
    client: Arc<BaseConsumer<Hearing>>,
    queues: Queues,
    /// None until the group's coordinator knows that we have it.
    queue: Option<PartitionQueue<Hearing>>,
    batches: Batches,
}

impl Cursor for MemberCursor {
    fn offset(&self) -> i64 {
        self.batches.offset()
    }

    fn next(&mut self, _: &mut ReadBuffer) -> Result<Next> {
        if self.queue.is_none() {
            let mut begun = self.queues.begun();
            self.queue = begun
                .get_mut(self.batches.partition())
                .and_then(|begun| begun.queue.take());
        }
        match &self.queue {
            Some(queue) => self.batches.next(queue),
            None => Ok(Next::NotYet),
        }
    }

    fn fate(&mut self, _: &BatchHeader) -> Result<Option<Fate>> {
        // librdkafka hands out nothing else.
        Ok(Some(Fate::Committed))
    }

    fn seek(&mut self, offset: i64) {
        self.batches.restart(offset);
        if self.queue.is_some() {
            let partition = self.batches.partition();
            let sought = list(partition, Offset::Offset(offset))
                .and_then(|at| self.client.seek_partitions(at, Duration::from_secs(5)));
            // One that is not ours any more is read by another; what comes of it is not wanted.
            if sought.is_err() {
                self.queue = None;
            }
        }
    }

    fn take<'b>(&'b mut self, _: &'b ReadBuffer) -> Option<Fetched<'b>> {
        self.batches.take_ready()
    }

    fn skip(&mut self) {
        self.batches.skip();
    }

    fn forget(&mut self) {}

    fn rest(&mut self) {}

    fn has_buffered(&self, _: &ReadBuffer) -> bool {
        self.batches.has_more()
    }
}

impl Drop for MemberCursor {
    fn drop(&mut self) {
        let paused: KafkaResult<()> =
            list(self.batches.partition(), Offset::Invalid).and_then(|it| self.client.pause(&it));
        // What is not ours any more need not be paused.
        let _ = paused;
    }
}
