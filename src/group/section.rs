//! A change of the group's state: the group lock is taken, the state read, changed, replaced.
//!
//! Everything that the state does not name any more, files of members and of claims, is removed under the same lock,
//! after the state was replaced: before, a crash between the two would leave members without a file.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use crate::error::{IoContext as _, Result};
use crate::group::group_file::GroupFile;
use crate::group::snapshot::{Found, Snapshot};
use crate::store::{GroupLayout, LockFile, LockGuard, MemberId, Patience, boot, durable};

/// The group lock, held, and the state that is to be changed.
pub(crate) struct Section<'a> {
    paths: &'a GroupLayout,
    pub(crate) state: GroupFile,
    /// What the file holds; none if it was made anew.
    found: Option<Arc<Snapshot>>,
    /// Last: the lock goes when all is done.
    guard: LockGuard,
}

impl<'a> Section<'a> {
    /// Waits for the lock and reads the state, unless it is the one that is `known`. Of another boot it is made anew:
    /// without members, with greater numbers.
    pub(crate) fn enter(
        paths: &'a GroupLayout,
        lock: &mut LockFile,
        patience: &Patience,
        known: Option<&Arc<Snapshot>>,
    ) -> Result<Self> {
        let guard = lock.lock(patience)?;
        if let Some(known) = known
            && known.is_current(&paths.group_file())?
        {
            return Ok(Self {
                paths,
                state: GroupFile::clone(&known.state),
                found: Some(Arc::clone(known)),
                guard,
            });
        }
        let (state, found) = match Found::read(paths)? {
            Found::Current(snapshot) => {
                (GroupFile::clone(&snapshot.state), Some(Arc::new(snapshot)))
            }
            Found::Old(old) => (made_anew(paths, &old)?, None),
            Found::Nothing => (made_anew(paths, &GroupFile::new(boot::id()?))?, None),
        };
        Ok(Self {
            paths,
            state,
            found,
            guard,
        })
    }

    /// Drops the members that don't live any more, `me` not asked; whether there were any.
    pub(crate) fn drop_dead(&mut self, me: Option<&MemberId>) -> Result<bool> {
        let mut dead = Vec::new();
        for member in &self.state.members {
            if me != Some(&member.id) && !is_alive(self.paths, &member.id)? {
                dead.push(member.id.clone());
            }
        }
        for id in &dead {
            self.drop_member(id);
        }
        Ok(!dead.is_empty())
    }

    /// Takes a member out. Its claims keep their epoch: whoever comes next looks whether their locks are free.
    pub(crate) fn drop_member(&mut self, id: &MemberId) {
        self.state.members.retain(|member| member.id != *id);
        for entry in &mut self.state.partitions {
            if entry.holder.as_ref() == Some(id) {
                entry.holder = None;
            }
        }
    }

    /// Whether the state was changed, or made anew.
    pub(crate) fn is_changed(&self) -> bool {
        self.found
            .as_ref()
            .is_none_or(|found| *found.state != self.state)
    }

    /// The state as the file has it.
    pub(crate) fn known(&self) -> Option<Arc<Snapshot>> {
        self.found.clone()
    }

    /// Replaces the state and removes what it does not name any more. The lock is held as long as the second value.
    pub(crate) fn write(self) -> Result<(Arc<Snapshot>, LockGuard)> {
        let path = self.paths.group_file();
        let epoch = self.state.commit_epoch;
        let known = self.found.as_ref().map(|found| found.state.commit_epoch);
        if known != Some(epoch) {
            // By its name it is known which epoch is the next one, even if the state is lost.
            LockFile::open(&self.paths.commit_lock(epoch))?;
        }
        self.state.write(&path)?;
        if let Some(found) = &self.found {
            remove_unnamed(self.paths, &found.state, &self.state);
        } else {
            mark_boot(self.paths, &self.guard, &self.state.boot_id)?;
            sweep(self.paths, &self.state);
        }
        let snapshot = Snapshot::of_written(&path, self.state)?;
        Ok((Arc::new(snapshot), self.guard))
    }

    /// Removes what crashes have left. All of it is harmless, and so is a file that can't be removed.
    pub(crate) fn sweep(&self) {
        // Who commits has a file beside the other, unless its lock does not count any more.
        if sweep(self.paths, &self.state)
            && let Ok(mut lock) = LockFile::open(&self.paths.commit_lock(self.state.commit_epoch))
            && let Ok(Some(_guard)) = lock.try_lock()
        {
            let _ = durable::sweep(self.paths.dir());
        }
    }
}

/// Removes the files of members and claims that `after` does not name, and `before` did.
fn remove_unnamed(paths: &GroupLayout, before: &GroupFile, after: &GroupFile) {
    let members: HashSet<&MemberId> = after.members.iter().map(|member| &member.id).collect();
    for member in &before.members {
        if !members.contains(&member.id) {
            let _ = durable::remove(&paths.member_file(&member.id));
        }
    }
    let claims: HashSet<u64> = after.partitions.iter().map(|entry| entry.epoch).collect();
    for entry in &before.partitions {
        if entry.epoch > 0 && !claims.contains(&entry.epoch) {
            let _ = durable::remove(&paths.claim_file(&entry.name(), entry.epoch));
        }
    }
    if before.commit_epoch != after.commit_epoch {
        let _ = durable::remove(&paths.commit_lock(before.commit_epoch));
    }
}

/// The same whatever was named before; whether there are temporary files beside.
fn sweep(paths: &GroupLayout, state: &GroupFile) -> bool {
    let members: HashSet<&MemberId> = state.members.iter().map(|member| &member.id).collect();
    let claims: HashSet<u64> = state.partitions.iter().map(|entry| entry.epoch).collect();
    remove_where(&paths.members(), |name| {
        MemberId::parse_file_name(name).is_none_or(|id| !members.contains(&id))
    });
    remove_where(&paths.claims(), |name| {
        GroupLayout::parse_claim_epoch(name).is_none_or(|epoch| !claims.contains(&epoch))
    });
    let mut temporary = false;
    remove_where(paths.dir(), |name| {
        temporary |= durable::is_temporary(name);
        GroupLayout::parse_commit_lock(name).is_some_and(|epoch| epoch != state.commit_epoch)
    });
    temporary
}

fn remove_where(dir: &Path, mut is_left: impl FnMut(&OsStr) -> bool) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if is_left(&entry.file_name()) {
            let _ = durable::remove(&entry.path());
        }
    }
}

/// Whether a member lives.
pub(crate) fn is_alive(paths: &GroupLayout, id: &MemberId) -> Result<bool> {
    Ok(LockFile::probe(&paths.member_file(id))? == Some(true))
}

/// A state without members in which every number is greater than any that was used before: those who are of another
/// boot only in name, as in a test, must not be taken for somebody of this one.
fn made_anew(paths: &GroupLayout, old: &GroupFile) -> Result<GroupFile> {
    let mut state = GroupFile::new(boot::id()?);
    let claims = greatest(&paths.claims(), GroupLayout::parse_claim_epoch)?;
    let commits = greatest(paths.dir(), GroupLayout::parse_commit_lock)?;
    state.generation = old.generation + 1;
    state.assignor.clone_from(&old.assignor);
    state.last_epoch = claims.max(old.last_epoch);
    state.commit_epoch = commits.max(old.commit_epoch) + 1;
    Ok(state)
}

/// The greatest number that `parse` finds in the names of a directory.
fn greatest(dir: &Path, parse: impl Fn(&OsStr) -> Option<u64>) -> Result<u64> {
    let mut greatest = 0;
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries.at("list", dir)?,
    };
    for entry in entries {
        let name = entry.at("list", dir)?.file_name();
        greatest = greatest.max(parse(&name).unwrap_or(0));
    }
    Ok(greatest)
}

/// Says in the lock file that the state is of this boot: if it can't be read, that is damage from now on.
fn mark_boot(paths: &GroupLayout, guard: &LockGuard, boot_id: &str) -> Result<()> {
    let path = paths.lock();
    let file = guard.file();
    file.set_len(0).at("empty", &path)?;
    file.write_all_at(boot_id.as_bytes(), 0).at("write", &path)
}
