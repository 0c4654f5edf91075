//! Records as CSV (RFC 4180): for spreadsheets, databases, and every language's own module for it.
//!
//! Rows end with a newline, and are read with any of `\n`, `\r` and `\r\n`; a field that holds a delimiter, a quote or the
//! end of a line stands in quotes, a quote in it twice. The first row is the header. Bytes are written and read as they
//! are, NULs and what is not UTF-8 included.
//!
//! CSV knows no null. Here a key or value that is `\N` is null, as `MySQL` and `PostgreSQL` write it; one that is really
//! `\N`, or backslashes and an `N`, is written with a backslash more. So the fields of records come back as they were.
//! With a null marker of one's own, what equals it by chance is counted, as for lines.

mod dialect;
mod reader;
mod records;
mod writer;

pub use dialect::CsvDialect;
pub use reader::{CsvReader, Row};
pub use records::{CsvColumns, CsvRecords};
pub use writer::CsvFormat;

/// The columns of a record, in their order.
const FIELDS: [&str; 8] = [
    "topic",
    "partition",
    "offset",
    "timestamp",
    "timestamp_type",
    "key",
    "value",
    "headers",
];

/// A null, where no marker was chosen.
const NULL: &[u8] = b"\\N";

/// Whether `bytes` are backslashes and an `N`: the null, or what has to be kept apart from it.
fn is_like_null(bytes: &[u8]) -> bool {
    let backslashes = bytes.strip_suffix(b"N").unwrap_or_default();
    !backslashes.is_empty() && backslashes.iter().all(|&byte| byte == b'\\')
}

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

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            vec(any::<u8>(), 0..60),
            "[a\",;\n\r\\\\N\u{0}é]{0,12}".prop_map(String::into_bytes),
            Just(b"\\N".to_vec()),
            Just(b"\\\\N".to_vec()),
        ]
    }

    fn record() -> impl Strategy<Value = RecordBuf> {
        let header =
            (bytes(), option::of(bytes())).prop_map(|(name, value)| HeaderBuf { name, value });
        let fields = (
            option::of(bytes()),
            option::of(bytes()),
            vec(header, 0..3),
            any::<i64>(),
        );
        fields.prop_map(|(key, value, headers, timestamp)| RecordBuf {
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
        fn what_is_written_reads_back(
            records in vec(record(), 0..5),
            piece in 1usize..50,
            delimiter in prop_oneof![Just(","), Just(";"), Just("\\t")],
            all: bool,
        ) {
            let dialect = CsvDialect::parse(Some(delimiter), None).unwrap();
            let mut format = CsvFormat::new(dialect, None);
            if all {
                format = format.quoting_all();
            }
            let mut out = Vec::new();
            format.begin(&mut out);
            for record in &records {
                let headers = record.headers();
                with_located(&record.as_record(&headers, 0), 42, TimestampType::CreateTime, |located| {
                    format.write(located, &mut out).unwrap();
                });
            }
            let mut back = Vec::new();
            let mut reader = CsvReader::new(dialect, false);
            let mut columns = CsvRecords::new(CsvColumns::default(), None);
            let mut read = |row: Row<'_>| {
                back.extend(columns.read(&row)?);
                Ok(())
            };
            for piece in out.chunks(piece) {
                reader.read(piece, &mut read).unwrap();
            }
            reader.finish(&mut read).unwrap();
            prop_assert_eq!(format.losses().warning(), None);
            prop_assert_eq!(back, records);
        }

        #[test]
        fn no_input_is_a_panic(input in vec(any::<u8>(), 0..200), flexible: bool) {
            let mut reader = CsvReader::new(CsvDialect::default(), flexible);
            let mut columns = CsvRecords::new(CsvColumns::default(), None);
            let mut read = |row: Row<'_>| columns.read(&row).map(|_| ());
            let _ = reader.read(&input, &mut read).and_then(|()| reader.finish(&mut read));
        }
    }
}
