//! Telling what is wrong from what looked so for a moment.
//!
//! What one look finds may be a writer's work half done, or a read that failed once. So it counts only if the next look
//! finds it too; and what only the next look finds, perhaps because the one before could not read the file, wants a
//! further one itself. Nothing is well because two looks saw different things.

use std::time::Duration;

use crate::log::check::finding::{Finding, FindingKind};

/// How many further looks there are for the sake of new findings. On a log at whose end writers are busy each look may
/// find another batch half written.
const LOOKS_AGAIN: u32 = 4;

/// What look after look found.
pub(super) struct Settling<'p> {
    /// Found by every look since the first that found it, and by two at least.
    sure: Vec<Finding>,
    /// Found by the last look only.
    new: Vec<Finding>,
    looks_again: u32,
    pauses: std::slice::Iter<'p, u64>,
}

impl<'p> Settling<'p> {
    /// Before the first look; `pauses`, in ms, are between those that wait for a batch to be written to its end.
    pub(super) fn new(pauses: &'p [u64]) -> Self {
        Self {
            sure: Vec::new(),
            new: Vec::new(),
            looks_again: LOOKS_AGAIN,
            pauses: pauses.iter(),
        }
    }

    /// Takes all that a look found.
    pub(super) fn take(&mut self, found: &[Finding]) {
        let mut known = std::mem::take(&mut self.sure);
        known.append(&mut self.new);
        self.new = found
            .iter()
            .filter(|finding| !known.iter().any(|other| finding.is_same(other)))
            .cloned()
            .collect();
        known.retain(|finding| found.iter().any(|other| finding.is_same(other)));
        self.sure = known;
    }

    /// How long to wait before another look; none if no other is needed.
    pub(super) fn pause(&mut self) -> Option<Duration> {
        if !self.new.is_empty() && self.looks_again > 0 {
            self.looks_again -= 1;
            return Some(Duration::ZERO);
        }
        // A batch that is being written takes its time.
        let waits = |finding: &Finding| finding.kind == FindingKind::TornTail;
        if !self.sure.iter().any(waits) {
            return None;
        }
        self.pauses.next().copied().map(Duration::from_millis)
    }

    /// What is wrong, for sure.
    pub(super) fn sure(self) -> Vec<Finding> {
        self.sure
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn finding(kind: FindingKind, position: u64) -> Finding {
        Finding::new(kind, Path::new("a.index"), "").at(position)
    }

    fn unreadable() -> Finding {
        finding(FindingKind::Unreadable, 0)
    }

    fn bad() -> Finding {
        finding(FindingKind::BadIndex, 0)
    }

    fn torn(position: u64) -> Finding {
        finding(FindingKind::TornTail, position)
    }

    /// What is sure in the end, and the pauses, where the looks find these; the last again and again.
    fn settled(looks: &[Vec<Finding>], pauses: &[u64]) -> (Vec<Finding>, Vec<u128>) {
        let mut settling = Settling::new(pauses);
        let mut waited = Vec::new();
        let mut looks = looks.iter();
        let mut found = looks.next().cloned().unwrap_or_default();
        settling.take(&found);
        while let Some(pause) = settling.pause() {
            waited.push(pause.as_millis());
            found = looks.next().cloned().unwrap_or(found);
            settling.take(&found);
        }
        (settling.sure(), waited)
    }

    #[test]
    fn nothing_found_is_looked_at_once_and_what_stays_twice() {
        assert_eq!(settled(&[vec![]], &[1]), (vec![], vec![]));
        assert_eq!(settled(&[vec![bad()]], &[1]), (vec![bad()], vec![0]));
        assert_eq!(settled(&[vec![bad()], vec![]], &[1]), (vec![], vec![0]));
    }

    #[test]
    fn what_a_failed_read_hid_is_found() {
        let looks = [vec![unreadable()], vec![bad()]];
        assert_eq!(settled(&looks, &[]), (vec![bad()], vec![0, 0]));
        let looks = [vec![bad()], vec![unreadable()], vec![bad()]];
        assert_eq!(settled(&looks, &[]), (vec![bad()], vec![0, 0, 0]));
        let looks = [vec![unreadable()], vec![]];
        assert_eq!(settled(&looks, &[]), (vec![], vec![0]));
    }

    #[test]
    fn a_torn_tail_is_given_time_to_be_written() {
        assert_eq!(settled(&[vec![torn(7)]], &[1, 2]).0, [torn(7)]);
        let written = [vec![torn(7)], vec![torn(7)], vec![]];
        assert_eq!(settled(&written, &[1, 2]), (vec![], vec![0, 1]));
    }

    #[test]
    fn a_tail_that_is_another_one_each_time_ends_the_looking() {
        let looks: Vec<_> = (0..100).map(|position| vec![torn(position)]).collect();
        assert_eq!(settled(&looks, &[1, 2]), (vec![], vec![0; 4]));
    }
}
