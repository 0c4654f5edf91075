//! Plain JSON, a document a line (NDJSON), as records: what the key, the value and the timestamp are is told by pointers.

use serde_json::value::RawValue;

use super::super::time::parse_instant;
use super::document::Checked;
use super::pointer::Pointer;
use super::reader::{BYTE_ORDER_MARK, place_and_cause};
use crate::error::{Error, Result};

/// Takes lines of JSON apart.
///
/// Without a pointer to the value the line is the value, as it stands. A string that a pointer finds is taken without
/// its quotes and escapes, a null is null, and anything else is taken as it stands.
#[derive(Debug, Clone, Default)]
pub struct PlainJson {
    /// Where the key is.
    pub key: Option<Pointer>,
    /// Where the value is.
    pub value: Option<Pointer>,
    /// Where the timestamp is: a time as people type it, or its seconds or milliseconds.
    pub timestamp: Option<Pointer>,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picked {
    /// The key; null where none is pointed to.
    pub key: Option<Vec<u8>>,
    /// The value, unless it is the line itself.
    pub value: Option<Option<Vec<u8>>>,
    /// The timestamp in ms; none where none is pointed to.
    pub timestamp: Option<i64>,
}

impl PlainJson {
    /// Reads one line; `number` is its number for the errors.
    pub fn read(&self, line: &[u8], number: u64) -> Result<Picked> {
        if line.starts_with(BYTE_ORDER_MARK) {
            return Err(refused(number, " begins with a byte order mark (BOM)"));
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            return Err(refused(number, " is blank where JSON is due"));
        }
        let whole = Checked::check(line)
            .and_then(|()| serde_json::from_slice::<&RawValue>(line))
            .map_err(|error| refused(number, &place_and_cause(line, &error)))?;
        let find = |pointer: &Pointer| {
            let found = pointer.find(whole);
            found.ok_or_else(|| refused(number, &format!(" has nothing at {:?}", pointer.as_str())))
        };
        let key = self.key.as_ref().map(find).transpose()?;
        let value = self.value.as_ref().map(find).transpose()?;
        let timestamp = self.timestamp.as_ref().map(|pointer| {
            timestamp(find(pointer)?).map_err(|error| {
                error.within(format_args!("line {number}, {:?}", pointer.as_str()))
            })
        });
        Ok(Picked {
            key: key.and_then(taken),
            value: value.map(taken),
            timestamp: timestamp.transpose()?,
        })
    }
}

/// A string's text, nothing for null, and anything else as it stands.
fn taken(json: &RawValue) -> Option<Vec<u8>> {
    match json.get() {
        "null" => None,
        text if text.starts_with('"') => Some(unquoted(text).into_bytes()),
        text => Some(text.as_bytes().to_vec()),
    }
}

/// The text of a string, which was checked.
pub(in crate::text) fn unquoted(json: &str) -> String {
    serde_json::from_str(json).unwrap_or_default()
}

fn timestamp(json: &RawValue) -> Result<i64> {
    let text = json.get();
    let time = if text.starts_with('"') {
        parse_instant(&unquoted(text))
    } else {
        parse_instant(text)
    };
    time.map_err(|error| {
        let help = error.help_text().unwrap_or_default().to_owned();
        Error::failed(error.to_string()).help(help)
    })
}

/// `what` follows the line's number as it is.
#[cold]
fn refused(number: u64, what: &str) -> Error {
    Error::failed(format!("line {number}{what}"))
        .help("every line has to be one JSON document, with what --key-from, --value-from and --timestamp-from point to")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorKind;

    fn plain(key: Option<&str>, value: Option<&str>, timestamp: Option<&str>) -> PlainJson {
        let pointer = |text: Option<&str>| text.map(|text| Pointer::parse(text).unwrap());
        PlainJson {
            key: pointer(key),
            value: pointer(value),
            timestamp: pointer(timestamp),
        }
    }

    #[test]
    fn what_pointers_find() {
        let line = br#" {"id":7.50,"name":"\u00c4\n","none":null,"at":"2026-01-31T10:00:00Z","ms":1769853600001,"o":{"a": [1]}}"#;
        let read = |key, value, timestamp| plain(key, value, timestamp).read(line, 1).unwrap();
        assert_eq!(
            read(Some("/id"), None, None),
            Picked {
                key: Some(b"7.50".to_vec()),
                value: None,
                timestamp: None
            }
        );
        let picked = read(Some("/name"), Some("/o"), Some("/at"));
        assert_eq!(picked.key.as_deref(), Some("Ä\n".as_bytes()));
        assert_eq!(picked.value, Some(Some(br#"{"a": [1]}"#.to_vec())));
        assert_eq!(picked.timestamp, Some(1_769_853_600_000));
        let picked = read(Some("/none"), Some("/none"), Some("/ms"));
        assert_eq!(picked.key, None);
        assert_eq!(picked.value, Some(None));
        assert_eq!(picked.timestamp, Some(1_769_853_600_001));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        for (line, part) in [
            (&b""[..], "line 9 is blank"),
            (b"\xef\xbb\xbf{}", "byte order mark"),
            (br#"{"id":1"#, "line 9, column 7: EOF"),
            (br#"{"id":1}}"#, "line 9, column 9: trailing"),
            (br#"{"id":1} {"id":2}"#, "trailing"),
            (
                br#"{"id":1,"id":2}"#,
                "column 12: member \"id\" is there twice",
            ),
            (br#"{"a":{"b":1,"c":2,"b":3}}"#, "\"b\" is there twice"),
            (br#"{"id":"\ud800"}"#, "line 9, column"),
            (br#"{"id":"\udc00\ud800"}"#, "line 9, column"),
            (br#"{"id":"\q"}"#, "invalid escape"),
            (br#"{"id":"\u12"}"#, "line 9, column"),
            (b"{\"id\":\"\xff\"}", "line 9, column"),
            (b"{\"id\":\"\x01\"}", "control character"),
            (br#"{"id":1e999}"#, "number out of range"),
            (br#"{"id":01}"#, "line 9, column"),
            (br#"{"id":.5}"#, "line 9, column"),
            (br#"{"id":NaN}"#, "line 9, column"),
            (br"{'id':1}", "line 9, column"),
            (br#"{"id":1,}"#, "trailing comma"),
            (b"nul", "line 9, column"),
            (deep.as_bytes(), "recursion limit"),
            (br#"{"key":1}"#, "line 9 has nothing at \"/id\""),
        ] {
            let error = plain(Some("/id"), None, None).read(line, 9).unwrap_err();
            let shown = String::from_utf8_lossy(line);
            assert_eq!(error.kind(), ErrorKind::Failed, "{shown}");
            assert!(error.to_string().contains(part), "{shown}: {error}");
            assert!(error.help_text().is_some(), "{shown}");
        }
        for line in [
            &br#"{"at":"soon"}"#[..],
            br#"{"at":"1h"}"#,
            br#"{"at":5}"#,
            br#"{"at":null}"#,
            br#"{"at":{}}"#,
        ] {
            let error = plain(None, None, Some("/at")).read(line, 9).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Failed);
            assert!(
                error.to_string().starts_with("line 9, \"/at\": "),
                "{error}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_line_is_a_panic(line in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = plain(Some("/a"), Some(""), Some("/0")).read(&line, 1);
        }
    }
}
