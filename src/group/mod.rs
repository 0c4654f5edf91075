//! Consumer groups: who is a member, who reads which partition, and how far a group has come.
//!
//! Kafka's groups need a coordinator that hears heartbeats. Here the kernel knows who lives: a member holds the lock
//! on its file in `members/`, and on a file in `claims/` for each partition that it reads. Nobody reads a partition
//! for a group without its claim's lock, so that two can't, whatever either of them believes. What the members agree
//! on is in `group.json`, changed only under the group's lock; what must outlive them, the committed offsets, in
//! `offsets.json`.

mod assignor;
mod catalog;
mod changes;
mod claim;
mod commit;
mod commit_lock;
mod deletion;
mod eviction;
#[expect(
    clippy::module_inception,
    reason = "the room is about groups; the open group is one of its parts"
)]
mod group;
mod group_file;
mod joining;
mod member;
mod member_commit;
mod member_file;
mod offsets_file;
mod rebalance;
mod section;
mod snapshot;
mod subscription;
mod sync;
#[cfg(test)]
mod tests;
mod tidying;
mod view;
mod vigilance;

pub use assignor::{Assignor, Subscriber};
pub use changes::{Changes, Claimed, Lost, Waiting};
pub use commit::NewOffset;
pub use group::Group;
pub use joining::Joining;
pub use member::Member;
pub use offsets_file::{Committed, CommittedOffset};
pub use subscription::Subscription;
pub use view::{ClaimView, GroupState, GroupView, MemberView};
