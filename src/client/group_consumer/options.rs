//! What a member of a group wants to read, and how.

use super::Start;
use crate::group::{Assignor, Subscription};
use crate::log::Isolation;
use crate::record::Position;

/// What a member of a group wants.
#[derive(Debug, Clone)]
pub struct GroupOptions {
    /// The topics.
    pub subscription: Subscription,
    /// How the partitions are dealt; all members have to agree.
    pub assignor: Assignor,
    /// What the member is called.
    pub client_id: String,
    /// Whether to be the only member.
    pub exclusive: bool,
    /// Which records to show.
    pub isolation: Isolation,
    /// Where to begin where nothing is committed.
    pub start: Start,
    /// The position to stop before, in each partition.
    pub to: Option<Position>,
    /// Whether the end of a log is a pause. If not, the ends are what they are when the group is joined.
    pub follow: bool,
    /// Whether a topic that is asked for by name may come later. If not, one that is not there any more is an end.
    pub waits_for_topics: bool,
}
