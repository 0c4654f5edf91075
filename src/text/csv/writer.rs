//! Writes records as rows, by hand: quoting is little work, and this is a hot path.

use serde_json::value::RawValue;

use super::super::json::{Checked, Pointer, unquoted, write_compact, write_headers};
use super::super::number::write_decimal;
use super::super::{Located, Losses, Unsaid};
use super::dialect::CsvDialect;
use super::{FIELDS, NULL, is_like_null};
use crate::error::{Error, Result as AnyResult};

/// Writes records as rows of CSV: their own fields, or columns of values that are JSON objects.
#[derive(Debug, Clone)]
pub struct CsvFormat {
    dialect: CsvDialect,
    /// By byte: whether a field that holds it has to be quoted.
    special: Box<[bool; 256]>,
    quote_all: bool,
    null_marker: Option<Vec<u8>>,
    columns: Option<Vec<Pointer>>,
    /// A field before it is quoted.
    field: Vec<u8>,
    losses: Losses,
}

impl CsvFormat {
    /// Rows in a `dialect`. A null is written as the `null_marker`; without one as `\N`.
    #[must_use]
    pub fn new(dialect: CsvDialect, null_marker: Option<Vec<u8>>) -> Self {
        let mut special = Box::new([false; 256]);
        for byte in [dialect.delimiter, dialect.quote, b'\r', b'\n'] {
            special[usize::from(byte)] = true;
        }
        Self {
            dialect,
            special,
            quote_all: false,
            null_marker,
            columns: None,
            field: Vec::new(),
            losses: Losses::default(),
        }
    }

    /// Every field in quotes.
    #[must_use]
    pub fn quoting_all(self) -> Self {
        Self {
            quote_all: true,
            ..self
        }
    }

    /// These members of values that are JSON objects instead of the record's own fields; one that begins with a slash is
    /// a JSON pointer. What is null or not there is the null marker, without one an empty field.
    pub fn with_columns(self, names: &[String]) -> AnyResult<Self> {
        let column = |name: &String| match name.as_str() {
            "" => Err(Error::usage("--columns: a column has no name")),
            name if name.starts_with('/') => Pointer::parse(name),
            name => Ok(Pointer::member(name)),
        };
        Ok(Self {
            columns: Some(names.iter().map(column).collect::<AnyResult<_>>()?),
            ..self
        })
    }

    /// Appends the header row.
    pub fn begin(&self, out: &mut Vec<u8>) {
        match &self.columns {
            None => self.write_row(FIELDS.iter().map(|name| name.as_bytes()), out),
            Some(columns) => {
                self.write_row(columns.iter().map(|column| column.as_str().as_bytes()), out);
            }
        }
    }

    /// Appends one record, or says why it can't be, and appends nothing.
    pub fn write(&mut self, located: &Located<'_>, out: &mut Vec<u8>) -> Result<(), Unsaid> {
        if self.columns.is_some() {
            return self.write_columns(located.record.value, out);
        }
        let record = &located.record;
        self.write_field(located.topic.as_bytes(), out);
        for number in [
            i64::from(located.partition),
            record.offset,
            record.timestamp,
        ] {
            out.push(self.dialect.delimiter);
            self.write_number(number, out);
        }
        out.push(self.dialect.delimiter);
        self.write_field(record.timestamp_type.name().as_bytes(), out);
        self.write_nullable(record.key, out);
        self.write_nullable(record.value, out);
        out.push(self.dialect.delimiter);
        let mut headers = std::mem::take(&mut self.field);
        headers.clear();
        write_headers(record.headers, &mut headers);
        self.write_field(&headers, out);
        self.field = headers;
        out.push(b'\n');
        Ok(())
    }

    /// What was written so far that can't be told apart.
    #[must_use]
    pub fn losses(&self) -> &Losses {
        &self.losses
    }

    fn write_number(&self, number: i64, out: &mut Vec<u8>) {
        if self.quote_all || self.dialect.is_of_numbers() {
            let mut digits = Vec::new();
            write_decimal(number, &mut digits);
            self.write_field(&digits, out);
        } else {
            write_decimal(number, out);
        }
    }

    /// Appends a delimiter, and a key or a value.
    fn write_nullable(&mut self, bytes: Option<&[u8]>, out: &mut Vec<u8>) {
        out.push(self.dialect.delimiter);
        let marker = self.null_marker.as_deref();
        self.losses.markers += u64::from(bytes.is_some() && bytes == marker);
        match (bytes, marker) {
            (Some(bytes), None) if is_like_null(bytes) => {
                self.write_field(&[b"\\", bytes].concat(), out);
            }
            (Some(bytes), _) | (None, Some(bytes)) => self.write_field(bytes, out),
            (None, None) => self.write_field(NULL, out),
        }
    }

    fn write_columns(&mut self, value: Option<&[u8]>, out: &mut Vec<u8>) -> Result<(), Unsaid> {
        let is_object = |value: &&[u8]| {
            let first = value.iter().find(|byte| !byte.is_ascii_whitespace());
            first == Some(&b'{') && Checked::check(value).is_ok()
        };
        let object = value.filter(is_object).ok_or(Unsaid::NoObject)?;
        let object: &RawValue = serde_json::from_slice(object).map_err(|_| Unsaid::NoObject)?;
        let columns = self.columns.as_deref().unwrap_or_default();
        let fields = columns.iter().map(|column| {
            let found = column.find(object).map_or("null", RawValue::get);
            if found.starts_with('"') {
                return unquoted(found).into_bytes();
            }
            let mut field = Vec::new();
            match (found, &self.null_marker) {
                ("null", Some(marker)) => field.extend_from_slice(marker),
                ("null", None) => {}
                _ => write_compact(found.as_bytes(), &mut field),
            }
            field
        });
        let fields: Vec<Vec<u8>> = fields.collect();
        self.write_row(fields.iter().map(Vec::as_slice), out);
        Ok(())
    }

    fn write_row<'f>(&self, fields: impl ExactSizeIterator<Item = &'f [u8]>, out: &mut Vec<u8>) {
        let alone = fields.len() == 1;
        for (index, field) in fields.enumerate() {
            if index > 0 {
                out.push(self.dialect.delimiter);
            }
            if alone && field.is_empty() {
                // A blank line would be no row.
                self.write_quoted(field, out);
            } else {
                self.write_field(field, out);
            }
        }
        out.push(b'\n');
    }

    fn write_field(&self, field: &[u8], out: &mut Vec<u8>) {
        // Without an early exit, so that it is a short loop without branches.
        let special = field.iter().fold(self.quote_all, |special, &byte| {
            special | self.special[usize::from(byte)]
        });
        if special {
            self.write_quoted(field, out);
        } else {
            out.extend_from_slice(field);
        }
    }

    fn write_quoted(&self, field: &[u8], out: &mut Vec<u8>) {
        let quote = self.dialect.quote;
        out.push(quote);
        let mut rest = field;
        while let Some(at) = memchr::memchr(quote, rest) {
            out.extend_from_slice(&rest[..=at]);
            out.push(quote);
            rest = &rest[at + 1..];
        }
        out.extend_from_slice(rest);
        out.push(quote);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::super::super::testing::with_located;
    use super::*;
    use crate::record::{Header, Record, TimestampType};

    fn written(
        format: &mut CsvFormat,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
    ) -> Result<String, Unsaid> {
        let record = Record {
            timestamp: 5,
            key,
            value,
            headers: &[Header {
                name: b"n",
                value: None,
            }],
        };
        let mut out = Vec::new();
        let mut result = Ok(());
        with_located(&record, 7, TimestampType::CreateTime, |located| {
            result = format.write(located, &mut out);
        });
        result.map(|()| String::from_utf8(out).unwrap())
    }

    #[test]
    fn the_fields_of_records() {
        let mut format = CsvFormat::new(CsvDialect::default(), None);
        let mut out = Vec::new();
        format.begin(&mut out);
        assert_eq!(
            out,
            b"topic,partition,offset,timestamp,timestamp_type,key,value,headers\n"
        );
        assert_eq!(
            written(&mut format, None, Some(b"a \"b\", c")).unwrap(),
            "orders,3,7,5,CreateTime,\\N,\"a \"\"b\"\", c\",\"[[\"\"n\"\",null]]\"\n"
        );
        assert!(
            written(&mut format, Some(b"\\N"), Some(b""))
                .unwrap()
                .contains(",\\\\N,,")
        );
        let mut format = CsvFormat::new(CsvDialect::default(), Some(b"-".to_vec())).quoting_all();
        let row = written(&mut format, None, Some(b"-")).unwrap();
        assert!(row.starts_with("\"orders\",\"3\",\"7\",\"5\",\"CreateTime\",\"-\",\"-\","));
        assert_eq!(format.losses().markers, 1);
    }

    #[test]
    fn columns_of_objects() {
        let names = ["id", "/o/x", "none", "s"].map(str::to_owned);
        let format = CsvFormat::new(CsvDialect::default(), None);
        let mut format = format.with_columns(&names).unwrap();
        let mut out = Vec::new();
        format.begin(&mut out);
        assert_eq!(out, b"id,/o/x,none,s\n");
        let value = br#"{"s":"a,\n","id":1.50,"o":{"x":[1, 2]}}"#;
        assert_eq!(
            written(&mut format, None, Some(value)).unwrap(),
            "1.50,\"[1,2]\",,\"a,\n\"\n"
        );
        for value in [None, Some(&b"[1]"[..]), Some(b"{"), Some(b"x")] {
            assert_eq!(written(&mut format, None, value), Err(Unsaid::NoObject));
        }
        let one = CsvFormat::new(CsvDialect::default(), None).with_columns(&names[..1]);
        assert_eq!(
            written(&mut one.unwrap(), None, Some(b"{}")).unwrap(),
            "\"\"\n"
        );
    }
}
