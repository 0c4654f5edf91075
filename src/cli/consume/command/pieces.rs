//! What is left of a batch: as a whole at first, and after its last attempt failed in halves, down to single records.
//!
//! Counts only. The pieces lie one behind the other, so the number of records in each is all there is to know; order is
//! kept, since the front one is always next.

/// The pieces of a batch that are not settled, each as its number of records.
#[derive(Debug)]
pub(super) struct Pieces {
    /// The front one is at the end.
    waiting: Vec<u64>,
    splits: bool,
}

/// What becomes of a piece whose last attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterFailure {
    /// It was cut in two; the first half is in front now.
    Halved,
    /// It can't be cut: it is still in front, and to be given up.
    GiveUp,
}

impl Pieces {
    /// A batch of `count` records, which may be split or not.
    pub(super) fn of(count: u64, splits: bool) -> Self {
        Self {
            waiting: vec![count],
            splits,
        }
    }

    /// The number of records in the piece that is next.
    pub(super) fn front(&self) -> Option<u64> {
        self.waiting.last().copied()
    }

    /// The front piece is settled: processed or given up.
    pub(super) fn settled(&mut self) {
        self.waiting.pop();
    }

    /// The front piece's last attempt failed.
    pub(super) fn failed(&mut self) -> AfterFailure {
        match self.front() {
            Some(count @ 2..) if self.splits => {
                self.waiting.pop();
                let first = count.div_ceil(2);
                self.waiting.extend([count - first, first]);
                AfterFailure::Halved
            }
            _ => AfterFailure::GiveUp,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::btree_set;
    use proptest::prelude::*;

    use super::*;

    /// What a command that fails wherever one of `bad` is leaves: the processed and the given-up records in their
    /// order, and the number of runs.
    fn outcome(
        count: u64,
        splits: bool,
        is_bad: impl Fn(u64) -> bool,
    ) -> (Vec<u64>, Vec<u64>, u64) {
        let mut pieces = Pieces::of(count, splits);
        let (mut processed, mut given_up) = (Vec::new(), Vec::new());
        let (mut at, mut runs) = (0, 0);
        while let Some(count) = pieces.front() {
            runs += 1;
            let piece = at..at + count;
            let fate = if !piece.clone().any(&is_bad) {
                &mut processed
            } else if pieces.failed() == AfterFailure::GiveUp {
                &mut given_up
            } else {
                continue;
            };
            fate.extend(piece);
            at += count;
            pieces.settled();
        }
        (processed, given_up, runs)
    }

    proptest! {
        #[test]
        fn exactly_the_failing_records_are_given_up(
            (count, bad) in (1_u64..600).prop_flat_map(|count| (Just(count), btree_set(0..count, 0..20)))
        ) {
            let (processed, given_up, runs) = outcome(count, true, |record| bad.contains(&record));
            let good: Vec<u64> = (0..count).filter(|record| !bad.contains(record)).collect();
            let bad: Vec<u64> = bad.into_iter().collect();
            prop_assert_eq!(processed, good);
            let depth = u64::from(count.next_power_of_two().trailing_zeros());
            prop_assert!(runs <= 1 + 2 * depth * bad.len() as u64, "{} runs", runs);
            prop_assert_eq!(given_up, bad);
        }
    }

    #[test]
    fn a_batch_that_is_not_split_goes_as_a_whole() {
        let (processed, given_up, runs) = outcome(10, false, |record| record == 3);
        assert_eq!((processed.len(), given_up.len(), runs), (0, 10, 1));
    }
}
