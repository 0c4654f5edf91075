//! Asking how large a batch a topic takes.
//!
//! rdkafka asks with a client of its own, which has to connect first, and takes a tenth of a second to end. Here it is
//! asked on a connection that is there: one question, and one answer.

use std::ffi::{CStr, CString};
use std::ptr::NonNull;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::bindings::{
    rd_kafka_AdminOptions_destroy, rd_kafka_AdminOptions_new, rd_kafka_AdminOptions_set_broker,
    rd_kafka_ConfigEntry_name, rd_kafka_ConfigEntry_value, rd_kafka_ConfigResource_configs,
    rd_kafka_ConfigResource_destroy, rd_kafka_ConfigResource_new, rd_kafka_DescribeConfigs,
    rd_kafka_DescribeConfigs_result_resources, rd_kafka_ResourceType_t, rd_kafka_admin_op_t,
    rd_kafka_event_DescribeConfigs_result, rd_kafka_event_destroy, rd_kafka_event_t,
    rd_kafka_queue_destroy, rd_kafka_queue_new, rd_kafka_queue_poll, rd_kafka_queue_t, rd_kafka_t,
};
use rdkafka::client::Client;

use crate::store::{Setting, TopicName};

/// The `max.message.bytes` of a topic; none where that is not told, to us or within `patience`. A broker that the client is
/// connected to can be named, otherwise it is the controller's to tell.
pub(super) fn ask<C: ClientContext>(
    client: &Client<C>,
    topic: &TopicName,
    broker: Option<i32>,
    patience: Duration,
) -> Option<u64> {
    let topic = CString::new(topic.as_str()).ok()?;
    let answers = Queue::new(client)?;
    send(client.native_ptr(), &topic, broker, &answers);
    let answer = answers.wait(patience)?;
    answer
        .setting(Setting::MaxMessageBytes.name())?
        .parse()
        .ok()
}

#[expect(
    unsafe_code,
    reason = "the client is there as long as it is borrowed; librdkafka copies what it is given, and says so"
)]
fn send(client: *mut rd_kafka_t, topic: &CStr, broker: Option<i32>, answers: &Queue) {
    let what = rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC;
    let operation = rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS;
    unsafe {
        let mut resource = rd_kafka_ConfigResource_new(what, topic.as_ptr());
        let options = rd_kafka_AdminOptions_new(client, operation);
        if let Some(broker) = broker {
            // One that can't be asked is not asked: then the controller is.
            rd_kafka_AdminOptions_set_broker(options, broker, std::ptr::null_mut(), 0);
        }
        rd_kafka_DescribeConfigs(client, &raw mut resource, 1, options, answers.0.as_ptr());
        rd_kafka_AdminOptions_destroy(options);
        rd_kafka_ConfigResource_destroy(resource);
    }
}

/// Where the answer comes. Not to outlive its client.
struct Queue(NonNull<rd_kafka_queue_t>);

impl Queue {
    #[expect(unsafe_code, reason = "the client is there as long as it is borrowed")]
    fn new<C: ClientContext>(client: &Client<C>) -> Option<Self> {
        NonNull::new(unsafe { rd_kafka_queue_new(client.native_ptr()) }).map(Self)
    }

    #[expect(
        unsafe_code,
        reason = "the queue is ours, and so is what comes out of it"
    )]
    fn wait(&self, patience: Duration) -> Option<Answer> {
        let millis = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
        NonNull::new(unsafe { rd_kafka_queue_poll(self.0.as_ptr(), millis) }).map(Answer)
    }
}

impl Drop for Queue {
    #[expect(
        unsafe_code,
        reason = "it is ours, and an answer that comes later finds it closed"
    )]
    fn drop(&mut self) {
        unsafe { rd_kafka_queue_destroy(self.0.as_ptr()) }
    }
}

/// What came: settings, or an error, which has none.
struct Answer(NonNull<rd_kafka_event_t>);

impl Answer {
    #[expect(
        unsafe_code,
        reason = "librdkafka says how many there are of each, and they stay as long as the answer; names and values end with a zero"
    )]
    fn setting(&self, name: &str) -> Option<&str> {
        let is = |found| unsafe { CStr::from_ptr(found) }.to_bytes() == name.as_bytes();
        let mut count = 0;
        unsafe {
            let result = rd_kafka_event_DescribeConfigs_result(self.0.as_ptr());
            let resources = rd_kafka_DescribeConfigs_result_resources(
                NonNull::new(result.cast_mut())?.as_ptr(),
                &raw mut count,
            );
            let resource = (count > 0).then(|| *resources)?;
            let entries = rd_kafka_ConfigResource_configs(resource, &raw mut count);
            let entry = (0..count)
                .map(|at| *entries.add(at))
                .find(|&entry| is(rd_kafka_ConfigEntry_name(entry)))?;
            let value = NonNull::new(rd_kafka_ConfigEntry_value(entry).cast_mut())?;
            CStr::from_ptr(value.as_ptr()).to_str().ok()
        }
    }
}

impl Drop for Answer {
    #[expect(unsafe_code, reason = "it is ours, and nobody borrows it any more")]
    fn drop(&mut self) {
        unsafe { rd_kafka_event_destroy(self.0.as_ptr()) }
    }
}
