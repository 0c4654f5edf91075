//! What becomes of the records that were sent to a cluster, as librdkafka tells it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, Message as _};
use rdkafka::producer::ProducerContext;

use super::witness::Witness;
use crate::client::Produced;

/// What became of the records that were sent.
#[derive(Clone, Default)]
pub(super) struct Deliveries {
    pub(super) witness: Witness,
    tally: Arc<Mutex<Tally>>,
}

/// What was counted of them.
#[derive(Default)]
pub(super) struct Tally {
    /// Whether what is sent first is acknowledged first.
    pub(super) in_order: bool,
    /// Whether an acknowledgement came without an offset.
    is_untold: bool,
    pub(super) produced: BTreeMap<i32, Produced>,
    /// How many records it is known of what became of them.
    pub(super) settled: u64,
    pub(super) settled_bytes: u64,
    /// The first that went wrong, and where.
    pub(super) fault: Option<(i32, KafkaError)>,
    /// The first partition that gave an offset out again, and which.
    pub(super) began_anew: Option<(i32, i64)>,
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.witness.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.witness.error(error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, delivered: &DeliveryResult<'_>, (): ()) {
        self.witness.count();
        let mut tally = self.tally();
        tally.settled += 1;
        let (Ok(message) | Err((_, message))) = delivered;
        tally.settled_bytes += size(message.key(), message.payload()) as u64;
        match delivered {
            Ok(message) => tally.count(message.partition(), message.offset()),
            Err((error, message)) => {
                let partition = message.partition();
                tally.fault.get_or_insert((partition, error.clone()));
            }
        }
    }
}

impl Deliveries {
    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tally {
    fn count(&mut self, partition: i32, offset: i64) {
        let produced = self.produced.entry(partition).or_insert(Produced {
            partition,
            records: 0,
            first_offset: offset,
            last_offset: offset,
        });
        let is_first = produced.records == 0;
        produced.records += 1;
        // Nobody tells it without acknowledgements, nor of a record that was there already.
        if offset < 0 {
            self.is_untold = true;
            return;
        }
        let fell = self.in_order && !is_first && offset <= produced.last_offset;
        if produced.first_offset < 0 {
            produced.first_offset = offset;
        }
        produced.first_offset = produced.first_offset.min(offset);
        produced.last_offset = produced.last_offset.max(offset);
        // More records than offsets: some are not there any more.
        let offsets = (produced.last_offset - produced.first_offset).unsigned_abs() + 1;
        if fell || (!self.is_untold && produced.records > offsets) {
            self.began_anew.get_or_insert((partition, offset));
        }
    }
}

/// The bytes of a record, as far as they count.
pub(super) fn size(key: Option<&[u8]>, value: Option<&[u8]>) -> usize {
    key.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len)
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn tally(in_order: bool, offsets: &[i64]) -> Option<(i32, i64)> {
        let mut tally = Tally {
            in_order,
            ..Tally::default()
        };
        for offset in offsets {
            tally.count(0, *offset);
        }
        tally.began_anew
    }

    #[test]
    fn an_offset_that_is_given_twice_is_noticed() {
        assert_eq!(tally(true, &[7, 8, 9, 12]), None);
        assert_eq!(tally(true, &[7, 8, 0, 1]), Some((0, 0)));
        assert_eq!(tally(true, &[7, 7]), Some((0, 7)));
        // From two brokers acknowledgements come in any order, but each offset once.
        assert_eq!(tally(false, &[8, 7, 10, 9]), None);
        assert_eq!(tally(false, &[0, 1, 0]), Some((0, 0)));
    }

    #[test]
    fn offsets_that_nobody_told_say_nothing() {
        assert_eq!(tally(true, &[-1, -1]), None);
        assert_eq!(tally(false, &[-1001, -1001, -1001]), None);
        // A duplicate of what was stored is acknowledged without its offset.
        assert_eq!(tally(true, &[7, -1001, 8]), None);
    }
}
