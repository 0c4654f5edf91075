//! How much of what was written the reader at the other end has taken.
//!
//! The kernel says how much of it nobody has read yet. That alone would count a block that a reader has fetched and is
//! still working on, or will never look at: `head -5` reads all there is, prints five lines and goes. So what was read
//! counts once the reader has come back for more. At the end nothing more comes: there a reader counts as having come
//! back that has left nothing, and a moment later is there still.

use std::time::{Duration, Instant};

/// How long a reader that has everything must stay to have taken it. It goes within microseconds if it is to go.
pub(super) const MOMENT: Duration = Duration::from_millis(10);

/// What was seen of a reader.
#[derive(Debug, Default)]
pub(super) struct Taking {
    /// How far it had read when it was last looked at, in bytes.
    read: u64,
    /// How far of that it has taken, in bytes.
    taken: u64,
    /// Since when nothing is left for it, and how much had been written by then.
    left_nothing: Option<(Instant, u64)>,
}

impl Taking {
    /// The reader is looked at: `written` bytes went out so far, the last `unread` of them are still there. What it has
    /// taken so far, in bytes.
    pub(super) fn look(&mut self, written: u64, unread: u64) -> u64 {
        let read = written.saturating_sub(unread);
        if read > self.read {
            // It has come back for more, so it is done with what it had before.
            self.taken = self.read;
            self.read = read;
        }
        self.taken
    }

    /// The same, of a reader that is there itself.
    pub(super) fn look_at_present(&mut self, written: u64, unread: u64, now: Instant) -> u64 {
        self.look(written, unread);
        if unread > 0 {
            self.left_nothing = None;
            return self.taken;
        }
        match self.left_nothing {
            Some((since, then)) if then == written => {
                if now.saturating_duration_since(since) >= MOMENT {
                    self.taken = written;
                }
            }
            _ => self.left_nothing = Some((now, written)),
        }
        self.taken
    }

    /// The reader was asked for so much and has it, whether it is still there or not.
    pub(super) fn had_all(&mut self, written: u64) -> u64 {
        self.read = written;
        self.taken = written;
        written
    }

    /// When a reader that has everything will have taken it, if it stays.
    pub(super) fn settles_at(&self) -> Option<Instant> {
        self.left_nothing.map(|(since, _)| since + MOMENT)
    }

    /// How far it has read, as far as is known.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// What it has taken, as far as is known.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_read_counts_once_the_reader_comes_back() {
        let mut taking = Taking::default();
        let now = Instant::now();
        assert_eq!(taking.look_at_present(100, 100, now), 0);
        assert_eq!(taking.look_at_present(100, 40, now), 0);
        assert_eq!(
            taking.look_at_present(150, 90, now + MOMENT),
            0,
            "it has not come back"
        );
        assert_eq!(taking.look_at_present(150, 50, now + MOMENT), 60);
        assert_eq!(taking.look_at_present(150, 0, now + MOMENT), 100);
    }

    #[test]
    fn at_the_end_a_reader_that_stays_has_taken_all() {
        let mut taking = Taking::default();
        let now = Instant::now();
        assert_eq!(taking.look_at_present(100, 0, now), 0);
        assert_eq!(taking.look_at_present(100, 0, now + MOMENT / 2), 0);
        assert_eq!(taking.look_at_present(100, 0, now + MOMENT), 100);
        // Of what comes later the same is to be seen again.
        assert_eq!(taking.look_at_present(120, 0, now + 2 * MOMENT), 100);
        assert_eq!(taking.look_at_present(120, 0, now + 3 * MOMENT), 120);
    }

    #[test]
    fn one_that_has_gone_may_have_come_back_before() {
        let mut taking = Taking::default();
        assert_eq!(taking.look(100, 60), 0);
        assert_eq!(taking.look(100, 0), 40);
        assert_eq!(
            taking.look(100, 0),
            40,
            "and no more, however long it is looked at"
        );
    }

    #[test]
    fn something_left_begins_the_moment_anew() {
        let mut taking = Taking::default();
        let now = Instant::now();
        taking.look_at_present(100, 0, now);
        assert_eq!(taking.look_at_present(110, 10, now + MOMENT), 0);
        assert_eq!(taking.look_at_present(110, 0, now + MOMENT), 100);
        assert_eq!(taking.look_at_present(110, 0, now + MOMENT), 100);
        assert_eq!(taking.look_at_present(110, 0, now + 2 * MOMENT), 110);
    }

    proptest! {
        /// Whatever is seen and when: never more than was read, never back, and without a moment's rest never the last
        /// block that was read.
        #[test]
        fn never_ahead_of_the_reader(steps in prop::collection::vec((0..50_u64, 0..50_u64), 1..100)) {
            let (mut taking, now) = (Taking::default(), Instant::now());
            let (mut written, mut read, mut before) = (0, 0, 0);
            for (more, reads) in steps {
                written += more;
                let came = (read + reads).min(written);
                let taken = taking.look_at_present(written, written - came, now);
                prop_assert!(taken <= read.max(before), "{taken} {read} {came}");
                prop_assert!(taken >= before);
                before = taken;
                read = came;
            }
        }
    }
}
