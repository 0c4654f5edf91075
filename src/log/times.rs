//! From a timestamp to an offset.

use crate::error::Result;
use crate::log::fetched::{Body, Fetched};
use crate::log::listing::Listing;
use crate::log::partition::Partition;
use crate::log::scan::{BatchAt, Scan, Step};
use crate::log::segment::SegmentLog;
use crate::log::time_index::{TimeEntries, TimeEntry};
use crate::store::SegmentFile;

/// The first offset at or after `start` whose record has a timestamp of `timestamp` ms or later (Kafka's
/// `offsetsForTimes`), if there is one.
///
/// Timestamps need not rise along a log, so every segment before the right one is asked for its largest: that
/// costs one look at the end of each time index, once, where the segment index keeps what was seen.
pub(crate) fn offset_for_time(
    partition: &Partition,
    start: i64,
    timestamp: i64,
) -> Result<Option<i64>> {
    let mut listing = partition.listing()?;
    loop {
        match search(partition, &listing, start, timestamp)? {
            Found::Offset(offset) => return Ok(Some(offset)),
            Found::Nothing => return Ok(None),
            Found::Changed => listing = partition.listing()?.without_index(),
        }
    }
}

/// What a search came to.
enum Found {
    Offset(i64),
    Nothing,
    /// A segment of the listing is not there.
    Changed,
}

fn search(partition: &Partition, listing: &Listing, start: i64, timestamp: i64) -> Result<Found> {
    let open = |base| SegmentLog::open(partition.dir(), base);
    let older = listing.older_than(timestamp, |base| {
        open(base)?.map(|segment| ceiling(&segment)).transpose()
    })?;
    let first = listing.number_of(start)?;
    // The first is looked at in any case: the start may lie behind damage that ends a look at all of it.
    for at in (first..listing.count()?).filter(|&at| at == first || at >= older) {
        let Some(segment) = listing.base(at)?.map(open).transpose()?.flatten() else {
            return Ok(Found::Changed);
        };
        if let Some(offset) = first_in_segment(&segment, start, timestamp)? {
            return Ok(Found::Offset(offset));
        }
    }
    Ok(Found::Nothing)
}

/// A timestamp that no search finds anything above in this segment. Where the time index ends with an entry whose batch is
/// not there, searches begin in different places, and anything may be found.
fn ceiling(segment: &SegmentLog) -> Result<i64> {
    let last = last_entry_before(segment, i64::MAX)?;
    if last.is_none() && has_time_entries(segment)? {
        return Ok(i64::MAX);
    }
    Ok(largest_from(segment, last)?.unwrap_or(i64::MIN))
}

fn has_time_entries(segment: &SegmentLog) -> Result<bool> {
    let path = segment.file_path(SegmentFile::TimeIndex);
    Ok(TimeEntries::open(&path)?.is_some_and(|entries| entries.count() > 0))
}

/// The largest timestamp in a segment, in ms; `None` for an empty one.
///
/// The time index does not always reach the segment's end, so the headers behind its last entry are asked too: a
/// missing entry must not make data look older than it is.
pub(crate) fn largest_timestamp(segment: &SegmentLog) -> Result<Option<i64>> {
    let last = last_entry_before(segment, i64::MAX)?;
    largest_from(segment, last)
}

/// The larger of the timestamps of `last` and of what lies behind it.
fn largest_from(segment: &SegmentLog, last: Option<TimeEntry>) -> Result<Option<i64>> {
    let mut largest = last.map(|entry| entry.timestamp);
    let from = last.map_or(segment.base, |entry| entry.offset + 1);
    for_batches_from(segment, from, |batch| {
        largest = largest.max(Some(batch.header.max_timestamp));
        Ok(true)
    })?;
    Ok(largest)
}

fn first_in_segment(segment: &SegmentLog, start: i64, timestamp: i64) -> Result<Option<i64>> {
    let from =
        last_entry_before(segment, timestamp)?.map_or(segment.base, |entry| entry.offset + 1);
    let mut found = None;
    for_batches_from(segment, from.max(start), |batch| {
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
fn last_entry_before(segment: &SegmentLog, timestamp: i64) -> Result<Option<TimeEntry>> {
    let base = segment.base;
    let path = segment.file_path(SegmentFile::TimeIndex);
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
    for_batches_from(segment, entry.offset, |batch| {
        there = batch.header.last_offset() == entry.offset
            && batch.header.max_timestamp == entry.timestamp;
        Ok(false)
    })?;
    Ok(there.then_some(entry))
}

/// Hands the segment's batches, from the one that holds `offset` on, to `each`, until that returns false.
fn for_batches_from(
    segment: &SegmentLog,
    offset: i64,
    mut each: impl FnMut(&BatchAt) -> Result<bool>,
) -> Result<()> {
    let position = segment.position_of(offset)?;
    let mut scan = Scan::whole(&segment.file, &segment.path, position)?;
    while let Step::Batch(batch) = scan.step()? {
        if batch.header.last_offset() >= offset && !each(&batch)? {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::fs;
    use std::path::Path;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::log::Appender;
    use crate::log::segment::segment_path;
    use crate::record::{BatchBuilder, Compression, Record};
    use crate::store::{Patience, SettingMap, Store, StoreOptions, TopicName};

    /// A topic with a segment for each of these batches of timestamps, and its one partition.
    fn partition(root: &Path, batches: &[Vec<i64>]) -> (Appender, Partition) {
        let options = StoreOptions {
            chosen_by: "the test".to_owned(),
            patience: Patience::endless(),
        };
        let store = Arc::new(Store::open_or_create(root, options).unwrap());
        let mut settings = SettingMap::default();
        settings.assign("segment.bytes=14").unwrap();
        let name = TopicName::new("t").unwrap();
        store.create_topic(&name, 1, &settings, false).unwrap();
        let topic = store.topic(&name).unwrap();
        let mut appender = Appender::open(&store, &topic, 0).unwrap();
        let mut builder = BatchBuilder::new(1 << 16);
        for timestamps in batches {
            for &timestamp in timestamps {
                assert!(builder.append(&Record {
                    timestamp,
                    key: None,
                    value: None,
                    headers: &[],
                }));
            }
            let mut batch = builder.seal(Compression::None).unwrap();
            appender.append(&mut batch, 1).unwrap();
            builder.clear();
        }
        (appender, Partition::open(&store, &topic, 0).unwrap())
    }

    /// Waits until what is found can be noted.
    fn settle(partition: &Partition) {
        while !partition.listing().unwrap().is_current() {
            std::thread::yield_now();
        }
    }

    fn file(partition: &Partition, at: usize, file: SegmentFile) -> std::path::PathBuf {
        let base = partition.segments().unwrap()[at];
        segment_path(partition.dir(), base, file)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        /// However the timestamps go up and down, whatever the time indexes lack, and whether anybody looked before.
        #[test]
        fn the_first_record_of_that_time_or_later_is_found(
            batches in prop::collection::vec(prop::collection::vec(0_i64..1000, 1..4), 70..90),
            without_index in 0_usize..60,
            with_wrong_index in 0_usize..60,
            trimmed in prop::option::of(0_usize..60),
            asked in prop::collection::vec(-1_i64..1001, 12),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let (mut appender, partition) = partition(dir.path(), &batches);
            fs::remove_file(file(&partition, without_index, SegmentFile::TimeIndex)).unwrap();
            let wrong = [2000_i64.to_be_bytes().as_slice(), &0_i32.to_be_bytes()].concat();
            fs::write(file(&partition, with_wrong_index, SegmentFile::TimeIndex), wrong).unwrap();
            if let Some(at) = trimmed {
                let offset = partition.segments().unwrap()[at] + 1;
                if offset < partition.end().unwrap().offset {
                    appender.trim(offset, 1).unwrap();
                }
            }
            settle(&partition);
            let start = partition.start().unwrap();
            let records: Vec<i64> = batches.concat();
            for timestamp in asked {
                let expected = (start..).zip(&records[usize::try_from(start).unwrap()..])
                    .find(|&(_, &other)| other >= timestamp)
                    .map(|(offset, _)| offset);
                prop_assert_eq!(partition.offset_for_time(timestamp).unwrap(), expected);
                prop_assert_eq!(partition.offset_for_time(timestamp).unwrap(), expected);
            }
        }
    }

    #[test]
    fn a_search_that_was_made_before_opens_next_to_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let batches: Vec<Vec<i64>> = (0..100).map(|number| vec![number * 10]).collect();
        let (_appender, partition) = partition(dir.path(), &batches);
        settle(&partition);
        assert_eq!(partition.offset_for_time(901).unwrap(), Some(91));
        // What is passed over is not looked at again: no longer readable, it is not missed.
        for at in 1..91 {
            let log = file(&partition, at, SegmentFile::Log);
            fs::OpenOptions::new()
                .write(true)
                .open(log)
                .unwrap()
                .set_len(0)
                .unwrap();
        }
        assert_eq!(partition.offset_for_time(901).unwrap(), Some(91));
    }
}
