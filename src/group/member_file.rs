//! A member's own file: its lock says that the member lives, its line which generation it has adopted, its age when it
//! last got on.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::error::{Error, IoContext as _, Result};
use crate::store::lock::Mode;
use crate::store::{GroupLayout, HeldLock, LockFile, MemberId, durable};

/// How often progress is noted at most.
const PROGRESS: Duration = Duration::from_secs(1);

/// The file, and its lock for as long as this value lives.
#[derive(Debug)]
pub(crate) struct MemberFile {
    lock: HeldLock,
    adopted: i64,
    progress: Instant,
}

/// What others can see of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Vitals {
    /// The generation it has adopted; none where we may not read that.
    pub(crate) adopted: Option<i64>,
    /// When it last got on, in ms since the epoch.
    pub(crate) last_progress: i64,
}

impl MemberFile {
    /// Makes and locks the file of a new member. To be called under the group lock.
    pub(crate) fn create(paths: &GroupLayout, id: &MemberId) -> Result<Self> {
        let path = paths.member_file(id);
        let lock = LockFile::try_hold(&path, Mode::Exclusive)?.ok_or_else(|| {
            Error::failed(format!("somebody else holds the lock {}", path.display()))
        })?;
        let mut file = Self {
            lock,
            adopted: -1,
            progress: Instant::now(),
        };
        file.adopt(0)?;
        Ok(file)
    }

    /// Notes that the member does what a generation asks of it. The line always has the same length, so that who
    /// reads it never finds less than one.
    pub(crate) fn adopt(&mut self, generation: i64) -> Result<()> {
        if self.adopted == generation {
            return Ok(());
        }
        let line = format!("{{\"generation\":{generation:>20}}}\n");
        self.lock
            .file()
            .write_all_at(line.as_bytes(), 0)
            .at("write", self.lock.path())?;
        self.adopted = generation;
        Ok(())
    }

    /// Notes that the member got on, once a second at most. A file system that does not let us is no reason to stop.
    pub(crate) fn progress(&mut self) {
        if self.progress.elapsed() >= PROGRESS {
            self.progress = Instant::now();
            let _ = self.lock.file().set_modified(SystemTime::now());
        }
    }

    /// What the file of a member says; none if it is gone.
    pub(crate) fn look(path: &Path) -> Option<Vitals> {
        let modified = fs::symlink_metadata(path).ok()?.modified().ok()?;
        let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        let adopted = durable::read_text(path)
            .ok()
            .flatten()
            .and_then(|line| parse(&line));
        Some(Vitals {
            adopted,
            last_progress: i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        })
    }
}

fn parse(line: &str) -> Option<i64> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    line.get("generation")?.as_i64()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::store::{GroupName, Layout};

    #[test]
    fn its_line_and_its_lock() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Layout::new(dir.path().to_owned()).group(&GroupName::new("g").unwrap());
        fs::create_dir_all(paths.members()).unwrap();
        let id = MemberId::random("kafdir").unwrap();
        let path = paths.member_file(&id);
        assert_eq!(MemberFile::look(&path), None);
        let mut file = MemberFile::create(&paths, &id).unwrap();
        for generation in [7, 123_456_789, i64::MAX, 8] {
            file.adopt(generation).unwrap();
            assert_eq!(MemberFile::look(&path).unwrap().adopted, Some(generation));
        }
        assert_eq!(LockFile::probe(&path).unwrap(), Some(true));
        assert!(MemberFile::create(&paths, &id).is_err());
        drop(file);
        assert_eq!(LockFile::probe(&path).unwrap(), Some(false));
    }
}
