//! What the members of one call have done together.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts of records, shared by the members of one call.
#[derive(Debug, Default)]
pub(super) struct Tally {
    processed: AtomicU64,
    moved: AtomicU64,
    moves_in_a_row: AtomicU64,
    allowance: Mutex<Allowance>,
}

/// What `-n` leaves to be handed over; all there is, without it.
#[derive(Debug, Default)]
struct Allowance {
    limited: bool,
    left: u64,
    /// Taken out by members that don't know yet how much of it they need.
    lent: u64,
}

/// What a member may hand over next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    /// So many records.
    Records(u64),
    /// Perhaps some, once another member has found out how much it needs.
    Later,
    /// None any more.
    Nothing,
}

impl Tally {
    /// With `limit` records to be handed over at most.
    pub(super) fn new(limit: Option<u64>) -> Self {
        Self {
            allowance: Mutex::new(Allowance {
                limited: limit.is_some(),
                left: limit.unwrap_or_default(),
                lent: 0,
            }),
            ..Self::default()
        }
    }

    /// Takes out `most` records at most; what is not used is given back by [`Self::hand_over`].
    pub(super) fn allow(&self, most: u64) -> Allowed {
        let mut allowance = self.allowance();
        if !allowance.limited {
            return Allowed::Records(most);
        }
        match (allowance.left, allowance.lent) {
            (0, 0) => Allowed::Nothing,
            (0, _) => Allowed::Later,
            (left, _) => {
                let allowed = left.min(most);
                allowance.left -= allowed;
                allowance.lent += allowed;
                Allowed::Records(allowed)
            }
        }
    }

    /// Of `allowed` records `used` are handed over.
    pub(super) fn hand_over(&self, allowed: u64, used: u64) {
        let mut allowance = self.allowance();
        if allowance.limited {
            allowance.lent -= allowed;
            allowance.left += allowed - used;
        }
    }

    /// So many records were processed.
    pub(super) fn add_processed(&self, count: u64) {
        self.processed.fetch_add(count, Ordering::Relaxed);
        self.moves_in_a_row.store(0, Ordering::Relaxed);
    }

    /// Whether one more may be moved, with `most` in a row.
    pub(super) fn may_move(&self, most: u64) -> bool {
        let one_more = |row: u64| (row < most).then_some(row + 1);
        self.moves_in_a_row
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more)
            .is_ok()
    }

    /// So many records were moved.
    pub(super) fn add_moved(&self, count: u64) {
        self.moved.fetch_add(count, Ordering::Relaxed);
    }

    /// Records that were processed.
    pub(super) fn processed(&self) -> u64 {
        self.processed.load(Ordering::Relaxed)
    }

    /// Records that were moved.
    pub(super) fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    fn allowance(&self) -> MutexGuard<'_, Allowance> {
        self.allowance
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lent_may_come_back() {
        let tally = Tally::new(Some(10));
        assert_eq!(tally.allow(8), Allowed::Records(8));
        assert_eq!(tally.allow(8), Allowed::Records(2));
        assert_eq!(tally.allow(8), Allowed::Later);
        tally.hand_over(2, 2);
        assert_eq!(tally.allow(8), Allowed::Later);
        tally.hand_over(8, 5);
        assert_eq!(tally.allow(8), Allowed::Records(3));
        tally.hand_over(3, 3);
        assert_eq!(tally.allow(8), Allowed::Nothing);
    }

    #[test]
    fn without_a_limit_everything_is_allowed() {
        let tally = Tally::new(None);
        tally.hand_over(7, 3);
        assert_eq!(tally.allow(u64::MAX), Allowed::Records(u64::MAX));
    }

    #[test]
    fn a_success_ends_the_row() {
        let tally = Tally::default();
        assert!(tally.may_move(2) && tally.may_move(2) && !tally.may_move(2));
        tally.add_processed(1);
        assert!(tally.may_move(2));
    }
}
