//! Whether the names in a directory are still those that were listed, without listing them again.
//!
//! Every name that comes, goes or changes sets the directory's ctime, and nobody can set that back. The kernel takes it
//! from a clock that moves in ticks, so that two changes within one tick look like one: a stamp that was taken within the
//! tick of the change it tells of may stand for a later change too. Such a stamp is not settled, and proves nothing.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use nix::time::ClockId;

/// How much later than a directory's last change it must be looked at: far more than a tick, and than the times of a
/// file system that counts in hundredths of a second.
const MARGIN: Duration = Duration::from_millis(100);

/// File systems that keep times no finer than this are not believed: a clock that is set back meets a whole second
/// again, and hardly ever a nanosecond.
const COARSE: i64 = 1_000_000;

/// A directory as it was at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DirStamp {
    /// Its file system.
    pub(crate) device: u64,
    /// Its number there.
    pub(crate) inode: u64,
    /// Its ctime: seconds since the epoch, and nanoseconds.
    pub(crate) changed: (i64, i64),
}

impl DirStamp {
    /// The directory as it is now. To be taken before it is listed: what comes between the two then shows as a change.
    pub(crate) fn of(dir: &Path) -> io::Result<Self> {
        let metadata = std::fs::metadata(dir)?;
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    /// Whether every later change gives the directory another stamp. To be asked before the directory is listed.
    pub(crate) fn is_settled(&self) -> bool {
        // The very clock that the kernel takes the times of files from.
        ClockId::CLOCK_REALTIME_COARSE
            .now()
            .is_ok_and(|now| self.is_settled_at((now.tv_sec(), now.tv_nsec())))
    }

    fn is_settled_at(&self, now: (i64, i64)) -> bool {
        let (seconds, nanoseconds) = self.changed;
        let margin = i64::from(MARGIN.subsec_nanos());
        let settled = if nanoseconds + margin < 1_000_000_000 {
            (seconds, nanoseconds + margin)
        } else {
            (
                seconds.saturating_add(1),
                nanoseconds + margin - 1_000_000_000,
            )
        };
        nanoseconds % COARSE != 0 && now > settled
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn stamp(seconds: i64, nanoseconds: i64) -> DirStamp {
        DirStamp {
            device: 1,
            inode: 2,
            changed: (seconds, nanoseconds),
        }
    }

    #[test]
    fn what_changed_within_the_margin_or_in_the_future_is_not_settled() {
        let changed = stamp(10, 500_000_001);
        for (now, settled) in [
            ((10, 500_000_001), false),
            ((10, 600_000_001), false),
            ((10, 600_000_002), true),
            ((11, 0), true),
            ((10, 0), false),
            ((9, 999_999_999), false),
        ] {
            assert_eq!(changed.is_settled_at(now), settled, "{now:?}");
        }
        let late = stamp(10, 950_000_001);
        assert!(!late.is_settled_at((11, 50_000_001)));
        assert!(late.is_settled_at((11, 50_000_002)));
    }

    #[test]
    fn times_of_whole_seconds_or_milliseconds_are_never_settled() {
        for nanoseconds in [0, 7_000_000] {
            assert!(!stamp(10, nanoseconds).is_settled_at((1_000, 0)));
        }
    }

    #[test]
    fn every_change_of_a_name_makes_another_stamp_and_a_change_of_contents_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| dir.path().join(name);
        std::fs::write(file("a"), "1").unwrap();
        let settled = || loop {
            let stamp = DirStamp::of(dir.path()).unwrap();
            if stamp.is_settled() {
                return stamp;
            }
            std::thread::yield_now();
        };
        let changes: [&dyn Fn(); 4] = [
            &|| std::fs::write(file("b"), "").unwrap(),
            &|| std::fs::rename(file("a"), file("c")).unwrap(),
            &|| std::fs::rename(file("b"), file("c")).unwrap(),
            &|| std::fs::remove_file(file("c")).unwrap(),
        ];
        for change in changes {
            let before = settled();
            change();
            assert_ne!(DirStamp::of(dir.path()).unwrap(), before);
        }
        std::fs::write(file("d"), "1").unwrap();
        let before = settled();
        std::fs::write(file("d"), "longer").unwrap();
        assert_eq!(DirStamp::of(dir.path()).unwrap(), before);
    }
}
