//! JSON pointers (RFC 6901).

use serde_json::value::RawValue;

use super::document::step;
use crate::error::{Error, Result};

/// A place in a JSON document: `/orders/0/id`; the empty one is the whole document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    text: String,
    tokens: Vec<String>,
}

impl Pointer {
    /// Reads a pointer as it is typed: in its tokens `~1` is a slash and `~0` a tilde.
    pub fn parse(text: &str) -> Result<Self> {
        let mut parts = text.split('/');
        if parts.next() != Some("") {
            return Err(refused(text, "begins with no slash"));
        }
        let tokens = parts
            .map(|part| {
                unescape(part).ok_or_else(|| refused(text, "has a ~ that is neither ~0 nor ~1"))
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            text: text.to_owned(),
            tokens,
        })
    }

    /// The member of this name.
    #[must_use]
    pub fn member(name: &str) -> Self {
        Self {
            text: name.to_owned(),
            tokens: vec![name.to_owned()],
        }
    }

    /// As it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it points to in `json`, which was checked.
    pub(in crate::text) fn find<'a>(&self, json: &'a RawValue) -> Option<&'a RawValue> {
        self.tokens
            .iter()
            .try_fold(json, |json, token| step(json, token))
    }
}

fn unescape(token: &str) -> Option<String> {
    let mut parts = token.split('~');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        text.push(match part.as_bytes().first()? {
            b'0' => '~',
            b'1' => '/',
            _ => return None,
        });
        text.push_str(&part[1..]);
    }
    Some(text)
}

fn refused(text: &str, why: &str) -> Error {
    Error::usage(format!("the JSON pointer {text:?} {why}"))
        .help("pointers are as in RFC 6901: /id, /customer/name, /items/0; in a name ~1 is a slash and ~0 a tilde")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    /// The document and most of the cases of RFC 6901, section 5.
    const DOCUMENT: &str = r#"{"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "m~n": 8, "k\"l": 6, " ": 7,
        "n": {"0": [[], {"x": 1.50}]}}"#;

    #[test]
    fn as_the_standard_has_it() {
        let document: &RawValue = serde_json::from_str(DOCUMENT).unwrap();
        for (pointer, found) in [
            ("", Some(DOCUMENT)),
            ("/foo", Some(r#"["bar", "baz"]"#)),
            ("/foo/0", Some(r#""bar""#)),
            ("/foo/1", Some(r#""baz""#)),
            ("/foo/2", None),
            ("/foo/01", None),
            ("/foo/-", None),
            ("/foo/+1", None),
            ("/", Some("0")),
            ("/a~1b", Some("1")),
            ("/c%d", Some("2")),
            ("/k\"l", Some("6")),
            ("/ ", Some("7")),
            ("/m~0n", Some("8")),
            ("/n/0/1/x", Some("1.50")),
            ("/n/0/1/x/y", None),
            ("/none", None),
        ] {
            let pointer = Pointer::parse(pointer).unwrap();
            let raw = pointer.find(document).map(RawValue::get);
            assert_eq!(raw, found, "{pointer:?}");
        }
    }

    #[test]
    fn what_is_no_pointer() {
        for text in ["id", "a/b", "/a~", "/a~2", "/~é"] {
            assert!(Pointer::parse(text).is_err(), "{text}");
        }
    }
}
