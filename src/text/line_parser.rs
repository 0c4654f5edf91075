//! Records in, as lines: a value, or a key, a separator and a value.

use super::Delimiter;
use super::line_escapes::LineEscapes;
use crate::error::{Error, Result};

/// Takes lines apart into key and value.
#[derive(Debug, Clone, Default)]
pub struct LineParser {
    key_separator: Option<Delimiter>,
    null_marker: Option<Vec<u8>>,
    /// Where escapes are read: what they stand for, the last line's.
    unescaped: Option<Vec<u8>>,
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
            unescaped: None,
        }
    }

    /// With escapes: see [`LineEscapes`]. `delimiter` is what ends the lines.
    pub fn escaped(self, delimiter: &Delimiter) -> Result<Self> {
        LineEscapes::new(delimiter, self.key_separator.as_ref())?;
        Ok(Self {
            unescaped: Some(Vec::new()),
            ..self
        })
    }

    /// Whether lines have escapes, and so can be longer than what they stand for.
    #[must_use]
    pub fn has_escapes(&self) -> bool {
        self.unescaped.is_some()
    }

    /// Takes `line` apart; `number` is its number for the error when it has no key separator.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a line that is nothing but a value costs nothing where it is used"
    )]
    pub fn parse<'a>(&'a mut self, line: &'a [u8], number: u64) -> Result<Line<'a>> {
        match (&self.key_separator, &self.unescaped) {
            (None, None) => Ok(Line {
                key: None,
                value: self.unless_null(line),
            }),
            _ => self.parse_parts(line, number),
        }
    }

    fn parse_parts<'a>(&'a mut self, line: &'a [u8], number: u64) -> Result<Line<'a>> {
        let (key, value) = match &self.key_separator {
            None => (None, line),
            Some(separator) => {
                let at = separator.find_in(line);
                let at = at.ok_or_else(|| without_key(separator, number))?;
                (Some(&line[..at]), &line[at + separator.as_bytes().len()..])
            }
        };
        if self.unescaped.is_none() {
            return Ok(Line {
                key: key.and_then(|key| self.unless_null(key)),
                value: self.unless_null(value),
            });
        }
        let unescaped = self.unescaped.get_or_insert_default();
        unescaped.clear();
        let at_line = |error: Error| error.within(format_args!("line {number}"));
        let has_key = key.map_or(Ok(false), |key| LineEscapes::read(key, unescaped));
        let has_key = has_key.map_err(at_line)?;
        let end_of_key = unescaped.len();
        let has_value = LineEscapes::read(value, unescaped).map_err(at_line)?;
        let (key, value) = unescaped.split_at(end_of_key);
        Ok(Line {
            key: has_key.then_some(key),
            value: has_value.then_some(value),
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
        let mut parser = LineParser::default();
        assert_eq!(parser.parse(b"a\tb", 1).unwrap(), line(None, Some(b"a\tb")));
        assert_eq!(parser.parse(b"", 1).unwrap(), line(None, Some(b"")));
    }

    #[test]
    fn the_first_separator_separates() {
        let mut parser = LineParser::new(Some(Delimiter::new(b"::")), None);
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
        let mut parser = LineParser::new(Some(Delimiter::new(b"\t")), None);
        let error = parser.parse(b"a:b", 17).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failed);
        assert_eq!(error.to_string(), r#"line 17 has no key separator "\t""#);
    }

    #[test]
    fn the_marker_stands_for_null_in_both() {
        let mut parser = LineParser::new(Some(Delimiter::new(b":")), Some(b"NULL".to_vec()));
        assert_eq!(parser.parse(b"NULL:NULL", 1).unwrap(), line(None, None));
        assert_eq!(parser.parse(b"a:NULL", 1).unwrap(), line(Some(b"a"), None));
        assert_eq!(parser.parse(b"NULL:", 1).unwrap(), line(None, Some(b"")));
        let near = line(Some(b"NUL"), Some(b"NULLL"));
        assert_eq!(parser.parse(b"NUL:NULLL", 1).unwrap(), near);
        let mut empty_is_null = LineParser::new(None, Some(Vec::new()));
        assert_eq!(empty_is_null.parse(b"", 1).unwrap(), line(None, None));
    }

    #[test]
    fn escapes_of_key_and_value() {
        let parser = LineParser::new(Some(Delimiter::new(b"\t")), None);
        let mut parser = parser.escaped(&Delimiter::newline()).unwrap();
        let escaped = parser.parse(b"a\\tb\tc\\nd\te", 1).unwrap();
        assert_eq!(escaped, line(Some(b"a\tb"), Some(b"c\nd\te")));
        assert_eq!(parser.parse(b"\\N\t\\N", 2).unwrap(), line(None, None));
        assert_eq!(parser.parse(b"\t", 3).unwrap(), line(Some(b""), Some(b"")));
        let error = parser.parse(b"a\tb\\q", 17).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failed);
        assert_eq!(error.to_string(), "line 17: \\q is not an escape");
    }
}
