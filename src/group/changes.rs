//! What a look at the group brings a member.

use std::sync::Arc;

use crate::group::offsets_file::CommittedOffset;
use crate::group::view::MemberView;
use crate::store::{Topic, TopicName, TopicPartition};

/// What a member is to do, and what it has to know.
#[derive(Debug, Default)]
pub struct Changes {
    /// Partitions that are the member's from now on, each told once.
    pub taken: Vec<Claimed>,
    /// Partitions that somebody else shall read: to be finished, committed and released. Told until that is done.
    pub revoked: Vec<TopicPartition>,
    /// Partitions whose claim was taken away, each told once. Nothing of them can be committed any more.
    pub lost: Vec<Lost>,
    /// Topics that the member wants by name and that do not exist. Told as long as it is so.
    pub missing: Vec<TopicName>,
    /// Partitions that are to be the member's once somebody else lets them go. Told as long as it is so.
    pub waiting: Vec<Waiting>,
    /// Whether the member is not in the group any more. It stays so.
    pub evicted: bool,
    /// Whether there was a rebalance since the last look.
    pub generation_changed: bool,
}

/// A partition that is the member's now.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Its topic, as it was when it was taken.
    pub topic: Topic,
    /// Its number.
    pub partition: i32,
    /// How far the group had come in it, read after the claim was taken.
    pub committed: Option<CommittedOffset>,
}

/// A partition that is not the member's any more, without having been let go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The partition.
    pub partition: TopicPartition,
    /// Whether that is because its topic was deleted. If not, the member was put out, or its claim was given to
    /// somebody else while nothing was known to hold it.
    pub deleted: bool,
}

/// A partition that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The partition.
    pub partition: TopicPartition,
    /// Who has it; none where nobody is known to.
    pub holder: Option<Arc<MemberView>>,
}
