//! Reading a partition of a cluster: what librdkafka hands out one by one is put into batches again.
//!
//! A batch is what all readers of ours know how to take apart, to filter and to print. Making one anew costs little
//! beside the way that the records came. Offsets stay what they are: where one is missing, a batch ends.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::Timestamp;
use rdkafka::consumer::ConsumerContext;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _, OwnedMessage};

use super::cluster::Cluster;
use super::reader::Reader;
use super::refusal::{passes, refused};
use super::witness::Witness;
use crate::client::{Cursor, Next};
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Fate, Fetched, Isolation, ReadBuffer};
use crate::record::{BatchBuilder, BatchHeader, Compression, Header, NO_TIMESTAMP, Record};
use crate::store::TopicPartition;

/// A batch that is put together has so many bytes, or one record.
const BATCH_BYTES: usize = 256 << 10;

/// How long a cluster that has complaints about its connections is waited for.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Puts the records of one partition into batches.
pub(super) struct Batches {
    partition: TopicPartition,
    /// Says in errors where a record came from.
    name: Arc<Path>,
    builder: BatchBuilder,
    /// The offset that is wanted next.
    offset: i64,
    /// The first record of the next batch, where it did not fit the last one.
    ahead: Option<OwnedMessage>,
    bytes: Vec<u8>,
    ready: Option<BatchHeader>,
    /// Whether the end of the log was reached, as it was then.
    at_end: bool,
}

/// What a record that is being put into a batch must agree with.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Frame {
    base_offset: i64,
    append_time: Option<i64>,
}

impl Batches {
    pub(super) fn new(partition: TopicPartition, offset: i64) -> Self {
        Self {
            name: PathBuf::from(partition.to_string()).into(),
            partition,
            builder: BatchBuilder::new(BATCH_BYTES),
            offset,
            ahead: None,
            bytes: Vec::new(),
            ready: None,
            at_end: false,
        }
    }

    pub(super) fn offset(&self) -> i64 {
        self.offset
    }

    pub(super) fn partition(&self) -> &TopicPartition {
        &self.partition
    }

    /// The next batch of what has come.
    pub(super) fn next<C: ConsumerContext>(&mut self, queue: &PartitionQueue<C>) -> Result<Next> {
        if let Some(header) = self.ready {
            return Ok(Next::Batch(header));
        }
        let mut frame = None;
        if let Some(message) = self.ahead.take() {
            let begun = Frame::of(message.offset(), message.timestamp());
            self.append(&message, begun.append_time);
            frame = Some(begun);
        }
        while let Some(polled) = queue.poll(Duration::ZERO) {
            let message = match polled {
                Ok(message) => message,
                Err(KafkaError::PartitionEOF(_)) => {
                    self.at_end = true;
                    continue;
                }
                Err(error) if passes(&error) => continue,
                Err(error) => return Err(self.refused(&error)),
            };
            if message.offset() < self.offset {
                continue;
            }
            self.at_end = false;
            if !self.take(&message, &mut frame) {
                break;
            }
        }
        self.seal(frame)
    }

    /// Puts a record into the batch; false if it is for the next one.
    fn take(&mut self, message: &BorrowedMessage<'_>, frame: &mut Option<Frame>) -> bool {
        let (offset, time) = (
            message.offset(),
            Frame::of(0, message.timestamp()).append_time,
        );
        let begun = *frame.get_or_insert(Frame {
            base_offset: offset,
            append_time: time,
        });
        let follows = offset == begun.base_offset + i64::from(self.builder.count());
        if follows && time == begun.append_time && self.append(message, time) {
            return true;
        }
        self.ahead = Some(message.detach());
        false
    }

    /// Appends a record unless the batch is full.
    fn append<M: rdkafka::Message>(&mut self, message: &M, append_time: Option<i64>) -> bool {
        let timestamp = match message.timestamp() {
            Timestamp::CreateTime(time) => time,
            Timestamp::NotAvailable => NO_TIMESTAMP,
            Timestamp::LogAppendTime(_) => append_time.unwrap_or(NO_TIMESTAMP),
        };
        let headers: Vec<Header<'_>> = match message.headers() {
            Some(headers) => headers
                .iter()
                .map(|header| Header {
                    name: header.key.as_bytes(),
                    value: header.value,
                })
                .collect(),
            None => Vec::new(),
        };
        self.builder.append(&Record {
            timestamp,
            key: message.key(),
            value: message.payload(),
            headers: &headers,
        })
    }

    /// Closes the batch, if there is anything in it.
    fn seal(&mut self, frame: Option<Frame>) -> Result<Next> {
        let Some(frame) = frame.filter(|_| !self.builder.is_empty()) else {
            return Ok(if self.at_end { Next::End } else { Next::NotYet });
        };
        let mut batch = self.builder.seal(Compression::None)?;
        batch.stamp(frame.base_offset, -1, frame.append_time);
        let header = *batch.header();
        self.bytes.clear();
        self.bytes.extend_from_slice(batch.bytes());
        self.builder.clear();
        self.ready = Some(header);
        Ok(Next::Batch(header))
    }

    /// Hands out the batch that is ready, and steps over it.
    pub(super) fn take_ready(&mut self) -> Option<Fetched<'_>> {
        let header = self.ready.take()?;
        self.offset = header.last_offset() + 1;
        Some(Fetched::in_memory(
            header,
            &self.bytes,
            Arc::clone(&self.name),
        ))
    }

    pub(super) fn skip(&mut self) {
        if let Some(header) = self.ready.take() {
            self.offset = header.last_offset() + 1;
        }
    }

    pub(super) fn has_more(&self) -> bool {
        self.ready.is_some() || self.ahead.is_some()
    }

    /// Nothing that came before counts any more.
    pub(super) fn restart(&mut self, offset: i64) {
        self.offset = offset;
        self.ahead = None;
        self.ready = None;
        self.at_end = false;
        self.builder.clear();
    }

    pub(super) fn refused(&self, error: &KafkaError) -> Error {
        let doing = format!("read {} at offset {}", self.partition, self.offset);
        let refused = refused(&doing, error, None);
        if refused.kind() == ErrorKind::UnknownTopic {
            let name = &self.partition.topic;
            return Error::new(
                ErrorKind::TopicDeleted,
                format!("topic {name} was deleted while it was read"),
            );
        }
        refused
    }
}

impl Frame {
    fn of(base_offset: i64, timestamp: Timestamp) -> Self {
        Self {
            base_offset,
            append_time: match timestamp {
                Timestamp::LogAppendTime(time) => Some(time),
                Timestamp::CreateTime(_) | Timestamp::NotAvailable => None,
            },
        }
    }
}

/// Reads a partition that is read for itself, in no group.
pub(super) struct PartitionCursor {
    cluster: Cluster,
    isolation: Isolation,
    /// None as long as nothing was asked for: an end that is no further than the beginning needs no connection.
    reading: Option<Reading>,
    batches: Batches,
    /// Since when nothing has come that is known to be there.
    waits_since: Option<Instant>,
}

struct Reading {
    reader: Arc<Reader>,
    queue: PartitionQueue<Witness>,
}

impl PartitionCursor {
    pub(super) fn new(
        cluster: Cluster,
        isolation: Isolation,
        partition: TopicPartition,
        offset: i64,
    ) -> Self {
        Self {
            cluster,
            isolation,
            reading: None,
            batches: Batches::new(partition, offset),
            waits_since: None,
        }
    }

    fn begin(&mut self) -> Result<()> {
        let batches = &self.batches;
        let begin = |reader: &Reader| {
            let begun = reader.begin(&batches.partition, batches.offset);
            begun.map_err(|error| batches.refused(&error))
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

impl PartitionCursor {
    /// A cluster that is away comes back, most often, but is not waited for without end.
    fn check_answered(&self) -> Result<()> {
        let waited = self
            .waits_since
            .map_or(Duration::ZERO, |since| since.elapsed());
        let said = self
            .reading
            .as_ref()
            .and_then(|reading| reading.reader.witness.last());
        match said {
            Some(said) if waited >= LONGEST_WAIT => Err(Error::failed(format!(
                "cannot read {}: nothing came for {} s: {}",
                self.batches.partition,
                waited.as_secs(),
                said.reason
            ))),
            _ => Ok(()),
        }
    }

    fn end(&mut self) {
        if let Some(Reading { reader, queue }) = self.reading.take() {
            drop(queue);
            reader.end(&self.batches.partition);
        }
    }
}

impl Cursor for PartitionCursor {
    fn offset(&self) -> i64 {
        self.batches.offset()
    }

    fn next(&mut self, _: &mut ReadBuffer) -> Result<Next> {
        if self.reading.is_none() {
            self.begin()?;
        }
        let Some(Reading { reader, queue }) = &self.reading else {
            return Ok(Next::NotYet);
        };
        let next = self.batches.next(queue)?;
        if let Next::NotYet = next {
            reader.serve();
            self.waits_since.get_or_insert_with(Instant::now);
            if let Some(said) = reader
                .witness
                .last()
                .filter(super::witness::Complaint::is_final)
            {
                let error = KafkaError::Global(said.code);
                let doing = format!("read {}", self.batches.partition);
                return Err(refused(&doing, &error, Some(&said)));
            }
            self.check_answered()?;
        } else {
            self.waits_since = None;
        }
        Ok(next)
    }

    fn fate(&mut self, _: &BatchHeader) -> Result<Option<Fate>> {
        // librdkafka hands out nothing else.
        Ok(Some(Fate::Committed))
    }

    fn seek(&mut self, offset: i64) {
        self.batches.restart(offset);
        // Begun again where it is wanted.
        self.end();
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

impl Drop for PartitionCursor {
    fn drop(&mut self) {
        self.end();
    }
}
