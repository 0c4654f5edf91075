//! The order in which Java walks a `HashMap`, on which some of Kafka's results depend: who keeps one partition more,
//! which of two equal claims of the past counts, and which of several moved partitions moves back.
//!
//! A table of 2^n buckets, at least 16, doubled as soon as more than 3/4 as many entries are in it; it never shrinks. An
//! entry goes to the bucket that the low bits of `hash ^ hash >>> 16` name, behind those already there, and the walk is
//! by bucket (<https://github.com/openjdk/jdk/blob/jdk-17-ga/src/java.base/share/classes/java/util/HashMap.java>).
//! Buckets of nine and more, which become trees, are not followed: with hashes of ids they do not occur.

const FEWEST_BUCKETS: usize = 16;

/// `String.hashCode`: a polynomial of the UTF-16 units in 31
/// (<https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/lang/String.html#hashCode()>).
pub(super) fn string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0, |hash: i32, unit| {
        hash.wrapping_mul(31).wrapping_add(i32::from(unit))
    })
}

/// `hashCode` of Kafka's `TopicPartition`
/// (<https://github.com/apache/kafka/blob/4.0/clients/src/main/java/org/apache/kafka/common/TopicPartition.java>).
pub(super) fn partition_hash(topic: &str, partition: i32) -> i32 {
    partition
        .wrapping_add(31)
        .wrapping_mul(31)
        .wrapping_add(string_hash(topic))
}

/// The order in which a map is walked into which entries with these hashes were put, one after the other.
pub(super) fn map_order(hashes: &[i32]) -> Vec<usize> {
    let buckets = buckets_for(hashes.len(), FEWEST_BUCKETS);
    let mut order: Vec<usize> = (0..hashes.len()).collect();
    order.sort_by_key(|&entry| bucket(hashes[entry], buckets));
    order
}

/// A `HashSet` of which only the first entry of a walk is asked for.
pub(super) struct HashSet<T> {
    /// In the order they were put in.
    entries: Vec<(i32, T)>,
    buckets: usize,
}

impl<T: Copy + PartialEq> HashSet<T> {
    pub(super) fn new() -> Self {
        Self {
            entries: Vec::new(),
            buckets: FEWEST_BUCKETS,
        }
    }

    /// Adds what is not in it yet.
    pub(super) fn insert(&mut self, hash: i32, entry: T) {
        self.entries.push((hash, entry));
        self.buckets = buckets_for(self.entries.len(), self.buckets);
    }

    pub(super) fn remove(&mut self, entry: T) {
        self.entries.retain(|(_, other)| *other != entry);
    }

    pub(super) fn first(&self) -> Option<T> {
        self.entries
            .iter()
            .min_by_key(|(hash, _)| bucket(*hash, self.buckets))
            .map(|(_, entry)| *entry)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

fn bucket(hash: i32, buckets: usize) -> usize {
    let hash = hash.cast_unsigned();
    (hash ^ hash >> 16) as usize & (buckets - 1)
}

fn buckets_for(entries: usize, mut buckets: usize) -> usize {
    while entries > buckets / 4 * 3 {
        buckets *= 2;
    }
    buckets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_strings() {
        assert_eq!(string_hash(""), 0);
        assert_eq!(string_hash("a"), 97);
        assert_eq!(string_hash("hello"), 99_162_322);
        assert_eq!(string_hash("polygenelubricants"), i32::MIN);
        assert_eq!(string_hash("\u{1F600}"), 0xD83D * 31 + 0xDE00);
    }

    #[test]
    fn buckets_of_consumers() {
        assert_eq!(bucket(string_hash("consumer1"), 16), 12);
        assert_eq!(bucket(string_hash("consumer2"), 16), 11);
        assert_eq!(
            map_order(&["consumer1", "consumer2"].map(string_hash)),
            [1, 0]
        );
    }

    #[test]
    fn the_table_grows_past_three_quarters() {
        assert_eq!(buckets_for(12, 16), 16);
        assert_eq!(buckets_for(13, 16), 32);
        assert_eq!(buckets_for(24, 16), 32);
        assert_eq!(buckets_for(64, 16), 128);
        assert_eq!(buckets_for(1, 64), 64);
    }

    #[test]
    fn a_set_keeps_its_table_and_the_order_within_a_bucket() {
        let mut set = HashSet::new();
        set.insert(17, 'b');
        set.insert(1, 'a');
        assert_eq!(set.first(), Some('b'), "one bucket of 16: first come first");
        for hash in 2..13 {
            set.insert(hash, 'x');
        }
        assert_eq!(
            set.first(),
            Some('a'),
            "17 has a bucket of its own among 32"
        );
        set.remove('x');
        assert_eq!(set.first(), Some('a'), "a table does not shrink");
        set.remove('a');
        set.remove('b');
        assert!(set.is_empty());
        assert_eq!(set.first(), None);
    }
}
