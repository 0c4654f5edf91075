//! A partition of a cluster: its offsets, asked of its leader.

use std::path::Path;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::MetadataTopic;
use rdkafka::topic_partition_list::Offset;

use super::batches::deleted;
use super::cluster::Cluster;
use super::cursor::QueueCursor;
use super::direct::Direct;
use super::reader::list;
use super::refusal::code;
use super::witness::Witness;
use crate::client::{Bell as _, Cursor, PartitionLog};
use crate::error::{Error, ErrorKind, Result};
use crate::log::Isolation;
use crate::store::TopicPartition;

/// A partition of a cluster.
pub(super) struct ClusterPartition {
    pub(super) cluster: Cluster,
    pub(super) name: TopicPartition,
}

impl ClusterPartition {
    /// The log start offset, and the end as readers with this isolation see it.
    fn watermarks(&self, isolation: Isolation) -> Result<(i64, i64)> {
        let (topic, partition) = (self.name.topic.as_str(), self.name.partition);
        let doing = format!("find the offsets of {}", self.name);
        self.cluster.0.ask(&doing, isolation, |client, slice| {
            client
                .fetch_watermarks(topic, partition, slice)
                .map_err(|error| self.told_apart(error, client, slice))
        })
    }

    /// librdkafka says of a partition that is without a leader just now that it knows none such, as of one that is not there.
    fn told_apart(
        &self,
        error: KafkaError,
        client: &BaseConsumer<Witness>,
        slice: Duration,
    ) -> KafkaError {
        if code(&error) != Some(RDKafkaErrorCode::UnknownPartition) {
            return error;
        }
        let topic = self.name.topic.as_str();
        let is_there = client.fetch_metadata(Some(topic), slice).map(|metadata| {
            let mut partitions = metadata.topics().iter().flat_map(MetadataTopic::partitions);
            partitions.any(|partition| partition.id() == self.name.partition)
        });
        match is_there {
            Ok(true) => KafkaError::MetadataFetch(RDKafkaErrorCode::LeaderNotAvailable),
            Ok(false) => error,
            Err(unanswered) => unanswered,
        }
    }
}

impl Cluster {
    /// The log start of a partition, which has overtaken who is at `offset`; an error where that is not so.
    pub(super) fn overtaken(&self, name: &TopicPartition, offset: i64) -> Result<i64> {
        let partition = ClusterPartition {
            cluster: self.clone(),
            name: name.clone(),
        };
        let (start, end) = partition.watermarks(Isolation::ReadUncommitted)?;
        if start > offset {
            return Ok(start);
        }
        let what = "was deleted and created again, or lost records,";
        let place = format!("{name} was read up to offset {offset}, and ends at {end}");
        Err(deleted(&name.topic, what).and(place))
    }
}

impl PartitionLog for ClusterPartition {
    fn name(&self) -> &TopicPartition {
        &self.name
    }

    fn start(&self) -> Result<i64> {
        Ok(self.watermarks(Isolation::ReadUncommitted)?.0)
    }

    fn end(&self) -> Result<i64> {
        Ok(self.watermarks(Isolation::ReadUncommitted)?.1)
    }

    fn readable_end(&self, isolation: Isolation) -> Result<i64> {
        Ok(self.watermarks(isolation)?.1)
    }

    fn open_transaction(&self) -> Result<Option<(i64, i64)>> {
        let stable = self.readable_end(Isolation::ReadCommitted)?;
        Ok((stable < self.end()?).then_some((-1, stable)))
    }

    fn offset_for_time(&self, timestamp: i64) -> Result<Option<i64>> {
        let doing = format!("find a time in {}", self.name);
        let found = self
            .cluster
            .0
            .ask(&doing, Isolation::ReadUncommitted, |client, slice| {
                let wanted = list(&self.name, Offset::Offset(timestamp.max(0)))?;
                client
                    .offsets_for_times(wanted, slice)
                    .map_err(|error| self.told_apart(error, client, slice))
            })?;
        Ok(found
            .elements()
            .first()
            .and_then(|found| match found.offset() {
                Offset::Offset(offset) => Some(offset),
                _ => None,
            }))
    }

    fn cursor(&self, offset: i64, isolation: Isolation) -> Box<dyn Cursor> {
        let (cluster, name) = (self.cluster.clone(), self.name.clone());
        Box::new(QueueCursor::new(
            Direct::new(cluster, isolation),
            name,
            offset,
        ))
    }

    fn dir(&self) -> Option<&Path> {
        None
    }

    fn wait(&self, patience: Duration) -> Result<()> {
        let shared = &self.cluster.0;
        let mut polled = [PollFd::new(shared.bell.fd(), PollFlags::POLLIN)];
        let timeout = PollTimeout::try_from(patience).unwrap_or(PollTimeout::MAX);
        // Interrupted or not, it is looked again.
        let _ = poll(&mut polled, timeout);
        shared.bell.hear();
        if shared.patience.is_interrupted() {
            return Err(Error::new(ErrorKind::Interrupted, "stopped by a signal"));
        }
        if shared.patience.is_over() {
            let message = format!(
                "{}: waiting for {} took too long",
                shared.servers, self.name
            );
            return Err(Error::new(ErrorKind::TimedOut, message));
        }
        Ok(())
    }
}
