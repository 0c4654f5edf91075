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
use super::cursor::{Fetching, QueueCursor};
use super::hearing::Hearing;
use super::partition::ClusterPartition;
use super::reader::{list, position, split};
use crate::client::{Cursor, Next, PartitionLog};
use crate::error::{Error, ErrorKind, Result};
use crate::log::Isolation;
use crate::store::TopicPartition;

/// The partitions of a member: from where each is read, and its queue once it comes.
#[derive(Clone, Default)]
pub(super) struct Queues {
    begun: Arc<Mutex<HashMap<TopicPartition, Begun>>>,
    /// Whether something looks as if a topic had been deleted.
    suspects: Arc<AtomicBool>,
}

#[derive(Default)]
struct Begun {
    offset: i64,
    queue: Option<PartitionQueue<Hearing>>,
}

impl Queues {
    fn begun(&self) -> MutexGuard<'_, HashMap<TopicPartition, Begun>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Something looks as if a topic had been deleted.
    pub(super) fn suspect(&self) {
        self.suspects.store(true, Ordering::Relaxed);
    }

    /// Whether something did since this was last asked.
    pub(super) fn take_suspicion(&self) -> bool {
        self.suspects.swap(false, Ordering::Relaxed)
    }

    /// All that somebody means to read.
    pub(super) fn partitions(&self) -> Vec<TopicPartition> {
        self.begun().keys().cloned().collect()
    }

    /// Forgets one.
    pub(super) fn forget(&self, partition: &TopicPartition) {
        self.begun().remove(partition);
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
        let fetching = AsMember {
            client: Arc::clone(&self.client),
            queues: self.queues.clone(),
            queue: None,
        };
        Box::new(QueueCursor::new(fetching, name, offset))
    }

    fn dir(&self) -> Option<&Path> {
        None
    }

    fn wait(&self, patience: Duration) -> Result<()> {
        self.partition.wait(patience)
    }
}

/// Has a partition fetched by the member's own client.
struct AsMember {
    client: Arc<BaseConsumer<Hearing>>,
    queues: Queues,
    /// None until the group's coordinator knows that we have it.
    queue: Option<PartitionQueue<Hearing>>,
}

impl Fetching for AsMember {
    type Context = Hearing;

    fn queue(
        &mut self,
        partition: &TopicPartition,
        _: i64,
    ) -> Result<Option<&PartitionQueue<Hearing>>> {
        if self.queue.is_none() {
            let mut begun = self.queues.begun();
            self.queue = begun
                .get_mut(partition)
                .and_then(|begun| begun.queue.take());
        }
        Ok(self.queue.as_ref())
    }

    fn position(&self, partition: &TopicPartition) -> Option<i64> {
        position(&self.client, partition)
    }

    fn asked(&mut self, _: &TopicPartition, _: &Next) -> Result<()> {
        // The member hears it.
        Ok(())
    }

    fn failed(&mut self, error: &Error) {
        if error.kind() == ErrorKind::TopicDeleted {
            self.queues.suspect();
        }
    }

    fn seek(&mut self, partition: &TopicPartition, offset: i64) {
        if self.queue.is_some() {
            let sought = list(partition, Offset::Offset(offset))
                .and_then(|at| self.client.seek_partitions(at, Duration::from_secs(5)));
            // One that is not ours any more is read by another; what comes of it is not wanted.
            if sought.is_err() {
                self.queue = None;
            }
        }
    }

    fn end(&mut self, partition: &TopicPartition) {
        let paused: KafkaResult<()> =
            list(partition, Offset::Invalid).and_then(|it| self.client.pause(&it));
        // What is not ours any more need not be paused.
        let _ = paused;
    }
}
