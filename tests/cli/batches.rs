//! A log file as a row of batches: where each begins, and the header fields that tests look at or spoil.
//!
//! Layout: <https://kafka.apache.org/documentation/#recordbatch>.

use std::fs;
use std::ops::Range;
use std::path::Path;

/// Bytes of a batch's header.
pub(crate) const HEADER: usize = 61;
/// Where the partition leader epoch stands in a header.
pub(crate) const LEADER_EPOCH: usize = 12;
/// Where the checksum stands; it covers what comes after the 4 bytes of it.
pub(crate) const CHECKSUM: usize = 17;

/// A log file's bytes and the places of its whole batches.
pub(crate) struct Batches {
    pub(crate) bytes: Vec<u8>,
    pub(crate) places: Vec<Range<usize>>,
}

impl Batches {
    /// Reads `path`, which must hold whole batches only.
    #[track_caller]
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        let mut places = Vec::new();
        let mut start = 0;
        while start < bytes.len() {
            let length = u32::from_be_bytes(bytes[start + 8..start + 12].try_into().unwrap());
            let end = start + 12 + usize::try_from(length).unwrap();
            assert!(
                end <= bytes.len(),
                "{} ends in half a batch",
                path.display()
            );
            places.push(start..end);
            start = end;
        }
        Self { bytes, places }
    }

    /// The first offset of batch `index`.
    pub(crate) fn base_offset(&self, index: usize) -> i64 {
        let start = self.places[index].start;
        i64::from_be_bytes(self.bytes[start..start + 8].try_into().unwrap())
    }

    /// The partition leader epoch of batch `index`.
    pub(crate) fn leader_epoch(&self, index: usize) -> i32 {
        let start = self.places[index].start + LEADER_EPOCH;
        i32::from_be_bytes(self.bytes[start..start + 4].try_into().unwrap())
    }
}
