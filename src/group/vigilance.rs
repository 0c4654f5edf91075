//! How closely a member looks at the others, and when it looks again.
//!
//! Whether somebody died is seen by asking for their lock, which costs a few calls for each. So that is done when the
//! kernel told that files of members or claims were closed, and now and then. The kernel tells a little before a dead
//! process's locks are free: one look that finds them taken proves nothing, and is repeated for a while.

use std::time::{Duration, Instant};

/// How long to look again after something was closed.
const WINDOW: Duration = Duration::from_millis(100);
/// After how long to look the second time; each further time takes twice as long.
const FIRST: Duration = Duration::from_micros(200);
const LONGEST: Duration = Duration::from_millis(20);
/// How often to look closely when nothing was told.
const SLOW: Duration = Duration::from_secs(1);

/// When a member looks closely.
#[derive(Debug)]
pub(crate) struct Vigilance {
    window: Option<Instant>,
    pause: Duration,
    looked: Instant,
}

impl Vigilance {
    /// Begins awake: what happened between joining and watching the directories, nobody tells.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            window: Some(now + WINDOW),
            pause: FIRST,
            looked: now,
        }
    }

    /// Something happened: the next looks are close ones.
    pub(crate) fn rouse(&mut self, now: Instant) {
        self.window = Some(now + WINDOW);
        self.pause = FIRST;
    }

    /// Whether to look closely now. The last look of a window comes after its end.
    pub(crate) fn look(&mut self, now: Instant) -> bool {
        let roused = match self.window {
            Some(end) => {
                if now >= end {
                    self.window = None;
                }
                self.pause = (self.pause * 2).min(LONGEST);
                true
            }
            None => false,
        };
        let close = roused || now.duration_since(self.looked) >= SLOW;
        if close {
            self.looked = now;
        }
        close
    }

    /// After how long to look again, though nothing is told.
    pub(crate) fn pause(&self) -> Option<Duration> {
        self.window.map(|_| self.pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_repeated_for_a_while() {
        let start = Instant::now();
        let mut vigilance = Vigilance::new(start);
        let mut now = start;
        for round in 0..2 {
            let (start, mut looks) = (now, 0);
            while let Some(pause) = vigilance.pause() {
                now += pause;
                assert!(vigilance.look(now), "{round}");
                looks += 1;
            }
            assert!(now >= start + WINDOW && now <= start + WINDOW + LONGEST);
            assert!((8..20).contains(&looks), "{looks}");
            assert!(!vigilance.look(now));
            vigilance.rouse(now);
        }
        assert!(
            vigilance.look(now + WINDOW),
            "once after the end, however late"
        );
        now += WINDOW;
        assert!(!vigilance.look(now));
        assert!(
            vigilance.look(now + SLOW),
            "and now and then without a reason"
        );
    }
}
