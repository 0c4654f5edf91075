//! Records in, as lines: a value, or a key, a separator and a value.

use super::Delimiter;
use crate::error::{Error, Result};

/// Takes lines apart into key and value.
#[derive(Debug, Clone, Default)]
pub struct LineParser {
    key_separator: Option<Delimiter>,
    null_marker: Option<Vec<u8>>,
}

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The key: null where lines carry none.
    pub key: Option<&'a [u8]>,
    /// The value: null only by the null marker.
    pub value: Option<&'a [u8]>,
}

impl LineParser {
    /// With a `key_separator` every line has to have a key before its first occurrence. A key or a value that is
    /// exactly the `null_marker` is null.
    #[must_use]
    pub fn new(key_separator: Option<Delimiter>, null_marker: Option<Vec<u8>>) -> Self {
        Self {
            key_separator,
            null_marker,
        }
    }

    /// Takes `line` apart; `number` is its number for the error when it has no key separator.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a line that is nothing but a value costs nothing where it is used"
    )]
    pub fn parse<'a>(&self, line: &'a [u8], number: u64) -> Result<Line<'a>> {
        match &self.key_separator {
            None => Ok(Line {
                key: None,
                value: self.unless_null(line),
            }),
            Some(separator) => self.parse_key(separator, line, number),
        }
    }

    fn parse_key<'a>(
        &self,
        separator: &Delimiter,
        line: &'a [u8],
        number: u64,
    ) -> Result<Line<'a>> {
        let Some(at) = separator.find_in(line) else {
            return Err(without_key(separator, number));
        };
        Ok(Line {
            key: self.unless_null(&line[..at]),
            value: self.unless_null(&line[at + separator.as_bytes().len()..]),
        })
    }

    #[inline]
    fn unless_null<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        match &self.null_marker {
            Some(marker) if marker == bytes => None,
            _ => Some(bytes),
        }
    }
}

#[cold]
fn without_key(separator: &Delimiter, number: u64) -> Error {
    let shown = separator.as_bytes().escape_ascii();
    Error::failed(format!("line {number} has no key separator \"{shown}\""))
        .help("every line needs a key: KEY, the separator, VALUE")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;
    use crate::error::ErrorKind;

    fn line<'a>(key: Option<&'a [u8]>, value: Option<&'a [u8]>) -> Line<'a> {
        Line { key, value }
    }

    #[test]
    fn values_only() {
        let parser = LineParser::default();
        assert_eq!(parser.parse(b"a\tb", 1).unwrap(), line(None, Some(b"a\tb")));
        assert_eq!(parser.parse(b"", 1).unwrap(), line(None, Some(b"")));
    }

    #[test]
    fn the_first_separator_separates() {
        let parser = LineParser::new(Some(Delimiter::new(b"::")), None);
        for (text, key, value) in [
            (&b"k::v"[..], &b"k"[..], &b"v"[..]),
            (b"k::v::w", b"k", b"v::w"),
            (b"::v", b"", b"v"),
            (b"k::", b"k", b""),
            (b"k:::v", b"k", b":v"),
        ] {
            assert_eq!(parser.parse(text, 1).unwrap(), line(Some(key), Some(value)));
        }
    }

    #[test]
    fn a_line_without_separator_is_an_error_with_its_number() {
        let parser = LineParser::new(Some(Delimiter::new(b"\t")), None);
        let error = parser.parse(b"a:b", 17).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failed);
        assert_eq!(error.to_string(), r#"line 17 has no key separator "\t""#);
    }

    #[test]
    fn the_marker_stands_for_null_in_both() {
        let parser = LineParser::new(Some(Delimiter::new(b":")), Some(b"NULL".to_vec()));
        assert_eq!(parser.parse(b"NULL:NULL", 1).unwrap(), line(None, None));
        assert_eq!(parser.parse(b"a:NULL", 1).unwrap(), line(Some(b"a"), None));
        assert_eq!(parser.parse(b"NULL:", 1).unwrap(), line(None, Some(b"")));
        let near = line(Some(b"NUL"), Some(b"NULLL"));
        assert_eq!(parser.parse(b"NUL:NULLL", 1).unwrap(), near);
        let empty_is_null = LineParser::new(None, Some(Vec::new()));
        assert_eq!(empty_is_null.parse(b"", 1).unwrap(), line(None, None));
    }
}
