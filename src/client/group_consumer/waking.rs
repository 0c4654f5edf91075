//! What wakes a member: new records, and what happens in its group.
//!
//! A short run that is alone in its group is told nothing: it looks often enough, and there is nobody whose death or
//! leaving it could miss. What tells costs more to close than all else at the end of such a run: the kernel lets an
//! inotify instance go only after all processors have passed a quiet state, which takes 10 to 20 ms.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use crate::client::consumer::Consumer;
use crate::client::engine::Engine;
use crate::client::membership::Membership;
use crate::client::partition_log::PartitionLog;
use crate::client::watch::Watch;

/// How often to look at the group while there is no time to wait for what the kernel tells.
const BUSY_EVERY: Duration = Duration::from_millis(20);

/// What a change in a directory is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Group,
    /// Files of members or claims: somebody may have died or let go.
    Locks,
    Topics,
    Lane(usize),
}

/// What wakes a member.
pub(super) struct Waking {
    /// None as long as it is not worth while.
    watch: Option<Watch<What>>,
    follow: bool,
    /// When it was last asked what there is to hear.
    heard: Instant,
    /// When the group was last looked at.
    looked: Option<Instant>,
    /// When all partitions were last woken.
    woken: Instant,
}

impl Waking {
    /// With `follow` it watches from the beginning.
    pub(super) fn new(engine: &dyn Engine, member: &mut dyn Membership, follow: bool) -> Self {
        let now = Instant::now();
        let mut waking = Self {
            watch: None,
            follow,
            heard: now,
            looked: None,
            woken: now,
        };
        if follow {
            waking.watch(engine, member);
        } else {
            waking.watch_others(engine, member);
        }
        waking
    }

    /// Watches from now on if there are others in the group.
    pub(super) fn watch_others(&mut self, engine: &dyn Engine, member: &mut dyn Membership) {
        if !member.is_alone() {
            self.watch(engine, member);
        }
    }

    /// Watches the group's directories, and with `follow` those of the topics.
    fn watch(&mut self, engine: &dyn Engine, member: &mut dyn Membership) {
        if self.watch.is_some() {
            return;
        }
        let mut watch = match member.bell() {
            Some(bell) => Watch::of_bell(bell),
            None => Watch::new(engine),
        };
        if let Some([group, members, claims]) = member.dirs() {
            watch.add_names(&group, What::Group);
            watch.add_names(&members, What::Locks);
            watch.add_names(&claims, What::Locks);
        }
        if self.follow {
            watch.add_topics(engine, What::Topics);
        }
        self.watch = Some(watch);
        // What happened up to here nobody tells.
        member.rouse();
        self.looked = None;
    }

    pub(super) fn watch_partition(&mut self, partition: &dyn PartitionLog, lane: usize) {
        if let (true, Some(watch)) = (self.follow, &mut self.watch) {
            watch.add_partition(partition, What::Lane(lane));
        }
    }

    pub(super) fn unwatch_partition(&mut self, lane: usize) {
        if let Some(watch) = &mut self.watch {
            watch.remove(What::Lane(lane));
        }
    }

    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.watch.as_ref()?.fd()
    }

    /// After how long to look without having been told.
    pub(super) fn patience(&self, member: &dyn Membership) -> Duration {
        let patience = self.watch.as_ref().map_or(BUSY_EVERY, Watch::patience);
        member
            .retry_after()
            .map_or(patience, |retry| retry.min(patience))
    }

    /// Wakes partitions that may have something new. True: the group is to be looked at.
    pub(super) fn hear(
        &mut self,
        engine: &dyn Engine,
        consumer: &mut Consumer,
        member: &mut dyn Membership,
    ) -> bool {
        let now = Instant::now();
        let waited = now - std::mem::replace(&mut self.heard, now);
        if waited >= BUSY_EVERY {
            self.watch(engine, member);
        }
        let mut due = false;
        let changes = match &mut self.watch {
            Some(watch) => watch.changes(),
            None => Some(Vec::new()),
        };
        if changes.is_none() {
            member.rouse();
            consumer.wake_all();
            due = true;
        }
        for change in changes.into_iter().flatten() {
            match change {
                What::Lane(lane) => consumer.wake(lane),
                What::Group | What::Topics => due = true,
                What::Locks => {
                    member.rouse();
                    due = true;
                }
            }
        }
        if let Some(watch) = &self.watch
            && now - self.woken >= watch.patience()
        {
            self.woken = now;
            consumer.wake_all();
        }
        let every = self.patience(member).min(BUSY_EVERY);
        due |= self.looked.is_none_or(|looked| now - looked >= every);
        if due {
            self.looked = Some(now);
        }
        due
    }
}
