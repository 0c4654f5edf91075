//! Sequence numbers of idempotent producers (KIP-98).
//!
//! A producer numbers its records in each partition from 0 to `i32::MAX` and then from 0 again
//! (`DefaultRecordBatch.java` in Apache Kafka).

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
