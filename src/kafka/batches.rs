//! Reading a partition of a cluster: what librdkafka hands out one by one is put into batches again.
//!
//! A batch is what all readers of ours know how to take apart, to filter and to print. Making one anew costs little
//! beside the way that the records came. Offsets stay what they are: where one is missing, a batch ends.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rdkafka::Timestamp;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::queue::{Arrival, Queue};
use super::refusal::{passes, refused};
use crate::client::Next;
use crate::error::{Error, ErrorKind, Result};
use crate::log::Fetched;
use crate::record::{BatchBuilder, BatchHeader, Compression, NO_TIMESTAMP, Record};
use crate::store::{TopicName, TopicPartition};

/// A batch that is put together has so many bytes, or one record.
const BATCH_BYTES: usize = 256 << 10;

/// Puts the records of one partition into batches.
pub(super) struct Batches {
    partition: TopicPartition,
    /// Says in errors where a record came from.
    name: Arc<Path>,
    builder: BatchBuilder,
    /// The offset that is wanted next.
    offset: i64,
    /// Whether the queue has the next batch's first record already.
    begun: bool,
    /// The batch that was put together last, and its header.
    bytes: Vec<u8>,
    last: Option<BatchHeader>,
    /// The same header, as long as the batch is still to be handed out.
    ready: Option<BatchHeader>,
    /// The end of the log, where it was reached, as it was then.
    end: Option<i64>,
    /// Whether the log was said not to have the offset that is wanted.
    is_astray: bool,
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
            begun: false,
            bytes: Vec::new(),
            last: None,
            ready: None,
            end: None,
            is_astray: false,
        }
    }

    pub(super) fn offset(&self) -> i64 {
        self.offset
    }

    pub(super) fn partition(&self) -> &TopicPartition {
        &self.partition
    }

    /// The next batch of what has come.
    pub(super) fn next<C: ConsumerContext>(&mut self, queue: &mut Queue<C>) -> Result<Next> {
        if let Some(header) = self.ready {
            return Ok(Next::Batch(header));
        }
        let mut frame = None;
        self.begun = false;
        while let Some(arrival) = queue.peek() {
            let took = match arrival.error() {
                Some(error) => self.hear(arrival, &error),
                None if arrival.offset() < self.offset => Ok(true),
                None => self.take(arrival, &mut frame),
            };
            // What came before an error is handed out before it is told.
            if matches!(took, Ok(false)) || took.is_err() && frame.is_some() {
                self.begun = true;
                break;
            }
            queue.let_go();
            took?;
        }
        self.seal(frame)
    }

    /// Takes note of what came instead of a record.
    fn hear(&mut self, arrival: &Arrival, error: &KafkaError) -> Result<bool> {
        match error {
            KafkaError::PartitionEOF(_) => self.end = Some(arrival.offset()),
            KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset) => {
                self.is_astray = true;
            }
            error if passes(error) => {}
            error => return Err(not_read(&self.partition, self.offset, error)),
        }
        Ok(true)
    }

    /// Puts a record into the batch; false if it is for the next one.
    fn take(&mut self, arrival: &Arrival, frame: &mut Option<Frame>) -> Result<bool> {
        let (offset, timestamp) = (arrival.offset(), arrival.timestamp());
        let headers = arrival.headers();
        let headers = headers.map_err(|error| not_read(&self.partition, offset, &error))?;
        let begun = *frame.get_or_insert(Frame::of(offset, timestamp));
        let follows = Frame::of(offset - i64::from(self.builder.count()), timestamp);
        self.end = None;
        let record = Record {
            timestamp: match timestamp {
                Timestamp::CreateTime(time) | Timestamp::LogAppendTime(time) => time,
                Timestamp::NotAvailable => NO_TIMESTAMP,
            },
            key: arrival.key(),
            value: arrival.value(),
            headers: &headers,
        };
        Ok(follows == begun && self.builder.append(&record))
    }

    /// Closes the batch, if there is anything in it.
    fn seal(&mut self, frame: Option<Frame>) -> Result<Next> {
        let Some(frame) = frame.filter(|_| !self.builder.is_empty()) else {
            return Ok(match self.end {
                Some(end) => {
                    // What lies between the last record and the end is no one's.
                    self.pass(end);
                    Next::End
                }
                None => Next::NotYet,
            });
        };
        let mut batch = self.builder.seal(Compression::None)?;
        batch.stamp(frame.base_offset, -1, frame.append_time);
        let header = *batch.header();
        self.bytes.clear();
        self.bytes.extend_from_slice(batch.bytes());
        self.builder.clear();
        self.last = Some(header);
        self.ready = self.last;
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
        self.ready.is_some() || self.begun
    }

    /// Whether the log does not have the offset that is wanted, with nothing before it that is still to be handed out.
    pub(super) fn is_astray(&self) -> bool {
        self.is_astray && !self.has_more()
    }

    /// Goes on at `offset`, where that lies ahead: there is nothing to be handed out before it.
    fn pass(&mut self, offset: i64) {
        self.offset = self.offset.max(offset);
    }

    /// Goes on at `offset`, where that lies in what was put together last: all that comes behind it is still to come. False
    /// if it has to be fetched.
    pub(super) fn go_back(&mut self, offset: i64) -> bool {
        let holds =
            |header: &BatchHeader| (header.base_offset..=header.last_offset()).contains(&offset);
        let Some(header) = self.last.filter(holds) else {
            return false;
        };
        self.offset = offset;
        self.ready = Some(header);
        true
    }

    /// Nothing that came before counts any more.
    pub(super) fn restart(&mut self, offset: i64) {
        self.offset = offset;
        self.begun = false;
        self.last = None;
        self.ready = None;
        self.end = None;
        self.is_astray = false;
        self.builder.clear();
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

/// The error for a partition that can't be read.
pub(super) fn not_read(partition: &TopicPartition, offset: i64, error: &KafkaError) -> Error {
    let refused = refused(&format!("read {partition} at offset {offset}"), error, None);
    if refused.kind() == ErrorKind::UnknownTopic {
        return deleted(&partition.topic, "was deleted");
    }
    refused
}

/// The error for a topic that is another one now, or none.
pub(super) fn deleted(topic: &TopicName, what: &str) -> Error {
    let message = format!("topic {topic} {what} while it was read");
    Error::new(ErrorKind::TopicDeleted, message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::store::TopicName;

    fn batches() -> Batches {
        Batches::new(TopicPartition::new(TopicName::new("t").unwrap(), 0), 7)
    }

    fn put_together(batches: &mut Batches, first: i64, count: i64) {
        for _ in 0..count {
            let record = Record {
                timestamp: 1,
                key: None,
                value: Some(b"v"),
                headers: &[],
            };
            assert!(batches.builder.append(&record));
        }
        let frame = Frame::of(first, Timestamp::CreateTime(1));
        assert!(matches!(batches.seal(Some(frame)), Ok(Next::Batch(_))));
    }

    /// Who uses a batch in parts would have it fetched for each of them.
    #[test]
    fn what_was_put_together_last_is_handed_out_again() {
        let mut batches = batches();
        assert!(!batches.go_back(7), "nothing was put together yet");
        put_together(&mut batches, 7, 3);
        assert!(batches.take_ready().is_some());
        assert_eq!(batches.offset(), 10);
        for (offset, is_there) in [(8, true), (9, true), (7, true), (6, false), (10, false)] {
            assert_eq!(batches.go_back(offset), is_there, "{offset}");
        }
        assert_eq!(batches.offset(), 7);
        let fetched = batches.take_ready().unwrap();
        assert_eq!(fetched.header().base_offset, 7);
        assert!(fetched.records().unwrap().next().unwrap().is_some());
        put_together(&mut batches, 10, 2);
        assert!(!batches.go_back(9), "its place was taken");
        assert!(batches.go_back(11));
        batches.restart(11);
        assert!(!batches.go_back(11), "it may be another log");
    }
}
