//! Stored records for tests of what writes them.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use super::Located;
use crate::record::{
    BatchBuilder, Compression, HEADER_BYTES, Record, Records, TimestampType, check_crc,
};

/// Calls `each` with `record` as it is read from `offset` of partition 3 of topic "orders".
pub(super) fn with_located(
    record: &Record<'_>,
    offset: i64,
    timestamp_type: TimestampType,
    each: impl FnOnce(&Located<'_>),
) {
    let mut builder = BatchBuilder::new(1 << 20);
    assert!(builder.append(record));
    let mut batch = builder.seal(Compression::None).unwrap();
    let append_time = (timestamp_type == TimestampType::LogAppendTime).then_some(record.timestamp);
    batch.stamp(offset, 0, append_time);
    let header = check_crc(batch.bytes()).unwrap();
    let mut records = Records::new(&header, &batch.bytes()[HEADER_BYTES..]).unwrap();
    each(&Located {
        topic: "orders",
        partition: 3,
        batch: &header,
        record: records.next().unwrap().unwrap(),
    });
}
