//! Topic ids: UUIDs in the form in which Kafka writes them.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A topic's id: tells a topic from one of the same name that was there before. Written as Kafka does, in URL-safe
/// base64 without padding, 22 characters
/// (<https://github.com/apache/kafka/blob/trunk/clients/src/main/java/org/apache/kafka/common/Uuid.java>).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TopicId(Uuid);

impl TopicId {
    /// A new one, at random; as Kafka's it never begins with `-`, which command lines take for a flag.
    #[must_use]
    pub fn random() -> Self {
        loop {
            let id = Self(Uuid::new_v4());
            if !id.to_string().starts_with('-') {
                return id;
            }
        }
    }

    /// Takes Kafka's form apart; none if it is not exactly that, and none for the zero id, which no topic has.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 18];
        let length = URL_SAFE_NO_PAD
            .decode_slice(text.as_bytes(), &mut bytes)
            .ok()?;
        let uuid = Uuid::from_slice(&bytes[..length]).ok()?;
        (!uuid.is_nil()).then_some(Self(uuid))
    }

    /// The id as a UUID.
    #[must_use]
    pub fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 24];
        let length = URL_SAFE_NO_PAD
            .encode_slice(self.0.as_bytes(), &mut text)
            .map_err(|_| fmt::Error)?;
        f.write_str(std::str::from_utf8(&text[..length]).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for TopicId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TopicId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("'{text}' is no topic id")))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn kafkas_own_form() {
        let id = TopicId(Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef));
        assert_eq!(id.to_string(), "ASNFZ4mrze8BI0VniavN7w");
        for wrong in [
            "",
            "AAAAAAAAAAAAAAAAAAAAAA",
            "ASNFZ4mrze8BI0VniavN7w==",
            "ASNFZ4mrze8BI0VniavN7",
            "ASNFZ4mrze8BI0VniavN7wAA",
            "ASNFZ4mrze8BI0VniavN7x",
            "ASNFZ4mrze8BI0VniavN+w",
        ] {
            assert_eq!(TopicId::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn random_ids_are_no_flags() {
        for _ in 0..1000 {
            assert!(!TopicId::random().to_string().starts_with('-'));
        }
    }

    proptest! {
        #[test]
        fn round_trip(number in 1..=u128::MAX) {
            let id = TopicId(Uuid::from_u128(number));
            prop_assert_eq!(TopicId::parse(&id.to_string()), Some(id));
        }
    }
}
