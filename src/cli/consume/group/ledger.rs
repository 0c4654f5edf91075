//! What went into a stream of bytes, and which of it has come out at the other end.
//!
//! An entry says: once the stream was taken up to here, so much of this partition is done. One for each record, as
//! long as they are few; then one for several kilobytes of a partition, so that the ledger stays small whatever the
//! records' size. That a reader is found further behind then costs a few records twice, and never one.

use std::collections::VecDeque;
use std::ops::Range;

/// From so many entries on, neighbours of one lane are joined.
const MANY: usize = 4096;
/// As long as what they stand for is no longer than this, in bytes.
const STRETCH: u64 = 4096;
/// So many entries are too many: what there is has to be taken before more is handed over.
const FULL: usize = 4 * MANY;

/// Which record stands where in a stream, as far as it was not taken.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: VecDeque<Entry>,
    /// Where the stream's last record ends, in bytes from its first.
    end: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    /// Where in the stream it begins and ends, in bytes.
    start: u64,
    end: u64,
    lane: usize,
    /// The offset that the lane stands at once this is taken.
    next: i64,
    records: u64,
}

/// What was taken back before it left.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Withdrawn {
    /// Where in the stream, in bytes as they were counted before; in ascending order.
    pub(super) stretches: Vec<Range<u64>>,
    pub(super) records: u64,
}

impl Ledger {
    /// A ledger of a stream that begins with so many bytes of no record.
    pub(super) fn after(heading: u64) -> Self {
        Self {
            end: heading,
            ..Self::default()
        }
    }

    /// A record of `lane` was added to the stream, which ends at `end` now; the lane's next offset is `next`.
    pub(super) fn add(&mut self, lane: usize, end: u64, next: i64) {
        self.push(lane, end, next, 1);
    }

    /// The lane's next offset is `next`, without a further record: markers and gaps were passed.
    pub(super) fn pass(&mut self, lane: usize, next: i64) {
        self.push(lane, self.end, next, 0);
    }

    fn push(&mut self, lane: usize, end: u64, next: i64, records: u64) {
        let many = self.entries.len() >= MANY;
        let start = self.end;
        self.end = end;
        if let Some(last) = self.entries.back_mut()
            && last.lane == lane
            && (start == end || (many && end - last.start <= STRETCH))
        {
            last.end = end;
            last.next = next;
            last.records += records;
            return;
        }
        self.entries.push_back(Entry {
            start,
            end,
            lane,
            next,
            records,
        });
    }

    /// Where the stream ends, in bytes.
    #[cfg(test)]
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Whether nothing should be added before something was taken.
    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= FULL
    }

    /// Whether nothing is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether something of a lane is on its way.
    pub(super) fn holds(&self, lane: usize) -> bool {
        self.entries.iter().any(|entry| entry.lane == lane)
    }

    /// The records that are on their way.
    pub(super) fn records(&self) -> u64 {
        self.entries.iter().map(|entry| entry.records).sum()
    }

    /// The stream was taken up to `position`: `done` is told how far each lane is, the last word counts.
    pub(super) fn take(&mut self, position: u64, mut done: impl FnMut(usize, i64)) {
        while let Some(entry) = self.entries.front()
            && entry.end <= position
        {
            done(entry.lane, entry.next);
            self.entries.pop_front();
        }
    }

    /// Takes back what lies at or after `position` and belongs to `lanes`; what follows moves up. An entry that lies
    /// before `position` in part stays: half a record can't be taken back.
    pub(super) fn withdraw(&mut self, position: u64, lanes: impl Fn(usize) -> bool) -> Withdrawn {
        let mut withdrawn = Withdrawn::default();
        let mut gone = 0;
        self.entries.retain_mut(|entry| {
            if entry.start >= position && lanes(entry.lane) {
                withdrawn.records += entry.records;
                gone += entry.end - entry.start;
                match withdrawn.stretches.last_mut() {
                    Some(last) if last.end == entry.start => last.end = entry.end,
                    _ => withdrawn.stretches.push(entry.start..entry.end),
                }
                return false;
            }
            entry.start -= gone;
            entry.end -= gone;
            true
        });
        self.end -= gone;
        withdrawn
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn taken(ledger: &mut Ledger, position: u64) -> Vec<(usize, i64)> {
        let mut taken = Vec::new();
        ledger.take(position, |lane, next| taken.push((lane, next)));
        taken
    }

    #[test]
    fn a_record_is_done_when_its_last_byte_was_taken() {
        let mut ledger = Ledger::default();
        ledger.add(0, 2, 1);
        ledger.add(0, 4, 2);
        ledger.add(1, 7, 10);
        assert_eq!(taken(&mut ledger, 1), []);
        assert_eq!(taken(&mut ledger, 3), [(0, 1)]);
        assert!(ledger.holds(0));
        assert_eq!(taken(&mut ledger, 7), [(0, 2), (1, 10)]);
        assert_eq!((ledger.records(), ledger.holds(1)), (0, false));
    }

    #[test]
    fn what_follows_the_last_record_is_done_with_it() {
        let mut ledger = Ledger::default();
        ledger.pass(0, 3);
        assert_eq!(taken(&mut ledger, 0), [(0, 3)]);
        ledger.add(0, 2, 4);
        ledger.pass(0, 6);
        ledger.pass(1, 9);
        assert_eq!(taken(&mut ledger, 1), []);
        assert_eq!(taken(&mut ledger, 2), [(0, 6), (1, 9)]);
    }

    #[test]
    fn what_did_not_leave_can_be_taken_back() {
        let mut ledger = Ledger::default();
        for (lane, end, next) in [(0, 2, 1), (1, 4, 1), (0, 6, 2), (1, 8, 2)] {
            ledger.add(lane, end, next);
        }
        // A byte of the second record has left.
        let withdrawn = ledger.withdraw(3, |lane| lane == 1);
        assert_eq!(withdrawn.stretches, vec![6..8]);
        assert_eq!((withdrawn.records, ledger.end()), (1, 6));
        let withdrawn = ledger.withdraw(3, |_| true);
        assert_eq!(withdrawn.stretches, vec![4..6]);
        assert_eq!(taken(&mut ledger, 4), [(0, 1), (1, 1)]);
        ledger.add(1, 5, 2);
        assert_eq!(taken(&mut ledger, 5), [(1, 2)]);
    }

    #[test]
    fn it_stays_small_whatever_the_records_are() {
        let mut ledger = Ledger::default();
        for record in 0..1_000_000_u32 {
            ledger.add(0, u64::from(record) + 1, i64::from(record) + 1);
        }
        assert!(ledger.entries.len() < 2 * MANY, "{}", ledger.entries.len());
        assert_eq!(ledger.records(), 1_000_000);
        assert!(!ledger.is_full());
    }

    /// A record as the property tests make it: of a lane, so many bytes long.
    fn records() -> impl Strategy<Value = Vec<(usize, u64)>> {
        prop::collection::vec((0..3_usize, 0..9_u64), 0..200)
    }

    proptest! {
        /// Nothing is done that was not taken whole, and everything is once all was taken.
        #[test]
        fn never_ahead_and_never_forgotten(
            records in records(),
            steps in prop::collection::vec(0..1_000_u64, 0..20),
        ) {
            let mut ledger = Ledger::default();
            let mut ends = Vec::new();
            let mut next = [0_i64; 3];
            for &(lane, bytes) in &records {
                next[lane] += 1;
                let end = ledger.end() + bytes;
                ledger.add(lane, end, next[lane]);
                ends.push((lane, end, next[lane]));
            }
            let mut steps = steps;
            steps.sort_unstable();
            let mut done = [0_i64; 3];
            for position in steps.into_iter().chain([ledger.end()]) {
                ledger.take(position, |lane, next| done[lane] = next);
                for (lane, &done) in done.iter().enumerate() {
                    let whole = ends.iter().filter(|end| end.0 == lane && end.1 <= position);
                    prop_assert_eq!(done, whole.map(|end| end.2).max().unwrap_or(0));
                }
            }
            prop_assert_eq!(done, next);
            prop_assert_eq!(ledger.records(), 0);
        }

        /// What is left after a withdrawal is the stream without the bytes that were cut from it.
        #[test]
        fn a_withdrawal_is_a_cut(records in records(), position in 0..500_u64, gone in 0..3_usize) {
            let mut ledger = Ledger::default();
            let mut stream = Vec::new();
            for (number, &(lane, bytes)) in records.iter().enumerate() {
                stream.resize(stream.len() + usize::try_from(bytes).unwrap_or(0), number);
                ledger.add(lane, stream.len() as u64, i64::try_from(number).unwrap_or(0));
            }
            let withdrawn = ledger.withdraw(position, |lane| lane == gone);
            for stretch in withdrawn.stretches.iter().rev() {
                let cut = usize::try_from(stretch.start).unwrap_or(0)..usize::try_from(stretch.end).unwrap_or(0);
                stream.drain(cut);
            }
            prop_assert_eq!(ledger.end(), stream.len() as u64);
            for entry in &ledger.entries {
                for at in entry.start..entry.end {
                    prop_assert_eq!(records[stream[usize::try_from(at).unwrap_or(0)]].0, entry.lane);
                }
                prop_assert!(entry.lane != gone || entry.start < position);
            }
        }
    }
}
