//! The members of a record in JSON, each of which may be there once.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};

/// The members of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    Topic,
    Partition,
    Offset,
    Timestamp,
    TimestampType,
    Key,
    KeyBase64,
    Value,
    ValueBase64,
    Headers,
}

impl Member {
    const ALL: [(&'static str, Self); 10] = [
        ("topic", Self::Topic),
        ("partition", Self::Partition),
        ("offset", Self::Offset),
        ("timestamp", Self::Timestamp),
        ("timestamp_type", Self::TimestampType),
        ("key", Self::Key),
        ("key_base64", Self::KeyBase64),
        ("value", Self::Value),
        ("value_base64", Self::ValueBase64),
        ("headers", Self::Headers),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MemberVisitor;
        impl Visitor<'_> for MemberVisitor {
            type Value = Member;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member of a record")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Member, E> {
                let found = Member::ALL.iter().find(|(name, _)| *name == text);
                found.map(|(_, member)| *member).ok_or_else(|| {
                    let names = Member::ALL.map(|(name, _)| name).join(", ");
                    E::custom(format!("unknown member {text:?}; the members are {names}"))
                })
            }
        }
        deserializer.deserialize_identifier(MemberVisitor)
    }
}

/// The members read so far.
#[derive(Default)]
pub(super) struct Seen(u16);

impl Seen {
    pub(super) fn has(&self, member: Member) -> bool {
        self.0 & (1 << member as u16) != 0
    }

    /// Adds `member`, which is an error when it was there, or when `twin`, the other form of it, was.
    pub(super) fn add<E: de::Error>(&mut self, member: Member) -> Result<(), E> {
        if self.has(member) {
            return Err(E::custom(format!(
                "member {:?} is there twice",
                member.name()
            )));
        }
        let twin = match member {
            Member::Key => Some(Member::KeyBase64),
            Member::KeyBase64 => Some(Member::Key),
            Member::Value => Some(Member::ValueBase64),
            Member::ValueBase64 => Some(Member::Value),
            _ => None,
        };
        if let Some(twin) = twin.filter(|twin| self.has(*twin)) {
            return Err(E::custom(format!(
                "{:?} and {:?} exclude each other",
                twin.name(),
                member.name()
            )));
        }
        self.0 |= 1 << member as u16;
        Ok(())
    }
}
