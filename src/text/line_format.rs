//! Records out, as lines: the value as it is and a delimiter, as `cat` would.

use super::delimiter::{Delimiter, Search};
use super::losses::Losses;
use crate::record::append_looking;

/// Writes records as lines: `value delimiter`, or `key separator value delimiter`.
///
/// Bytes are written as they are. What can't be read back from them is counted: see [`LineFormat::losses`].
#[derive(Debug, Clone)]
pub struct LineFormat {
    delimiter: Delimiter,
    key_separator: Option<Delimiter>,
    null_marker: Option<Vec<u8>>,
    losses: Losses,
}

impl LineFormat {
    /// With a `key_separator` keys are written too. A null is written as the `null_marker`; without one as nothing.
    #[must_use]
    pub fn new(
        delimiter: Delimiter,
        key_separator: Option<Delimiter>,
        null_marker: Option<Vec<u8>>,
    ) -> Self {
        Self {
            delimiter,
            key_separator,
            null_marker,
            losses: Losses::default(),
        }
    }

    /// Appends one record to `out`.
    #[inline]
    pub fn write(&mut self, key: Option<&[u8]>, value: Option<&[u8]>, out: &mut Vec<u8>) {
        match (value, &self.key_separator, &self.null_marker) {
            (Some(value), None, None) => {
                if let Search::Byte(byte) = *self.delimiter.search() {
                    self.losses.delimiters += u64::from(append_looking(out, value, byte));
                    out.push(byte);
                    return;
                }
                self.losses.delimiters += u64::from(self.delimiter.cuts(value));
                out.extend_from_slice(value);
            }
            _ => self.write_parts(key, value, out),
        }
        out.extend_from_slice(self.delimiter.as_bytes());
    }

    /// What was written so far that can't be read back.
    #[must_use]
    pub fn losses(&self) -> &Losses {
        &self.losses
    }

    fn write_parts(&mut self, key: Option<&[u8]>, value: Option<&[u8]>, out: &mut Vec<u8>) {
        let start = out.len();
        if let Some(separator) = &self.key_separator {
            self.losses.put(key, self.null_marker.as_deref(), out);
            self.losses.separators += u64::from(separator.cuts(&out[start..]));
            out.extend_from_slice(separator.as_bytes());
        }
        self.losses.put(value, self.null_marker.as_deref(), out);
        // The line as a whole: key, separator and value can make a delimiter that none of them contains.
        self.losses.delimiters += u64::from(self.delimiter.cuts(&out[start..]));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::super::{LineParser, RecordSplitter};
    use super::*;

    fn written(format: &mut LineFormat, key: Option<&[u8]>, value: Option<&[u8]>) -> Vec<u8> {
        let mut out = Vec::new();
        format.write(key, value, &mut out);
        out
    }

    #[test]
    fn values_as_they_are() {
        let mut format = LineFormat::new(Delimiter::newline(), None, None);
        assert_eq!(
            written(&mut format, Some(b"k"), Some(b"v\0\xff\r")),
            b"v\0\xff\r\n"
        );
        assert_eq!(written(&mut format, None, Some(b"")), b"\n");
        assert_eq!(*format.losses(), Losses::default());
        assert_eq!(written(&mut format, None, None), b"\n");
        assert_eq!(written(&mut format, None, Some(b"a\nb")), b"a\nb\n");
        let expected = Losses {
            nulls: 1,
            delimiters: 1,
            ..Losses::default()
        };
        assert_eq!(*format.losses(), expected);
    }

    #[test]
    fn keys_and_the_null_marker() {
        let separator = Some(Delimiter::new(b"::"));
        let mut format = LineFormat::new(Delimiter::nul(), separator, Some(b"\\N".to_vec()));
        assert_eq!(written(&mut format, Some(b"k"), Some(b"v")), b"k::v\0");
        assert_eq!(written(&mut format, None, None), b"\\N::\\N\0");
        assert_eq!(*format.losses(), Losses::default());
        assert_eq!(
            written(&mut format, Some(b"a::b"), Some(b"\\N")),
            b"a::b::\\N\0"
        );
        assert_eq!(written(&mut format, Some(b"a:"), Some(b"")), b"a:::\0");
        let expected = Losses {
            markers: 1,
            separators: 2,
            ..Losses::default()
        };
        assert_eq!(*format.losses(), expected);
    }

    #[test]
    fn no_delimiter_no_end() {
        let mut format = LineFormat::new(Delimiter::new(b""), None, None);
        assert_eq!(written(&mut format, None, Some(b"a\nb")), b"a\nb");
        assert_eq!(*format.losses(), Losses::default());
    }

    fn small() -> impl Strategy<Value = Option<Vec<u8>>> {
        option::weighted(0.8, vec(0u8..4, 0..6))
    }

    proptest! {
        /// A record reads back as itself exactly when nothing was counted.
        #[test]
        fn what_is_not_counted_reads_back(
            key in small(),
            value in small(),
            delimiter in vec(0u8..4, 1..4),
            separator in option::of(vec(0u8..4, 1..3)),
            marker in option::of(vec(0u8..4, 1..3)),
        ) {
            let delimiter = Delimiter::new(&delimiter);
            let separator = separator.as_deref().map(Delimiter::new);
            let mut format = LineFormat::new(delimiter.clone(), separator.clone(), marker.clone());
            let out = written(&mut format, key.as_deref(), value.as_deref());
            let expected = (separator.is_some().then_some(key).flatten(), value);

            let mut lines = Vec::new();
            let mut splitter = RecordSplitter::new(delimiter);
            let consumed = splitter.split(&out, |line| {
                lines.push(line.to_vec());
                Ok::<_, ()>(())
            }).unwrap();
            lines.extend(splitter.finish(&out[consumed..]).map(<[u8]>::to_vec));
            let parser = LineParser::new(separator, marker);
            let back: Option<Vec<_>> = lines
                .iter()
                .map(|line| {
                    let line = parser.parse(line, 1).ok()?;
                    Some((line.key.map(<[u8]>::to_vec), line.value.map(<[u8]>::to_vec)))
                })
                .collect();
            let lossless = *format.losses() == Losses::default();
            prop_assert_eq!(back == Some(vec![expected]), lossless);
        }
    }
}
