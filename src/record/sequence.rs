//! Sequence numbers of idempotent producers (KIP-98).
//!
//! A producer numbers its records in each partition from 0 to `i32::MAX` and then from 0 again
//! (`DefaultRecordBatch.java` in Apache Kafka).

/// Who numbered the records of a batch, and from where on: what an idempotent producer writes into the batch's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbering {
    /// The producer's id.
    pub producer_id: i64,
    /// The producer's epoch.
    pub epoch: i16,
    /// The number of the batch's first record in its partition.
    pub sequence: i32,
}

/// Of a producer that does not number its records.
impl Default for Numbering {
    fn default() -> Self {
        Self {
            producer_id: -1,
            epoch: -1,
            sequence: -1,
        }
    }
}

/// How many records after the one numbered `from` the one numbered `to` comes, if it comes within half of all numbers.
#[must_use]
pub fn sequence_distance(from: i32, to: i32) -> Option<i32> {
    let numbers = i64::from(i32::MAX) + 1;
    let distance = (i64::from(to) - i64::from(from)).rem_euclid(numbers);
    i32::try_from(distance)
        .ok()
        .filter(|distance| *distance <= i32::MAX / 2)
}

/// The sequence number so many records after `sequence`, or before it; -1, which is none, stays that.
#[must_use]
pub fn advance_sequence(sequence: i32, records: i64) -> i32 {
    if sequence < 0 {
        return sequence;
    }
    let numbers = i64::from(i32::MAX) + 1;
    let advanced = (i64::from(sequence) + records % numbers).rem_euclid(numbers);
    i32::try_from(advanced).unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_go_on_past_the_last_number() {
        assert_eq!(sequence_distance(3, 3), Some(0));
        assert_eq!(sequence_distance(3, 10), Some(7));
        assert_eq!(sequence_distance(i32::MAX, 1), Some(2));
        assert_eq!(sequence_distance(10, 3), None);
    }

    #[test]
    fn after_the_last_number_comes_zero() {
        for (sequence, records, expected) in [
            (0, 0, 0),
            (5, 3, 8),
            (i32::MAX, 1, 0),
            (i32::MAX - 1, 3, 1),
            (1, -2, i32::MAX),
            (0, i64::MIN, 0),
            (-1, 7, -1),
        ] {
            assert_eq!(
                advance_sequence(sequence, records),
                expected,
                "{sequence} and {records}"
            );
        }
    }
}
