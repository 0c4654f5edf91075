//! Topic names, by Kafka's rule.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};

/// Longest topic name, in characters: leaves room for `-NNNNN` in a file name of 255 bytes.
pub const MAX_TOPIC_NAME: usize = 249;

/// The topic in which `KRaft` keeps its own state: lies in a log.dir, but is no topic of users.
pub const INTERNAL_METADATA_TOPIC: &str = "__cluster_metadata";

/// A valid topic name: 1 to 249 ASCII letters, digits, `.`, `_`, `-`, and neither `.` nor `..`
/// (Kafka's `org.apache.kafka.common.internals.Topic`). Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName(Arc<str>);

impl TopicName {
    /// Checks `name`; the errors are in Kafka's words.
    pub fn new(name: &str) -> Result<Self> {
        match fault(name) {
            None => Ok(Self(name.into())),
            Some(why) => Err(Error::usage(format!("topic name is invalid: {why}"))),
        }
    }

    /// The name found as a part of a file's name, if it is valid.
    pub(crate) fn found(name: &str) -> Option<Self> {
        fault(name).is_none().then(|| Self(name.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether Kafka refuses to have both: names that differ only in `.` and `_`, which its metrics unify.
    #[must_use]
    pub fn collides_with(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self
                .0
                .bytes()
                .zip(other.0.bytes())
                .all(|(a, b)| a == b || (matches!(a, b'.' | b'_') && matches!(b, b'.' | b'_')))
    }
}

fn fault(name: &str) -> Option<String> {
    if name.is_empty() {
        Some("the empty string is not allowed".to_owned())
    } else if name == "." || name == ".." {
        Some(format!("'{name}' is not allowed"))
    } else if name.len() > MAX_TOPIC_NAME {
        Some(format!(
            "the length of '{name}' is longer than the max allowed length {MAX_TOPIC_NAME}"
        ))
    } else if name.bytes().all(is_legal) {
        None
    } else {
        Some(format!(
            "'{}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
            name.escape_debug()
        ))
    }
}

fn is_legal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for TopicName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TopicName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_kafka_refuses() {
        for (name, word) in [
            ("", "empty string"),
            (".", "'.' is not allowed"),
            ("..", "'..' is not allowed"),
            ("a/b", "characters other than"),
            ("\u{e4}", "characters other than"),
            ("a\nb", "a\\nb"),
        ] {
            let error = TopicName::new(name).unwrap_err().to_string();
            assert!(error.contains(word), "{name:?}: {error}");
        }
        assert!(TopicName::new(&"x".repeat(250)).is_err());
        assert!(TopicName::new(&"x".repeat(249)).is_ok());
        assert!(TopicName::new("...").is_ok());
    }

    #[test]
    fn dots_and_underscores_collide() {
        let name = |text| TopicName::new(text).unwrap();
        assert!(name("a.b").collides_with(&name("a_b")));
        assert!(name("a.b").collides_with(&name("a.b")));
        assert!(!name("a.b").collides_with(&name("a-b")));
        assert!(!name("a.b").collides_with(&name("a.b.")));
    }

    proptest! {
        #[test]
        fn legal_names_are_kept(text in "[a-zA-Z0-9_-][a-zA-Z0-9._-]{0,248}") {
            let name = TopicName::new(&text).unwrap();
            prop_assert_eq!(name.as_str(), text);
        }

        #[test]
        fn no_name_can_leave_its_directory(text in any::<String>()) {
            if let Ok(name) = TopicName::new(&text) {
                prop_assert!(!name.as_str().contains('/') && name.as_str() != "..");
            }
        }
    }
}
