//! Where a group begins to read a partition of which it has committed nothing.

use crate::record::Position;

/// Where to begin where nothing is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At the log start offset, as for a new group.
    Earliest,
    /// At this position, which the user asked for.
    At(Position),
    /// Nowhere: it is an error.
    MustBeCommitted,
}
