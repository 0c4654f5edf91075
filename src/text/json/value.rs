//! The values of a record's members in JSON.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::super::HeaderBuf;

/// A value before it is known whether it fits its member.
pub(super) enum Value {
    Null,
    Integer(i64),
    Text(String),
    /// `{"base64":"..."}`.
    Bytes(Vec<u8>),
    /// Of a kind that no member has.
    Other,
}

/// What had to be there instead of a value.
type Wanted = &'static str;

impl Value {
    pub(super) fn text(self) -> Result<Option<String>, Wanted> {
        match self {
            Self::Null => Ok(None),
            Self::Text(text) => Ok(Some(text)),
            _ => Err("a string or null"),
        }
    }

    pub(super) fn integer(self) -> Result<Option<i64>, Wanted> {
        match self {
            Self::Null => Ok(None),
            Self::Integer(number) => Ok(Some(number)),
            _ => Err("an integer of 64 bits or null"),
        }
    }

    pub(super) fn base64(self) -> Result<Option<Vec<u8>>, Wanted> {
        match self {
            Self::Null => Ok(None),
            Self::Text(text) => STANDARD.decode(text).ok().map(Some).ok_or(BASE64),
            _ => Err(BASE64),
        }
    }

    /// The name or the value of a header.
    fn bytes(self) -> Result<Option<Vec<u8>>, Wanted> {
        match self {
            Self::Null => Ok(None),
            Self::Text(text) => Ok(Some(text.into_bytes())),
            Self::Bytes(bytes) => Ok(Some(bytes)),
            Self::Integer(_) | Self::Other => Err(HEADER),
        }
    }
}

const BASE64: Wanted = "base64 with its padding (RFC 4648), in a string";
const HEADERS: Wanted = "headers, an array of [name, value]";
const HEADER: Wanted =
    "a header is [name, value]: each a string or {\"base64\":\"...\"}, the value may be null";

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(i64::try_from(number).map_or(Value::Other, Value::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Value, A::Error> {
        while array.next_element::<de::IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let wanted = || de::Error::custom("an object has to be {\"base64\":\"...\"}");
        let Some("base64") = object.next_key::<String>()?.as_deref() else {
            return Err(wanted());
        };
        let text: Value = object.next_value()?;
        if object.next_key::<String>()?.is_some() {
            return Err(wanted());
        }
        match text.base64() {
            Ok(Some(bytes)) => Ok(Value::Bytes(bytes)),
            _ => Err(de::Error::custom(format!("\"base64\" has to be {BASE64}"))),
        }
    }
}

/// The headers in their order.
pub(super) struct Headers(pub(super) Vec<HeaderBuf>);

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(HeadersVisitor)
    }
}

struct HeadersVisitor;

impl<'de> Visitor<'de> for HeadersVisitor {
    type Value = Headers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEADERS)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Headers, A::Error> {
        let mut headers = Vec::new();
        while let Some(header) = array.next_element()? {
            headers.push(header);
        }
        Ok(Headers(headers))
    }
}

impl<'de> Deserialize<'de> for HeaderBuf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = HeaderBuf;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEADER)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<HeaderBuf, A::Error> {
        let wanted = || de::Error::custom(HEADER);
        let name: Value = pair.next_element()?.ok_or_else(wanted)?;
        let value: Value = pair.next_element()?.ok_or_else(wanted)?;
        if pair.next_element::<de::IgnoredAny>()?.is_some() {
            return Err(wanted());
        }
        Ok(HeaderBuf {
            name: name
                .bytes()
                .map_err(de::Error::custom)?
                .ok_or_else(wanted)?,
            value: value.bytes().map_err(de::Error::custom)?,
        })
    }
}
