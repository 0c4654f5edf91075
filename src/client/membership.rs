//! Being in a group, wherever the group is.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::client::engine::Bell;
use crate::client::partition_log::PartitionLog;
use crate::error::Result;
use crate::group::{Changes, Member, MemberView};
use crate::store::{Topic, TopicPartition};

/// A member of a group.
pub trait Membership: Send {
    /// What there is to do.
    fn sync(&mut self) -> Result<Changes>;

    /// Commits offsets; those partitions come back that are not this member's any more.
    fn commit(&mut self, offsets: &[(TopicPartition, i64)]) -> Result<Vec<TopicPartition>>;

    /// Lets partitions go that others are to have.
    fn release(&mut self, partitions: &[TopicPartition]) -> Result<()>;

    /// Says that the member gets on.
    fn progress(&mut self);

    /// The next [`Membership::sync`] is to look closely.
    fn rouse(&mut self);

    /// A partition that is read looks as if its topic had been deleted: whether it has is to be found out.
    fn suspect(&mut self) {
        self.rouse();
    }

    /// After how long to look again, where something is waited for.
    fn retry_after(&self) -> Option<Duration>;

    /// Whether nobody else is in the group, as far as it is known.
    fn is_alone(&self) -> bool {
        false
    }

    /// The members that hold partitions, apart from this one.
    fn others(&self) -> Result<Vec<MemberView>>;

    /// Says that reading was begun of what [`Changes::taken`] told.
    fn began(&mut self) -> Result<()> {
        Ok(())
    }

    /// Whether it is being settled who reads what: what there is to read may come yet.
    fn is_settling(&self) -> bool {
        false
    }

    /// A partition to be read as a member, where that is another way than everybody's.
    fn partition(&self, _topic: &Topic, _number: i32) -> Result<Option<Arc<dyn PartitionLog>>> {
        Ok(None)
    }

    /// Readable when something happened in the group or in a partition, where there are no directories to tell of it.
    fn bell(&self) -> Option<Arc<dyn Bell>> {
        None
    }

    /// Directories in which a change tells that something happened in the group: that of the group, and those in which
    /// a file that is let go tells of a death.
    fn dirs(&self) -> Option<[PathBuf; 3]>;

    /// Leaves, and lets everything go.
    fn leave(self: Box<Self>) -> Result<()>;
}

impl Membership for Member {
    fn sync(&mut self) -> Result<Changes> {
        self.sync()
    }

    fn commit(&mut self, offsets: &[(TopicPartition, i64)]) -> Result<Vec<TopicPartition>> {
        self.commit(offsets)
    }

    fn release(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        self.release(partitions)
    }

    fn progress(&mut self) {
        self.progress();
    }

    fn rouse(&mut self) {
        self.rouse();
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_after()
    }

    fn is_alone(&self) -> bool {
        self.is_alone()
    }

    fn others(&self) -> Result<Vec<MemberView>> {
        let mut members = self.group().view()?.members;
        members.retain(|member| member.id.as_str() != self.id() && !member.partitions.is_empty());
        Ok(members)
    }

    fn dirs(&self) -> Option<[PathBuf; 3]> {
        Some(self.dirs())
    }

    fn leave(self: Box<Self>) -> Result<()> {
        (*self).leave()
    }
}
