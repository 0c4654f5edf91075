//! Being told when something in a directory changes, without asking all the time.
//!
//! The kernel tells (inotify), as fast as any other way to wake a process. Instances of it are few, 128 for a
//! user, and some file systems tell nothing: then, and as a second line behind, the follower looks now and then.

use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};

use crate::client::engine::{Bell, Engine};
use crate::client::partition_log::PartitionLog;

/// How often to look where the kernel tells.
const SLOW: Duration = Duration::from_secs(1);
/// How often to look where it does not.
const FAST: Duration = Duration::from_millis(50);

/// Watches directories. `T` says which of them an event is about.
pub struct Watch<T> {
    inotify: Option<Inotify>,
    /// What tells where there are no directories.
    bell: Option<Arc<dyn Bell>>,
    watched: HashMap<WatchDescriptor, T>,
    complete: bool,
}

impl<T: Copy> Watch<T> {
    /// A watch over nothing yet of this engine.
    #[must_use]
    pub fn new(engine: &dyn Engine) -> Self {
        match engine.bell() {
            Some(bell) => Self::of_bell(bell),
            None => Self::of_directories(),
        }
    }

    /// A watch that a bell tells.
    #[must_use]
    pub fn of_bell(bell: Arc<dyn Bell>) -> Self {
        Self {
            inotify: None,
            complete: true,
            bell: Some(bell),
            watched: HashMap::new(),
        }
    }

    /// A watch over directories, none of them yet.
    #[must_use]
    pub fn of_directories() -> Self {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC).ok();
        Self {
            complete: inotify.is_some(),
            inotify,
            bell: None,
            watched: HashMap::new(),
        }
    }

    /// Watches for topics that come, go or change.
    pub fn add_topics(&mut self, engine: &dyn Engine, what: T) {
        if let Some(dir) = engine.topics_dir() {
            self.add(dir, what);
        }
    }

    /// Watches for records of a partition.
    pub fn add_partition(&mut self, partition: &dyn PartitionLog, what: T) {
        if let Some(dir) = partition.dir() {
            self.add(dir, what);
        }
    }

    /// Watches a directory too: for files that grow, come, go or are replaced in it.
    pub fn add(&mut self, dir: &Path, what: T) {
        self.watch(dir, what, AddWatchFlags::IN_MODIFY);
    }

    /// Watches a directory for files that come, go, are replaced or let go of; not for what is written to them.
    pub fn add_names(&mut self, dir: &Path, what: T) {
        self.watch(dir, what, AddWatchFlags::empty());
    }

    /// Watches what `what` is about no more.
    pub fn remove(&mut self, what: T)
    where
        T: PartialEq,
    {
        self.watched.retain(|descriptor, of| {
            let stays = *of != what;
            if let (false, Some(inotify)) = (stays, &self.inotify) {
                // One whose directory has gone is gone already.
                let _ = inotify.rm_watch(*descriptor);
            }
            stays
        });
    }

    fn watch(&mut self, dir: &Path, what: T, writes: AddWatchFlags) {
        let flags = writes
            | AddWatchFlags::IN_CREATE
            | AddWatchFlags::IN_DELETE
            | AddWatchFlags::IN_MOVED_TO
            | AddWatchFlags::IN_CLOSE_WRITE
            | AddWatchFlags::IN_DELETE_SELF
            | AddWatchFlags::IN_MOVE_SELF
            | AddWatchFlags::IN_ONLYDIR;
        match self
            .inotify
            .as_ref()
            .map(|inotify| inotify.add_watch(dir, flags))
        {
            Some(Ok(descriptor)) => {
                self.watched.insert(descriptor, what);
            }
            _ => self.complete = false,
        }
    }

    /// Readable when there is something to tell; `None` where the kernel tells nothing.
    #[must_use]
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        let bell = self.bell.as_ref().map(|bell| bell.fd());
        bell.or_else(|| self.inotify.as_ref().map(AsFd::as_fd))
    }

    /// After how long to look without having been told.
    #[must_use]
    pub fn patience(&self) -> Duration {
        if self.complete { SLOW } else { FAST }
    }

    /// What has changed since the last call; `None`: anything may have.
    pub fn changes(&mut self) -> Option<Vec<T>> {
        if let Some(bell) = &self.bell {
            bell.hear();
        }
        let mut changes = Vec::new();
        loop {
            match self.inotify.as_ref()?.read_events() {
                Ok(events) if events.is_empty() => break,
                Ok(events) => {
                    for event in events {
                        if event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW) {
                            return None;
                        }
                        changes.extend(self.watched.get(&event.wd).copied());
                    }
                }
                Err(nix::errno::Errno::EAGAIN) => break,
                Err(_) => return None,
            }
        }
        Some(changes)
    }
}
