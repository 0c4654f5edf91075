//! Where a group is to be put: from the words of a reset to an offset that its partition has.
//!
//! The rules are Kafka's (`kafka-consumer-groups --reset-offsets`): an offset that the log does not reach to, on either
//! side, is moved to where the log begins or ends, with a warning; the log's end is that of all records, whatever
//! their transactions do; and what is to be shifted has to be somewhere first.

use std::fmt;

use crate::client::partition_log::PartitionLog;
use crate::error::{Error, Result};
use crate::log::Isolation;
use crate::record::Position;
use crate::store::TopicPartition;

/// Where to put a group in each partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetTarget {
    /// Where it is; where it is nowhere, at the log's end.
    Current,
    /// So many records further on, or back.
    ShiftBy(i64),
    /// There.
    To(Position),
}

/// Where a group goes in one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetOffset {
    /// The partition.
    pub partition: TopicPartition,
    /// Where it was, if it was anywhere.
    pub previous: Option<i64>,
    /// Where it goes: the offset of the next record to be read.
    pub new: i64,
    /// What was asked for, if that is not in the log.
    pub clamped: Option<Clamped>,
}

/// An offset that was asked for and that the log does not have. Displayed in Kafka's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clamped {
    partition: TopicPartition,
    wanted: i64,
    new: i64,
}

impl ResetTarget {
    /// Where it puts a group whose committed offset in `partition` is `previous`.
    pub fn in_partition(
        self,
        partition: &dyn PartitionLog,
        previous: Option<i64>,
    ) -> Result<ResetOffset> {
        let start = partition.start()?;
        let end = partition.end()?;
        let name = partition.name();
        let wanted = match self {
            Self::To(position) => partition.resolve(position, Isolation::ReadUncommitted)?,
            Self::Current => previous.unwrap_or(end),
            Self::ShiftBy(count) => shifted(name, previous, count)?,
        };
        Ok(within(name, previous, wanted, start, end))
    }
}

fn shifted(name: &TopicPartition, previous: Option<i64>, count: i64) -> Result<i64> {
    let from = previous.ok_or_else(|| {
        Error::failed(format!(
            "Cannot shift offset for partition {name} since there is no current committed offset"
        ))
        .help("--to-earliest, --to-latest or --to-offset say where to put it")
    })?;
    Ok(from.saturating_add(count))
}

fn within(
    name: &TopicPartition,
    previous: Option<i64>,
    wanted: i64,
    start: i64,
    end: i64,
) -> ResetOffset {
    // Not `clamp`, which panics should a log that is being deleted end before it starts.
    let new = wanted.min(end).max(start);
    let clamped = (new != wanted).then(|| Clamped {
        partition: name.clone(),
        wanted,
        new,
    });
    ResetOffset {
        partition: name.clone(),
        previous,
        new,
        clamped,
    }
}

impl fmt::Display for Clamped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            partition,
            wanted,
            new,
        } = self;
        let side = if wanted > new {
            "higher than latest"
        } else {
            "lower than earliest"
        };
        write!(
            f,
            "New offset ({wanted}) is {side} offset for topic partition {partition}. Value will be set to {new}"
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use proptest::prelude::*;

    use super::*;
    use crate::store::TopicName;

    fn name() -> TopicPartition {
        TopicPartition::new(TopicName::new("orders").unwrap(), 2)
    }

    #[test]
    fn what_the_log_has_is_taken_as_it_is() {
        for wanted in [3, 5, 9] {
            let reset = within(&name(), Some(4), wanted, 3, 9);
            assert_eq!((reset.previous, reset.new), (Some(4), wanted));
            assert_eq!(reset.clamped, None);
        }
    }

    #[test]
    fn what_it_does_not_have_is_told_in_kafkas_words() {
        let told = |wanted| {
            let reset = within(&name(), None, wanted, 3, 9);
            (reset.new, reset.clamped.unwrap().to_string())
        };
        assert_eq!(
            told(10),
            (
                9,
                "New offset (10) is higher than latest offset for topic partition orders-2. \
                 Value will be set to 9"
                    .to_owned()
            )
        );
        assert_eq!(
            told(-4),
            (
                3,
                "New offset (-4) is lower than earliest offset for topic partition orders-2. \
                 Value will be set to 3"
                    .to_owned()
            )
        );
    }

    #[test]
    fn a_shift_needs_somewhere_to_begin_and_never_wraps_around() {
        assert_eq!(shifted(&name(), Some(5), -7).unwrap(), -2);
        assert_eq!(shifted(&name(), Some(5), i64::MAX).unwrap(), i64::MAX);
        assert_eq!(shifted(&name(), Some(-1), i64::MIN).unwrap(), i64::MIN);
        let error = shifted(&name(), None, 1).unwrap_err().to_string();
        assert_eq!(
            error,
            "Cannot shift offset for partition orders-2 since there is no current committed offset"
        );
    }

    proptest! {
        #[test]
        fn the_result_is_always_in_the_log(
            wanted in any::<i64>(),
            start in 0..1_000_i64,
            length in 0..1_000_i64,
        ) {
            let reset = within(&name(), None, wanted, start, start + length);
            prop_assert!((start..=start + length).contains(&reset.new));
            prop_assert_eq!(reset.clamped.is_none(), reset.new == wanted);
        }
    }
}
