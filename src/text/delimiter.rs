//! What ends a record, or stands between its key and its value.

use memchr::memmem::Finder;

use super::escape::unescape;
use crate::error::{Error, Result};

/// Bytes that end a record in a stream of records, or that separate a key from its value.
///
/// An empty one ends nothing: all input is one record.
#[derive(Debug, Clone)]
pub struct Delimiter {
    bytes: Vec<u8>,
    search: Search,
    /// Lengths of its own beginnings that, at the end of a value, make it be found too early (`aa` after `xa`).
    overlaps: Vec<usize>,
}

#[derive(Debug, Clone)]
pub(super) enum Search {
    Nothing,
    Byte(u8),
    Bytes(Box<Finder<'static>>),
}

impl Delimiter {
    /// A delimiter of just these bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        let search = match bytes {
            [] => Search::Nothing,
            [byte] => Search::Byte(*byte),
            _ => Search::Bytes(Box::new(Finder::new(bytes).into_owned())),
        };
        let overlaps = (1..bytes.len())
            .filter(|&shift| bytes[shift..] == bytes[..bytes.len() - shift])
            .collect();
        Self {
            bytes: bytes.to_vec(),
            search,
            overlaps,
        }
    }

    /// A newline, which ends a line.
    #[must_use]
    pub fn newline() -> Self {
        Self::new(b"\n")
    }

    /// A NUL, as `find -print0` writes it and `xargs -0` reads it.
    #[must_use]
    pub fn nul() -> Self {
        Self::new(b"\0")
    }

    /// The delimiter as it is typed, with the escapes `\n \t \r \0 \\ \xHH`; may be empty.
    pub fn parse(text: &str) -> Result<Self> {
        let bytes = unescape(text).map_err(|error| error.within(format!("delimiter {text:?}")))?;
        Ok(Self::new(&bytes))
    }

    /// A separator of key and value as it is typed, with the same escapes. An empty one would separate nothing.
    pub fn parse_separator(text: &str) -> Result<Self> {
        let bytes =
            unescape(text).map_err(|error| error.within(format!("key separator {text:?}")))?;
        if bytes.is_empty() {
            return Err(Error::usage("the key separator is empty")
                .help("give at least one byte, for instance '\\t' or ':'"));
        }
        Ok(Self::new(&bytes))
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it ends nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Where it first occurs in `bytes`.
    #[must_use]
    pub fn find_in(&self, bytes: &[u8]) -> Option<usize> {
        match &self.search {
            Search::Nothing => None,
            Search::Byte(byte) => memchr::memchr(*byte, bytes),
            Search::Bytes(finder) => finder.find(bytes),
        }
    }

    /// Whether `bytes` followed by this delimiter would be read back as something else: it contains the
    /// delimiter, or ends so that one is found before the real one.
    #[must_use]
    pub fn cuts(&self, bytes: &[u8]) -> bool {
        self.find_in(bytes).is_some()
            || self
                .overlaps
                .iter()
                .any(|&length| bytes.ends_with(&self.bytes[..length]))
    }

    pub(super) fn search(&self) -> &Search {
        &self.search
    }
}

impl Default for Delimiter {
    fn default() -> Self {
        Self::newline()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn as_typed() {
        assert_eq!(Delimiter::parse(r"\n").unwrap().as_bytes(), b"\n");
        assert_eq!(Delimiter::parse(r"\0\x1e").unwrap().as_bytes(), b"\0\x1e");
        assert!(Delimiter::parse("").unwrap().is_empty());
        let error = Delimiter::parse(r"\q").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.to_string().starts_with(r#"delimiter "\\q": "#));
        let error = Delimiter::parse_separator("").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
    }

    #[test]
    fn an_early_end_is_a_cut() {
        let twice = Delimiter::new(b"aa");
        assert!(twice.cuts(b"xa"));
        assert!(!twice.cuts(b"ax"));
        let newline = Delimiter::newline();
        assert!(newline.cuts(b"a\nb"));
        assert!(!newline.cuts(b"ab"));
        assert!(!Delimiter::new(b"").cuts(b"a\nb"));
    }

    proptest! {
        #[test]
        fn cuts_as_a_search_of_the_written_bytes_says(
            delimiter in vec(0u8..3, 1..5),
            value in vec(0u8..3, 0..12),
        ) {
            let mut written = value.clone();
            written.extend_from_slice(&delimiter);
            let first = written.windows(delimiter.len()).position(|window| window == delimiter);
            prop_assert_eq!(Delimiter::new(&delimiter).cuts(&value), first != Some(value.len()));
        }
    }
}
