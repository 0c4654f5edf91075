//! What wakes a member: new records, and what happens in its group.

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
    watch: Watch<What>,
    follow: bool,
    /// When the group was last looked at.
    looked: Option<Instant>,
    /// When all partitions were last woken.
    woken: Instant,
}

impl Waking {
    /// Watches the group's directories, and with `follow` those of the topics.
    pub(super) fn new(engine: &dyn Engine, member: &dyn Membership, follow: bool) -> Self {
        let mut watch = match member.bell() {
            Some(bell) => Watch::of_bell(bell),
            None => Watch::new(engine),
        };
        if let Some([group, members, claims]) = member.dirs() {
            watch.add_names(&group, What::Group);
            watch.add_names(&members, What::Locks);
            watch.add_names(&claims, What::Locks);
        }
        if follow {
            watch.add_topics(engine, What::Topics);
        }
        Self {
            watch,
            follow,
            looked: None,
            woken: Instant::now(),
        }
    }

    pub(super) fn watch_partition(&mut self, partition: &dyn PartitionLog, lane: usize) {
        if self.follow {
            self.watch.add_partition(partition, What::Lane(lane));
        }
    }

    pub(super) fn unwatch_partition(&mut self, lane: usize) {
        self.watch.remove(What::Lane(lane));
    }

    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.watch.fd()
    }

    /// After how long to look without having been told.
    pub(super) fn patience(&self, member: &dyn Membership) -> Duration {
        let patience = self.watch.patience();
        member
            .retry_after()
            .map_or(patience, |retry| retry.min(patience))
    }

    /// Wakes partitions that may have something new. True: the group is to be looked at.
    pub(super) fn hear(&mut self, consumer: &mut Consumer, member: &mut dyn Membership) -> bool {
        let now = Instant::now();
        let mut due = false;
        let changes = self.watch.changes();
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
        if now - self.woken >= self.watch.patience() {
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
