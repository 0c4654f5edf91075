//! What a survey finds wrong in a log, and what would set it right.

use crate::count::counted;
use crate::log::check::finding::{Finding, FindingKind};
use crate::log::flaw::Flaw;
use crate::log::segment::SegmentLog;
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

impl Trouble {
    /// What there is to say of it.
    pub(crate) fn finding(&self, segment: &SegmentLog, foreign: bool) -> Finding {
        let kind = match (&self.flaw, self.remedy) {
            (_, Remedy::CutTorn) => FindingKind::TornTail,
            (_, Remedy::CutZeros) => FindingKind::ZeroTail,
            (_, Remedy::Correct(_)) => FindingKind::BadHeader,
            (Flaw::Offset { .. }, _) if self.position == self.end => FindingKind::Gap,
            (Flaw::Offset { .. } | Flaw::Overlap { .. }, _) => FindingKind::BadHeader,
            _ => FindingKind::BadBatch,
        };
        let bytes = counted(self.end - self.position, "byte");
        let message = match (kind, self.then) {
            (FindingKind::ZeroTail, _) => format!("{bytes} of zeros"),
            (FindingKind::Gap, Some(then)) => {
                format!(
                    "offsets {} to {} are missing; the log goes on at {then}",
                    self.expected,
                    then - 1
                )
            }
            (FindingKind::BadBatch, Some(then)) if then > self.expected => format!(
                "{} ({bytes}, offsets {} to {})",
                self.flaw,
                self.expected,
                then - 1
            ),
            (FindingKind::BadBatch, _) => {
                format!("{} ({bytes} at offset {})", self.flaw, self.expected)
            }
            _ => self.flaw.to_string(),
        };
        let finding = Finding::new(kind, &segment.path, message).at(self.position);
        match self.remedy {
            // A broker that allocates its segments in advance leaves zeros in the one it writes to.
            Remedy::CutZeros if foreign => finding.harmless(),
            Remedy::CutTorn => finding.harmless(),
            _ => finding,
        }
    }
}
