//! Reads a record from JSON: strict, and with the column of what is wrong.

use std::fmt;

use serde::de::{self, Deserialize as _, Deserializer, MapAccess, Visitor};

use super::super::{HeaderBuf, RecordBuf};
use super::member::{Member, Seen};
use super::value::{Headers, Value};
use crate::error::{Error, Result};
use crate::record::TimestampType;

/// What some programs begin UTF-8 with; no JSON text may (RFC 8259, section 8.1).
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads one record; `number` is the line's number for its errors.
pub fn read_record(line: &[u8], number: u64) -> Result<RecordBuf> {
    if line.starts_with(BYTE_ORDER_MARK) {
        return Err(refused(number, " begins with a byte order mark (BOM)")
            .help("write the input as UTF-8 without one"));
    }
    if line.iter().all(u8::is_ascii_whitespace) {
        return Err(refused(number, " is blank where a record is due"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(line);
    deserializer
        .deserialize_map(RecordVisitor)
        .and_then(|record| deserializer.end().map(|()| record))
        .map_err(|error| refused(number, &place_and_cause(line, &error)))
}

/// Reads headers alone, an array of pairs; an error says what is wrong, without its place.
pub(in crate::text) fn read_headers(json: &[u8]) -> Result<Vec<HeaderBuf>, String> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    Headers::deserialize(&mut deserializer)
        .and_then(|headers| deserializer.end().map(|()| headers.0))
        .map_err(|error| error.to_string())
}

/// `what` follows the line's number as it is.
#[cold]
fn refused(number: u64, what: &str) -> Error {
    Error::failed(format!("line {number}{what}")).help(
        "a record is {\"key\":\"k\",\"value\":\"v\",\"headers\":[[\"name\",\"text\"]],\"timestamp\":0}; only value is \
         required, and bytes that are not UTF-8 go into key_base64 and value_base64",
    )
}

/// `, column C: cause`. Columns are counted in bytes from 1, over the whole record, even if it spans lines.
pub(super) fn place_and_cause(line: &[u8], error: &serde_json::Error) -> String {
    let breaks = error.line().saturating_sub(1);
    let before: usize = line
        .split_inclusive(|&byte| byte == b'\n')
        .take(breaks)
        .map(<[u8]>::len)
        .sum();
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let cause = text.strip_suffix(&place).unwrap_or(&text);
    // What is no object at all is told before anything of it was read.
    let column = (before + error.column()).max(1);
    format!(", column {column}: {cause}")
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = RecordBuf;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record, which is an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RecordBuf, A::Error> {
        let mut record = RecordBuf::default();
        let mut seen = Seen::default();
        while let Some(member) = map.next_key()? {
            seen.add(member)?;
            if member == Member::Headers {
                record.headers = map.next_value::<Headers>()?.0;
            } else {
                let value = map.next_value()?;
                set(&mut record, member, value).map_err(|wanted| {
                    de::Error::custom(format!("{:?} has to be {wanted}", member.name()))
                })?;
            }
        }
        if !seen.has(Member::Value) && !seen.has(Member::ValueBase64) {
            return Err(de::Error::custom(
                "neither \"value\" nor \"value_base64\" is there; \"value\":null is a tombstone",
            ));
        }
        Ok(record)
    }
}

/// Puts `value` into its place, or says what had to be there.
fn set(record: &mut RecordBuf, member: Member, value: Value) -> Result<(), String> {
    match member {
        Member::Topic => record.topic = value.text()?,
        Member::Partition => {
            let partition = value.integer()?.map(i32::try_from).transpose();
            record.partition = partition.map_err(|_| "an integer of 32 bits")?;
        }
        Member::Offset => record.offset = value.integer()?,
        Member::Timestamp => record.timestamp = value.integer()?,
        Member::TimestampType => {
            let names =
                [TimestampType::CreateTime, TimestampType::LogAppendTime].map(TimestampType::name);
            if value
                .text()?
                .is_some_and(|name| !names.contains(&name.as_str()))
            {
                return Err(names.join(" or "));
            }
        }
        Member::Key => record.key = value.text()?.map(String::into_bytes),
        Member::Value => record.value = value.text()?.map(String::into_bytes),
        Member::KeyBase64 => record.key = value.base64()?,
        Member::ValueBase64 => record.value = value.base64()?,
        // Not a single value: read by its own type.
        Member::Headers => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;
    use crate::error::ErrorKind;

    fn read(line: &str) -> RecordBuf {
        read_record(line.as_bytes(), 1).unwrap()
    }

    #[test]
    fn a_value_is_enough() {
        let expected = RecordBuf {
            value: Some(b"v".to_vec()),
            ..RecordBuf::default()
        };
        assert_eq!(read(r#"{"value":"v"}"#), expected);
        assert_eq!(read(" {\t\"value\" : \"v\" } \r\n"), expected);
        assert_eq!(read(r#"{"value_base64":"dg=="}"#), expected);
        assert_eq!(read(r#"{"v\u0061lue":"\u0076"}"#), expected);
        assert_eq!(read(r#"{"value":null}"#), RecordBuf::default());
    }

    #[test]
    fn every_member() {
        let record = read(concat!(
            r#"{"topic":"t","partition":2,"offset":9,"timestamp":-1,"timestamp_type":"LogAppendTime","#,
            r#""key_base64":"/w==","value":"a\u0000\ud83d\ude00","#,
            r#""headers":[["n","text"],["n",null],[{"base64":"/w=="},{"base64":""}]]}"#
        ));
        let header = |name: &[u8], value: Option<&[u8]>| HeaderBuf {
            name: name.to_vec(),
            value: value.map(<[u8]>::to_vec),
        };
        let expected = RecordBuf {
            topic: Some("t".into()),
            partition: Some(2),
            offset: Some(9),
            timestamp: Some(-1),
            key: Some(b"\xff".to_vec()),
            value: Some("a\0😀".as_bytes().to_vec()),
            headers: vec![
                header(b"n", Some(b"text")),
                header(b"n", None),
                header(b"\xff", Some(b"")),
            ],
        };
        assert_eq!(record, expected);
    }

    #[test]
    fn no_timestamp_means_now() {
        for line in [r#"{"value":"v"}"#, r#"{"value":"v","timestamp":null}"#] {
            assert_eq!(read(line).as_record(&[], 5).timestamp, 5);
        }
        assert_eq!(
            read(r#"{"value":"v","timestamp":7}"#)
                .as_record(&[], 5)
                .timestamp,
            7
        );
    }

    fn refuses(cases: &[(&[u8], &str)]) {
        for (line, part) in cases {
            let shown = String::from_utf8_lossy(line);
            let error = read_record(line, 9).expect_err(&shown);
            assert_eq!(error.kind(), ErrorKind::Failed, "{shown}");
            assert!(error.to_string().starts_with("line 9"), "{shown}: {error}");
            assert!(error.to_string().contains(part), "{shown}: {error}");
            assert!(!error.to_string().contains(" at line "), "{shown}: {error}");
            assert!(error.help_text().is_some(), "{shown}");
        }
    }

    #[test]
    fn not_a_record() {
        refuses(&[
            (&b""[..], "line 9 is blank"),
            (b" \t\r", "line 9 is blank"),
            (b"\xef\xbb\xbf{}", "byte order mark"),
            (b"{}", "neither \"value\" nor \"value_base64\""),
            (br#"{"key":"k"}"#, "neither"),
            (br#"{"value":"v"}x"#, "column 14: trailing characters"),
            (br#"{"value":"v"}{"value":"v"}"#, "trailing characters"),
            (br#"{"value":"v","#, "EOF"),
            (br#"{"value":"v",}"#, "trailing comma"),
            (
                br#"{"value":"v","x":1}"#,
                "column 16: unknown member \"x\"; the members are topic,",
            ),
            (
                br#"{"value":"v","value":"v"}"#,
                "member \"value\" is there twice",
            ),
            (br#"{"value":"v","value_base64":""}"#, "exclude each other"),
            (
                br#"{"key_base64":"","key":null,"value":"v"}"#,
                "exclude each other",
            ),
        ]);
    }

    #[test]
    fn values_that_do_not_fit() {
        refuses(&[
            (br#"{"value":1}"#, "\"value\" has to be a string or null"),
            (br#"{"value":true}"#, "\"value\" has to be"),
            (br#"{"value":{"base64":""}}"#, "\"value\" has to be"),
            (br#"{"value":["v"]}"#, "\"value\" has to be"),
            (
                br#"{"value_base64":"/w="}"#,
                "\"value_base64\" has to be base64",
            ),
            (
                br#"{"value_base64":"_w=="}"#,
                "\"value_base64\" has to be base64",
            ),
            (
                br#"{"value":"v","timestamp":"1"}"#,
                "\"timestamp\" has to be an integer of 64 bits",
            ),
            (
                br#"{"value":"v","timestamp":1.0}"#,
                "\"timestamp\" has to be",
            ),
            (
                br#"{"value":"v","timestamp":1e3}"#,
                "\"timestamp\" has to be",
            ),
            (
                br#"{"value":"v","timestamp":9223372036854775808}"#,
                "\"timestamp\" has to be",
            ),
            (
                br#"{"value":"v","timestamp":99999999999999999999}"#,
                "\"timestamp\" has to be",
            ),
            (
                br#"{"value":"v","partition":2147483648}"#,
                "\"partition\" has to be an integer of 32",
            ),
            (
                br#"{"value":"v","timestamp_type":"Other"}"#,
                "has to be CreateTime or LogAppendTime",
            ),
        ]);
    }

    #[test]
    fn headers_that_are_none() {
        refuses(&[
            (
                br#"{"value":"v","headers":null}"#,
                "expected headers, an array of [name, value]",
            ),
            (
                br#"{"value":"v","headers":{"a":"b"}}"#,
                "expected headers, an array of [name, value]",
            ),
            (
                br#"{"value":"v","headers":["a"]}"#,
                "a header is [name, value]",
            ),
            (
                br#"{"value":"v","headers":[["a"]]}"#,
                "a header is [name, value]",
            ),
            (
                br#"{"value":"v","headers":[["a","b","c"]]}"#,
                "a header is [name, value]",
            ),
            (
                br#"{"value":"v","headers":[[null,"b"]]}"#,
                "a header is [name, value]",
            ),
            (
                br#"{"value":"v","headers":[["a",1]]}"#,
                "a header is [name, value]",
            ),
            (
                br#"{"value":"v","headers":[["a",{"base64":"!"}]]}"#,
                "base64",
            ),
            (
                br#"{"value":"v","headers":[["a",{"base64":"","x":""}]]}"#,
                "base64",
            ),
            (br#"{"value":"v","headers":[["a",{}]]}"#, "base64"),
        ]);
    }

    #[test]
    fn not_json() {
        refuses(&[
            (br#"{"value":"\ud800"}"#, "hex escape"),
            (br#"{"value":"\udc00"}"#, "surrogate"),
            (br#"{"value":"\ud800\u0041"}"#, "surrogate"),
            (b"{\"value\":\"\xff\"}", "column 11: "),
            (b"{\"value\":\"a\nb\"}", "control character"),
            (b"{\n\"value\":\n1}", "column 13: "),
            (
                br#"["v"]"#,
                "line 9, column 1: invalid type: sequence, expected a record, which is an object",
            ),
            (br#""v""#, "a record, which is an object"),
            (b"v", "line 9, column 1: expected value"),
        ]);
    }
}
