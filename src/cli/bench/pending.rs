//! Records that were handed over and are not acknowledged yet, and since when.

use std::collections::VecDeque;
use std::time::Instant;

use super::histogram::Histogram;
use crate::client::Producing;

/// When each record was handed over, by partition.
pub(super) struct Pending {
    began: Instant,
    partitions: Vec<Waiting>,
}

/// One partition's: in ns since the beginning, half the size of an instant.
#[derive(Default)]
struct Waiting {
    since: VecDeque<u64>,
    acknowledged: u64,
}

impl Pending {
    /// Of so many partitions, from now on.
    pub(super) fn new(partitions: usize) -> Self {
        Self {
            began: Instant::now(),
            partitions: std::iter::repeat_with(Waiting::default)
                .take(partitions)
                .collect(),
        }
    }

    /// Notes that a record is being handed over.
    pub(super) fn begin(&mut self, partition: usize) {
        let now = self.nanos();
        self.partitions[partition].since.push_back(now);
    }

    /// Counts how long it took for those that are acknowledged by now, in one partition.
    pub(super) fn settle(
        &mut self,
        partition: usize,
        producer: &dyn Producing,
        latencies: &mut Histogram,
    ) {
        let number = i32::try_from(partition).unwrap_or(i32::MAX);
        let acknowledged = producer.acknowledged(number);
        if acknowledged == self.partitions[partition].acknowledged {
            return;
        }
        let now = self.nanos();
        let waiting = &mut self.partitions[partition];
        let count = acknowledged - waiting.acknowledged;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        for since in waiting.since.drain(..count.min(waiting.since.len())) {
            latencies.record_nanos(now.saturating_sub(since));
        }
        waiting.acknowledged = acknowledged;
    }

    /// The same in all of them.
    pub(super) fn settle_all(&mut self, producer: &dyn Producing, latencies: &mut Histogram) {
        for partition in 0..self.partitions.len() {
            self.settle(partition, producer, latencies);
        }
    }

    /// When it began.
    pub(super) fn began(&self) -> Instant {
        self.began
    }

    fn nanos(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}
