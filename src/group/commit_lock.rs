//! The lock under which committed offsets are written and synced.
//!
//! It is not the group lock, so that a slow disk, or a member that is stopped in the middle of a commit, keeps nobody
//! from joining, leaving or putting that member out. Each commit epoch has a lock file of its own: evicting a member
//! raises the epoch, and the lock that the evicted one may hold is not looked at any more. So nobody waits for it for
//! long without looking which epoch it is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{ErrorKind, Result};
use crate::group::group::Group;
use crate::group::section::Section;
use crate::group::snapshot::{Found, Snapshot};
use crate::store::{LockFile, LockGuard, Patience};

/// How long to wait before looking at the epoch again.
const SLICE: Duration = Duration::from_millis(20);
/// After how long a wait is told.
const NOTICE: Duration = Duration::from_secs(1);

/// The lock of a commit epoch, held.
pub(crate) struct CommitLock {
    pub(crate) epoch: u64,
    /// The state that named the epoch.
    pub(crate) snapshot: Arc<Snapshot>,
    _guard: LockGuard,
}

impl CommitLock {
    /// Waits for the lock of the epoch that counts. Whether it still does is to be seen under the group lock.
    pub(crate) fn acquire(group: &Group, patience: &Patience) -> Result<Self> {
        let started = Instant::now();
        let mut told = false;
        loop {
            let snapshot = current(group, patience)?;
            let epoch = snapshot.state.commit_epoch;
            let mut lock = LockFile::open(&group.paths().commit_lock(epoch))?;
            let end = Instant::now() + SLICE;
            let deadline = patience.deadline();
            let slice = patience
                .clone()
                .until(Some(deadline.map_or(end, |deadline| deadline.min(end))));
            match lock.lock(&slice) {
                Ok(guard) => {
                    return Ok(Self {
                        epoch,
                        snapshot,
                        _guard: guard,
                    });
                }
                Err(error) if error.kind() != ErrorKind::TimedOut || patience.is_over() => {
                    return Err(error);
                }
                Err(_) => {}
            }
            if !told && started.elapsed() >= NOTICE {
                told = true;
                tell(&lock, patience);
            }
        }
    }
}

fn tell(lock: &LockFile, patience: &Patience) {
    let path = lock.path().display();
    let holder = lock
        .holder()
        .map_or(String::new(), |holder| format!(", held by {holder}"));
    patience
        .notes()
        .say(&format!("waiting for the lock {path}{holder}"));
}

/// The state as it is; made anew if it is of another boot.
fn current(group: &Group, patience: &Patience) -> Result<Arc<Snapshot>> {
    if let Found::Current(snapshot) = Found::read(group.paths())? {
        return Ok(Arc::new(snapshot));
    }
    let mut lock = group.lock_file()?;
    let section = Section::enter(group.paths(), &mut lock, patience, None)?;
    match section.known() {
        Some(snapshot) => Ok(snapshot),
        None => Ok(section.write()?.0),
    }
}
