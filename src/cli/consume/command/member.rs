//! A member of the group that works with COMMAND: while that runs, what others are to have is let go, but for the
//! partition it works on.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use crate::cli::consume::group;
use crate::cli::consume::run::held_back_by;
use crate::client::{GroupConsumer, Polled};
use crate::error::Result;
use crate::store::{TopicName, TopicPartition};

/// A member.
pub(super) struct GroupMember {
    consumer: GroupConsumer,
    /// Whether anything is committed at all.
    commits: bool,
    /// The partition that is being worked on.
    busy: Option<TopicPartition>,
    /// Whether another is to have that one.
    owed: bool,
    /// A topic that was asked for and was deleted.
    deleted: Option<TopicName>,
}

impl GroupMember {
    pub(super) fn new(consumer: GroupConsumer, commits: bool) -> Self {
        Self {
            consumer,
            commits,
            busy: None,
            owed: false,
            deleted: None,
        }
    }

    /// Looks at the group, and lets go what is to be let go and not worked on.
    pub(super) fn look(&mut self) -> Result<()> {
        let looked = self.consumer.look()?;
        self.deleted = self.deleted.take().or(looked.deleted);
        let mut idle: Vec<TopicPartition> = Vec::new();
        for (partition, _) in looked.revoked {
            if self.busy.as_ref() == Some(&partition) {
                self.owed = true;
            } else {
                idle.push(partition);
            }
        }
        if idle.is_empty() {
            return Ok(());
        }
        self.consumer.release(&idle)
    }

    /// An error once a topic that was asked for is gone.
    pub(super) fn check(&self) -> Result<()> {
        match &self.deleted {
            None => Ok(()),
            Some(topic) => Err(group::deleted(topic)),
        }
    }

    /// Work on this partition begins.
    pub(super) fn begin(&mut self, partition: &TopicPartition) {
        self.busy = Some(partition.clone());
        self.owed = false;
    }

    /// Work on it has ended, and what came before is committed; it goes on at `next` where that is not where reading
    /// has got to.
    pub(super) fn end(&mut self, next: Option<i64>) -> Result<()> {
        let Some(partition) = self.busy.take() else {
            return Ok(());
        };
        if std::mem::take(&mut self.owed) {
            return self.consumer.release(&[partition]);
        }
        if let Some(next) = next {
            self.consumer.seek(&partition, next);
        }
        Ok(())
    }

    /// Whether another is to have the partition that is worked on.
    pub(super) fn owes(&self) -> bool {
        self.owed
    }

    /// Everything of the partition that is worked on before the offset `next` is done.
    pub(super) fn commit(&mut self, next: i64) -> Result<()> {
        match &self.busy {
            Some(partition) if self.commits => self.consumer.commit(&[(partition.clone(), next)]),
            _ => Ok(()),
        }
    }

    /// Nothing is worked on: commits how far each partition has come, past what holds no records.
    pub(super) fn commit_all(&mut self) -> Result<()> {
        if !self.commits {
            return Ok(());
        }
        let positions = self.consumer.positions();
        let offsets: Vec<(TopicPartition, i64)> = positions
            .filter_map(|(lane, offset)| Some((self.consumer.partition_of(lane)?.clone(), offset)))
            .collect();
        self.consumer.commit(&offsets)
    }

    /// The next batch of any partition.
    pub(super) fn poll(&mut self) -> Result<Polled<'_>> {
        self.consumer.poll()
    }

    /// The next batch of this partition.
    pub(super) fn poll_partition(&mut self, partition: &TopicPartition) -> Result<Polled<'_>> {
        self.consumer.poll_partition(partition)
    }

    /// Whether there is more of this partition to read before its pinned end, and it is on its way.
    pub(super) fn is_awaited(&self, partition: &TopicPartition) -> bool {
        self.consumer.is_awaited(partition)
    }

    /// What held it back.
    pub(super) fn notes(&self) -> Vec<String> {
        let held_back = self.consumer.held_back().into_iter();
        held_back
            .map(|(partition, id, offset)| held_back_by(&partition, id, offset))
            .collect()
    }

    /// Who holds what it would have read.
    pub(super) fn holders(&self) -> Result<Vec<String>> {
        group::holders(&self.consumer)
    }

    /// The rest.
    pub(super) fn consumer(&self) -> &GroupConsumer {
        &self.consumer
    }

    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.consumer.fd()
    }

    pub(super) fn patience(&self) -> Duration {
        self.consumer.patience()
    }

    pub(super) fn leave(self) -> Result<()> {
        self.consumer.leave()
    }
}
