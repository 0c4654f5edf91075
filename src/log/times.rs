//! From a timestamp to an offset.

use crate::error::Result;
use crate::log::fetched::{Body, Fetched};
use crate::log::offset_index;
use crate::log::partition::Partition;
use crate::log::scan::{BatchAt, Scan, Step};
use crate::log::segment::{SegmentLog, segment_path};
use crate::log::time_index::{TimeEntries, TimeEntry};
use crate::store::SegmentFile;

/// The first offset at or after `start` whose record has a timestamp of `timestamp` ms or later (Kafka's
/// `offsetsForTimes`), if there is one.
///
/// Timestamps need not rise along a log, so every segment before the right one is asked for its largest: that
/// costs one look at the end of each time index.
pub(crate) fn offset_for_time(
    partition: &Partition,
    start: i64,
    timestamp: i64,
) -> Result<Option<i64>> {
    let bases = partition.segments()?;
    for (at, &base) in bases.iter().enumerate() {
        if bases.get(at + 1).is_some_and(|&next| next <= start) {
            continue;
        }
        let Some(segment) = SegmentLog::open(partition.dir(), base)? else {
            continue;
        };
        if let Some(offset) = first_in_segment(partition, &segment, start, timestamp)? {
            return Ok(Some(offset));
        }
    }
    Ok(None)
}

/// The largest timestamp in a segment, in ms; `None` for an empty one.
///
/// The time index does not always reach the segment's end, so the headers behind its last entry are asked too: a
/// missing entry must not make data look older than it is.
pub(crate) fn largest_timestamp(
    partition: &Partition,
    segment: &SegmentLog,
) -> Result<Option<i64>> {
    let last = last_entry_before(partition, segment, i64::MAX)?;
    let mut largest = last.map(|entry| entry.timestamp);
    let from = last.map_or(segment.base, |entry| entry.offset + 1);
    for_batches_from(partition, segment, from, |batch| {
        largest = largest.max(Some(batch.header.max_timestamp));
        Ok(true)
    })?;
    Ok(largest)
}

fn first_in_segment(
    partition: &Partition,
    segment: &SegmentLog,
    start: i64,
    timestamp: i64,
) -> Result<Option<i64>> {
    let from = last_entry_before(partition, segment, timestamp)?
        .map_or(segment.base, |entry| entry.offset + 1);
    let mut found = None;
    for_batches_from(partition, segment, from.max(start), |batch| {
        if batch.header.max_timestamp >= timestamp {
            found = first_in_batch(segment, batch, start, timestamp)?;
        }
        Ok(found.is_none())
    })?;
    Ok(found)
}

fn first_in_batch(
    segment: &SegmentLog,
    batch: &BatchAt,
    start: i64,
    timestamp: i64,
) -> Result<Option<i64>> {
    let fetched = Fetched::new(
        *batch,
        Body::File(segment.file.clone()),
        segment.path.clone(),
    );
    let mut records = fetched.records()?;
    while let Some(record) = records.next().map_err(|fault| fetched.damaged(&fault))? {
        if record.timestamp >= timestamp && record.offset >= start {
            return Ok(Some(record.offset));
        }
    }
    Ok(None)
}

/// The last entry of the segment's time index below `timestamp` whose batch is really there.
fn last_entry_before(
    partition: &Partition,
    segment: &SegmentLog,
    timestamp: i64,
) -> Result<Option<TimeEntry>> {
    let base = segment.base;
    let path = segment_path(partition.dir(), base, SegmentFile::TimeIndex);
    let Some(entries) = TimeEntries::open(&path)? else {
        return Ok(None);
    };
    let after =
        entries.partition_point(|_, entry| TimeEntry::decode(base, entry).timestamp < timestamp)?;
    let Some(slot) = after.checked_sub(1) else {
        return Ok(None);
    };
    let entry = TimeEntry::decode(base, &entries.get(slot)?);
    let mut there = false;
    for_batches_from(partition, segment, entry.offset, |batch| {
        there = batch.header.last_offset() == entry.offset
            && batch.header.max_timestamp == entry.timestamp;
        Ok(false)
    })?;
    Ok(there.then_some(entry))
}

/// Hands the segment's batches, from the one that holds `offset` on, to `each`, until that returns false.
fn for_batches_from(
    partition: &Partition,
    segment: &SegmentLog,
    offset: i64,
    mut each: impl FnMut(&BatchAt) -> Result<bool>,
) -> Result<()> {
    let index = segment_path(partition.dir(), segment.base, SegmentFile::Index);
    let position =
        offset_index::lookup(&index, segment.base, &segment.file, &segment.path, offset)?;
    let mut scan = Scan::whole(&segment.file, &segment.path, position)?;
    while let Step::Batch(batch) = scan.step()? {
        if batch.header.last_offset() >= offset && !each(&batch)? {
            break;
        }
    }
    Ok(())
}
