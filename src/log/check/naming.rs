//! Segments whose file has the name of another.

use crate::error::Result;
use crate::log::scan::{BatchAt, Scan, Step, crc_matches};
use crate::log::segment::SegmentLog;

/// The base offset by which the segment should be named, where its name can't be right: its batches follow each
/// other, but begin below its name, or go on beyond the next segment's.
pub(crate) fn true_base(segment: &SegmentLog, next_base: Option<i64>) -> Result<Option<i64>> {
    let mut scan = Scan::whole(&segment.file, &segment.path, 0)?;
    let (Step::Batch(first), Step::Batch(second)) = (scan.step()?, scan.step()?) else {
        return Ok(None);
    };
    let found = first.header.base_offset;
    let follows = second.header.base_offset == first.header.next_offset();
    let beyond = next_base.is_some_and(|base| second.header.next_offset() > base);
    if !follows || !(found < segment.base || (found > segment.base && beyond)) {
        return Ok(None);
    }
    let whole = |batch: &BatchAt| crc_matches(&segment.file, &segment.path, batch);
    Ok((whole(&first)?.is_ok() && whole(&second)?.is_ok()).then_some(found))
}
