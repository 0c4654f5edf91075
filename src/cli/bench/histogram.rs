//! Durations by the million in memory that does not grow: counted by their leading bits.
//!
//! Below 2048 ns each value has a counter of its own; above, one counter is for values that share their leading eleven
//! bits, so that what is said of a value is at most 1/2048 off, far less than two runs differ. The largest value and the
//! mean are exact.

use std::time::Duration;

/// How many leading bits of a value are kept.
const BITS: u32 = 11;
/// Values that have a counter each.
const EXACT: u64 = 1 << BITS;
/// Counters for the values between two powers of two.
const HALF: u64 = EXACT / 2;
/// Counters in all: for every value of 64 bits.
const COUNTERS: usize = 2048 + 53 * 1024;

/// Durations, counted.
pub(super) struct Histogram {
    counts: Vec<u64>,
    count: u64,
    sum: u128,
    largest: u64,
}

impl Histogram {
    /// An empty one.
    pub(super) fn new() -> Self {
        Self {
            counts: vec![0; COUNTERS],
            count: 0,
            sum: 0,
            largest: 0,
        }
    }

    /// Counts a duration.
    pub(super) fn record(&mut self, duration: Duration) {
        self.record_nanos(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
    }

    /// The same of one in ns.
    pub(super) fn record_nanos(&mut self, nanos: u64) {
        self.counts[index(nanos)] += 1;
        self.count += 1;
        self.sum += u128::from(nanos);
        self.largest = self.largest.max(nanos);
    }

    /// How many were counted.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The mean in ns; `None` of nothing.
    #[expect(clippy::cast_precision_loss, reason = "fifteen digits are enough")]
    pub(super) fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// The largest in ns; `None` of nothing.
    pub(super) fn max(&self) -> Option<u64> {
        (self.count > 0).then_some(self.largest)
    }

    /// The value at rank `thousandths`/1000 in ns, as Kafka's tools count: of n values in ascending order, counted from 0,
    /// the one at n times that, rounded down. `None` of nothing.
    pub(super) fn percentile(&self, thousandths: u64) -> Option<u64> {
        let rank = u128::from(self.count) * u128::from(thousandths) / 1000;
        let rank = rank.min(u128::from(self.count.checked_sub(1)?));
        let mut below = 0;
        let found = self.counts.iter().position(|&count| {
            below += u128::from(count);
            below > rank
        });
        found.map(|index| highest(index).min(self.largest))
    }
}

/// Which counter is a value's.
fn index(value: u64) -> usize {
    let index = if value < EXACT {
        value
    } else {
        let shift = u64::BITS - value.leading_zeros() - BITS;
        u64::from(shift) * HALF + (value >> shift)
    };
    usize::try_from(index).unwrap_or(COUNTERS - 1)
}

/// The highest value of a counter.
fn highest(index: usize) -> u64 {
    let index = index as u64;
    if index < EXACT {
        return index;
    }
    let shift = index / HALF - 1;
    let kept = u128::from(index - shift * HALF);
    u64::try_from(((kept + 1) << shift) - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use proptest::prelude::*;

    use super::*;

    const PERCENTILES: [u64; 6] = [0, 500, 950, 990, 999, 1000];

    #[test]
    fn counters_cover_all_values_in_order_and_meet_without_gap() {
        for at in 0..COUNTERS - 1 {
            assert_eq!(index(highest(at)), at);
            assert_eq!(index(highest(at) + 1), at + 1);
        }
        assert_eq!(highest(COUNTERS - 1), u64::MAX);
    }

    #[test]
    fn small_values_are_exact_and_nothing_has_no_percentiles() {
        let mut histogram = Histogram::new();
        assert_eq!((histogram.percentile(500), histogram.max()), (None, None));
        assert!(histogram.mean().is_none());
        for value in 1..=1000 {
            histogram.record_nanos(value);
        }
        // As Kafka's tools have it: of 1000 values the 99th percentile is the one at 990, counted from 0.
        let found = PERCENTILES.map(|thousandths| histogram.percentile(thousandths).unwrap());
        assert_eq!(found, [1, 501, 951, 991, 1000, 1000]);
        assert_eq!(histogram.mean(), Some(500.5));
    }

    proptest! {
        #[test]
        fn percentiles_are_those_of_the_sorted_values(
            values in prop::collection::vec((0_u32..64, any::<u64>()).prop_map(|(shift, value)| value >> shift), 1..200)
        ) {
            let mut histogram = Histogram::new();
            let mut sorted = values;
            for &value in &sorted {
                histogram.record_nanos(value);
            }
            sorted.sort_unstable();
            prop_assert_eq!(histogram.max(), sorted.last().copied());
            prop_assert_eq!(histogram.count(), sorted.len() as u64);
            for thousandths in PERCENTILES {
                let rank = sorted.len() * usize::try_from(thousandths).unwrap() / 1000;
                let exact = sorted[rank.min(sorted.len() - 1)];
                let said = histogram.percentile(thousandths).unwrap();
                prop_assert!(said >= exact && said - exact <= exact / HALF, "{said} for {exact}");
            }
        }
    }
}
