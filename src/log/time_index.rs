//! The time index (`.timeindex`): up to which offset no record is younger than a timestamp.
//!
//! Entries are 12 bytes, big-endian: the largest timestamp so far in ms (i64), and the last offset of the batch
//! that has it relative to the segment's base (i32); timestamps rise strictly (`TimeIndex.java` in Apache
//! Kafka). As with the offset index, an entry is believed only after its batch has been seen.

use crate::log::entries::Entries;

/// Bytes of an entry.
pub(crate) const ENTRY_BYTES: usize = 12;

/// An entry of the time index: every record up to `offset` has a timestamp of at most `timestamp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeEntry {
    /// Milliseconds since the epoch.
    pub timestamp: i64,
    /// The last offset of the earliest batch with that timestamp.
    pub offset: i64,
}

/// The entries of a time index.
pub(crate) type TimeEntries = Entries<ENTRY_BYTES>;

impl TimeEntry {
    /// The entry as it stands in the file; `None` if the offset can't be said in 31 bits.
    #[must_use]
    pub(crate) fn encode(&self, base: i64) -> Option<[u8; ENTRY_BYTES]> {
        let relative = i32::try_from(self.offset - base).ok()?.to_be_bytes();
        let mut bytes = [0; ENTRY_BYTES];
        bytes[..8].copy_from_slice(&self.timestamp.to_be_bytes());
        bytes[8..].copy_from_slice(&relative);
        Some(bytes)
    }

    /// Reads an entry of the segment that begins at offset `base`.
    #[must_use]
    pub(crate) fn decode(base: i64, bytes: &[u8; ENTRY_BYTES]) -> Self {
        let (timestamp, relative) = bytes.split_at(8);
        let relative = relative.try_into().map_or(0, u32::from_be_bytes);
        Self {
            timestamp: timestamp.try_into().map_or(0, i64::from_be_bytes),
            offset: base.saturating_add(relative.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_survives_the_round_trip() {
        let entry = TimeEntry {
            timestamp: 1_700_000_000_123,
            offset: 77,
        };
        let bytes = entry.encode(70).expect("fits");
        assert_eq!(bytes[8..], [0, 0, 0, 7]);
        assert_eq!(TimeEntry::decode(70, &bytes), entry);
        assert_eq!(
            TimeEntry {
                timestamp: 0,
                offset: i64::from(i32::MAX) + 1
            }
            .encode(0),
            None
        );
    }
}
