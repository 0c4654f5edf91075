//! How much a topic takes at once.
//!
//! A batch that is larger than the topic's `max.message.bytes` is refused by its broker. Kafka's own producer halves it and
//! sends it again; librdkafka fails all of its records. So the topic is asked what it takes, unless so little is sent that
//! it hardly matters, and no more is sent at once. Who can't be told sends what librdkafka sends.

use std::time::Duration;

use rdkafka::client::Client;
use rdkafka::{ClientConfig, ClientContext};

use super::cluster::Shared;
use super::largest_batch;
use super::topics::taking;
use crate::client::check_size;
use crate::error::Result;
use crate::record::Record;
use crate::store::{Topic, TopicName};

/// The largest batch that is sent without asking: that of Kafka's own producer, which all topics take that it writes to.
const UNASKED_BYTES: usize = 16_384;
/// The setting of the largest batch.
const BATCH_SIZE: &str = "batch.size";
/// What librdkafka sends at once by itself, in bytes.
const USUAL_BATCH: u64 = 1_000_000;
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(1);
/// What a record has in a batch besides its key, value and headers, at most.
const FRAME: usize = 40;
/// What a batch of one record has besides these, at most.
const BATCH_FRAME: usize = 128;

/// What is known of it.
pub(super) struct Intake {
    /// Whether records go out as they are: then it can be said before which of them are too large.
    is_plain: bool,
    /// What may be sent before it is asked; none once it was.
    room: Option<usize>,
    /// The largest batch; none if that is not known.
    limit: Option<u64>,
}

/// The largest batch that a topic takes; none where that is not told.
pub(super) fn ask<C: ClientContext>(
    client: &Client<C>,
    topic: &TopicName,
    broker: Option<i32>,
) -> Option<u64> {
    largest_batch::ask(client, topic, broker, PATIENCE)
}

/// Has no more sent at once than is taken, whether that is compressed or not. Says whether anything changed by that; what the
/// user has set does not.
pub(super) fn confine(config: &mut ClientConfig, shared: &Shared, limit: Option<u64>) -> bool {
    match limit {
        Some(limit) if limit < USUAL_BATCH && !shared.is_set(BATCH_SIZE) => {
            config.set(BATCH_SIZE, limit.max(1).to_string());
            true
        }
        _ => false,
    }
}

impl Intake {
    /// Of a topic that a client with these settings sends to.
    pub(super) fn new(config: &ClientConfig) -> Self {
        let is_plain = |name| config.get(name).is_none_or(|codec| codec == "none");
        Self {
            is_plain: is_plain("compression.type") && is_plain("compression.codec"),
            room: Some(UNASKED_BYTES),
            limit: None,
        }
    }

    /// Takes what the topic was asked.
    pub(super) fn learn(&mut self, limit: Option<u64>, topic: &mut Topic) -> Result<()> {
        self.room = None;
        self.limit = limit;
        if let Some(limit) = limit {
            topic.settings = taking(limit)?;
        }
        Ok(())
    }

    /// Whether the record can be sent with what is on its way, although it may not have been asked.
    #[inline]
    pub(super) fn has_room(&mut self, record: &Record<'_>, bytes: usize) -> bool {
        let Some(room) = &mut self.room else {
            return true;
        };
        let headers = record.headers.iter();
        let headers = headers.map(|each| each.name.len() + each.value.map_or(0, <[u8]>::len) + 10);
        match room.checked_sub(bytes + FRAME + headers.sum::<usize>()) {
            Some(left) => {
                *room = left;
                true
            }
            None => false,
        }
    }

    /// Nothing is on its way any more.
    pub(super) fn is_idle(&mut self) {
        self.room = self.room.map(|_| UNASKED_BYTES);
    }

    /// Refuses a record that is too large by itself, where that is known.
    #[inline]
    pub(super) fn check(&self, topic: &Topic, record: &Record<'_>, bytes: usize) -> Result<()> {
        let Some(limit) = self.limit.filter(|_| self.is_plain) else {
            return Ok(());
        };
        if record.headers.is_empty() && (bytes + BATCH_FRAME) as u64 <= limit {
            return Ok(());
        }
        check_size(topic, record)
    }

    /// What the topic takes, if it is known.
    pub(super) fn limit(&self) -> Option<u64> {
        self.limit
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::record::{BatchBuilder, Header};

    fn record<'a>(value: &'a [u8], headers: &'a [Header<'a>]) -> Record<'a> {
        Record {
            timestamp: 1,
            key: None,
            value: Some(value),
            headers,
        }
    }

    #[test]
    fn little_is_sent_without_asking_and_no_more() {
        let mut intake = Intake::new(&ClientConfig::new());
        let value = [0; 1000];
        let one = record(&value, &[]);
        let batches = (0..100).take_while(|_| intake.has_room(&one, 1000)).count();
        assert!((10..17).contains(&batches), "{batches}");
        intake.is_idle();
        assert!(intake.has_room(&one, 1000));
        let large = vec![0; 20_000];
        let header = Header {
            name: b"h",
            value: Some(&large),
        };
        assert!(!intake.has_room(&record(b"", &[header]), 0));
        let mut topic = Topic::elsewhere(TopicName::new("t").unwrap(), 1);
        intake.learn(None, &mut topic).unwrap();
        assert!(intake.has_room(&record(b"", &[header]), 0));
    }

    #[test]
    fn what_is_too_large_by_itself_is_refused_where_it_goes_out_as_it_is() {
        let mut topic = Topic::elsewhere(TopicName::new("t").unwrap(), 1);
        let fits = vec![0; 900];
        let mut large = fits.clone();
        while BatchBuilder::batch_size_of(&record(&large, &[])) <= 1000 {
            large.push(0);
        }
        let mut config = ClientConfig::new();
        let mut intake = Intake::new(&config);
        intake.learn(Some(1000), &mut topic).unwrap();
        let check = |intake: &Intake, topic: &Topic, value: &[u8]| {
            intake.check(topic, &record(value, &[]), value.len())
        };
        assert!(check(&intake, &topic, &fits).is_ok());
        assert!(check(&intake, &topic, &large[1..]).is_ok());
        let refused = check(&intake, &topic, &large).unwrap_err().to_string();
        assert!(refused.contains("1000 of max.message.bytes"), "{refused}");
        config.set("compression.codec", "zstd");
        let mut compressed = Intake::new(&config);
        compressed.learn(Some(1000), &mut topic).unwrap();
        assert!(check(&compressed, &topic, &large).is_ok());
    }
}
