//! How long to wait before the next attempt.

use std::time::Duration;

/// The longest wait; doubling goes no further.
const LONGEST: Duration = Duration::from_secs(3600);
/// How far a wait may lie from the doubled one, in percent: the jitter of Kafka's own clients (KIP-580).
const JITTER_PERCENT: u64 = 20;

/// Waits that double from attempt to attempt, each a little longer or shorter by chance: members that failed together,
/// because of one database, should not all come back at the same moment.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    first: Duration,
    state: u64,
}

impl Backoff {
    /// The first wait, and what chance begins with.
    pub(super) fn new(first: Duration, seed: u64) -> Self {
        Self {
            first: first.min(LONGEST),
            state: seed | 1,
        }
    }

    /// The wait after attempt number `attempt`, which counts from 1.
    pub(super) fn after(&mut self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let wait = self.first.saturating_mul(1 << doublings).min(LONGEST);
        let percent = 100 - JITTER_PERCENT + self.chance() % (2 * JITTER_PERCENT + 1);
        let nanos = wait.as_nanos() * u128::from(percent) / 100;
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)).min(LONGEST)
    }

    /// Marsaglia's xorshift64: no need for better chance here.
    fn chance(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_wait_is_near_the_doubled_one(millis in 1_u64..10_000_000, attempt in 1_u32..80, seed: u64) {
            let doubled = u128::from(millis) << attempt.min(40).saturating_sub(1);
            let doubled = doubled.min(LONGEST.as_millis());
            let wait = Backoff::new(Duration::from_millis(millis), seed).after(attempt).as_millis();
            prop_assert!(wait >= doubled * 79 / 100, "{wait} of {doubled}");
            prop_assert!(wait <= doubled * 120 / 100, "{wait} of {doubled}");
            prop_assert!(wait <= LONGEST.as_millis());
        }
    }

    #[test]
    fn waits_differ() {
        let mut backoff = Backoff::new(Duration::from_secs(1), 7);
        let waits: std::collections::HashSet<_> = (0..50).map(|_| backoff.after(1)).collect();
        assert!(waits.len() > 10, "{waits:?}");
    }

    #[test]
    fn no_backoff_is_no_wait() {
        assert_eq!(Backoff::new(Duration::ZERO, 1).after(9), Duration::ZERO);
    }
}
