//! A topic's partition, and the directory name that stands for it.

use std::ffi::OsStr;
use std::fmt;

use uuid::Uuid;

use super::topic::TopicName;

/// Most partitions a topic can have here: with five digits every derived name fits 255 bytes.
pub const MAX_PARTITIONS: i32 = 100_000;

/// Longest directory name Kafka makes while it deletes.
const MAX_DELETED_NAME: usize = 255;

/// `.` + 32 hexadecimal digits + `-delete`.
const DELETED_SUFFIX: usize = 1 + 32 + 7;

/// One partition of a topic; displayed as its directory is named, `orders-0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic.
    pub topic: TopicName,
    /// The partition's number, from 0.
    pub partition: i32,
}

impl TopicPartition {
    /// Partition `partition` of `topic`.
    #[must_use]
    pub fn new(topic: TopicName, partition: i32) -> Self {
        Self { topic, partition }
    }

    /// Takes a directory's name apart at its last `-`; none if it names no partition. Numbers have no sign and no
    /// leading zeros, so that one partition has one name.
    #[must_use]
    pub fn parse(name: &OsStr) -> Option<Self> {
        let (topic, digits) = name.to_str()?.rsplit_once('-')?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit())
            || (digits.len() > 1 && digits.starts_with('0'))
        {
            return None;
        }
        Some(Self {
            topic: TopicName::found(topic)?,
            partition: digits.parse().ok()?,
        })
    }

    /// The name a directory gets before it is deleted, Kafka's: `orders-0.<32 hex>-delete`, the front cut so that
    /// the whole has at most 255 bytes
    /// (<https://github.com/apache/kafka/blob/3.9/core/src/main/scala/kafka/log/LocalLog.scala>, `logDeleteDirName`).
    #[must_use]
    pub fn deleted_dir_name(&self, token: Uuid) -> String {
        format!("{}.{}-delete", self.deleted_front(), token.simple())
    }

    /// Whether `name` is one that [`Self::deleted_dir_name`] gives a partition of `topic`. A name that was cut may be
    /// of another topic that begins alike: it waits to be removed all the same.
    #[must_use]
    pub fn is_deleted_dir_of(topic: &TopicName, name: &OsStr) -> bool {
        let front = name
            .to_str()
            .and_then(|name| name.strip_suffix("-delete"))
            .and_then(|name| name.rsplit_once('.'));
        let Some((front, token)) = front else {
            return false;
        };
        let start = format!("{topic}-");
        let was_cut = front.len() == MAX_DELETED_NAME - DELETED_SUFFIX && start.starts_with(front);
        let of_topic = front.strip_prefix(start.as_str()).is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
        (was_cut || of_topic)
            && token.len() == 32
            && token.bytes().all(|byte| byte.is_ascii_hexdigit())
    }

    /// Whether `name` is one that Kafka gives the directory of some partition that it does not use any more, or not
    /// yet: `orders-0.<32 hex>-delete`, `-stray` or `-future`.
    #[must_use]
    pub fn is_marked_dir(name: &OsStr) -> bool {
        let token = name
            .to_str()
            .and_then(|name| name.rsplit_once('.'))
            .and_then(|(_, marked)| marked.rsplit_once('-'));
        token.is_some_and(|(token, mark)| {
            matches!(mark, "delete" | "stray" | "future")
                && token.len() == 32
                && token.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    }

    fn deleted_front(&self) -> String {
        let mut front = self.to_string();
        front.truncate(MAX_DELETED_NAME - DELETED_SUFFIX);
        front
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use proptest::prelude::*;

    fn parse(name: &str) -> Option<TopicPartition> {
        TopicPartition::parse(OsStr::new(name))
    }

    #[test]
    fn directories_that_kafka_marked() {
        let name = parse("orders-0").unwrap().deleted_dir_name(Uuid::max());
        assert!(TopicPartition::is_marked_dir(OsStr::new(&name)));
        let stray = name.replace("-delete", "-stray");
        assert!(TopicPartition::is_marked_dir(OsStr::new(&stray)));
        for name in [
            "orders-0",
            "orders-0.1-delete",
            &name.replace("-delete", "-gone"),
        ] {
            assert!(!TopicPartition::is_marked_dir(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn names_that_are_no_partition() {
        for name in [
            "orders",
            "orders-",
            "-0",
            "orders-00",
            "orders-01",
            "orders-+1",
            "orders-x",
            "orders-2147483648",
            "or ders-0",
            "orders-0.deadbeef-delete",
            "orders-0-stray",
        ] {
            assert_eq!(parse(name), None, "{name}");
        }
        assert_eq!(parse("a--1").unwrap().topic.as_str(), "a-");
        assert_eq!(parse("a-1-2").unwrap().to_string(), "a-1-2");
    }

    #[test]
    fn deleted_names_are_short_and_known_again() {
        let token = Uuid::from_u128(7);
        let long = TopicPartition::new(TopicName::new(&"x".repeat(249)).unwrap(), 99_999);
        assert_eq!(long.to_string().len(), 255);
        let name = long.deleted_dir_name(token);
        assert_eq!(name.len(), 255);
        assert!(TopicPartition::is_deleted_dir_of(
            &long.topic,
            OsStr::new(&name)
        ));
        let short = parse("orders-0").unwrap();
        let name = short.deleted_dir_name(token);
        assert_eq!(name, "orders-0.00000000000000000000000000000007-delete");
        let is_of = |topic: &str, name: &str| {
            TopicPartition::is_deleted_dir_of(&TopicName::new(topic).unwrap(), OsStr::new(name))
        };
        assert!(is_of("orders", &name));
        assert!(!is_of("order", &name) && !is_of("orders-0", &name) && !is_of("orders.x", &name));
        assert!(!is_of("orders", "orders-0.7-delete") && !is_of("orders", "orders-0"));
        assert_eq!(parse(&name), None);
    }

    proptest! {
        #[test]
        fn round_trip(topic in "[a-zA-Z0-9_-][a-zA-Z0-9._-]{0,248}", partition in 0..=i32::MAX) {
            let tp = TopicPartition::new(TopicName::new(&topic).unwrap(), partition);
            prop_assert_eq!(parse(&tp.to_string()), Some(tp));
        }

        #[test]
        fn what_parses_formats_the_same(name in "[a-z.-]{0,4}-[0-9]{0,4}") {
            if let Some(tp) = parse(&name) {
                prop_assert_eq!(tp.to_string(), name);
            }
        }
    }
}
