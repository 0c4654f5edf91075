//! Keeping account of the active segment in the partition's append record, and of the index entries due.
//!
//! The rule is Apache Kafka's (`LogSegment.append`): a counter of bytes since the last entry; a batch that finds
//! it above `index.interval.bytes` gets an offset entry, and a time entry if the largest timestamp has risen;
//! then the counter takes the batch in. So the first batch of a segment never gets one.

use crate::log::offset_index::{self, OffsetEntry};
use crate::log::time_index::{self, TimeEntry};
use crate::record::{BatchHeader, NO_TIMESTAMP};
use crate::store::AppendRecord;

/// The index entries that a batch calls for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) offset: Option<OffsetEntry>,
    pub(crate) time: Option<TimeEntry>,
}

/// Makes the record speak of a new, empty segment that begins at offset `base`.
pub(crate) fn begin_segment(record: &mut AppendRecord, base: i64, inode: u64) {
    record.segment = base;
    record.segment_inode = inode;
    record.end = 0;
    record.next_offset = base;
    record.unindexed = 0;
    record.first_timestamp = NO_TIMESTAMP;
    record.max_timestamp = NO_TIMESTAMP;
    record.max_timestamp_offset = base;
    record.last_time_entry = NO_TIMESTAMP;
    record.index_end = 0;
    record.time_index_end = 0;
}

/// Takes a batch into account that stands at the record's end, and says which entries are due for it.
pub(crate) fn take_in(
    record: &mut AppendRecord,
    header: &BatchHeader,
    index_interval_bytes: u64,
) -> Due {
    let mut due = Due::default();
    if record.end == 0 {
        record.first_timestamp = header.max_timestamp;
    }
    if header.max_timestamp > record.max_timestamp {
        record.max_timestamp = header.max_timestamp;
        record.max_timestamp_offset = header.last_offset();
    }
    if record.unindexed > index_interval_bytes {
        due.offset = Some(OffsetEntry {
            offset: header.last_offset(),
            position: record.end,
        });
        due.time = time_entry(record);
        record.unindexed = 0;
    }
    record.unindexed += header.size();
    record.end += header.size();
    record.next_offset = header.next_offset();
    record.leader_epoch = header.partition_leader_epoch;
    due
}

/// The time entry due now: at an offset entry, and when the segment is closed.
pub(crate) fn time_entry(record: &AppendRecord) -> Option<TimeEntry> {
    (record.max_timestamp > record.last_time_entry).then_some(TimeEntry {
        timestamp: record.max_timestamp,
        offset: record.max_timestamp_offset,
    })
}

/// Notes in the record that the entries stand in their files.
pub(crate) fn entries_written(record: &mut AppendRecord, due: &Due) {
    if due.offset.is_some() {
        record.index_end += offset_index::ENTRY_BYTES as u64;
    }
    if let Some(entry) = due.time {
        record.time_index_end += time_index::ENTRY_BYTES as u64;
        record.last_time_entry = entry.timestamp;
    }
}
