//! Having a partition fetched for itself, in no group.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::error::KafkaError;

use super::batches::not_read;
use super::cluster::Cluster;
use super::cursor::Fetching;
use super::queue::Queue;
use super::reader::Reader;
use super::refusal::refused;
use super::witness::{Complaint, Witness};
use crate::client::Next;
use crate::error::{Error, Result};
use crate::log::Isolation;
use crate::store::TopicPartition;

/// How long a cluster that has complaints about its connections is waited for.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Has a partition fetched by a client that all share who read so.
pub(super) struct Direct {
    cluster: Cluster,
    isolation: Isolation,
    /// None as long as nothing was asked for: an end that is no further than the beginning needs no connection.
    reading: Option<Reading>,
    /// Since when nothing has come that is known to be there.
    waits_since: Option<Instant>,
}

struct Reading {
    reader: Arc<Reader>,
    queue: Queue<Witness>,
}

impl Direct {
    pub(super) fn new(cluster: Cluster, isolation: Isolation) -> Self {
        Self {
            cluster,
            isolation,
            reading: None,
            waits_since: None,
        }
    }

    fn begin(&mut self, partition: &TopicPartition, offset: i64) -> Result<()> {
        let begin = |reader: &Reader| {
            let begun = reader.begin(partition, offset);
            begun.map_err(|error| not_read(partition, offset, &error))
        };
        let mut reader = self.cluster.reader(self.isolation)?;
        let mut queue = begin(&reader)?;
        if queue.is_none() {
            // Somebody else here reads it: with a client of our own it does not matter.
            reader = self.cluster.another_reader(self.isolation)?;
            queue = begin(&reader)?;
        }
        self.reading = queue.map(|queue| Reading { reader, queue });
        Ok(())
    }
}

impl Fetching for Direct {
    type Context = Witness;

    fn queue(
        &mut self,
        partition: &TopicPartition,
        offset: i64,
    ) -> Result<Option<&mut Queue<Witness>>> {
        if self.reading.is_none() {
            self.begin(partition, offset)?;
        }
        Ok(self.reading.as_mut().map(|reading| &mut reading.queue))
    }

    fn asked(&mut self, partition: &TopicPartition, next: &Next) -> Result<()> {
        let Some(Reading { reader, .. }) = &self.reading else {
            return Ok(());
        };
        reader.serve()?;
        reader.witness.topics.check(&partition.topic)?;
        if !matches!(next, Next::NotYet) {
            self.waits_since = None;
            return Ok(());
        }
        let waited = self.waits_since.get_or_insert_with(Instant::now).elapsed();
        let Some(said) = reader.witness.last() else {
            return Ok(());
        };
        if Complaint::is_final(&said) {
            let error = KafkaError::Global(said.code);
            return Err(refused(&format!("read {partition}"), &error, Some(&said)));
        }
        // A cluster that is away comes back, most often, but is not waited for without end.
        if waited >= LONGEST_WAIT {
            return Err(Error::failed(format!(
                "cannot read {partition}: nothing came for {} s: {}",
                waited.as_secs(),
                said.reason
            )));
        }
        Ok(())
    }

    fn find_way(&self, partition: &TopicPartition, offset: i64) -> Result<i64> {
        let start = self.cluster.overtaken(partition, offset)?;
        let notes = self.cluster.0.patience.notes();
        notes.say(&format!(
            "{partition}: offsets {offset} to {} were deleted before they were read",
            start - 1
        ));
        Ok(start)
    }

    fn seek(&mut self, partition: &TopicPartition, _: i64) {
        // Begun again where it is wanted.
        self.end(partition);
    }

    fn end(&mut self, partition: &TopicPartition) {
        if let Some(Reading { reader, queue }) = self.reading.take() {
            drop(queue);
            reader.end(partition);
        }
    }
}
