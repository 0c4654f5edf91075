//! The segment index: which segments a partition has, noted by a reader that listed them for those who come after.
//!
//! Listing a directory of ten thousand segments takes as long as all the rest of a short read twenty times over. So
//! whoever has listed one writes down what it found, with the stamp that the directory bore *before* it was listed, and
//! the boot. Where the directory still has that stamp, its names are still those. Nobody who rolls, trims or repairs, and
//! no foreign tool, has to keep the file true: what they do to the directory makes it one that is not believed.
//!
//! Beside the names it may hold what takes a look at each closed segment: how many bytes they have, and the largest
//! timestamp so far. A closed segment is never written to; what repairs one puts another file in its place.
//!
//! All numbers are big-endian. The file is replaced whole, has exactly the length that its header says, and is looked up
//! by single entries, each of which carries its checksum:
//!
//! ```text
//!   0 magic "kafdseg1"           48 u64 entries whose timestamp is known
//!   8 u64 device of the directory  56 i64 bytes of the closed segments, -1: not known
//!  16 u64 its inode              64 boot id, 64 bytes, filled up with zeros
//!  24 i64 its ctime, seconds    128 u32 CRC-32C of bytes 0 to 127
//!  32 i64 and nanoseconds       132 entries of 20 bytes: i64 base offset, i64 largest timestamp (ms) up to the
//!  40 u64 number of segments        segment's end, u32 CRC-32C of both, begun with the header's and the entry's number
//! ```

use std::fs::File;
use std::path::Path;

use crate::error::Result;
use crate::log::scan::read_up_to;
use crate::store::durable::{self, open_for_reading};
use crate::store::{DirStamp, boot};

const MAGIC: [u8; 8] = *b"kafdseg1";
const BOOT_BYTES: usize = 64;
const SUMMED_BYTES: usize = 128;
const HEADER_BYTES: usize = SUMMED_BYTES + 4;
const ENTRY_BYTES: usize = 20;

/// What is noted of a partition's segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Noted {
    /// The partition's directory before it was listed.
    pub(crate) stamp: DirStamp,
    /// The base offsets of all segments, in their order. All but the last are closed.
    pub(crate) bases: Vec<i64>,
    /// For each of the first closed segments, as far as somebody looked: the largest timestamp up to its end, in ms.
    pub(crate) largest: Vec<i64>,
    /// The bytes of the closed segments' logs, where somebody summed them up.
    pub(crate) closed_bytes: Option<u64>,
}

impl Noted {
    /// The mere names.
    pub(crate) fn new(stamp: DirStamp, bases: Vec<i64>) -> Self {
        Self {
            stamp,
            bases,
            largest: Vec::new(),
            closed_bytes: None,
        }
    }

    /// Puts it into the file at `path`, whose directory is made if there is none.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        durable::create_dir(durable::parent(path))?;
        durable::replace_unsynced(path, &self.encode(boot::id()?))
    }

    fn encode(&self, boot: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + self.bases.len() * ENTRY_BYTES);
        bytes.extend(MAGIC);
        bytes.extend(self.stamp.device.to_be_bytes());
        bytes.extend(self.stamp.inode.to_be_bytes());
        bytes.extend(self.stamp.changed.0.to_be_bytes());
        bytes.extend(self.stamp.changed.1.to_be_bytes());
        bytes.extend((self.bases.len() as u64).to_be_bytes());
        bytes.extend((self.largest.len() as u64).to_be_bytes());
        let closed = self.closed_bytes.and_then(|sum| i64::try_from(sum).ok());
        bytes.extend(closed.unwrap_or(-1).to_be_bytes());
        bytes.extend(boot_field(boot));
        let sum = crc32c::crc32c(&bytes);
        bytes.extend(sum.to_be_bytes());
        for (slot, base) in self.bases.iter().enumerate() {
            let largest = self.largest.get(slot).copied().unwrap_or(i64::MIN);
            let entry = [base.to_be_bytes(), largest.to_be_bytes()].concat();
            bytes.extend(&entry);
            bytes.extend(entry_sum(sum, slot as u64, &entry).to_be_bytes());
        }
        bytes
    }
}

/// A segment index that was found to be of the directory as it is.
#[derive(Debug)]
pub(crate) struct SegmentIndex {
    file: File,
    sum: u32,
    count: u64,
    timed: u64,
    closed_bytes: Option<u64>,
    stamp: DirStamp,
}

impl SegmentIndex {
    /// Opens the file at `path`; `None` if there is none, or none that tells of a directory with this stamp. What is wrong
    /// with it does not matter: without it the directory is listed.
    pub(crate) fn open(path: &Path, stamp: &DirStamp) -> Option<Self> {
        let file = open_for_reading(path).ok()?;
        let mut header = [0; HEADER_BYTES];
        if read_up_to(&file, &mut header, 0).ok()? < HEADER_BYTES {
            return None;
        }
        let number = |at: usize| {
            header[at..]
                .first_chunk()
                .map(|bytes| u64::from_be_bytes(*bytes))
        };
        let (summed, sum) = header.split_at(SUMMED_BYTES);
        let sum = u32::from_be_bytes(*sum.first_chunk()?);
        let written = DirStamp {
            device: number(8)?,
            inode: number(16)?,
            changed: (number(24)?.cast_signed(), number(32)?.cast_signed()),
        };
        let is_ours = header.starts_with(&MAGIC)
            && crc32c::crc32c(summed) == sum
            && written == *stamp
            && header[64..SUMMED_BYTES] == boot_field(boot::id().ok()?);
        let (count, timed) = (number(40)?, number(48)?);
        let length = count.checked_mul(ENTRY_BYTES as u64)?;
        let is_whole = file.metadata().ok()?.len() == length.checked_add(HEADER_BYTES as u64)?;
        (is_ours && is_whole && timed < count).then_some(Self {
            file,
            sum,
            count,
            timed,
            closed_bytes: u64::try_from(number(56)?.cast_signed()).ok(),
            stamp: written,
        })
    }

    /// How many segments there are.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Of how many of the first segments the largest timestamp is known.
    pub(crate) fn timed(&self) -> u64 {
        self.timed
    }

    /// The bytes of the closed segments, where they are known.
    pub(crate) fn closed_bytes(&self) -> Option<u64> {
        self.closed_bytes
    }

    /// The base offset of segment `slot`, which must be below the count; `None` where the entry is damaged.
    pub(crate) fn base(&self, slot: u64) -> Option<i64> {
        self.entry(slot).map(|(base, _)| base)
    }

    /// How many segments have bases of at most `offset`; `None` where an entry is damaged.
    pub(crate) fn up_to(&self, offset: i64) -> Option<u64> {
        self.partition_point(self.count, |(base, _)| base <= offset)
    }

    /// How many of the first segments, as far as that is known, hold no timestamp of `timestamp` ms or later; `None` where
    /// an entry is damaged.
    pub(crate) fn older_than(&self, timestamp: i64) -> Option<u64> {
        self.partition_point(self.timed, |(_, largest)| largest < timestamp)
    }

    /// All there is in it; `None` where an entry is damaged.
    pub(crate) fn noted(&self) -> Option<Noted> {
        let entries: Vec<(i64, i64)> = (0..self.count)
            .map(|slot| self.entry(slot))
            .collect::<Option<_>>()?;
        let timed = usize::try_from(self.timed).ok()?;
        Some(Noted {
            stamp: self.stamp,
            bases: entries.iter().map(|entry| entry.0).collect(),
            largest: entries[..timed].iter().map(|entry| entry.1).collect(),
            closed_bytes: self.closed_bytes,
        })
    }

    fn entry(&self, slot: u64) -> Option<(i64, i64)> {
        let mut bytes = [0; ENTRY_BYTES];
        let position = HEADER_BYTES as u64 + slot * ENTRY_BYTES as u64;
        read_up_to(&self.file, &mut bytes, position).ok()?;
        let (entry, sum) = bytes.split_at(16);
        let number = |at: usize| {
            entry[at..]
                .first_chunk()
                .map(|bytes| i64::from_be_bytes(*bytes))
        };
        let is_right = entry_sum(self.sum, slot, entry).to_be_bytes() == sum;
        is_right.then_some((number(0)?, number(8)?))
    }

    fn partition_point(&self, count: u64, before: impl Fn((i64, i64)) -> bool) -> Option<u64> {
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            if before(self.entry(middle)?) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Some(low)
    }
}

fn entry_sum(header: u32, slot: u64, entry: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c_append(header, &slot.to_be_bytes()), entry)
}

fn boot_field(boot: &str) -> [u8; BOOT_BYTES] {
    let mut field = [0; BOOT_BYTES];
    let kept = boot.len().min(BOOT_BYTES);
    field[..kept].copy_from_slice(&boot.as_bytes()[..kept]);
    field
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::fs;

    use proptest::prelude::*;

    use super::*;

    const STAMP: DirStamp = DirStamp {
        device: 64_512,
        inode: 1 << 40,
        changed: (1_700_000_000, 123_456_789),
    };

    fn noted() -> Noted {
        Noted {
            stamp: STAMP,
            bases: vec![3, 10, 200, 1 << 40],
            largest: vec![-1, 1_700_000_000_000],
            closed_bytes: Some(4711),
        }
    }

    fn bytes() -> Vec<u8> {
        noted().encode(boot::id().unwrap())
    }

    /// What is read of a file of these bytes.
    fn read(bytes: &[u8], stamp: &DirStamp) -> Option<Noted> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t-0");
        fs::write(&path, bytes).unwrap();
        SegmentIndex::open(&path, stamp)?.noted()
    }

    proptest! {
        #[test]
        fn what_was_noted_is_found(
            bases in prop::collection::btree_set(0_i64.., 1..40),
            timestamps in prop::collection::vec(any::<i64>(), 0..40),
            closed_bytes in prop::option::of(0..u64::MAX / 2),
            asked in any::<i64>(),
        ) {
            let bases: Vec<i64> = bases.into_iter().collect();
            let mut largest = timestamps;
            largest.sort_unstable();
            largest.truncate(bases.len() - 1);
            let noted = Noted { stamp: STAMP, bases, largest, closed_bytes };
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("segments/t-0");
            noted.write(&path).unwrap();
            let index = SegmentIndex::open(&path, &STAMP).unwrap();
            for offset in noted.bases.iter().flat_map(|&base| [base - 1, base]).chain([asked]) {
                let expected = noted.bases.partition_point(|&base| base <= offset) as u64;
                prop_assert_eq!(index.up_to(offset), Some(expected));
            }
            for &timestamp in noted.largest.iter().chain([&asked]) {
                let expected = noted.largest.partition_point(|&largest| largest < timestamp) as u64;
                prop_assert_eq!(index.older_than(timestamp), Some(expected));
            }
            prop_assert_eq!(index.noted(), Some(noted));
        }
    }

    #[test]
    fn one_of_another_length_is_not_believed() {
        let bytes = bytes();
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length], &STAMP), None, "{length} bytes");
        }
        assert_eq!(read(&[&bytes[..], b"\0"].concat(), &STAMP), None);
        assert_eq!(read(&bytes, &STAMP), Some(noted()));
    }

    #[test]
    fn a_flipped_bit_is_seen_wherever_it_is() {
        for at in 0..bytes().len() {
            for bit in [1, 0x80] {
                let mut bytes = bytes();
                bytes[at] ^= bit;
                assert_eq!(read(&bytes, &STAMP), None, "bit {bit} of byte {at}");
            }
        }
    }

    #[test]
    fn entries_can_not_change_places_or_files() {
        let (bytes, mut other) = (bytes(), noted());
        let entry = |slot: usize| {
            HEADER_BYTES + slot * ENTRY_BYTES..HEADER_BYTES + (slot + 1) * ENTRY_BYTES
        };
        let mut swapped = bytes.clone();
        swapped.copy_within(entry(1), entry(0).start);
        assert_eq!(read(&swapped, &STAMP), None);
        other.stamp.changed.1 += 1;
        let mut mixed = other.encode(boot::id().unwrap());
        mixed[entry(0)].copy_from_slice(&bytes[entry(0)]);
        assert_eq!(read(&mixed, &other.stamp), None);
    }

    #[test]
    fn one_of_another_directory_or_boot_is_not_believed() {
        let bytes = bytes();
        for stamp in [
            DirStamp { device: 1, ..STAMP },
            DirStamp { inode: 1, ..STAMP },
            DirStamp {
                changed: (1_700_000_001, 123_456_789),
                ..STAMP
            },
            DirStamp {
                changed: (1_700_000_000, 123_456_788),
                ..STAMP
            },
        ] {
            assert_eq!(read(&bytes, &stamp), None, "{stamp:?}");
        }
        assert_eq!(read(&noted().encode("another boot"), &STAMP), None);
    }

    #[test]
    fn what_is_no_file_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("t-0"), dir.path().join("t-1"));
        assert!(SegmentIndex::open(&path, &STAMP).is_none());
        noted().write(&path).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(SegmentIndex::open(&path, &STAMP).is_some());
        assert!(SegmentIndex::open(&link, &STAMP).is_none());
        assert!(SegmentIndex::open(dir.path(), &STAMP).is_none());
    }
}
