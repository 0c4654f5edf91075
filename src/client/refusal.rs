//! What a topic does not take.
//!
//! Apart from the producer, which spends its time on records that are taken.

use crate::count::counted;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{BatchBuilder, NO_TIMESTAMP, Record, TimestampType};
use crate::store::{Topic, TopicName};

/// Whether a record is small enough.
#[inline(never)]
pub(crate) fn check_size(topic: &Topic, record: &Record<'_>) -> Result<()> {
    let size = BatchBuilder::batch_size_of(record) as u64;
    for (setting, limit) in [
        ("max.message.bytes", topic.settings.max_message_bytes()),
        ("segment.bytes", topic.settings.segment_bytes()),
    ] {
        if size > limit {
            let message = format!(
                "the record takes {size} bytes, more than the {limit} of {setting} of topic {}",
                topic.name
            );
            let help = format!(
                "'kafdir topic alter {} --config {setting}=N' raises it",
                topic.name
            );
            return Err(Error::new(ErrorKind::Refused, message).help(help));
        }
    }
    Ok(())
}

/// The error for a record without a key in a topic that needs one.
#[cold]
pub(super) fn without_key(topic: &Topic) -> Error {
    let name = &topic.name;
    let message = format!("the record has no key, and topic {name} is compacted by key");
    Error::new(ErrorKind::Refused, message)
        .help("give it one: --key, --key-separator, or \"key\" in JSON")
}

/// Whether a timestamp is one, and near enough to `now`; both in ms since the epoch.
#[inline(never)]
pub(crate) fn check_timestamp(topic: &Topic, timestamp: i64, now: i64) -> Result<()> {
    if timestamp < NO_TIMESTAMP {
        let message = format!("the record's timestamp {timestamp} is negative");
        return Err(Error::new(ErrorKind::Refused, message)
            .help("a timestamp is in ms since 1970; -1 says that there is none"));
    }
    let settings = &topic.settings;
    let (setting, limit, distance) = if timestamp < now {
        (
            "before",
            settings.timestamp_before_max_ms(),
            now.saturating_sub(timestamp),
        )
    } else {
        (
            "after",
            settings.timestamp_after_max_ms(),
            timestamp.saturating_sub(now),
        )
    };
    if distance <= limit || settings.timestamp_type() == TimestampType::LogAppendTime {
        return Ok(());
    }
    let message = format!(
        "the record's timestamp {timestamp} is {distance} ms {setting} now, more than the {limit} of \
         message.timestamp.{setting}.max.ms of topic {}",
        topic.name
    );
    Err(Error::new(ErrorKind::Refused, message))
}

/// Whether a topic that would be made with so many partitions would have this one.
pub(crate) fn check_new_partition(
    name: &TopicName,
    count: i32,
    partition: Option<i32>,
) -> Result<()> {
    let Some(partition) = partition.filter(|partition| *partition >= count) else {
        return Ok(());
    };
    let count = counted(count, "partition");
    let message = format!(
        "there is no topic '{name}', and made now, with {count}, it would have no partition {partition}"
    );
    let enough = i64::from(partition) + 1;
    Err(Error::new(ErrorKind::Refused, message).help(format!(
        "'kafdir topic create {name} --partitions {enough}' makes one that has it"
    )))
}

/// Whether there is such a partition.
#[inline]
pub(crate) fn check_partition(topic: &Topic, partition: i32) -> Result<i32> {
    if (0..topic.partition_count).contains(&partition) {
        return Ok(partition);
    }
    let message = format!(
        "topic {} has no partition {partition}: it has {}, numbered from 0",
        topic.name, topic.partition_count
    );
    Err(Error::new(ErrorKind::Refused, message))
}
