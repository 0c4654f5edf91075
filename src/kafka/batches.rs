//! Reading a partition of a cluster: what librdkafka hands out one by one is put into batches again.
//!
//! A batch is what all readers of ours know how to take apart, to filter and to print. Making one anew costs little
//! beside the way that the records came. Offsets stay what they are: where one is missing, a batch ends.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::Timestamp;
use rdkafka::consumer::ConsumerContext;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{
    BorrowedHeaders, BorrowedMessage, Message as _, OwnedHeaders, OwnedMessage,
};

use super::headers;
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
    /// The first record of the next batch, where it did not fit the last one.
    ahead: Option<OwnedMessage>,
    /// The batch that was put together last, and its header.
    bytes: Vec<u8>,
    last: Option<BatchHeader>,
    /// The same header, as long as the batch is still to be handed out.
    ready: Option<BatchHeader>,
    /// Whether the end of the log was reached, as it was then.
    at_end: bool,
    /// Whether that was told since it was last asked.
    end_told: bool,
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
            ahead: None,
            bytes: Vec::new(),
            last: None,
            ready: None,
            at_end: false,
            end_told: false,
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
    pub(super) fn next<C: ConsumerContext>(&mut self, queue: &PartitionQueue<C>) -> Result<Next> {
        if let Some(header) = self.ready {
            return Ok(Next::Batch(header));
        }
        let mut frame = None;
        if let Some(message) = self.ahead.take() {
            let begun = Frame::of(message.offset(), message.timestamp());
            self.append(
                &message,
                message.headers().map(OwnedHeaders::as_borrowed),
                begun.append_time,
            );
            frame = Some(begun);
        }
        while let Some(polled) = queue.poll(Duration::ZERO) {
            let message = match polled {
                Ok(message) => message,
                Err(KafkaError::PartitionEOF(_)) => {
                    self.at_end = true;
                    self.end_told = true;
                    continue;
                }
                Err(error) if passes(&error) => continue,
                Err(KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset)) => {
                    self.is_astray = true;
                    continue;
                }
                Err(error) => return Err(not_read(&self.partition, self.offset, &error)),
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
        if follows && time == begun.append_time && self.append(message, message.headers(), time) {
            return true;
        }
        self.ahead = Some(message.detach());
        false
    }

    /// Appends a record unless the batch is full.
    fn append<M: rdkafka::Message>(
        &mut self,
        message: &M,
        headers: Option<&BorrowedHeaders>,
        append_time: Option<i64>,
    ) -> bool {
        let timestamp = match message.timestamp() {
            Timestamp::CreateTime(time) => time,
            Timestamp::NotAvailable => NO_TIMESTAMP,
            Timestamp::LogAppendTime(_) => append_time.unwrap_or(NO_TIMESTAMP),
        };
        let headers = headers.map(headers::read).unwrap_or_default();
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
        self.ready.is_some() || self.ahead.is_some()
    }

    /// Whether an end was told of since this was last asked, with nothing before it that is still to be handed out: what
    /// lies between the last record and the end is no one's.
    pub(super) fn hears_end(&mut self) -> bool {
        !self.has_more() && std::mem::take(&mut self.end_told)
    }

    /// Whether the log does not have the offset that is wanted, with nothing before it that is still to be handed out.
    pub(super) fn is_astray(&self) -> bool {
        self.is_astray && !self.has_more()
    }

    /// Goes on at `offset`, where that lies ahead: there is nothing to be handed out before it.
    pub(super) fn pass(&mut self, offset: i64) {
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
        self.ahead = None;
        self.last = None;
        self.ready = None;
        self.at_end = false;
        self.end_told = false;
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
        for offset in first..first + count {
            let time = Timestamp::CreateTime(1);
            let message = OwnedMessage::new(
                Some(b"v".to_vec()),
                None,
                "t".to_owned(),
                time,
                0,
                offset,
                None,
            );
            assert!(batches.append(&message, None, None));
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
