//! `--topic TOPIC[:P,P]` of the commands that change what a group has committed.

use std::collections::BTreeSet;

use crate::client::Engine;
use crate::error::{Error, Result};
use crate::store::{Topic, TopicName, TopicPartition};

/// A topic, or some of its partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TopicScope {
    pub(super) topic: TopicName,
    /// None are all of them.
    numbers: Option<BTreeSet<i32>>,
}

impl TopicScope {
    /// Reads `TOPIC` or `TOPIC:P,P`.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let (name, list) = match text.split_once(':') {
            Some((name, list)) => (name, Some(list)),
            None => (text, None),
        };
        let topic = TopicName::new(name)?;
        let numbers = list.map(|list| {
            let numbers = list.split(',').map(number);
            numbers
                .collect::<Option<BTreeSet<i32>>>()
                .ok_or_else(|| refused(text))
        });
        Ok(Self {
            topic,
            numbers: numbers.transpose()?,
        })
    }

    /// Whether the partition is one of these.
    pub(super) fn contains(&self, tp: &TopicPartition) -> bool {
        tp.topic == self.topic
            && self
                .numbers
                .as_ref()
                .is_none_or(|numbers| numbers.contains(&tp.partition))
    }

    /// The topic, and the numbers of its partitions that are meant, all of which it has.
    pub(super) fn resolve(&self, engine: &dyn Engine) -> Result<(Topic, Vec<i32>)> {
        let topic = engine.topic(&self.topic)?;
        let numbers = match &self.numbers {
            None => topic.partition_numbers().collect(),
            Some(numbers) => {
                for &number in numbers {
                    topic.partition(number)?;
                }
                numbers.iter().copied().collect()
            }
        };
        Ok((topic, numbers))
    }
}

/// A partition's number.
pub(super) fn number(text: &str) -> Option<i32> {
    text.parse().ok().filter(|number| *number >= 0)
}

fn refused(text: &str) -> Error {
    Error::usage(format!("{text:?} names no partitions"))
        .help("TOPIC are all its partitions, TOPIC:0,2 two of them")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::error::ErrorKind;

    fn tp(topic: &str, partition: i32) -> TopicPartition {
        TopicPartition::new(TopicName::new(topic).unwrap(), partition)
    }

    #[test]
    fn all_partitions_or_some() {
        let all = TopicScope::parse("t").unwrap();
        assert!(all.contains(&tp("t", 7)) && !all.contains(&tp("u", 7)));
        let some = TopicScope::parse("t:2,0,2").unwrap();
        assert!(some.contains(&tp("t", 0)) && some.contains(&tp("t", 2)));
        assert!(!some.contains(&tp("t", 1)) && !some.contains(&tp("u", 0)));
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for text in ["", ":0", "t:", "t:x", "t:-1", "t:0,", "t:0:1", "t/u"] {
            let error = TopicScope::parse(text).expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Usage, "{text}");
        }
    }
}
