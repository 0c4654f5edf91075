//! The queue in which librdkafka lays what it has fetched of a partition.
//!
//! rdkafka takes out one record at a time, and each of them costs an event, two looks at the clock and an allocation
//! besides. Here they are taken out by the hundred: each costs a lock, and all together one look at the clock.
//!
//! What is not a record is taken out alone. librdkafka goes on after a pause, as each rebalance of a group is one, behind
//! what was handed out last, and taken out with others the news of an end counts as a record at that offset: the one that
//! comes to be there would never be read.

use std::collections::VecDeque;
use std::ffi::CString;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::Timestamp;
use rdkafka::bindings::{
    rd_kafka_consume_batch_queue, rd_kafka_consume_queue, rd_kafka_message_destroy,
    rd_kafka_message_headers, rd_kafka_message_t, rd_kafka_message_timestamp,
    rd_kafka_queue_destroy, rd_kafka_queue_get_partition, rd_kafka_queue_length, rd_kafka_queue_t,
    rd_kafka_timestamp_type_t,
};
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::BorrowedHeaders;
use rdkafka::topic_partition_list::Offset;
use rdkafka::types::RDKafkaRespErr;

use super::bell::PipeBell;
use super::headers;
use super::reader::list;
use crate::record::Header;
use crate::store::TopicPartition;

/// So many are taken out at a time. They stay in memory anyway; what is taken out is no more counted to the queue, which
/// librdkafka fills up to a limit.
const MOST_TAKEN: usize = 500;

/// A partition's own queue, which rings when something comes.
pub(super) struct Queue<C: ConsumerContext + 'static> {
    // In the order in which they are let go.
    taken: VecDeque<Arrival>,
    native: NativeQueue,
    /// Rings, and keeps the client.
    _split: PartitionQueue<C>,
    client: Arc<BaseConsumer<C>>,
    partition: TopicPartition,
}

impl<C: ConsumerContext + 'static> Queue<C> {
    /// Has what comes of a partition come here; none if librdkafka does not know it.
    pub(super) fn split(
        client: &Arc<BaseConsumer<C>>,
        partition: &TopicPartition,
        bell: &Arc<PipeBell>,
    ) -> Option<Self> {
        let mut split =
            client.split_partition_queue(partition.topic.as_str(), partition.partition)?;
        let bell = Arc::clone(bell);
        split.set_nonempty_callback(move || bell.ring());
        Some(Self {
            taken: VecDeque::new(),
            native: NativeQueue::of(client, partition)?,
            _split: split,
            client: Arc::clone(client),
            partition: partition.clone(),
        })
    }

    /// What comes next: the same until it is let go; none if nothing has come.
    pub(super) fn peek(&mut self) -> Option<&Arrival> {
        if self.taken.is_empty() {
            self.take();
        }
        self.taken.front()
    }

    /// Takes out what has come.
    fn take(&mut self) {
        // What does not count any more is passed over with the first.
        if !self.native.take_one(&mut self.taken) {
            return;
        }
        // The last, which may be no record, is left there.
        let others = self.native.length().saturating_sub(1);
        if others == 0 || !self.native.take_many(others, &mut self.taken) {
            return;
        }
        if let Some(end) = self.taken.back().and_then(Arrival::end)
            && !self.native.take_one(&mut self.taken)
        {
            self.stay_at(end);
        }
    }

    /// Has librdkafka go on at an end that came with others: they became fewer while they were counted.
    fn stay_at(&self, offset: i64) {
        let at = list(&self.partition, Offset::Offset(offset));
        // One that is not ours any more is read by another.
        let _ = at.and_then(|at| self.client.seek_partitions(at, Duration::ZERO));
    }

    /// Lets go what came next.
    pub(super) fn let_go(&mut self) {
        self.taken.pop_front();
    }

    /// Lets go all that was taken out: other things come now.
    pub(super) fn clear(&mut self) {
        self.taken.clear();
    }
}

/// librdkafka's handle of the queue. Not to outlive its client.
struct NativeQueue(NonNull<rd_kafka_queue_t>);

#[expect(
    unsafe_code,
    reason = "librdkafka's queues are used by any thread, says its documentation"
)]
unsafe impl Send for NativeQueue {}

impl NativeQueue {
    #[expect(
        unsafe_code,
        reason = "the client is there as long as it is borrowed, and the name ends with a zero"
    )]
    fn of<C: ConsumerContext>(
        client: &BaseConsumer<C>,
        partition: &TopicPartition,
    ) -> Option<Self> {
        let topic = CString::new(partition.topic.as_str()).ok()?;
        let client = client.client().native_ptr();
        let queue =
            unsafe { rd_kafka_queue_get_partition(client, topic.as_ptr(), partition.partition) };
        NonNull::new(queue).map(Self)
    }

    /// How much has come, with what does not count any more.
    #[expect(
        unsafe_code,
        reason = "librdkafka counts what lies in a queue of its own"
    )]
    fn length(&self) -> usize {
        unsafe { rd_kafka_queue_length(self.0.as_ptr()) }
    }

    /// Takes out what comes next, if it has come.
    #[expect(unsafe_code, reason = "what it points to is ours")]
    fn take_one(&self, taken: &mut VecDeque<Arrival>) -> bool {
        let message = unsafe { rd_kafka_consume_queue(self.0.as_ptr(), 0) };
        let arrival = NonNull::new(message).map(Arrival);
        let is_there = arrival.is_some();
        taken.extend(arrival);
        is_there
    }

    /// Takes out what has come, up to a number; waits for nothing. Whether there was any.
    #[expect(
        unsafe_code,
        reason = "librdkafka writes as many pointers as it is given places, and says how many; what they point to is ours"
    )]
    fn take_many(&self, most: usize, taken: &mut VecDeque<Arrival>) -> bool {
        let mut places = [ptr::null_mut(); MOST_TAKEN];
        let places = &mut places[..most.min(MOST_TAKEN)];
        let count = unsafe {
            rd_kafka_consume_batch_queue(self.0.as_ptr(), 0, places.as_mut_ptr(), places.len())
        };
        let count = usize::try_from(count).unwrap_or(0);
        let messages = places.iter().take(count);
        taken.extend(messages.filter_map(|&message| NonNull::new(message).map(Arrival)));
        count > 0
    }
}

impl Drop for NativeQueue {
    #[expect(unsafe_code, reason = "it is ours, and nobody uses it any more")]
    fn drop(&mut self) {
        unsafe { rd_kafka_queue_destroy(self.0.as_ptr()) }
    }
}

/// What came: a record, that the end was reached, or an error. Lent by its queue, which keeps the client.
pub(super) struct Arrival(NonNull<rd_kafka_message_t>);

#[expect(
    unsafe_code,
    reason = "what was taken out is known to nobody else, and let go by any thread"
)]
unsafe impl Send for Arrival {}

impl Arrival {
    #[expect(
        unsafe_code,
        reason = "librdkafka made it, and nobody changes it before it is let go"
    )]
    fn message(&self) -> &rd_kafka_message_t {
        unsafe { self.0.as_ref() }
    }

    /// What went wrong, or that the end was reached.
    pub(super) fn error(&self) -> Option<KafkaError> {
        let message = self.message();
        match message.err {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR => None,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__PARTITION_EOF => {
                Some(KafkaError::PartitionEOF(message.partition))
            }
            error => Some(KafkaError::MessageConsumption(error.into())),
        }
    }

    /// The end, where that was reached.
    fn end(&self) -> Option<i64> {
        matches!(self.error(), Some(KafkaError::PartitionEOF(_))).then(|| self.offset())
    }

    /// The record's offset; of an end, that of what will come behind it.
    pub(super) fn offset(&self) -> i64 {
        self.message().offset
    }

    #[expect(
        unsafe_code,
        reason = "librdkafka reads the time of a message of its own"
    )]
    pub(super) fn timestamp(&self) -> Timestamp {
        let mut kind = rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        let time = unsafe { rd_kafka_message_timestamp(self.0.as_ptr(), &raw mut kind) };
        match kind {
            rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_CREATE_TIME if time != -1 => {
                Timestamp::CreateTime(time)
            }
            rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME if time != -1 => {
                Timestamp::LogAppendTime(time)
            }
            _ => Timestamp::NotAvailable,
        }
    }

    pub(super) fn key(&self) -> Option<&[u8]> {
        let message = self.message();
        bytes(message.key.cast(), message.key_len)
    }

    pub(super) fn value(&self) -> Option<&[u8]> {
        let message = self.message();
        bytes(message.payload.cast(), message.len)
    }

    /// The headers of a record, in their order.
    #[expect(
        unsafe_code,
        reason = "the list is the message's own, and stays as long as that; rdkafka has nothing beside it"
    )]
    pub(super) fn headers(&self) -> KafkaResult<Vec<Header<'_>>> {
        let mut list = ptr::null_mut();
        match unsafe { rd_kafka_message_headers(self.0.as_ptr(), &raw mut list) } {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR => {
                Ok(headers::read(unsafe { &*list.cast::<BorrowedHeaders>() }))
            }
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__NOENT => Ok(Vec::new()),
            error => Err(KafkaError::MessageConsumption(error.into())),
        }
    }
}

impl Drop for Arrival {
    #[expect(unsafe_code, reason = "it is ours, and nobody borrows it any more")]
    fn drop(&mut self) {
        unsafe { rd_kafka_message_destroy(self.0.as_ptr()) }
    }
}

/// What lies in a message that is borrowed as long as the bytes are.
#[expect(
    unsafe_code,
    reason = "librdkafka says how much lies there, and it stays as long as the message does"
)]
fn bytes<'m>(start: *const u8, length: usize) -> Option<&'m [u8]> {
    (!start.is_null()).then(|| unsafe { std::slice::from_raw_parts(start, length) })
}
