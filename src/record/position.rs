//! A place in a partition, before it is known which offset that is.

/// A place in a partition, in the words of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// The log start offset.
    Start,
    /// The end: the log end offset, or the last stable offset for readers of committed records.
    End,
    /// An absolute offset.
    Offset(i64),
    /// So many offsets before the end, at least the start.
    FromEnd(i64),
    /// So many offsets after the start, at most the end.
    FromStart(i64),
    /// The first offset with a timestamp at or after this one, in ms since the epoch; the end if there is none
    /// (Kafka's `offsetsForTimes`).
    Time(i64),
}

/// A half-open range of a partition: from the first, up to but without the second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Range {
    /// Where to begin; where it is not said, the command decides.
    pub from: Option<Position>,
    /// Where to stop; where it is not said, the command decides.
    pub to: Option<Position>,
}
