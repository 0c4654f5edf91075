//! JSON that is kept as it stands: whether it is JSON at all, and what a pointer finds in it.
//!
//! Nothing is read into numbers of ours and written again, so that `1.0` stays `1.0`, and a number of 30 digits keeps
//! them all.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Members of an object that are compared one by one; more go through a set.
const FEW_MEMBERS: usize = 16;

/// Any JSON, and nothing wrong with it: strings that are Unicode, numbers that a float can hold, no member twice, no
/// deeper than 128 levels.
pub(in crate::text) struct Checked;

impl Checked {
    /// Checks a whole document.
    pub(in crate::text) fn check(json: &[u8]) -> Result<(), serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        Self::deserialize(&mut deserializer)?;
        deserializer.end()
    }
}

/// Whether `bytes` are a JSON object or array, and nothing else.
pub(super) fn is_document(bytes: &[u8]) -> bool {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'[')) && Checked::check(bytes).is_ok()
}

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CheckedVisitor)
    }
}

struct CheckedVisitor;

impl<'de> Visitor<'de> for CheckedVisitor {
    type Value = Checked;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_str<E>(self, _: &str) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Checked, A::Error> {
        while array.next_element::<Checked>()?.is_some() {}
        Ok(Checked)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Checked, A::Error> {
        let mut few: Vec<Name<'de>> = Vec::new();
        let mut many: HashSet<Name<'de>> = HashSet::new();
        while let Some(name) = object.next_key::<Name<'de>>()? {
            if few.contains(&name) || many.contains(&name) {
                let message = format!("member {:?} is there twice", name.0);
                return Err(de::Error::custom(message));
            }
            object.next_value::<Checked>()?;
            if few.len() < FEW_MEMBERS {
                few.push(name);
            } else {
                many.insert(name);
            }
        }
        Ok(Checked)
    }
}

/// A member's name, borrowed where it holds no escapes.
#[derive(PartialEq, Eq, Hash)]
struct Name<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member's name")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }
            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}

/// Of `json`, which was checked, what the member or element called `token` holds, as it stands.
pub(super) fn step<'a>(json: &'a RawValue, token: &str) -> Option<&'a RawValue> {
    let mut deserializer = serde_json::Deserializer::from_str(json.get());
    let found = Step(token).deserialize(&mut deserializer);
    found.ok().flatten()
}

struct Step<'t>(&'t str);

impl<'de> DeserializeSeed<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let Some(index) = index(self.0) else {
            return Ok(None);
        };
        for _ in 0..index {
            if array.next_element::<de::IgnoredAny>()?.is_none() {
                return Ok(None);
            }
        }
        let found = array.next_element()?;
        while array.next_element::<de::IgnoredAny>()?.is_some() {}
        Ok(found)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = object.next_key::<Name<'de>>()? {
            if name.0 == self.0 {
                found = Some(object.next_value()?);
            } else {
                object.next_value::<de::IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// An array's index as RFC 6901 has it: digits, without leading zeros.
fn index(token: &str) -> Option<usize> {
    let plain = token == "0" || !token.starts_with(['0', '+']);
    token.parse().ok().filter(|_| plain)
}
