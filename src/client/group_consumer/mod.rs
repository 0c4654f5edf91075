//! The consumer of a group's member: the partitions that the group gives it, each from where the group had got to.

mod start;

pub use start::Start;
