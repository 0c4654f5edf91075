//! Which partition a record goes to.
//!
//! Records with a key go where Kafka's Java producer sends them, so that the same key meets the same partition whoever wrote
//! it. Records without one stay with a partition for a batch's worth of bytes and then move on, which makes larger batches
//! than sending each elsewhere (KIP-794).

/// Bytes after which a sticky partition is left: Kafka's default `batch.size`.
const STICKY_BYTES: usize = 16_384;

/// Kafka's hash of a key: the 32-bit `MurmurHash2` with a seed of Kafka's own.
#[must_use]
pub fn murmur2(bytes: &[u8]) -> i32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "no key is as long as 4 GiB: a record's length has 31 bits"
    )]
    let mut hash = SEED ^ bytes.len() as u32;
    let (words, tail) = bytes.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !tail.is_empty() {
        for (index, &byte) in tail.iter().enumerate() {
            hash ^= u32::from(byte) << (8 * index);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    (hash ^ (hash >> 15)).cast_signed()
}

/// The partition of a key among `partitions` of them (at least 1). An empty key is hashed like any other.
#[must_use]
pub fn partition_for_key(key: &[u8], partitions: i32) -> i32 {
    (murmur2(key) & i32::MAX) % partitions.max(1)
}

/// Records without a key, by batches: a partition is kept until 16 384 bytes went to it, then another is chosen at random.
#[derive(Debug, Clone)]
pub struct Sticky {
    partitions: i32,
    current: i32,
    bytes: usize,
    random: Random,
}

impl Sticky {
    /// Over `partitions` partitions (at least 1); producers with different `seed`s begin at different ones.
    #[must_use]
    pub fn new(partitions: i32, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let partitions = partitions.max(1);
        Self {
            partitions,
            current: random.below(partitions),
            bytes: 0,
            random,
        }
    }

    /// Where the next record goes.
    #[must_use]
    #[inline]
    pub fn partition(&self) -> i32 {
        self.current
    }

    /// Counts `bytes` that went to the current partition.
    #[inline]
    pub fn appended(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    /// The current partition's batch is complete: the next record may go elsewhere.
    pub fn batch_complete(&mut self) {
        if self.bytes < STICKY_BYTES || self.partitions == 1 {
            return;
        }
        self.bytes = 0;
        let other = self.random.below(self.partitions - 1);
        self.current = other + i32::from(other >= self.current);
    }
}

/// Each record to the next partition, whatever its key.
#[derive(Debug, Clone)]
pub struct RoundRobin {
    partitions: i32,
    next: i32,
}

impl RoundRobin {
    /// Over `partitions` partitions (at least 1), from 0 on.
    #[must_use]
    pub fn new(partitions: i32) -> Self {
        Self {
            partitions: partitions.max(1),
            next: 0,
        }
    }

    /// Where the next record goes; asked once for each record.
    #[inline]
    pub fn partition(&mut self) -> i32 {
        let partition = self.next;
        self.next = if partition + 1 == self.partitions {
            0
        } else {
            partition + 1
        };
        partition
    }
}

/// Marsaglia's xorshift64*: spreads load, and is nothing more.
#[derive(Debug, Clone)]
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        // Neighbouring seeds (process ids, times) should not begin alike, and zero would stay zero.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number from 0 up to but without `bound`, which is positive.
    fn below(&mut self, bound: i32) -> i32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        let scaled = (high * u64::from(bound.unsigned_abs())) >> 32;
        i32::try_from(scaled).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key, hash, and the partition among 2, 3, 4, 6, 10 and 12.
    const TABLE: &[(&str, i32, [i32; 6])] = &[
        ("21", -973_932_308, [0, 0, 0, 0, 0, 0]),
        ("foobar", -790_332_482, [0, 0, 2, 0, 6, 6]),
        ("a-little-bit-long-string", -985_981_536, [0, 2, 0, 2, 2, 8]),
        (
            "a-little-bit-longer-string",
            -1_486_304_829,
            [1, 2, 3, 5, 9, 11],
        ),
        (
            "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
            -58_897_971,
            [1, 2, 1, 5, 7, 5],
        ),
        ("abc", 479_470_107, [1, 0, 3, 3, 7, 3]),
        ("kafka", -798_503_068, [0, 1, 0, 4, 0, 4]),
        ("amqp", 767_747_138, [0, 2, 2, 2, 8, 2]),
        ("giberish123456789", -1_890_243_828, [0, 2, 0, 2, 0, 8]),
        ("", 275_646_681, [1, 0, 1, 3, 1, 9]),
    ];

    #[test]
    fn hashes_as_kafka_does() {
        for &(key, hash, partitions) in TABLE {
            assert_eq!(murmur2(key.as_bytes()), hash, "{key}");
            for (of, expected) in [2, 3, 4, 6, 10, 12].into_iter().zip(partitions) {
                assert_eq!(
                    partition_for_key(key.as_bytes(), of),
                    expected,
                    "{key} of {of}"
                );
            }
        }
    }

    #[test]
    fn goes_round() {
        let mut partitioner = RoundRobin::new(3);
        let order: Vec<i32> = (0..7).map(|_| partitioner.partition()).collect();
        assert_eq!(order, [0, 1, 2, 0, 1, 2, 0]);
    }

    #[test]
    fn sticks_until_a_batch_is_complete_and_large_enough() {
        let mut sticky = Sticky::new(5, 42);
        let first = sticky.partition();
        sticky.appended(STICKY_BYTES - 1);
        sticky.batch_complete();
        assert_eq!(sticky.partition(), first);
        sticky.appended(1);
        assert_eq!(sticky.partition(), first);
        sticky.batch_complete();
        assert_ne!(sticky.partition(), first);
    }

    #[test]
    fn sticks_to_the_only_partition() {
        let mut sticky = Sticky::new(1, 7);
        sticky.appended(1 << 20);
        sticky.batch_complete();
        assert_eq!(sticky.partition(), 0);
    }

    #[test]
    fn spreads_evenly_whatever_the_seed() {
        for seed in [0, 1, u64::MAX, 0x1234_5678] {
            let mut sticky = Sticky::new(4, seed);
            let mut counts = [0_u32; 4];
            for _ in 0..4000 {
                counts[usize::try_from(sticky.partition()).unwrap_or(usize::MAX)] += 1;
                sticky.appended(STICKY_BYTES);
                sticky.batch_complete();
            }
            assert!(
                counts.iter().all(|count| (850..1150).contains(count)),
                "{counts:?}"
            );
        }
    }

    #[test]
    fn different_seeds_begin_at_different_partitions() {
        let mut seen = [false; 8];
        for seed in 0..200 {
            seen[usize::try_from(Sticky::new(8, seed).partition()).unwrap_or(usize::MAX)] = true;
        }
        assert_eq!(seen, [true; 8]);
    }
}
