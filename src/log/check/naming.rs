//! Segments whose file has the name of another.

use crate::error::Result;
use crate::log::scan::{BatchAt, Scan, Step, crc_matches};
use crate::log::segment::SegmentLog;

/// How many batches must follow each other to say more than a name does, where there are so many.
const WITNESSES: usize = 3;

/// The base offset by which the segment should be named, where its name can't be right: its first batches follow each
/// other, but begin below its name, or go on beyond the next segment's; or above it, unless `gaps` are allowed.
pub(crate) fn true_base(
    segment: &SegmentLog,
    next_base: Option<i64>,
    gaps: bool,
) -> Result<Option<i64>> {
    let witnesses = witnesses(segment)?;
    let (Some(first), Some(last)) = (witnesses.first(), witnesses.last()) else {
        return Ok(None);
    };
    let found = first.header.base_offset;
    let beyond = next_base.is_some_and(|base| last.header.next_offset() > base);
    let wrong = found < segment.base || (found > segment.base && (beyond || !gaps));
    let follow = witnesses
        .windows(2)
        .all(|pair| pair[1].header.base_offset == pair[0].header.next_offset());
    if !wrong || !follow || witnesses.len() < 2 {
        return Ok(None);
    }
    for batch in &witnesses {
        if crc_matches(&segment.file, &segment.path, batch)?.is_err() {
            return Ok(None);
        }
    }
    Ok(Some(found))
}

fn witnesses(segment: &SegmentLog) -> Result<Vec<BatchAt>> {
    let mut scan = Scan::whole(&segment.file, &segment.path, 0)?;
    let mut batches = Vec::with_capacity(WITNESSES);
    while batches.len() < WITNESSES {
        match scan.step()? {
            Step::Batch(batch) => batches.push(batch),
            _ => break,
        }
    }
    Ok(batches)
}
