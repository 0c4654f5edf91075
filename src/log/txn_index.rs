//! The index of aborted transactions (`.txnindex`), in the segment that holds their markers.
//!
//! Entries are 34 bytes, big-endian: a version (i16, 0), the producer's id (i64), the transaction's first offset
//! (i64), the marker's offset (i64), and the last stable offset after it (i64); markers' offsets rise
//! (`AbortedTxn.java`, `TransactionIndex.java` in Apache Kafka). Reading does without it, as it may be missing; a
//! broker does not.

/// Bytes of an entry.
pub const ENTRY_BYTES: usize = 34;

/// A transaction that was aborted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbortedTransaction {
    /// The producer's id.
    pub producer_id: i64,
    /// The offset of the transaction's first record.
    pub first_offset: i64,
    /// The offset of the marker that aborted it.
    pub last_offset: i64,
    /// Below this offset every transaction was decided once the marker was there.
    pub last_stable_offset: i64,
}

impl AbortedTransaction {
    /// Reads an entry; none of a version we don't know.
    #[must_use]
    pub fn decode(bytes: &[u8; ENTRY_BYTES]) -> Option<Self> {
        let number = |at: usize| {
            bytes[at..]
                .first_chunk()
                .map_or(-1, |bytes| i64::from_be_bytes(*bytes))
        };
        (bytes[..2] == [0, 0]).then(|| Self {
            producer_id: number(2),
            first_offset: number(10),
            last_offset: number(18),
            last_stable_offset: number(26),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by Apache Kafka 3.9: offsets 3 and 4 aborted by the marker at 5.
    #[test]
    fn a_brokers_entry_is_understood() {
        let mut bytes = [0; ENTRY_BYTES];
        bytes[9] = 7;
        bytes[17] = 3;
        bytes[25] = 5;
        bytes[33] = 6;
        let aborted = AbortedTransaction {
            producer_id: 7,
            first_offset: 3,
            last_offset: 5,
            last_stable_offset: 6,
        };
        assert_eq!(AbortedTransaction::decode(&bytes), Some(aborted));
        bytes[1] = 1;
        assert_eq!(AbortedTransaction::decode(&bytes), None);
    }
}
