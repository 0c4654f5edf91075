//! Empty batches, which take the place of offsets whose records are gone.
//!
//! They are what compaction leaves of a batch without records (`MemoryRecords.filterTo` in Apache Kafka): a header,
//! no record, and the offsets it had. So the log stays one without a hole, to every reader of it.

use crate::record::{BatchHeader, CHECKED_FROM, HEADER_BYTES};

/// An empty batch for the offsets `from` up to but not including `to`; none where one can't span them.
pub(crate) fn empty_batch(from: i64, to: i64, leader_epoch: i32) -> Option<[u8; HEADER_BYTES]> {
    let last_offset_delta = i32::try_from(to.checked_sub(from)?.checked_sub(1)?).ok()?;
    if last_offset_delta < 0 {
        return None;
    }
    let mut header = BatchHeader {
        base_offset: from,
        partition_leader_epoch: leader_epoch,
        last_offset_delta,
        ..BatchHeader::default()
    };
    let mut bytes = [0; HEADER_BYTES];
    header.write(&mut bytes);
    header.crc = crc32c::crc32c(&bytes[CHECKED_FROM..]);
    header.write(&mut bytes);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::check_crc;

    #[test]
    fn an_empty_batch_is_a_sound_one() {
        let bytes = empty_batch(7, 10, 3).expect("three offsets");
        let header = check_crc(&bytes).expect("a sound batch");
        assert_eq!((header.base_offset, header.next_offset()), (7, 10));
        assert_eq!(
            (header.records_count, header.partition_leader_epoch),
            (0, 3)
        );
    }

    #[test]
    fn more_offsets_than_a_batch_can_span_are_refused() {
        assert!(empty_batch(0, 1 << 31, 0).is_some());
        assert!(empty_batch(0, (1 << 31) + 1, 0).is_none());
        assert!(empty_batch(5, 5, 0).is_none());
        assert!(empty_batch(5, 4, 0).is_none());
        assert!(empty_batch(i64::MIN, i64::MAX, 0).is_none());
    }
}
