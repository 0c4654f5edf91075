//! Stretches of a log that are not as they should be, and what sets them right.

use crate::log::flaw::Flaw;
use crate::record::BatchHeader;

/// A stretch of a log that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// Where it begins, in bytes.
    pub(crate) position: u64,
    /// Where it ends: at the next good batch, or at the file's end.
    pub(crate) end: u64,
    /// The offset due at its beginning.
    pub(crate) expected: i64,
    /// The offset of what follows it, or of the segment after this one; none at the end of the log.
    pub(crate) then: Option<i64>,
    /// The leader epoch of the batch before it.
    pub(crate) epoch: i32,
    /// What is wrong.
    pub(crate) flaw: Flaw,
    /// What sets it right.
    pub(crate) remedy: Remedy,
}

/// What sets a stretch right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// The batch is sound with this header in place of its own: only fields outside the checksum differ.
    Correct(BatchHeader),
    /// It is taken out, and its offsets are given to an empty batch.
    Replace,
    /// It is the beginning of a batch that a killed write left: it is cut off.
    CutTorn,
    /// It is nothing but zeros: it is cut off.
    CutZeros,
    /// Nothing follows it: it is cut off and kept.
    Cut,
    /// It is left as it is: message format v0 or v1, which nobody here can write.
    Leave,
}
