//! A partition that this member holds for its group.

/// A partition that is ours.
pub(super) struct Holding {
    /// Where it is read; none once it was revoked.
    pub(super) lane: Option<usize>,
    /// What the group has committed of it, as far as we know.
    pub(super) committed: Option<i64>,
}
