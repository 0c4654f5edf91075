//! A record as one line of JSON, so that nothing of it is lost.
//!
//! ```json
//! {"topic":"orders","partition":0,"offset":7,"timestamp":1700000000000,"timestamp_type":"CreateTime",
//!  "key":"k","value":"v","headers":[["name","text"],["name",null],["name",{"base64":"/w=="}]]}
//! ```
//!
//! on one line. Bytes that are not UTF-8 are given as base64 (RFC 4648, with padding): the member is then
//! `key_base64` or `value_base64`, and in headers, whose names need not be UTF-8 either, an object. `null` is null,
//! `""` is empty. The timestamp is in ms since the epoch, -1 where there is none.
//!
//! What the writer writes, the reader takes back bit for bit. It is strict: an unknown or repeated member, one of
//! the wrong type, a missing value, anything after the object is an error, since a record half understood would be a
//! record silently changed.

mod document;
mod member;
mod plain;
mod pointer;
mod reader;
mod value;
mod writer;

pub use plain::{Picked, PlainJson};
pub use pointer::Pointer;
pub use reader::read_record;
pub use writer::{JsonFormat, write_homeless_record, write_record};

pub(super) use document::Checked;
pub(super) use plain::unquoted;
pub(super) use reader::read_headers;
pub(super) use writer::{write_compact, write_headers, write_string, write_text};

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::super::testing::with_located;
    use super::super::{HeaderBuf, RecordBuf};
    use super::*;
    use crate::record::TimestampType;

    /// Bytes that need every kind of care: text, escapes, bytes that are not UTF-8.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            "[a-z\"\\\\\u{0}-\u{1f}\u{7f}é\u{2028}\u{1f600}\u{ffff}]{0,40}"
                .prop_map(String::into_bytes),
            any::<String>().prop_map(String::into_bytes),
            vec(any::<u8>(), 0..200),
        ]
    }

    fn record() -> impl Strategy<Value = RecordBuf> {
        let name = prop_oneof![Just(b"again".to_vec()), bytes()];
        let header =
            (name, option::of(bytes())).prop_map(|(name, value)| HeaderBuf { name, value });
        (
            option::of(bytes()),
            option::of(bytes()),
            vec(header, 0..5),
            any::<i64>(),
        )
            .prop_map(|(key, value, headers, timestamp)| RecordBuf {
                topic: Some("orders".into()),
                partition: Some(3),
                offset: Some(42),
                timestamp: Some(timestamp),
                key,
                value,
                headers,
            })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(record in record(), appended: bool) {
            let kind = if appended { TimestampType::LogAppendTime } else { TimestampType::CreateTime };
            let headers = record.headers();
            let mut line = Vec::new();
            with_located(&record.as_record(&headers, 0), 42, kind, |located| {
                write_record(located, &mut line);
            });
            prop_assert_eq!(line.pop(), Some(b'\n'));
            prop_assert!(!line.contains(&b'\n'));
            let json: serde_json::Value = serde_json::from_slice(&line).unwrap();
            prop_assert_eq!(&json["timestamp_type"], kind.name());
            prop_assert_eq!(read_record(&line, 1).unwrap(), record);
        }

        #[test]
        fn no_input_is_a_panic(line in vec(any::<u8>(), 0..60), cut in 0usize..200) {
            let _ = read_record(&line, 1);
            let whole = concat!(
                r#"{"key":"\u0000k","value_base64":"/w==","timestamp":12,"#,
                r#""headers":[["n",null],["m",{"base64":""}]]}"#
            ).as_bytes();
            prop_assert_eq!(read_record(&whole[..cut.min(whole.len())], 1).is_ok(), cut >= whole.len());
        }
    }
}
