//! What can be wrong at a place in a log, beyond what a batch says of itself.

use std::fmt;

use crate::count::counted_with;
use crate::record::BatchFault;

/// What is wrong at a place in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// The batch itself is bad.
    Batch(BatchFault),
    /// The batch is sound but does not follow the one before it. Its offset is not covered by its checksum.
    Offset {
        /// The base offset that was due.
        expected: i64,
        /// The one that is there.
        found: i64,
    },
    /// The batch goes on beyond the offset that the next segment begins with.
    Overlap {
        /// The offset after its last one.
        next: i64,
        /// The next segment's base offset.
        base: i64,
    },
    /// The batch has another leader epoch than its partition's checkpoint. It is not covered by its checksum.
    Epoch {
        /// The checkpoint's.
        expected: i32,
        /// The batch's.
        found: i32,
    },
    /// The batch is cut short by the end of the file.
    Torn {
        /// The bytes of it that are there.
        bytes: u64,
    },
}

impl From<BatchFault> for Flaw {
    fn from(fault: BatchFault) -> Self {
        Self::Batch(fault)
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Batch(fault) => fault.fmt(f),
            Self::Offset { expected, found } => {
                write!(
                    f,
                    "the batch begins at offset {found} where {expected} was due"
                )
            }
            Self::Overlap { next, base } => write!(
                f,
                "the batch goes on to offset {next}, and the next segment begins at {base}"
            ),
            Self::Epoch { expected, found } => write!(
                f,
                "the batch's leader epoch is {found}, by the partition's checkpoint it was {expected}"
            ),
            Self::Torn { bytes } => {
                let are = counted_with(*bytes, "byte", "is", "are");
                write!(f, "a batch of which only {are} there")
            }
        }
    }
}
