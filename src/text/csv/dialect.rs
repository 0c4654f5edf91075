//! Which CSV.

use super::super::escape::unescape;
use crate::error::{Error, Result};

/// What parts fields, and what quotes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvDialect {
    pub(super) delimiter: u8,
    pub(super) quote: u8,
}

impl Default for CsvDialect {
    fn default() -> Self {
        Self {
            delimiter: b',',
            quote: b'"',
        }
    }
}

impl CsvDialect {
    /// The dialect as it is typed; what is not said is as in RFC 4180.
    pub fn parse(delimiter: Option<&str>, quote: Option<&str>) -> Result<Self> {
        let usual = Self::default();
        let dialect = Self {
            delimiter: byte("delimiter", delimiter, usual.delimiter)?,
            quote: byte("quote", quote, usual.quote)?,
        };
        if dialect.delimiter == dialect.quote {
            return Err(
                Error::usage("the delimiter and the quote of CSV are the same")
                    .help("choose another with --csv-delimiter or --csv-quote"),
            );
        }
        Ok(dialect)
    }

    /// Whether a number would have to be quoted.
    pub(super) fn is_of_numbers(self) -> bool {
        let is_of_numbers = |byte: u8| byte == b'-' || byte.is_ascii_digit();
        is_of_numbers(self.delimiter) || is_of_numbers(self.quote)
    }
}

fn byte(what: &str, text: Option<&str>, usual: u8) -> Result<u8> {
    let Some(text) = text else {
        return Ok(usual);
    };
    match unescape(text)?.as_slice() {
        [b'\n' | b'\r'] => Err(Error::usage(format!(
            "the {what} of CSV can't be what ends a row"
        ))),
        [byte] => Ok(*byte),
        _ => Err(
            Error::usage(format!("the {what} of CSV is not one byte: {text:?}"))
                .help("for instance ',' or ';' or '\\t'"),
        ),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn as_typed() {
        let dialect = CsvDialect::parse(Some("\\t"), Some("'")).unwrap();
        assert_eq!((dialect.delimiter, dialect.quote), (b'\t', b'\''));
        assert_eq!(
            CsvDialect::parse(None, None).unwrap(),
            CsvDialect::default()
        );
        for (delimiter, quote) in [
            (Some(""), None),
            (Some(";;"), None),
            (Some("\\n"), None),
            (Some("\""), None),
            (None, Some("\\r")),
            (Some("é"), None),
        ] {
            assert!(CsvDialect::parse(delimiter, quote).is_err());
        }
    }
}
