//! Ids of a group's members, and the names of their files.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::MAX_FILE_NAME;
use super::percent::{decode, encode, refuse_control};
use crate::error::{Error, Result};

/// A member's id, as Kafka makes it: the client id, `-`, and something that no other member has. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(Arc<str>);

impl MemberId {
    /// Refuses what no client can be called here.
    pub fn check_client_id(client_id: &str) -> Result<()> {
        if client_id.is_empty() {
            return Err(Error::usage("a client id must not be empty"));
        }
        refuse_control("client id", client_id)
    }

    /// A new one for a client of this id.
    pub fn random(client_id: &str) -> Result<Self> {
        Self::check_client_id(client_id)?;
        let id = Self(format!("{client_id}-{}", Uuid::new_v4().simple()).into());
        let (length, most) = (id.file_name().len(), MAX_FILE_NAME);
        if length > most {
            let (length, most) = (length - 33, most - 33);
            return Err(Error::usage(format!(
                "the client id '{}' is too long: percent-encoded it has {length} bytes, at most {most} are possible",
                client_id.escape_debug()
            )));
        }
        Ok(id)
    }

    /// One that a cluster made.
    #[must_use]
    pub fn foreign(id: &str) -> Self {
        Self(id.into())
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the member's file: percent-encoded as the names of groups are.
    #[must_use]
    pub fn file_name(&self) -> String {
        encode(&self.0)
    }

    /// The member whose file has this name; none if no member's file can have it.
    #[must_use]
    pub fn parse_file_name(name: &OsStr) -> Option<Self> {
        let text = name.to_str()?;
        let id = Self(decode(text).filter(|id| !id.is_empty())?.into());
        (id.file_name() == text).then_some(id)
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for MemberId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for MemberId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let id = Self(text.into());
        if id.0.is_empty() || id.file_name().len() > MAX_FILE_NAME {
            return Err(serde::de::Error::custom(format!("'{id}' is no member id")));
        }
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_members_of_one_client_differ() {
        let (one, two) = (
            MemberId::random("kafdir").unwrap(),
            MemberId::random("kafdir").unwrap(),
        );
        assert!(one != two && one.as_str().starts_with("kafdir-"));
        assert!(MemberId::random(&"/".repeat(75)).is_err());
        assert!(MemberId::random("a\nb").is_err() && MemberId::random("").is_err());
        assert!(MemberId::random(&"x".repeat(222)).is_ok());
    }

    proptest! {
        #[test]
        fn files_are_known_again(client in any::<String>()) {
            if let Ok(id) = MemberId::random(&client) {
                let file = id.file_name();
                prop_assert!(file.len() <= 255 && !file.contains('/') && !file.starts_with('.'));
                prop_assert_eq!(MemberId::parse_file_name(OsStr::new(&file)), Some(id));
            }
        }
    }
}
