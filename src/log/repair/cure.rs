//! From what a survey found to what is to be written instead.

use crate::count::counted;
use crate::log::check::{Remedy, Trouble};
use crate::log::repair::filler::empty_batch;
use crate::log::repair::rewrite::Edit;
use crate::log::segment::SegmentLog;
use crate::record::{BatchHeader, HEADER_BYTES};

/// What is done about one trouble.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cure {
    /// What is written in place of what.
    pub(crate) edit: Edit,
    /// Whether the bytes that go are kept.
    pub(crate) keep: bool,
    /// What to tell of it.
    pub(crate) message: String,
}

/// The cure for a trouble; none if it must be left as it is. `resume` is the offset that the log must go on at if
/// nothing follows the trouble.
pub(crate) fn cure(segment: &SegmentLog, trouble: &Trouble, resume: i64) -> Option<Cure> {
    let bytes = trouble.end - trouble.position;
    let were = if bytes == 1 { "was" } else { "were" };
    let (keep, done) = match trouble.remedy {
        Remedy::Leave => return None,
        Remedy::Correct(header) => return Some(correct(trouble, &header)),
        Remedy::CutTorn => (
            false,
            format!(
                "{} of an unfinished batch {were} cut off",
                counted(bytes, "byte")
            ),
        ),
        Remedy::CutZeros => (
            false,
            format!("{} of zeros {were} cut off", counted(bytes, "byte")),
        ),
        Remedy::Cut => (
            true,
            format!(
                "{}: {} {were} cut off",
                trouble.flaw,
                counted(bytes, "byte")
            ),
        ),
        Remedy::Replace if bytes == 0 => (false, "records are missing".to_owned()),
        Remedy::Replace => (
            true,
            format!(
                "{}: {} {were} taken out",
                trouble.flaw,
                counted(bytes, "byte")
            ),
        ),
    };
    let (from, to) = (trouble.expected, trouble.then.unwrap_or(resume));
    let (filler, message) = if to > from {
        // What an index entry can say of a segment's offsets is the limit of what it can hold.
        i32::try_from(to - 1 - segment.base).ok()?;
        let filler = empty_batch(from, to, trouble.epoch)?;
        let message = format!(
            "{done}; an empty batch has the offsets {from} to {} now",
            to - 1
        );
        (filler.to_vec(), message)
    } else {
        (Vec::new(), done)
    };
    Some(Cure {
        edit: Edit {
            stretch: trouble.position..trouble.end,
            bytes: filler,
        },
        keep,
        message,
    })
}

fn correct(trouble: &Trouble, header: &BatchHeader) -> Cure {
    let mut bytes = [0; HEADER_BYTES];
    header.write(&mut bytes);
    Cure {
        edit: Edit {
            stretch: trouble.position..trouble.position + HEADER_BYTES as u64,
            bytes: bytes.to_vec(),
        },
        keep: false,
        message: format!("{}: that was set right", trouble.flaw),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::fs::File;
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::log::flaw::Flaw;

    fn segment(base: i64) -> SegmentLog {
        SegmentLog {
            base,
            path: Path::new("a.log").into(),
            file: Arc::new(File::open("/dev/null").unwrap()),
            inode: 0,
        }
    }

    fn trouble(remedy: Remedy, expected: i64, then: Option<i64>) -> Trouble {
        Trouble {
            position: 100,
            end: 150,
            expected,
            then,
            epoch: 0,
            flaw: Flaw::Torn { bytes: 50 },
            remedy,
        }
    }

    #[test]
    fn offsets_that_are_lost_are_filled_and_bytes_are_kept() {
        let replaced = cure(&segment(0), &trouble(Remedy::Replace, 5, Some(9)), 9).unwrap();
        assert!(replaced.keep);
        assert_eq!(replaced.edit.stretch, 100..150);
        assert_eq!(replaced.edit.bytes, empty_batch(5, 9, 0).unwrap());
        let cut = cure(&segment(0), &trouble(Remedy::Cut, 5, None), 5).unwrap();
        assert!(cut.keep && cut.edit.bytes.is_empty());
        let cut = cure(&segment(0), &trouble(Remedy::Cut, 5, None), 7).unwrap();
        assert_eq!(cut.edit.bytes, empty_batch(5, 7, 0).unwrap());
    }

    #[test]
    fn what_was_never_a_record_is_not_kept() {
        for remedy in [Remedy::CutTorn, Remedy::CutZeros] {
            let cut = cure(&segment(0), &trouble(remedy, 5, None), 5).unwrap();
            assert!(!cut.keep && cut.edit.bytes.is_empty());
        }
    }

    #[test]
    fn what_can_not_be_set_right_is_left() {
        assert_eq!(cure(&segment(0), &trouble(Remedy::Leave, 5, None), 5), None);
        let far = i64::from(i32::MAX) + 12;
        let gap = trouble(Remedy::Replace, 20, Some(far));
        assert_eq!(cure(&segment(10), &gap, far), None);
        assert!(cure(&segment(11), &gap, far).is_some());
    }
}
