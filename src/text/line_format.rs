//! Records out, as lines: the value as it is and a delimiter, as `cat` would.

use super::delimiter::{Delimiter, Search};
use super::line_escapes::LineEscapes;
use super::losses::{Losses, Unsaid};
use crate::error::Result as AnyResult;
use crate::record::append_looking;

/// Writes records as lines: `value delimiter`, or `key separator value delimiter`.
///
/// Bytes are written as they are, unless they are escaped. What can't be read back from them is counted: see
/// [`LineFormat::losses`]. Only a key that contains the separator is refused: its record would come back with another
/// key, and so in another place.
#[derive(Debug, Clone)]
pub struct LineFormat {
    delimiter: Delimiter,
    key_separator: Option<Delimiter>,
    null_marker: Option<Vec<u8>>,
    escapes: Option<LineEscapes>,
    strict: bool,
    /// Nothing but values, as they are.
    plain: bool,
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
            plain: key_separator.is_none() && null_marker.is_none(),
            delimiter,
            key_separator,
            null_marker,
            escapes: None,
            strict: false,
            losses: Losses::default(),
        }
    }

    /// Every line with escapes, by which it says all that a line can say: see [`LineEscapes`].
    pub fn escaped(self) -> AnyResult<Self> {
        let escapes = LineEscapes::new(&self.delimiter, self.key_separator.as_ref())?;
        Ok(Self {
            escapes: Some(escapes),
            plain: false,
            ..self
        })
    }

    /// What can't be read back is refused instead of counted.
    #[must_use]
    pub fn strict(self) -> Self {
        Self {
            strict: true,
            plain: false,
            ..self
        }
    }

    /// Appends one record to `out`, or says why it can't be, and appends nothing.
    #[inline]
    pub fn write(
        &mut self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) -> Result<(), Unsaid> {
        if let (true, Some(value), Search::Byte(byte)) =
            (self.plain, value, self.delimiter.search())
        {
            self.losses.delimiters += u64::from(append_looking(out, value, *byte));
            out.push(*byte);
            return Ok(());
        }
        self.write_parts(key, value, out)
    }

    /// What was written so far that can't be read back.
    #[must_use]
    pub fn losses(&self) -> &Losses {
        &self.losses
    }

    fn write_parts(
        &mut self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) -> Result<(), Unsaid> {
        let start = out.len();
        if let Some(escapes) = &self.escapes {
            if let Some(separator) = &self.key_separator {
                escapes.write(key, out);
                out.extend_from_slice(separator.as_bytes());
            }
            escapes.write(value, out);
        } else if let Err(unsaid) = self.write_plainly(key, value, out) {
            out.truncate(start);
            return Err(unsaid);
        }
        out.extend_from_slice(self.delimiter.as_bytes());
        Ok(())
    }

    fn write_plainly(
        &mut self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) -> Result<(), Unsaid> {
        let (start, before) = (out.len(), self.losses);
        let marker = self.null_marker.as_deref();
        if let Some(separator) = &self.key_separator {
            self.losses.put(key, marker, out);
            if separator.cuts(&out[start..]) {
                self.losses = before;
                return Err(Unsaid::KeySeparator);
            }
            out.extend_from_slice(separator.as_bytes());
        }
        self.losses.put(value, marker, out);
        // The line as a whole: key, separator and value can make a delimiter that none of them contains.
        self.losses.delimiters += u64::from(self.delimiter.cuts(&out[start..]));
        match self.losses.since(&before) {
            Some(unsaid) if self.strict => {
                self.losses = before;
                Err(unsaid)
            }
            _ => Ok(()),
        }
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
        format.write(key, value, &mut out).unwrap();
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
            written(&mut format, Some(b"a:b"), Some(b"\\N")),
            b"a:b::\\N\0"
        );
        let expected = Losses {
            markers: 1,
            ..Losses::default()
        };
        assert_eq!(*format.losses(), expected);
    }

    #[test]
    fn a_key_that_would_end_too_early_is_refused_and_leaves_nothing_behind() {
        let separator = Some(Delimiter::new(b"::"));
        let mut format = LineFormat::new(Delimiter::newline(), separator, None);
        let mut out = b"before".to_vec();
        for key in [&b"a::b"[..], b"a:"] {
            let refused = format.write(Some(key), None, &mut out);
            assert_eq!(refused, Err(Unsaid::KeySeparator));
        }
        assert_eq!(out, b"before");
        assert_eq!(*format.losses(), Losses::default());
    }

    #[test]
    fn strict_refuses_what_is_counted_otherwise() {
        let lines = || LineFormat::new(Delimiter::newline(), None, None).strict();
        let mut out = Vec::new();
        let mut refusal = |mut format: LineFormat, value| {
            let refused = format.write(None, value, &mut out);
            assert_eq!(*format.losses(), Losses::default());
            assert!(out.is_empty());
            refused
        };
        assert_eq!(refusal(lines(), Some(b"a\nb")), Err(Unsaid::Delimiter));
        assert_eq!(refusal(lines(), None), Err(Unsaid::Null));
        let marked = LineFormat::new(Delimiter::newline(), None, Some(b"-".to_vec())).strict();
        assert_eq!(refusal(marked, Some(b"-")), Err(Unsaid::Marker));
        assert_eq!(written(&mut lines(), None, Some(b"ab")), b"ab\n");
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
            let mut out = Vec::new();
            let unsaid = format.write(key.as_deref(), value.as_deref(), &mut out).is_err();
            prop_assert!(!unsaid || out.is_empty());
            let expected = (separator.is_some().then_some(key).flatten(), value);

            let mut lines = Vec::new();
            let mut splitter = RecordSplitter::new(delimiter);
            let consumed = splitter.split(&out, |line| {
                lines.push(line.to_vec());
                Ok::<_, ()>(())
            }).unwrap();
            lines.extend(splitter.finish(&out[consumed..]).map(<[u8]>::to_vec));
            let mut parser = LineParser::new(separator, marker);
            let back: Option<Vec<_>> = lines
                .iter()
                .map(|line| {
                    let line = parser.parse(line, 1).ok()?;
                    Some((line.key.map(<[u8]>::to_vec), line.value.map(<[u8]>::to_vec)))
                })
                .collect();
            let lossless = !unsaid && *format.losses() == Losses::default();
            prop_assert_eq!(back == Some(vec![expected]), lossless);
        }

        /// With escapes every record reads back, whatever it holds.
        #[test]
        fn what_is_escaped_reads_back(
            records in vec((option::of(vec(any::<u8>(), 0..12)), option::of(vec(any::<u8>(), 0..40))), 0..6),
            delimiter in prop_oneof![Just(&b"\n"[..]), Just(&b"\0"[..]), Just(&b"--"[..]), Just(&b"\xff\xfe"[..])],
            separator in option::of(prop_oneof![Just(&b"\t"[..]), Just(&b"::"[..]), Just(&b" = "[..])]),
        ) {
            let delimiter = Delimiter::new(delimiter);
            let separator = separator.map(Delimiter::new);
            let mut format = LineFormat::new(delimiter.clone(), separator.clone(), None).escaped().unwrap();
            let mut out = Vec::new();
            for (key, value) in &records {
                format.write(key.as_deref(), value.as_deref(), &mut out).unwrap();
            }
            let mut parser = LineParser::new(separator.clone(), None).escaped(&delimiter).unwrap();
            let mut back = Vec::new();
            let mut splitter = RecordSplitter::new(delimiter);
            let consumed = splitter.split(&out, |line| {
                let line = parser.parse(line, 1).unwrap();
                back.push((line.key.map(<[u8]>::to_vec), line.value.map(<[u8]>::to_vec)));
                Ok::<_, ()>(())
            }).unwrap();
            prop_assert_eq!(consumed, out.len());
            let keyed = separator.is_some();
            let expected: Vec<_> = records
                .into_iter()
                .map(|(key, value)| (key.filter(|_| keyed), value))
                .collect();
            prop_assert_eq!(back, expected);
        }
    }
}
