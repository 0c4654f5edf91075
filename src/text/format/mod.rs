//! Records out, by a format string: kcat's `-f` language and rpk's, in one.
//!
//! The tokens and what they print are kcat's (<https://github.com/edenhill/kcat/blob/master/format.c>) and rpk's, which are
//! those of franz-go (<https://pkg.go.dev/github.com/twmb/franz-go/pkg/kgo#NewRecordFormatter>), so that strings of both work
//! unchanged. Where the two clash:
//!
//! * `%T` is the timestamp, as in kcat; with a modifier of numbers, as in rpk's `%T{ascii}`, the topic's length. `%d` is the
//!   timestamp in any case.
//! * `%K` and `%S` are -1 for null, as in kcat; `%V` is 0 for it, as in rpk.
//! * `%h` is all headers, as in kcat; `%h{...}` each of them, as in rpk.
//! * A brace right behind a token begins a modifier, as in rpk; for kcat it was text. `%{` is a brace.
//!
//! The escapes are neither's: kcat eats every hex digit after `\x` and can't write a NUL. `{json}`, and `{iso}` of a time,
//! are our own.

mod date;
mod number;
mod parse;
mod plain;

use self::date::TimeShape;
use self::number::{NumberShape, write_number};
use self::plain::TextShape;
use super::{Located, Losses, Unsaid};
use crate::error::Result as AnyResult;
use crate::record::{Attributes, RawHeaders, TimestampType};

/// A compiled format string. Nothing is written after a record but what the string says.
#[derive(Debug, Clone)]
pub struct Format {
    pieces: Vec<Piece>,
    null_marker: Option<Vec<u8>>,
    /// Whether a null value, and a null key, can be told from an empty one by what stands beside it.
    null_value_shows: bool,
    null_key_shows: bool,
    strict: bool,
    count: i64,
    reach: Reach,
    losses: Losses,
}

/// How far the log of a partition reaches, in offsets: -1 where that was not found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// The log start offset.
    pub log_start: i64,
    /// The last stable offset.
    pub last_stable: i64,
    /// The log end offset, which without copies is the high watermark.
    pub log_end: i64,
}

/// What is written one after the other.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Literal(Vec<u8>),
    Text(Text, TextShape),
    Number(Number, NumberShape),
    Time(TimeShape),
    /// All headers, as kcat writes them.
    Headers,
    /// Something for each header.
    EachHeader(Vec<HeaderPiece>),
    Compression,
}

/// What is written for a header.
#[derive(Debug, Clone, PartialEq)]
enum HeaderPiece {
    Literal(Vec<u8>),
    Name(TextShape),
    Value(TextShape),
    NameLength(NumberShape),
    ValueLength(NumberShape),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Text {
    Topic,
    Key,
    Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    TopicLength,
    /// -1 for null.
    KeyLength,
    /// -1 for null.
    ValueLength,
    /// 0 for null.
    ValueBytes,
    Timestamp,
    HeaderCount,
    Partition,
    Offset,
    LeaderEpoch,
    ProducerId,
    ProducerEpoch,
    LogStart,
    LastStable,
    LogEnd,
    /// Of the records written, this one included.
    Count,
    CompressionId,
    TimestampType,
    Transactional,
    Control,
}

impl Format {
    /// Compiles `text`, which needs at least one token. A null that is to be written as text is written as the
    /// `null_marker`; without one as nothing.
    pub fn parse(text: &str, null_marker: Option<Vec<u8>>) -> AnyResult<Self> {
        let pieces =
            parse::pieces(text).map_err(|error| error.within(format_args!("format {text:?}")))?;
        let shows = |length: Number, of: Text| {
            pieces.iter().any(|piece| {
                matches!(piece, Piece::Number(number, _) if *number == length)
                    || *piece == Piece::Text(of, TextShape::Json)
            })
        };
        Ok(Self {
            null_value_shows: shows(Number::ValueLength, Text::Value),
            null_key_shows: shows(Number::KeyLength, Text::Key),
            pieces,
            null_marker,
            strict: false,
            count: 0,
            reach: Reach {
                log_start: -1,
                last_stable: -1,
                log_end: -1,
            },
            losses: Losses::default(),
        })
    }

    /// What can't be told apart is refused instead of counted.
    #[must_use]
    pub fn strict(self) -> Self {
        Self {
            strict: true,
            ..self
        }
    }

    /// Whether it tells how far the log of a record's partition reaches: see [`Format::set_reach`].
    #[must_use]
    pub fn tells_reach(&self) -> bool {
        let tells = |piece: &Piece| {
            matches!(
                piece,
                Piece::Number(Number::LogStart | Number::LastStable | Number::LogEnd, _)
            )
        };
        self.pieces.iter().any(tells)
    }

    /// How far the log of the following records' partition reaches.
    pub fn set_reach(&mut self, reach: Reach) {
        self.reach = reach;
    }

    /// Appends one record to `out`, or says why it can't be, and appends nothing.
    pub fn write(&mut self, located: &Located<'_>, out: &mut Vec<u8>) -> Result<(), Unsaid> {
        let (start, before) = (out.len(), self.losses);
        self.count += 1;
        let pieces = std::mem::take(&mut self.pieces);
        for piece in &pieces {
            self.write_piece(piece, located, out);
        }
        self.pieces = pieces;
        match self.losses.since(&before) {
            Some(unsaid) if self.strict => {
                self.losses = before;
                out.truncate(start);
                Err(unsaid)
            }
            _ => Ok(()),
        }
    }

    /// What was written so far that can't be told apart.
    #[must_use]
    pub fn losses(&self) -> &Losses {
        &self.losses
    }

    fn write_piece(&mut self, piece: &Piece, located: &Located<'_>, out: &mut Vec<u8>) {
        let record = &located.record;
        match piece {
            Piece::Literal(bytes) => out.extend_from_slice(bytes),
            Piece::Text(Text::Topic, shape) => shape.write(located.topic.as_bytes(), out),
            Piece::Text(Text::Key, shape) => {
                self.write_text(record.key, shape, self.null_key_shows, out);
            }
            Piece::Text(Text::Value, shape) => {
                self.write_text(record.value, shape, self.null_value_shows, out);
            }
            Piece::Number(number, shape) => {
                write_number(self.number(*number, located), *shape, out);
            }
            Piece::Time(shape) => shape.write(record.timestamp, out),
            Piece::Headers => write_headers(record.headers, out),
            Piece::EachHeader(pieces) => write_each_header(record.headers, pieces, out),
            Piece::Compression => out.extend_from_slice(
                located
                    .batch
                    .attributes
                    .codec()
                    .map_or("unknown", crate::record::Compression::name)
                    .as_bytes(),
            ),
        }
    }

    /// Writes a value or a key; `visible` is whether a null shows elsewhere in the format.
    fn write_text(
        &mut self,
        bytes: Option<&[u8]>,
        shape: &TextShape,
        visible: bool,
        out: &mut Vec<u8>,
    ) {
        let marker = self.null_marker.as_deref();
        match (bytes, shape) {
            (None, TextShape::Json) => out.extend_from_slice(b"null"),
            (bytes, TextShape::Plain) if !visible => self.losses.put(bytes, marker, out),
            (Some(bytes), shape) => shape.write(bytes, out),
            (None, _) => {
                self.losses.nulls += u64::from(marker.is_none() && !visible);
                out.extend_from_slice(marker.unwrap_or_default());
            }
        }
    }

    fn number(&self, number: Number, located: &Located<'_>) -> i64 {
        let (record, batch) = (&located.record, located.batch);
        match number {
            Number::TopicLength => length(Some(located.topic.as_bytes())),
            Number::KeyLength => length(record.key),
            Number::ValueLength => length(record.value),
            Number::ValueBytes => length(record.value).max(0),
            Number::Timestamp => record.timestamp,
            Number::HeaderCount => i64::try_from(record.headers.len()).unwrap_or(i64::MAX),
            Number::Partition => located.partition.into(),
            Number::Offset => record.offset,
            Number::LeaderEpoch => batch.partition_leader_epoch.into(),
            Number::ProducerId => batch.producer_id,
            Number::ProducerEpoch => batch.producer_epoch.into(),
            Number::LogStart => self.reach.log_start,
            Number::LastStable => self.reach.last_stable,
            Number::LogEnd => self.reach.log_end,
            Number::Count => self.count,
            Number::CompressionId => i64::from(batch.attributes.0 & COMPRESSION_BITS),
            Number::TimestampType => timestamp_type(record.timestamp, batch.attributes),
            Number::Transactional => batch.attributes.is_transactional().into(),
            Number::Control => batch.attributes.is_control().into(),
        }
    }
}

/// Of a batch's attributes, those that say how it is compressed.
const COMPRESSION_BITS: i16 = 7;

/// As rpk has it: -1 for no timestamp, 0 for the producer's, 1 for the log's.
fn timestamp_type(timestamp: i64, attributes: Attributes) -> i64 {
    match attributes.timestamp_type() {
        _ if timestamp < 0 => -1,
        TimestampType::CreateTime => 0,
        TimestampType::LogAppendTime => 1,
    }
}

/// The length as kcat gives it: -1 for null.
fn length(bytes: Option<&[u8]>) -> i64 {
    bytes.map_or(-1, |bytes| i64::try_from(bytes.len()).unwrap_or(i64::MAX))
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

fn write_each_header(headers: RawHeaders<'_>, pieces: &[HeaderPiece], out: &mut Vec<u8>) {
    for header in headers.iter() {
        for piece in pieces {
            match piece {
                HeaderPiece::Literal(bytes) => out.extend_from_slice(bytes),
                HeaderPiece::Name(shape) => shape.write(header.name, out),
                HeaderPiece::Value(TextShape::Json) if header.value.is_none() => {
                    out.extend_from_slice(b"null");
                }
                HeaderPiece::Value(shape) => shape.write(header.value.unwrap_or_default(), out),
                HeaderPiece::NameLength(shape) => {
                    write_number(length(Some(header.name)), *shape, out);
                }
                HeaderPiece::ValueLength(shape) => {
                    write_number(length(header.value).max(0), *shape, out);
                }
            }
        }
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
            format.write(located, &mut out).unwrap();
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
            ("%z", "%z is not"),
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

    #[test]
    fn rpk_s_verbs() {
        for (token, full, nulls) in [
            ("%v", &b"a\0\xffb"[..], &b""[..]),
            ("%V", b"4", b"0"),
            ("%d", b"1700000000123", b"-1"),
            ("%H", b"3", b"0"),
            ("%e", b"0", b"0"),
            ("%x", b"-1", b"-1"),
            ("%y", b"-1", b"-1"),
            ("%h{<%k=%v>}", b"<a=1><a=><b=>", b""),
            ("%h{ %K%k%V%v{hex}%%%}}", b" 1a131%} 1a0%} 1b0%}", b""),
            ("%{%p%}", b"{3}", b"{3}"),
            ("%a{compression}", b"none", b"none"),
            ("%a{compression;number}", b"0", b"0"),
            ("%a{timestamp-type}", b"0", b"-1"),
            ("%a{transactional-bit;bool}", b"false", b"false"),
            ("%a{control-bit}", b"0", b"0"),
        ] {
            assert_eq!(once(token, &FULL), full, "{token}");
            assert_eq!(once(token, &NULLS), nulls, "{token}");
        }
        let mut count = Format::parse("%i,", None).unwrap();
        formatted(&mut count, &FULL);
        assert_eq!(formatted(&mut count, &FULL), b"2,");
    }

    #[test]
    fn what_neither_had() {
        for (token, full, nulls) in [
            ("%k{json}", &br#""key""#[..], &b"null"[..]),
            ("%v{json}", br#"{"base64":"YQD/Yg=="}"#, b"null"),
            ("%v{base64}", b"YQD/Yg==", b""),
            ("%v{base64raw}", b"YQD/Yg", b""),
            ("%s{hex}", b"6100ff62", b""),
            ("%d{iso}", b"2023-11-14T22:13:20.123Z", b"-1"),
            ("%p\\0", b"3\0", b"3\0"),
        ] {
            assert_eq!(once(token, &FULL), full, "{token}");
            assert_eq!(once(token, &NULLS), nulls, "{token}");
        }
    }

    const LINE: Record<'_> = Record {
        timestamp: 1_700_000_000_000,
        key: Some(b"key"),
        value: Some(b"\x07\0\0\0hello"),
        headers: &[Header {
            name: b"trace",
            value: Some(b"42"),
        }],
    };

    fn prints(examples: &[(&str, &[u8])]) {
        for (format, printed) in examples {
            let out = once(format, &LINE);
            assert_eq!(out, *printed, "{format}: {}", out.escape_ascii());
        }
    }

    /// The examples of kcat's README and usage: what they print there.
    #[test]
    fn the_examples_of_kcat() {
        prints(&[
            (
                r"Topic %t [%p] at offset %o: key %k: %s\n",
                b"Topic orders [3] at offset 42: key key: \x07\0\0\0hello\n",
            ),
            (
                r"Topic %t[%p], offset: %o, key: %k, payload: %S bytes: %s\n",
                b"Topic orders[3], offset: 42, key: key, payload: 9 bytes: \x07\0\0\0hello\n",
            ),
            (
                r"Headers: %h: Message value: %s\n",
                b"Headers: trace=42: Message value: \x07\0\0\0hello\n",
            ),
            (r"%R%s", b"\0\0\0\x09\x07\0\0\0hello"),
            (r"%T %K\t%h\r\n", b"1700000000000 3\ttrace=42\r\n"),
            (
                r"Partition(%p) %k %s\n",
                b"Partition(3) key \x07\0\0\0hello\n",
            ),
            (
                r"Key (%K bytes): %k\t\nValue (%S bytes): %s\nTimestamp: %T\tPartition: %p\tOffset: %o\n--\n",
                b"Key (3 bytes): key\t\nValue (9 bytes): \x07\0\0\0hello\n\
                  Timestamp: 1700000000000\tPartition: 3\tOffset: 42\n--\n",
            ),
        ]);
    }

    /// The same of rpk's help for `topic consume --format`, and of the package that it stands on.
    #[test]
    fn the_examples_of_rpk() {
        prints(&[
            (r"%k %v\n", b"key \x07\0\0\0hello\n"),
            (r"%K{big32}%k{hex}", b"\0\0\0\x036b6579"),
            (r"%v{unpack[is$]}", b"7hello"),
            (r"%v{unpack[>I]}", b"117440512"),
            (r"%h{ %k=%v{hex} }", b" trace=3432 "),
            (r"%H %h{%k %v }", b"1 trace 42 "),
            (r"%d{strftime[%F]}", b"2023-11-14"),
            (r"%d{strftime### [%F] ###}", b" [2023-11-14] "),
            (
                r"%d{go[2006-01-02T15:04:05Z07:00]}",
                b"2023-11-14T22:13:20Z",
            ),
            (
                r"%d{go##2006-01-02T15:04:05Z07:00##}",
                b"2023-11-14T22:13:20Z",
            ),
            (
                r"%V{ascii} %V{hex} %V{hex8} %V{hex4} %V{hex16} %V{hex32} %V{hex64}",
                b"9 9 09 9 0009 00000009 0000000000000009",
            ),
            (
                r"%V{big16}%V{little16}%V{big8}%V{byte}",
                b"\0\x09\x09\0\x09\x09",
            ),
            (
                r"%V{big64}%V{little64}%V{big32}%V{little32}%V{little8}",
                b"\0\0\0\0\0\0\0\x09\x09\0\0\0\0\0\0\0\0\0\0\x09\x09\0\0\0\x09",
            ),
            (r"%V{number} %V{bool} %o{ascii}", b"9 true 42"),
            (
                r"%k{base64} %k{base64raw} %t{base64}",
                b"a2V5 a2V5 b3JkZXJz",
            ),
            (r"%d{strftime[%Y-%m-%dT%H:%M:%S]}", b"2023-11-14T22:13:20"),
            (r"%T{ascii} %t{hex}", b"6 6f7264657273"),
            (r"%%%{%}\t\x41", b"%{}\tA"),
        ]);
    }

    #[test]
    fn unpacking_that_does_not_fit_says_so_in_its_place() {
        const SHORT: Record<'_> = Record {
            timestamp: 0,
            key: Some(b"\xff\xfe\xfd"),
            value: None,
            headers: &[],
        };
        for (format, printed) in [
            ("%k{unpack[bB]}", "-1254"),
            ("%k{unpack[<h>xB]}", "-257253"),
            ("%k{unpack{>H.}}", "65534\u{fffd}"),
            ("%k{unpack(i)}", "%!i(have 3 bytes, need 4)"),
            ("%k{unpack#b$#}", "-1%!$(not end-of-input)"),
        ] {
            assert_eq!(
                String::from_utf8_lossy(&once(format, &SHORT)),
                printed,
                "{format}"
            );
        }
    }

    #[test]
    fn bad_modifiers() {
        for (text, part) in [
            ("%s{", "brace is not closed"),
            ("%s{upper}", "%s{upper}"),
            ("%o{iso}", "%o{iso}"),
            ("%d{strftime[%F}", "is not closed"),
            ("%d{strftime[%]}", "%d{strftime[%]}"),
            ("%v{unpack[w]}", "\"w\""),
            ("%v{unpack[sb]}", "after"),
            ("%h{%o}", "%o"),
            ("%h{%k", "brace is not closed"),
            ("%a", "%a{compression}"),
            ("%a{size}", "%a{size}"),
            ("%(", "%( is not"),
        ] {
            let error = Format::parse(text, None).expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Usage, "{text}");
            assert!(error.to_string().contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn how_far_the_log_reaches_is_what_was_said_last() {
        let mut format = Format::parse("%[ %| %]{hex8}", None).unwrap();
        assert!(format.tells_reach());
        assert!(!Format::parse("%o %i", None).unwrap().tells_reach());
        format.set_reach(Reach {
            log_start: 3,
            last_stable: 43,
            log_end: 255,
        });
        assert_eq!(formatted(&mut format, &FULL), b"3 43 ff");
    }

    #[test]
    fn strict_refuses_a_null_that_does_not_show() {
        let mut format = Format::parse("%k|%s", None).unwrap().strict();
        let mut out = b"before".to_vec();
        with_located(&NULLS, 42, TimestampType::CreateTime, |located| {
            assert_eq!(format.write(located, &mut out), Err(Unsaid::Null));
        });
        assert_eq!(out, b"before");
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_a_panic(text in "[%{}\\[\\]\\\\a-zA-Z0#<>$é]{0,24}") {
            if let Ok(mut format) = Format::parse(&text, None) {
                formatted(&mut format, &FULL);
            }
        }
    }
}
