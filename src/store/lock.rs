//! The one place where locks are taken.
//!
//! Locks are flock locks on files of their own: open, lock, compare the file with what its path names now, and if it
//! was replaced, start again (else a replaced lock file would have two owners). Lock files are close-on-exec, are
//! never a link, and only who may write in the directory may open them. They die with their process, whatever
//! happens to it, and belong to an open file, so that two threads exclude each other too if each opened its own.
//!
//! A [`LockGuard`] is for a few steps: while one is held, signals that stop or end the process wait
//! ([`super::signal_mask`]). A [`HeldLock`] is for the life of something.
//!
//! Order: the topics' lock, the lock on a group's commits, the group's, a partition's.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fs2::FileExt as _;

use super::durable::{self, Access};
use super::lock_holder;
use super::lock_watchdog::Watched;
use super::signal_mask::Blocked;
use crate::error::{Error, IoContext as _, Result};

pub use super::patience::Patience;

/// Which file something is, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileId {
    /// The device the file lies on.
    pub device: u64,
    /// The inode.
    pub inode: u64,
}

impl FileId {
    /// Of what these metadata belong to.
    #[must_use]
    pub fn of(metadata: &fs::Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }
}

/// Which lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Excludes the exclusive one.
    Shared,
    /// Excludes every other.
    Exclusive,
}

/// An open lock file.
#[derive(Debug)]
pub struct LockFile {
    path: Arc<Path>,
    open: Arc<OpenLock>,
    id: FileId,
}

/// Shared with the guard, so that whoever owns the lock file can be used while its lock is held.
#[derive(Debug)]
struct OpenLock {
    file: File,
    held: AtomicBool,
}

/// What a file whose lock was taken turned out to be.
enum Taken {
    /// Still what its path names.
    Valid(LockGuard),
    /// Not any more.
    Replaced,
}

impl LockFile {
    /// Opens a lock file, making it if there is none.
    pub fn open(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        let (file, _) = durable::open_or_create(path, &options, Access::WritersOnly)?;
        Self::new(path.into(), file)
    }

    /// Opens a lock file; none if there is none.
    pub fn open_existing(path: &Path) -> Result<Option<Self>> {
        match durable::open_regular(path, OpenOptions::new().read(true).write(true)) {
            Ok(file) => Self::new(path.into(), file).map(Some),
            Err(error) if error.io_kind() == Some(io::ErrorKind::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn new(path: Arc<Path>, file: File) -> Result<Self> {
        let id = FileId::of(&file.metadata().at("look at", &path)?);
        Ok(Self {
            path,
            open: Arc::new(OpenLock {
                file,
                held: AtomicBool::new(false),
            }),
            id,
        })
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn shared_path(&self) -> Arc<Path> {
        Arc::clone(&self.path)
    }

    /// Which file it is.
    #[must_use]
    pub fn id(&self) -> FileId {
        self.id
    }

    /// The open file.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.open.file
    }

    /// Waits for the exclusive lock and takes it. The file is opened anew if it was replaced.
    pub fn lock(&mut self, patience: &Patience) -> Result<LockGuard> {
        loop {
            let guard = self.wait(patience)?;
            match self.compare_path(guard)? {
                Taken::Valid(guard) => return Ok(guard),
                Taken::Replaced => *self = Self::open(&self.path)?,
            }
        }
    }

    /// Takes the exclusive lock if nobody has it.
    pub fn try_lock(&mut self) -> Result<Option<LockGuard>> {
        loop {
            let Some(guard) = self.attempt(Mode::Exclusive, Blocked::enter())? else {
                return Ok(None);
            };
            match self.compare_path(guard)? {
                Taken::Valid(guard) => return Ok(Some(guard)),
                Taken::Replaced => *self = Self::open(&self.path)?,
            }
        }
    }

    /// Like [`Self::lock`] without a look at the path: none if the open file has no name any more, and then it must
    /// be opened anew. For a file that is removed but never replaced, and locked very often.
    pub fn lock_unless_removed(&mut self, patience: &Patience) -> Result<Option<LockGuard>> {
        let guard = self.wait(patience)?;
        let links = self.metadata()?.nlink();
        Ok((links > 0).then_some(guard))
    }

    /// Takes the lock for the life of the result, without waiting; none if somebody else has it. Signals are not
    /// blocked meanwhile.
    pub fn try_hold(path: &Path, mode: Mode) -> Result<Option<HeldLock>> {
        loop {
            let lock = Self::open(path)?;
            let Some(guard) = lock.attempt(mode, Blocked::enter())? else {
                return Ok(None);
            };
            if let Some(held) = lock.into_held(guard)? {
                return Ok(Some(held));
            }
        }
    }

    /// Waits for the exclusive lock and takes it for the life of the result.
    pub fn hold(path: &Path, patience: &Patience) -> Result<HeldLock> {
        loop {
            let lock = Self::open(path)?;
            let guard = lock.wait(patience)?;
            if let Some(held) = lock.into_held(guard)? {
                return Ok(held);
            }
        }
    }

    /// Whether somebody holds the exclusive lock. Asks with a shared one, so that two who ask don't take each other
    /// for the holder; no answer is good for longer than it takes to read it.
    pub fn is_locked(&self) -> Result<bool> {
        Ok(self.attempt(Mode::Shared, Blocked::enter())?.is_none())
    }

    /// Whether somebody holds the lock on the file at `path`; none if there is no file. The file is opened for reading
    /// only: closing one that was opened for writing would tell those who watch its directory that something happened.
    pub fn probe(path: &Path) -> Result<Option<bool>> {
        let file = match durable::open_for_reading(path) {
            Err(error) if error.io_kind() == Some(io::ErrorKind::NotFound) => return Ok(None),
            file => file?,
        };
        match fs2::FileExt::try_lock_shared(&file) {
            Ok(()) => {
                // Closing it would not do if a child that is just being started has a copy.
                fs2::FileExt::unlock(&file).at("unlock", path)?;
                Ok(Some(false))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Some(true)),
            Err(error) => Err(Error::io("lock", path, error)),
        }
    }

    /// Who holds the lock now, for a message; none where that is not known.
    #[must_use]
    pub fn holder(&self) -> Option<String> {
        lock_holder::describe(self.id)
    }

    /// None if the file was replaced.
    fn into_held(self, guard: LockGuard) -> Result<Option<HeldLock>> {
        Ok(match self.compare_path(guard)? {
            Taken::Valid(mut guard) => {
                guard.keep = true;
                Some(HeldLock { lock: self })
            }
            Taken::Replaced => None,
        })
    }

    fn wait(&self, patience: &Patience) -> Result<LockGuard> {
        let blocked = Blocked::enter();
        match self.flock(Mode::Exclusive, false)? {
            Flocked::Yes => return Ok(self.guard(blocked)),
            Flocked::Busy | Flocked::Signalled => {}
        }
        let waiting = blocked.wait();
        let watched = Watched::begin(&self.path, self.id, patience)?;
        loop {
            if let Some(error) = patience.verdict(&self.path, || lock_holder::describe(self.id)) {
                return Err(error);
            }
            if matches!(self.flock(Mode::Exclusive, true)?, Flocked::Yes) {
                break;
            }
        }
        drop(watched);
        drop(waiting);
        Ok(self.guard(blocked))
    }

    fn attempt(&self, mode: Mode, blocked: Blocked) -> Result<Option<LockGuard>> {
        loop {
            match self.flock(mode, false)? {
                Flocked::Yes => return Ok(Some(self.guard(blocked))),
                Flocked::Busy => return Ok(None),
                Flocked::Signalled => {}
            }
        }
    }

    fn flock(&self, mode: Mode, wait: bool) -> Result<Flocked> {
        if self.open.held.load(Ordering::Relaxed) {
            return Err(Error::failed(format!(
                "the lock {} is held already, by this very handle",
                self.path.display()
            )));
        }
        let file = &self.open.file;
        // Not the standard library's methods of these names: they hide which system call is made.
        let taken = match (mode, wait) {
            (Mode::Exclusive, true) => file.lock_exclusive(),
            (Mode::Exclusive, false) => file.try_lock_exclusive(),
            (Mode::Shared, true) => fs2::FileExt::lock_shared(file),
            (Mode::Shared, false) => fs2::FileExt::try_lock_shared(file),
        };
        match taken {
            Ok(()) => Ok(Flocked::Yes),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Flocked::Busy),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Flocked::Signalled),
            Err(error) => Err(Error::io("lock", &self.path, error)),
        }
    }

    fn guard(&self, blocked: Blocked) -> LockGuard {
        self.open.held.store(true, Ordering::Relaxed);
        LockGuard {
            open: Arc::clone(&self.open),
            keep: false,
            yields: false,
            _blocked: blocked,
        }
    }

    fn compare_path(&self, guard: LockGuard) -> Result<Taken> {
        match fs::symlink_metadata(&self.path) {
            Ok(metadata) if FileId::of(&metadata) == self.id => Ok(Taken::Valid(guard)),
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::io("look at", &self.path, error))
            }
            _ => Ok(Taken::Replaced),
        }
    }

    fn metadata(&self) -> Result<fs::Metadata> {
        self.open.file.metadata().at("look at", &self.path)
    }
}

enum Flocked {
    Yes,
    Busy,
    Signalled,
}

/// A lock held for a few steps: let go when dropped. Stays in the thread that took it.
pub struct LockGuard {
    open: Arc<OpenLock>,
    keep: bool,
    yields: bool,
    /// Last: the mask is restored when the lock is gone.
    _blocked: Blocked,
}

impl LockGuard {
    /// Lets others run once after the lock was let go. Flock is unfair: who just had the lock would have it again
    /// before those who wait have woken up.
    #[must_use]
    pub fn yielding(mut self) -> Self {
        self.yields = true;
        self
    }

    /// The locked file.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.open.file
    }
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        if self.keep {
            return;
        }
        self.open.held.store(false, Ordering::Relaxed);
        // Unlocking an open file that is locked can't fail.
        let _ = fs2::FileExt::unlock(&self.open.file);
        if self.yields {
            std::thread::yield_now();
        }
    }
}

/// A lock held for the life of this value, by whatever thread it is in.
#[derive(Debug)]
pub struct HeldLock {
    lock: LockFile,
}

impl HeldLock {
    /// The lock file's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.lock.path()
    }

    /// The locked file.
    #[must_use]
    pub fn file(&self) -> &File {
        self.lock.file()
    }

    /// Which file it is.
    #[must_use]
    pub fn id(&self) -> FileId {
        self.lock.id()
    }
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        // Closing the file would do it too, unless a copy of its descriptor is still open somewhere.
        let _ = fs2::FileExt::unlock(&self.lock.open.file);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::sync::mpsc;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::error::ErrorKind;
    use crate::store::Notes;

    const LONG: Duration = Duration::from_secs(30);

    fn soon() -> Patience {
        Patience::endless().until(Some(Instant::now() + Duration::from_millis(30)))
    }

    #[test]
    fn two_open_files_exclude_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let (mut one, mut two) = (
            LockFile::open(&path).unwrap(),
            LockFile::open(&path).unwrap(),
        );
        let guard = one.lock(&Patience::endless()).unwrap();
        assert!(two.try_lock().unwrap().is_none());
        assert!(two.is_locked().unwrap());
        assert!(
            one.try_lock().is_err(),
            "the same handle can't have it twice"
        );
        drop(guard);
        assert!(!two.is_locked().unwrap());
        assert!(two.try_lock().unwrap().is_some());
        assert!(one.try_lock().unwrap().is_some());
    }

    #[test]
    fn many_threads_count_without_losing_one() {
        let dir = tempfile::tempdir().unwrap();
        let (lock, counter) = (dir.path().join("lock"), dir.path().join("counter"));
        fs::write(&counter, "0").unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut lock = LockFile::open(&lock).unwrap();
                    for _ in 0..100 {
                        let guard = lock.lock(&Patience::endless()).unwrap().yielding();
                        let count: u32 = fs::read_to_string(&counter).unwrap().parse().unwrap();
                        fs::write(&counter, (count + 1).to_string()).unwrap();
                        drop(guard);
                    }
                });
            }
        });
        assert_eq!(fs::read_to_string(&counter).unwrap(), "400");
    }

    #[test]
    fn a_timeout_names_the_holder() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let held = LockFile::hold(&path, &Patience::endless()).unwrap();
        let mut lock = LockFile::open(&path).unwrap();
        let error = lock.lock(&soon()).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        let holder = format!("held by pid {}", std::process::id());
        let text = error.to_string();
        assert!(text.contains(&holder) && text.contains("/lock,"), "{text}");
        drop(held);
        assert!(lock.lock(&soon()).is_ok());
    }

    #[test]
    fn a_flag_ends_a_wait() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let _held = LockFile::hold(&path, &Patience::endless()).unwrap();
        let flag = Arc::new(AtomicBool::new(false));
        let patience = Patience::endless().interrupted_by(Arc::clone(&flag));
        let waiter = thread::spawn(move || LockFile::hold(&path, &patience).map(drop));
        flag.store(true, Ordering::Relaxed);
        assert_eq!(
            waiter.join().unwrap().unwrap_err().kind(),
            ErrorKind::Interrupted
        );
    }

    #[test]
    fn a_long_wait_is_told_and_then_ends_well() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let held = LockFile::hold(&path, &Patience::endless()).unwrap();
        let (say, said) = mpsc::channel();
        let notes = Notes::new(move |note| {
            let _ = say.send(note.to_owned());
        });
        let patience = Patience::endless().telling(notes);
        let waiter = thread::spawn(move || LockFile::hold(&path, &patience).map(drop));
        let note = said.recv_timeout(LONG).unwrap();
        assert!(
            note.starts_with("waiting for the lock ") && note.contains("held by pid "),
            "{note}"
        );
        drop(held);
        waiter.join().unwrap().unwrap();
        assert!(said.try_recv().is_err(), "it is said once");
    }

    #[test]
    fn a_replaced_file_is_opened_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let mut stale = LockFile::open(&path).unwrap();
        let before = stale.id();
        // Keeps the inode's number from being used again.
        let _old = File::open(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(
            stale
                .lock_unless_removed(&Patience::endless())
                .unwrap()
                .is_none()
        );
        let mut fresh = LockFile::open(&path).unwrap();
        let guard = fresh.lock(&Patience::endless()).unwrap();
        assert!(
            stale.try_lock().unwrap().is_none(),
            "it must meet the lock on the new file"
        );
        assert!(stale.id() != before && stale.id() == fresh.id());
        drop(guard);
        assert!(stale.lock(&Patience::endless()).is_ok());
    }

    #[test]
    fn a_held_lock_lives_as_long_as_its_value() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let held = LockFile::try_hold(&path, Mode::Exclusive).unwrap().unwrap();
        let held = thread::spawn(move || held).join().unwrap();
        assert!(LockFile::try_hold(&path, Mode::Shared).unwrap().is_none());
        drop(held);
        let one = LockFile::try_hold(&path, Mode::Shared).unwrap().unwrap();
        let two = LockFile::try_hold(&path, Mode::Shared).unwrap().unwrap();
        assert!(
            LockFile::try_hold(&path, Mode::Exclusive)
                .unwrap()
                .is_none()
        );
        drop((one, two));
        assert!(LockFile::open_existing(&path).unwrap().is_some());
        assert!(
            LockFile::open_existing(&dir.path().join("none"))
                .unwrap()
                .is_none()
        );
    }
}
