//! The topic that records move to which COMMAND could not process.
//!
//! It is looked at before anything is handed over: a misspelt or unfit one must not be found out when the first record
//! fails, hours later. A record is in it, on disk, before the group's offset moves past the original.

use std::sync::Arc;

use super::batch::Batch;
use super::letter::Postmark;
use crate::cli::consume::group::DeadLetterPlan;
use crate::client::{Engine, ProducerOptions};
use crate::error::{Error, Result};
use crate::record::{BatchBuilder, Record};
use crate::store::{Topic, TopicName};

/// What the headers of a dead letter may add to a record, at most.
const HEADER_ROOM: u64 = 4 << 10;

/// The topic, and what is moved to it.
pub(super) struct DeadLetters {
    engine: Arc<dyn Engine>,
    topic: TopicName,
    /// Whether the records at fault are looked for.
    pub(super) splits: bool,
    /// So many in a row may be moved.
    pub(super) most_in_a_row: u64,
}

impl DeadLetters {
    /// Checks the topic, and creates it where it is not there; `sources` are the topics that records come from.
    pub(super) fn open(
        engine: &Arc<dyn Engine>,
        plan: &DeadLetterPlan,
        sources: &[Topic],
    ) -> Result<Self> {
        let largest = sources.iter().map(largest_record).max().unwrap_or(0);
        // Large enough for every record that may have to move.
        let bytes = (largest + HEADER_ROOM).min(i32::MAX.unsigned_abs().into());
        let config = vec![("max.message.bytes".to_owned(), bytes.to_string())];
        let topic = engine
            .topic_or_new(&plan.topic, Some(&config), None)
            .map_err(|error| error.within("--dead-letter"))?;
        check(&topic, largest)?;
        Ok(Self {
            engine: engine.clone(),
            topic: plan.topic.clone(),
            splits: plan.split,
            most_in_a_row: plan.most_in_a_row,
        })
    }

    /// Its name.
    pub(super) fn topic(&self) -> &TopicName {
        &self.topic
    }

    /// Moves all records of `batch` there; they are on disk when this returns.
    pub(super) fn take(&self, batch: &Batch, mark: &mut Postmark) -> Result<()> {
        let topic = self.engine.topic(&self.topic)?;
        let limit = largest_record(&topic);
        let mut producer = self.engine.producer(topic, ProducerOptions::default())?;
        batch.each(|record| {
            let fits = |mark: &mut Postmark| {
                let headers = mark.stamp(record.offset, record.headers.iter());
                let size = BatchBuilder::batch_size_of(&letter(&record, &headers));
                u64::try_from(size).is_ok_and(|size| size <= limit)
            };
            // What COMMAND said is worth less than the record.
            if !fits(mark) {
                mark.drop_error();
            }
            let headers = mark.stamp(record.offset, record.headers.iter());
            producer.send(&letter(&record, &headers), None)
        })?;
        producer.close().map(drop)
    }
}

fn letter<'a>(
    record: &crate::record::StoredRecord<'a>,
    headers: &'a [crate::record::Header<'a>],
) -> Record<'a> {
    Record {
        timestamp: record.timestamp,
        key: record.key,
        value: record.value,
        headers,
    }
}

/// The largest record that a topic takes, in bytes.
fn largest_record(topic: &Topic) -> u64 {
    let settings = &topic.settings;
    settings.max_message_bytes().min(settings.segment_bytes())
}

/// Whether it can take what comes.
fn check(topic: &Topic, largest: u64) -> Result<()> {
    let name = &topic.name;
    if topic.settings.cleanup_policy().compact {
        return Err(Error::failed(format!(
            "--dead-letter: topic {name} is compacted by key: dead letters with the same key would replace each other"
        ))
        .help("dead letters need a topic with cleanup.policy=delete"));
    }
    let limit = largest_record(topic);
    if limit < largest {
        return Err(Error::failed(format!(
            "--dead-letter: topic {name} takes records of {limit} bytes at most, and those that are read may have {largest}"
        ))
        .help(format!(
            "'kafdir topic alter {name} --config max.message.bytes={}' raises it",
            largest + HEADER_ROOM
        )));
    }
    Ok(())
}
