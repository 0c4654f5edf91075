//! A group as who is not in it knows it, wherever it is.

use std::path::PathBuf;

use crate::error::Result;
use crate::group::{Committed, Group, GroupView, NewOffset};
use crate::store::{GroupName, TopicPartition};

/// A group.
pub trait GroupHandle: Send + Sync {
    /// Its name.
    fn name(&self) -> &GroupName;

    /// The group as it is now.
    fn view(&self) -> Result<GroupView>;

    /// What it has committed.
    fn committed(&self) -> Result<Committed>;

    /// Sets offsets. The group must have no members.
    fn set_offsets(&self, offsets: &[NewOffset]) -> Result<()>;

    /// Deletes what it has committed of these partitions.
    fn delete_offsets(&self, partitions: &[TopicPartition]) -> Result<()>;

    /// Deletes it. It must have no members.
    fn delete(&self) -> Result<()>;

    /// Directories in which a change tells that something happened in it.
    fn dirs(&self) -> Vec<PathBuf>;
}

impl GroupHandle for Group {
    fn name(&self) -> &GroupName {
        self.name()
    }

    fn view(&self) -> Result<GroupView> {
        self.view()
    }

    fn committed(&self) -> Result<Committed> {
        self.committed()
    }

    fn set_offsets(&self, offsets: &[NewOffset]) -> Result<()> {
        self.set_offsets(offsets)
    }

    fn delete_offsets(&self, partitions: &[TopicPartition]) -> Result<()> {
        self.delete_offsets(partitions).map(drop)
    }

    fn delete(&self) -> Result<()> {
        self.delete()
    }

    fn dirs(&self) -> Vec<PathBuf> {
        self.dirs().to_vec()
    }
}
