//! Keys, and where the latest record of each is: as many as memory allows, and not more.
//!
//! Made for millions of short keys: all keys lie in one buffer, and besides a key costs 32 bytes and its part of an index
//! of 4-byte slots. A map of boxed keys takes more than twice as much, and at its growth all of it twice.

use std::hash::{BuildHasher as _, RandomState};

/// A record's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot {
    /// The number of its partition among those that are read.
    pub(crate) lane: u32,
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
    /// Whether its value is null.
    pub(crate) is_tombstone: bool,
}

/// Keys with their spots, if they have one yet; numbered in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct KeyTable {
    /// One more than a key's number; 0 is free. A power of two of them, or none.
    slots: Vec<u32>,
    entries: Vec<Entry>,
    keys: Vec<u8>,
    hasher: RandomState,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    offset: i64,
    timestamp: i64,
    /// With the highest bit for a tombstone; [`NOWHERE`] where there is no record yet.
    lane: u32,
    key_at: u32,
    key_length: u32,
    hash: u32,
}

const NOWHERE: u32 = u32::MAX;
const TOMBSTONE: u32 = 1 << 31;
const FEWEST_SLOTS: usize = 16;

impl KeyTable {
    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The bytes in use once a further key of this length is in; those of an index that is being made anew are counted.
    pub(crate) fn bytes_with(&self, key_length: usize) -> usize {
        let slots = self.slots.len();
        let grown = if self.is_crowded() {
            slots + self.grown()
        } else {
            slots
        };
        let keys = self.keys.len() + key_length;
        (self.len() + 1) * size_of::<Entry>() + grown * size_of::<u32>() + keys
    }

    /// The number of a key.
    pub(crate) fn find(&self, key: &[u8]) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        self.search(self.hash(key), key).ok()
    }

    /// Takes a key that is not there yet; its number. There must be [room](Self::bytes_with) for it.
    pub(crate) fn insert(&mut self, key: &[u8], spot: Option<Spot>) -> usize {
        if self.is_crowded() {
            self.grow();
        }
        let hash = self.hash(key);
        let number = self.entries.len();
        if let Err(slot) = self.search(hash, key) {
            self.slots[slot] = narrow(number + 1);
        }
        self.entries.push(Entry {
            offset: 0,
            timestamp: 0,
            lane: NOWHERE,
            key_at: narrow(self.keys.len()),
            key_length: narrow(key.len()),
            hash,
        });
        self.keys.extend_from_slice(key);
        if let Some(spot) = spot {
            self.place(number, spot);
        }
        number
    }

    /// Where the latest record of a key is, as far as is known.
    pub(crate) fn spot(&self, number: usize) -> Option<Spot> {
        self.entries.get(number).and_then(Entry::spot)
    }

    /// Puts a key's latest record there.
    pub(crate) fn place(&mut self, number: usize, spot: Spot) {
        if let Some(entry) = self.entries.get_mut(number) {
            entry.offset = spot.offset;
            entry.timestamp = spot.timestamp;
            entry.lane = spot.lane | if spot.is_tombstone { TOMBSTONE } else { 0 };
        }
    }

    /// A key by its number.
    pub(crate) fn key(&self, number: usize) -> &[u8] {
        self.entries
            .get(number)
            .map_or(&[], |entry| entry.key(&self.keys))
    }

    /// All spots that are not tombstones, by partition and offset; the keys are let go.
    pub(crate) fn into_spots(self) -> impl Iterator<Item = Spot> {
        let mut entries = self.entries;
        entries.retain(|entry| entry.lane & TOMBSTONE == 0);
        entries.sort_unstable_by_key(|entry| (entry.lane, entry.offset));
        entries.into_iter().filter_map(|entry| entry.spot())
    }

    fn hash(&self, key: &[u8]) -> u32 {
        // One half: all bits are as good.
        let [a, b, c, d, ..] = self.hasher.hash_one(key).to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }

    /// Whether three of four slots are taken.
    fn is_crowded(&self) -> bool {
        (self.len() + 1) * 4 > self.slots.len() * 3
    }

    /// The number of the key, or the free slot where it belongs.
    fn search(&self, hash: u32, key: &[u8]) -> Result<usize, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let Some(number) = (self.slots[slot] as usize).checked_sub(1) else {
                return Err(slot);
            };
            let entry = &self.entries[number];
            if entry.hash == hash && entry.key(&self.keys) == key {
                return Ok(number);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// How many slots the next index has.
    fn grown(&self) -> usize {
        (self.slots.len() * 2).max(FEWEST_SLOTS)
    }

    fn grow(&mut self) {
        let count = self.grown();
        let mask = count - 1;
        let mut slots = vec![0; count];
        for (number, entry) in self.entries.iter().enumerate() {
            let mut slot = entry.hash as usize & mask;
            while slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = narrow(number + 1);
        }
        self.slots = slots;
    }
}

impl Entry {
    fn spot(&self) -> Option<Spot> {
        (self.lane != NOWHERE).then_some(Spot {
            lane: self.lane & !TOMBSTONE,
            offset: self.offset,
            timestamp: self.timestamp,
            is_tombstone: self.lane & TOMBSTONE != 0,
        })
    }

    fn key<'k>(&self, keys: &'k [u8]) -> &'k [u8] {
        let from = self.key_at as usize;
        &keys[from..from + self.key_length as usize]
    }
}

/// Whoever asked for room has far less than 4 GiB.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn spot(lane: u32, offset: i64, is_tombstone: bool) -> Spot {
        Spot {
            lane,
            offset,
            timestamp: offset * 10,
            is_tombstone,
        }
    }

    #[test]
    fn a_key_without_a_record_has_no_spot() {
        let mut table = KeyTable::default();
        assert_eq!(table.find(b""), None);
        let number = table.insert(b"", None);
        assert_eq!((table.find(b""), table.spot(number)), (Some(0), None));
        assert_eq!(table.into_spots().count(), 0);
    }

    #[test]
    fn what_is_counted_is_what_is_there() {
        let mut table = KeyTable::default();
        for number in 0..10_000_u32 {
            let announced = table.bytes_with(4);
            table.insert(&number.to_le_bytes(), None);
            let used = table.keys.len() + table.slots.len() * 4 + table.entries.len() * 32;
            assert!(used <= announced, "{used} > {announced}");
        }
        assert!(table.bytes_with(4) < 10_000 * 60);
        assert_eq!(size_of::<Entry>(), 32);
    }

    proptest! {
        #[test]
        fn it_holds_what_a_map_holds(
            records in vec((vec(0_u8..3, 0..4), 0_u32..3, any::<bool>()), 0..300)
        ) {
            let mut table = KeyTable::default();
            let mut map = BTreeMap::new();
            for (offset, (key, lane, tombstone)) in records.into_iter().enumerate() {
                let spot = spot(lane, i64::try_from(offset).unwrap(), tombstone);
                match table.find(&key) {
                    Some(number) => table.place(number, spot),
                    None => { table.insert(&key, Some(spot)); }
                }
                map.insert(key, spot);
            }
            prop_assert_eq!(table.len(), map.len());
            for (key, spot) in &map {
                let number = table.find(key).unwrap();
                prop_assert_eq!(table.key(number), &key[..]);
                prop_assert_eq!(table.spot(number), Some(*spot));
            }
            let mut expected: Vec<Spot> = map.into_values().filter(|spot| !spot.is_tombstone).collect();
            expected.sort_by_key(|spot| (spot.lane, spot.offset));
            prop_assert_eq!(table.into_spots().collect::<Vec<_>>(), expected);
        }
    }
}
