//! Records out, by a format string: kcat's `-f` language.
//!
//! The tokens and what they print are kcat's own
//! (<https://github.com/edenhill/kcat/blob/master/format.c>), so that its users' strings work unchanged. Its escapes
//! are not: kcat eats every hex digit after `\x` and can't write a NUL.

use super::escape::read_escape;
use super::number::write_decimal;
use super::{Located, Losses};
use crate::error::{Error, Result};
use crate::record::RawHeaders;

/// A compiled format string. Nothing is written after a record but what the string says.
#[derive(Debug, Clone)]
pub struct Format {
    pieces: Vec<Piece>,
    null_marker: Option<Vec<u8>>,
    /// Whether a null value, and a null key, can be told from an empty one by a length beside it.
    value_length: bool,
    key_length: bool,
    losses: Losses,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(Vec<u8>),
    Value,
    ValueLength,
    BinaryValueLength,
    Key,
    KeyLength,
    Timestamp,
    Headers,
    Topic,
    Partition,
    Offset,
}

impl Format {
    /// Compiles `text`, which needs at least one token. A null that `%s` or `%k` meets is written as the
    /// `null_marker`; without one as nothing.
    pub fn parse(text: &str, null_marker: Option<Vec<u8>>) -> Result<Self> {
        let pieces = pieces(text).map_err(|error| error.within(format!("format {text:?}")))?;
        Ok(Self {
            value_length: pieces.contains(&Piece::ValueLength)
                || pieces.contains(&Piece::BinaryValueLength),
            key_length: pieces.contains(&Piece::KeyLength),
            pieces,
            null_marker,
            losses: Losses::default(),
        })
    }

    /// Appends one record to `out`.
    pub fn write(&mut self, located: &Located<'_>, out: &mut Vec<u8>) {
        let record = &located.record;
        for piece in &self.pieces {
            match piece {
                Piece::Literal(bytes) => out.extend_from_slice(bytes),
                Piece::Value => {
                    let marker = self.null_marker.as_deref();
                    write_field(
                        record.value,
                        marker,
                        self.value_length,
                        &mut self.losses,
                        out,
                    );
                }
                Piece::Key => {
                    let marker = self.null_marker.as_deref();
                    write_field(record.key, marker, self.key_length, &mut self.losses, out);
                }
                Piece::ValueLength => write_decimal(length(record.value).into(), out),
                Piece::BinaryValueLength => {
                    out.extend_from_slice(&length(record.value).to_be_bytes());
                }
                Piece::KeyLength => write_decimal(length(record.key).into(), out),
                Piece::Timestamp => write_decimal(record.timestamp, out),
                Piece::Headers => write_headers(record.headers, out),
                Piece::Topic => out.extend_from_slice(located.topic.as_bytes()),
                Piece::Partition => write_decimal(located.partition.into(), out),
                Piece::Offset => write_decimal(record.offset, out),
            }
        }
    }

    /// What was written so far that can't be told apart.
    #[must_use]
    pub fn losses(&self) -> &Losses {
        &self.losses
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut literal = Vec::new();
    let mut tokens = 0;
    let mut rest = text;
    while let Some(at) = rest.find(['%', '\\']) {
        literal.extend_from_slice(&rest.as_bytes()[..at]);
        let after = &rest[at + 1..];
        if rest.as_bytes()[at] == b'\\' {
            let (byte, after) = read_escape(after)?;
            literal.push(byte);
            rest = after;
            continue;
        }
        tokens += 1;
        let mut chars = after.chars();
        match chars.next() {
            Some('%') => literal.push(b'%'),
            token => {
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                pieces.push(piece(token)?);
            }
        }
        rest = chars.as_str();
    }
    literal.extend_from_slice(rest.as_bytes());
    if tokens == 0 {
        return Err(refused("there is no % token in it"));
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

fn piece(token: Option<char>) -> Result<Piece> {
    Ok(match token {
        Some('s') => Piece::Value,
        Some('S') => Piece::ValueLength,
        Some('R') => Piece::BinaryValueLength,
        Some('k') => Piece::Key,
        Some('K') => Piece::KeyLength,
        Some('T') => Piece::Timestamp,
        Some('h') => Piece::Headers,
        Some('t') => Piece::Topic,
        Some('p') => Piece::Partition,
        Some('o') => Piece::Offset,
        Some(other) => return Err(refused(format!("%{other} is not a token"))),
        None => return Err(refused("a % at the end is not a token")),
    })
}

fn refused(message: impl Into<String>) -> Error {
    Error::usage(message).help(
        "the tokens are %s value, %S its length, %R its length in 4 bytes, %k key, %K its length, %T timestamp in ms, \
         %h headers, %t topic, %p partition, %o offset, %% a percent sign",
    )
}

/// Writes a value or a key; `visible` is whether a null shows elsewhere in the format.
fn write_field(
    bytes: Option<&[u8]>,
    null_marker: Option<&[u8]>,
    visible: bool,
    losses: &mut Losses,
    out: &mut Vec<u8>,
) {
    if visible {
        out.extend_from_slice(bytes.or(null_marker).unwrap_or_default());
    } else {
        losses.put(bytes, null_marker, out);
    }
}

/// The length as kcat gives it: -1 for null. Lengths in a record are of 32 bits.
fn length(bytes: Option<&[u8]>) -> i32 {
    bytes.map_or(-1, |bytes| i32::try_from(bytes.len()).unwrap_or(i32::MAX))
}

/// `name=value,name2=value2`; a null value is `NULL`. Nothing is escaped, as kcat does not.
fn write_headers(headers: RawHeaders<'_>, out: &mut Vec<u8>) {
    for (index, header) in headers.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(header.name);
        out.push(b'=');
        out.extend_from_slice(header.value.unwrap_or(b"NULL"));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::super::testing::with_located;
    use super::*;
    use crate::error::ErrorKind;
    use crate::record::{Header, Record, TimestampType};

    const FULL: Record<'_> = Record {
        timestamp: 1_700_000_000_123,
        key: Some(b"key"),
        value: Some(b"a\0\xffb"),
        headers: &[
            Header {
                name: b"a",
                value: Some(b"1"),
            },
            Header {
                name: b"a",
                value: None,
            },
            Header {
                name: b"b",
                value: Some(b""),
            },
        ],
    };
    const NULLS: Record<'_> = Record {
        timestamp: -1,
        key: None,
        value: None,
        headers: &[],
    };

    fn formatted(format: &mut Format, record: &Record<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        with_located(record, 42, TimestampType::CreateTime, |located| {
            format.write(located, &mut out);
        });
        out
    }

    fn once(text: &str, record: &Record<'_>) -> Vec<u8> {
        formatted(&mut Format::parse(text, None).unwrap(), record)
    }

    #[test]
    fn every_token() {
        for (token, full, nulls) in [
            ("%s", &b"a\0\xffb"[..], &b""[..]),
            ("%S", b"4", b"-1"),
            ("%R", b"\0\0\0\x04", b"\xff\xff\xff\xff"),
            ("%k", b"key", b""),
            ("%K", b"3", b"-1"),
            ("%T", b"1700000000123", b"-1"),
            ("%h", b"a=1,a=NULL,b=", b""),
            ("%t", b"orders", b"orders"),
            ("%p", b"3", b"3"),
            ("%o", b"42", b"42"),
            ("%%", b"%", b"%"),
        ] {
            assert_eq!(once(token, &FULL), full, "{token}");
            assert_eq!(once(token, &NULLS), nulls, "{token}");
        }
    }

    #[test]
    fn literals_and_escapes() {
        assert_eq!(
            once(r"é%p\t[%o]\x0a\0\\n%%s\n", &FULL),
            "é3\t[42]\n\0\\n%s\n".as_bytes()
        );
        assert_eq!(once("%p%o", &FULL), b"342");
    }

    #[test]
    fn the_null_marker_is_for_value_and_key() {
        let mut format = Format::parse("%k|%s|%S", Some(b"nil".to_vec())).unwrap();
        assert_eq!(formatted(&mut format, &NULLS), b"nil|nil|-1");
        assert_eq!(format.losses().warning(), None);
    }

    #[test]
    fn a_null_that_does_not_show_is_counted() {
        let mut format = Format::parse("%k|%s", None).unwrap();
        formatted(&mut format, &NULLS);
        formatted(&mut format, &FULL);
        assert_eq!(format.losses().nulls, 2);
        let mut lengths = Format::parse("%K%k%R%s", None).unwrap();
        formatted(&mut lengths, &NULLS);
        assert_eq!(lengths.losses().nulls, 0);
    }

    #[test]
    fn bad() {
        for (text, part) in [
            ("", "no % token"),
            ("json", "no % token"),
            (r"\n", "no % token"),
            ("%", "% at the end"),
            ("%s%", "% at the end"),
            ("%v", "%v is not"),
            ("%é", "%é is not"),
            (r"%s\q", "\\q is not an escape"),
            (r"%s\x0", "two hex digits"),
        ] {
            let error = Format::parse(text, None).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage, "{text}");
            assert!(error.to_string().contains(part), "{text}: {error}");
            assert!(error.help_text().is_some(), "{text}");
        }
    }
}
