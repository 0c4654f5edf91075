//! Writes a record as JSON, by hand: this is a hot path, and its shape is fixed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::Located;
use super::super::number::write_decimal;
use super::document::is_document;
use crate::record::{RawHeaders, StoredRecord};

/// How records are shown as JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JsonFormat {
    nested: bool,
}

impl JsonFormat {
    /// With `nested`, a key or a value that is a JSON object or array is shown as such. One that is a JSON string or
    /// number stays a string, since it could not be told from text otherwise.
    #[must_use]
    pub fn new(nested: bool) -> Self {
        Self { nested }
    }

    /// Appends one record and a newline to `out`.
    #[inline]
    pub fn write(self, located: &Located<'_>, out: &mut Vec<u8>) {
        if self.nested {
            write_line(located, write_nested, out);
        } else {
            write_record(located, out);
        }
    }
}

/// Appends one record and a newline to `out`.
pub fn write_record(located: &Located<'_>, out: &mut Vec<u8>) {
    write_line(located, write_member, out);
}

fn write_line(
    located: &Located<'_>,
    member: impl Fn(&[u8], Option<&[u8]>, &mut Vec<u8>),
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(b"{\"topic\":");
    write_string(located.topic, out);
    out.extend_from_slice(b",\"partition\":");
    write_decimal(located.partition.into(), out);
    out.push(b',');
    write_stored(&located.record, member, out);
    out.push(b'\n');
}

/// Appends one record of which nobody knows where it belongs, without topic and partition, and a newline to `out`.
pub fn write_homeless_record(record: &StoredRecord<'_>, out: &mut Vec<u8>) {
    out.push(b'{');
    write_stored(record, write_member, out);
    out.push(b'\n');
}

/// Appends the members that a record has of its own, and what ends the object.
#[inline]
fn write_stored(
    record: &StoredRecord<'_>,
    member: impl Fn(&[u8], Option<&[u8]>, &mut Vec<u8>),
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(b"\"offset\":");
    write_decimal(record.offset, out);
    out.extend_from_slice(b",\"timestamp\":");
    write_decimal(record.timestamp, out);
    out.extend_from_slice(b",\"timestamp_type\":\"");
    out.extend_from_slice(record.timestamp_type.name().as_bytes());
    member(b"\",\"key", record.key, out);
    member(b",\"value", record.value, out);
    out.extend_from_slice(b",\"headers\":");
    write_headers(record.headers, out);
    out.push(b'}');
}

/// The same as [`write_member`], but an object or an array as what it is.
fn write_nested(name: &[u8], bytes: Option<&[u8]>, out: &mut Vec<u8>) {
    match bytes.filter(|bytes| is_document(bytes)) {
        Some(document) => {
            out.extend_from_slice(name);
            out.extend_from_slice(b"\":");
            write_compact(document, out);
        }
        None => write_member(name, bytes, out),
    }
}

/// Appends JSON without the blanks around its tokens: on one line, whatever it was on.
pub(in crate::text) fn write_compact(json: &[u8], out: &mut Vec<u8>) {
    let (mut in_string, mut escaped) = (false, false);
    for &byte in json {
        if !in_string && byte.is_ascii_whitespace() {
            continue;
        }
        out.push(byte);
        in_string ^= byte == b'"' && !escaped;
        escaped = in_string && byte == b'\\' && !escaped;
    }
}

/// Appends a member: `name` as it stands before its closing quote, which `_base64` may still have to precede.
fn write_member(name: &[u8], bytes: Option<&[u8]>, out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    match bytes.map(Text::of) {
        None => out.extend_from_slice(b"\":null"),
        Some(Text::Plain(text)) => {
            out.extend_from_slice(b"\":");
            write_plain(text, out);
        }
        Some(Text::Unicode(text)) => {
            out.extend_from_slice(b"\":");
            write_escaped(text, out);
        }
        Some(Text::Binary(bytes)) => {
            out.extend_from_slice(b"_base64\":");
            write_base64(bytes, out);
        }
    }
}

/// Appends the headers as an array of pairs.
pub(in crate::text) fn write_headers(headers: RawHeaders<'_>, out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, header) in headers.iter().enumerate() {
        out.extend_from_slice(if index == 0 { b"[" } else { b",[" });
        write_text(header.name, out);
        out.push(b',');
        match header.value {
            Some(value) => write_text(value, out),
            None => out.extend_from_slice(b"null"),
        }
        out.push(b']');
    }
    out.push(b']');
}

/// Appends a string, or `{"base64":"..."}` where the bytes are not UTF-8.
pub(in crate::text) fn write_text(bytes: &[u8], out: &mut Vec<u8>) {
    match Text::of(bytes) {
        Text::Plain(text) => write_plain(text, out),
        Text::Unicode(text) => write_escaped(text, out),
        Text::Binary(bytes) => {
            out.extend_from_slice(b"{\"base64\":");
            write_base64(bytes, out);
            out.push(b'}');
        }
    }
}

pub(in crate::text) fn write_string(text: &str, out: &mut Vec<u8>) {
    write_text(text.as_bytes(), out);
}

/// Bytes by what it takes to write them.
enum Text<'a> {
    /// ASCII without anything to escape.
    Plain(&'a [u8]),
    /// UTF-8.
    Unicode(&'a str),
    /// Anything else.
    Binary(&'a [u8]),
}

impl<'a> Text<'a> {
    #[inline]
    fn of(bytes: &'a [u8]) -> Self {
        // Without an early exit, so that the compiler compares many bytes at once.
        let special = bytes.iter().fold(0, |special, &byte| {
            special
                | u8::from(!(b' '..=b'~').contains(&byte))
                | u8::from(byte == b'"')
                | u8::from(byte == b'\\')
        });
        if special == 0 {
            return Self::Plain(bytes);
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Unicode(text),
            Err(_) => Self::Binary(bytes),
        }
    }
}

fn write_plain(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

fn write_base64(bytes: &[u8], out: &mut Vec<u8>) {
    write_plain(STANDARD.encode(bytes).as_bytes(), out);
}

/// Escapes what JSON requires (RFC 8259, section 7), each in its shortest form, and nothing else.
fn write_escaped(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut written = 0;
    out.push(b'"');
    for (at, &byte) in bytes.iter().enumerate() {
        let escape = ESCAPES[usize::from(byte)];
        if escape == 0 {
            continue;
        }
        out.extend_from_slice(&bytes[written..at]);
        out.extend_from_slice(&[b'\\', escape]);
        if escape == b'u' {
            // Control characters only: below 0x20.
            let low = b"0123456789abcdef"[usize::from(byte & 15)];
            out.extend_from_slice(&[b'0', b'0', b'0' + (byte >> 4), low]);
        }
        written = at + 1;
    }
    out.extend_from_slice(&bytes[written..]);
    out.push(b'"');
}

/// For every byte what follows the backslash in its escape; 0 where it needs none.
static ESCAPES: [u8; 256] = {
    let mut escapes = [0; 256];
    let mut control = 0;
    while control < 0x20 {
        escapes[control] = b'u';
        control += 1;
    }
    escapes[0x08] = b'b';
    escapes[0x09] = b't';
    escapes[0x0a] = b'n';
    escapes[0x0c] = b'f';
    escapes[0x0d] = b'r';
    escapes[b'"' as usize] = b'"';
    escapes[b'\\' as usize] = b'\\';
    escapes
};

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::super::super::testing::with_located;
    use super::*;
    use crate::record::{Header, Record, TimestampType};

    fn written(record: &Record<'_>, kind: TimestampType) -> String {
        let mut out = Vec::new();
        with_located(record, 7, kind, |located| write_record(located, &mut out));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn members_and_their_order() {
        let record = Record {
            timestamp: 1_700_000_000_000,
            key: Some(b"k"),
            value: Some(b"\xff\xfe"),
            headers: &[
                Header {
                    name: b"n",
                    value: Some(b"text"),
                },
                Header {
                    name: b"n",
                    value: None,
                },
                Header {
                    name: b"\xff",
                    value: Some(b"\xfe\0"),
                },
            ],
        };
        assert_eq!(
            written(&record, TimestampType::LogAppendTime),
            concat!(
                r#"{"topic":"orders","partition":3,"offset":7,"timestamp":1700000000000,"#,
                r#""timestamp_type":"LogAppendTime","key":"k","value_base64":"//4=","#,
                r#""headers":[["n","text"],["n",null],[{"base64":"/w=="},{"base64":"/gA="}]]}"#,
                "\n"
            )
        );
    }

    #[test]
    fn nulls_are_null_and_empty_is_empty() {
        let record = Record {
            timestamp: -1,
            key: None,
            value: None,
            headers: &[],
        };
        let line = written(&record, TimestampType::CreateTime);
        assert!(line.ends_with(concat!(
            r#""timestamp":-1,"timestamp_type":"CreateTime","key":null,"value":null,"headers":[]}"#,
            "\n"
        )));
        let record = Record {
            key: Some(b""),
            value: Some(b""),
            ..record
        };
        let line = written(&record, TimestampType::CreateTime);
        assert!(line.contains(r#""key":"","value":"","#));
    }

    #[test]
    fn escapes_are_the_shortest_and_only_those_needed() {
        let record = Record {
            timestamp: 0,
            key: None,
            value: Some("\"\\/\n\r\t\u{8}\u{c}\0\u{1f}\u{7f}é\u{2028}".as_bytes()),
            headers: &[],
        };
        let line = written(&record, TimestampType::CreateTime);
        let value = "\"\\\"\\\\/\\n\\r\\t\\b\\f\\u0000\\u001f\u{7f}é\u{2028}\"";
        assert!(line.contains(value), "{line}");
    }

    #[test]
    fn documents_are_nested_and_nothing_else() {
        let nested = |value: &[u8]| {
            let record = Record {
                timestamp: 0,
                key: None,
                value: Some(value),
                headers: &[],
            };
            let mut out = Vec::new();
            with_located(&record, 7, TimestampType::CreateTime, |located| {
                JsonFormat::new(true).write(located, &mut out);
            });
            let line = String::from_utf8(out).unwrap();
            let start = line.find(",\"value").unwrap() + 1;
            line[start..line.find(",\"headers").unwrap()].to_owned()
        };
        for (value, shown) in [
            (
                &br#"{"a":[1,2.50,"x\\\" y"]}"#[..],
                r#""value":{"a":[1,2.50,"x\\\" y"]}"#,
            ),
            (b" { \"a\" :\n[ 1 ,\t2 ]\r\n}\n", r#""value":{"a":[1,2]}"#),
            (b"[]", r#""value":[]"#),
            (b"42", r#""value":"42""#),
            (b"null", r#""value":"null""#),
            (b"\"a\"", r#""value":"\"a\"""#),
            (b"{\"a\":1", r#""value":"{\"a\":1""#),
            (b"{\"a\":1}x", r#""value":"{\"a\":1}x""#),
            (b"[\"\xff\"]", r#""value_base64":"WyL/Il0=""#),
        ] {
            assert_eq!(nested(value), shown);
        }
    }
}
