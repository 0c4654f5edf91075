//! The offset index (`.index`): where in a segment an offset is, roughly.
//!
//! Entries are 8 bytes, big-endian: the last offset of a batch relative to the segment's base (i32), and the
//! position where that batch begins (i32). One is written for the first batch that begins more than
//! `index.interval.bytes` after the one indexed before, never for the first batch of a segment
//! (`OffsetIndex.java`, `LogSegment.java` in Apache Kafka). What an entry says is believed only after the batch
//! it points to has been seen there.

use std::fs::File;
use std::path::Path;

use crate::error::{IoContext, Result};
use crate::log::entries::Entries;
use crate::log::scan::read_header;

/// Bytes of an entry.
pub(crate) const ENTRY_BYTES: usize = 8;

/// An entry of the offset index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OffsetEntry {
    /// The last offset of the batch.
    pub offset: i64,
    /// Where the batch begins, in bytes.
    pub position: u64,
}

impl OffsetEntry {
    /// The entry as it stands in the file; `None` if it can't be said in 31 bits.
    #[must_use]
    pub(crate) fn encode(&self, base: i64) -> Option<[u8; ENTRY_BYTES]> {
        let relative = i32::try_from(self.offset - base).ok()?.to_be_bytes();
        let position = i32::try_from(self.position).ok()?.to_be_bytes();
        let mut bytes = [0; ENTRY_BYTES];
        bytes[..4].copy_from_slice(&relative);
        bytes[4..].copy_from_slice(&position);
        Some(bytes)
    }

    /// Reads an entry of the segment that begins at offset `base`.
    #[must_use]
    pub(crate) fn decode(base: i64, bytes: [u8; ENTRY_BYTES]) -> Self {
        let (relative, position) = bytes.split_at(4);
        let number = |bytes: &[u8]| bytes.try_into().map_or(0, u32::from_be_bytes);
        Self {
            offset: base.saturating_add(number(relative).into()),
            position: u64::from(number(position)),
        }
    }
}

/// The position to walk from to find `offset` in the segment: that of the last indexed batch that ends at or
/// before it and is really there, else 0.
pub(crate) fn lookup(
    index: &Path,
    base: i64,
    log: &File,
    log_path: &Path,
    offset: i64,
) -> Result<u64> {
    let Some(entries) = Entries::<ENTRY_BYTES>::open(index)? else {
        return Ok(0);
    };
    let after =
        entries.partition_point(|_, entry| OffsetEntry::decode(base, *entry).offset <= offset)?;
    let Some(slot) = after.checked_sub(1) else {
        return Ok(0);
    };
    let entry = OffsetEntry::decode(base, entries.get(slot)?);
    Ok(if points_at_its_batch(entry, log, log_path)? {
        entry.position
    } else {
        0
    })
}

/// Whether the batch that the entry speaks of begins where the entry says, and is there to its end.
pub(crate) fn points_at_its_batch(entry: OffsetEntry, log: &File, log_path: &Path) -> Result<bool> {
    let Some(header) = read_header(log, log_path, entry.position)? else {
        return Ok(false);
    };
    let length = log.metadata().at("examine", log_path)?.len();
    let is_whole = entry.position.saturating_add(header.size()) <= length;
    Ok(header.check().is_ok() && header.last_offset() == entry.offset && is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_survives_the_round_trip_and_refuses_what_does_not_fit() {
        let entry = OffsetEntry {
            offset: 1_000_041,
            position: 4096,
        };
        let bytes = entry.encode(1_000_000);
        assert_eq!(bytes, Some([0, 0, 0, 41, 0, 0, 16, 0]));
        assert_eq!(
            bytes.map(|bytes| OffsetEntry::decode(1_000_000, bytes)),
            Some(entry)
        );
        assert_eq!(
            OffsetEntry {
                offset: 1 << 31,
                position: 0
            }
            .encode(0),
            None
        );
        assert_eq!(
            OffsetEntry {
                offset: 0,
                position: 1 << 31
            }
            .encode(0),
            None
        );
    }
}
