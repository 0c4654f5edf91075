//! A partition that a group has given us: read with the member's own client.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _, RebalanceProtocol};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::bell::PipeBell;
use super::cluster::Cluster;
use super::cursor::{Fetching, QueueCursor};
use super::hearing::{self, Hearing};
use super::partition::ClusterPartition;
use super::queue::Queue;
use super::reader::list;
use crate::client::{Cursor, Next, PartitionLog};
use crate::error::{Error, Result};
use crate::log::Isolation;
use crate::store::TopicPartition;

/// How long an answer is waited for that nobody wants.
const LONGEST_ANSWER: Duration = Duration::from_secs(1);

/// The partitions of a member: from where each is read, and its queue once it comes.
#[derive(Clone, Default)]
pub(super) struct Queues(Arc<Mutex<HashMap<TopicPartition, Begun>>>);

#[derive(Default)]
struct Begun {
    offset: i64,
    queue: Option<Queue<Hearing>>,
}

impl Queues {
    fn begun(&self) -> MutexGuard<'_, HashMap<TopicPartition, Begun>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From where a partition is to be read, where somebody means to.
    pub(super) fn offset(&self, partition: &TopicPartition) -> Option<i64> {
        self.begun().get(partition).map(|begun| begun.offset)
    }

    /// Takes what the group has given, each from where somebody means to read it.
    pub(super) fn accept(
        &self,
        given: &[TopicPartition],
        client: &Arc<BaseConsumer<Hearing>>,
        bell: &Arc<PipeBell>,
    ) -> KafkaResult<()> {
        let at = |each| self.offset(each).map_or(Offset::End, Offset::Offset);
        let all = hearing::list(given.iter().map(|each| (each, at(each))))?;
        match client.rebalance_protocol() {
            RebalanceProtocol::Cooperative => client.incremental_assign(&all)?,
            RebalanceProtocol::Eager | RebalanceProtocol::None => client.assign(&all)?,
        }
        // What comes before its queue is open would come elsewhere: what was fetched before a pause is fetched again.
        client.pause(&all)?;
        let wanted = self.open(given, client, bell)?;
        client.resume(&wanted)?;
        wake(client, wanted);
        Ok(())
    }

    /// Opens the queues of those that somebody means to read; which they are.
    fn open(
        &self,
        given: &[TopicPartition],
        client: &Arc<BaseConsumer<Hearing>>,
        bell: &Arc<PipeBell>,
    ) -> KafkaResult<TopicPartitionList> {
        let mut begun = self.begun();
        let mut opened = Vec::new();
        for partition in given {
            if let Some(begun) = begun.get_mut(partition) {
                begun.queue = Queue::split(client, partition, bell);
                opened.push((partition, Offset::Invalid));
            }
        }
        hearing::list(opened)
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

/// Asks the brokers of partitions that are not paused any more. librdkafka's thread of a broker that has found nothing to be
/// fetched looks again after up to a second: a question wakes it, the end of a pause does not.
fn wake(client: &BaseConsumer<Hearing>, mut partitions: TopicPartitionList) {
    // From which offset on records are of 1970 or later: nobody wants to know.
    let asked = partitions.set_all_offsets(Offset::Offset(0));
    if asked.is_ok() && partitions.count() > 0 {
        let _ = client.offsets_for_times(partitions, LONGEST_ANSWER);
    }
}

/// A partition of a member.
pub(super) struct MemberPartition {
    partition: ClusterPartition,
    client: Arc<BaseConsumer<Hearing>>,
    queues: Queues,
    hearing: Hearing,
    /// Whether the member reads it: who wants to read some of it again needs another client.
    is_read: AtomicBool,
}

impl MemberPartition {
    pub(super) fn new(
        partition: ClusterPartition,
        client: Arc<BaseConsumer<Hearing>>,
        queues: Queues,
        hearing: Hearing,
    ) -> Self {
        Self {
            partition,
            client,
            queues,
            hearing,
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
            cluster: self.partition.cluster.clone(),
            client: Arc::clone(&self.client),
            queues: self.queues.clone(),
            hearing: self.hearing.clone(),
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
    cluster: Cluster,
    client: Arc<BaseConsumer<Hearing>>,
    queues: Queues,
    hearing: Hearing,
    /// None until the group's coordinator knows that we have it.
    queue: Option<Queue<Hearing>>,
}

impl Fetching for AsMember {
    type Context = Hearing;

    fn queue(&mut self, partition: &TopicPartition, _: i64) -> Result<Option<&mut Queue<Hearing>>> {
        if self.queue.is_none() {
            let mut begun = self.queues.begun();
            self.queue = begun
                .get_mut(partition)
                .and_then(|begun| begun.queue.take());
        }
        Ok(self.queue.as_mut())
    }

    fn asked(&mut self, partition: &TopicPartition, _: &Next) -> Result<()> {
        // What has come may be another topic's, which is told before it comes. The member looks at all else that is told.
        self.hearing.listen(&self.client, Duration::ZERO)?;
        self.hearing.witness.topics.check(&partition.topic)
    }

    fn find_way(&self, partition: &TopicPartition, offset: i64) -> Result<i64> {
        // librdkafka lets no member go on elsewhere in a partition that it has.
        let start = self.cluster.overtaken(partition, offset)?;
        let last = start - 1;
        Err(Error::failed(format!(
            "{partition}: offsets {offset} to {last} were deleted before they were read"
        ))
        .help(format!(
            "started again, the group goes on at offset {start}"
        )))
    }

    fn seek(&mut self, partition: &TopicPartition, offset: i64) {
        if let Some(queue) = &mut self.queue {
            queue.clear();
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
