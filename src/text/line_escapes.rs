//! Escapes in lines, by which a line says all of a key and a value.

use super::delimiter::Delimiter;
use super::escape::Escaped;
use crate::error::{Error, Result};

/// The escapes of one kind of lines.
///
/// A backslash, and every byte of the delimiter and of the key separator, is written as `\\`, `\n`, `\t`, `\r`, `\0` or
/// `\xHH`; a null is `\N`, as in `PostgreSQL`'s text format. Everything else stands for itself. All these escapes are
/// read, wherever they stand; a backslash before anything else is an error.
#[derive(Debug, Clone)]
pub struct LineEscapes {
    /// By byte: what follows the backslash in its escape; 0 where it needs none.
    letters: Box<[u8; 256]>,
}

/// A null.
const NULL: &[u8] = b"\\N";

impl LineEscapes {
    /// For lines that end with `delimiter`, and whose keys end with `separator`.
    pub fn new(delimiter: &Delimiter, separator: Option<&Delimiter>) -> Result<Self> {
        let (end, middle) = (
            delimiter.as_bytes(),
            separator.map_or(&[][..], Delimiter::as_bytes),
        );
        let refused = |why: &str| {
            Err(Error::usage(format!("--escape: {why}"))
                .help("a newline as the delimiter and a tab as the key separator always do"))
        };
        if end.is_empty() {
            return refused("the delimiter is empty, so nothing would part the records");
        }
        if end.iter().chain(middle).any(|byte| is_of_escapes(*byte)) {
            return refused(
                "escapes are made of backslashes, letters and digits: the delimiter and the key separator have to do without",
            );
        }
        if middle.iter().any(|byte| end.contains(byte)) {
            return refused("the delimiter and the key separator have a byte in common");
        }
        let mut letters = Box::new([0; 256]);
        for &byte in end.iter().chain(middle).chain(b"\\") {
            letters[usize::from(byte)] = match byte {
                b'\n' => b'n',
                b'\t' => b't',
                b'\r' => b'r',
                0 => b'0',
                b'\\' => b'\\',
                _ => b'x',
            };
        }
        Ok(Self { letters })
    }

    /// Appends a key or a value.
    pub(super) fn write(&self, bytes: Option<&[u8]>, out: &mut Vec<u8>) {
        let Some(bytes) = bytes else {
            return out.extend_from_slice(NULL);
        };
        let mut written = 0;
        for (at, &byte) in bytes.iter().enumerate() {
            let letter = self.letters[usize::from(byte)];
            if letter == 0 {
                continue;
            }
            out.extend_from_slice(&bytes[written..at]);
            out.extend_from_slice(&[b'\\', letter]);
            if letter == b'x' {
                let digit = |half: u8| b"0123456789abcdef"[usize::from(half)];
                out.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
            }
            written = at + 1;
        }
        out.extend_from_slice(&bytes[written..]);
    }

    /// Appends what `text` stands for to `out`: false if that is a null. An error says what is wrong.
    pub(super) fn read(text: &[u8], out: &mut Vec<u8>) -> Result<bool> {
        if text == NULL {
            return Ok(false);
        }
        let mut rest = text;
        while let Some(at) = memchr::memchr(b'\\', rest) {
            out.extend_from_slice(&rest[..at]);
            let Escaped { byte, length } = Escaped::read(&rest[at + 1..])?;
            out.push(byte);
            rest = &rest[at + 1 + length..];
        }
        out.extend_from_slice(rest);
        Ok(true)
    }
}

fn is_of_escapes(byte: u8) -> bool {
    byte == b'\\' || byte.is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;
    use crate::error::ErrorKind;

    fn escapes(delimiter: &[u8], separator: Option<&[u8]>) -> Result<LineEscapes> {
        LineEscapes::new(
            &Delimiter::new(delimiter),
            separator.map(Delimiter::new).as_ref(),
        )
    }

    #[test]
    fn only_what_has_to_be_is_escaped() {
        let tabs = escapes(b"\n", Some(b"\t")).unwrap();
        let written = |value: Option<&[u8]>| {
            let mut out = Vec::new();
            tabs.write(value, &mut out);
            out
        };
        assert_eq!(written(Some(b"a\tb\nc\\d\r\0e")), b"a\\tb\\nc\\\\d\r\0e");
        assert_eq!(written(None), b"\\N");
        assert_eq!(written(Some(b"\\N")), b"\\\\N");
        assert_eq!(written(Some(b"")), b"");
        let mut out = Vec::new();
        escapes(b"--", None).unwrap().write(Some(b"a-b"), &mut out);
        assert_eq!(out, b"a\\x2db");
    }

    #[test]
    fn escapes_are_read_and_slips_are_told() {
        let mut out = Vec::new();
        assert!(LineEscapes::read(br"a\\b\n\t\r\0\x41\xff", &mut out).unwrap());
        assert_eq!(out, b"a\\b\n\t\r\0A\xff");
        assert!(!LineEscapes::read(br"\N", &mut out).unwrap());
        for text in [&b"a\\"[..], b"\\q", b"\\x4", b"\\xg0", b"\\N\\N", b"a\\N"] {
            assert!(LineEscapes::read(text, &mut out).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_escapes_could_not_keep_apart_is_refused() {
        for (delimiter, separator) in [
            (&b""[..], None),
            (b"n", None),
            (b"\n", Some(&b"\\"[..])),
            (b"\n", Some(b"x")),
            (b";;", Some(b";")),
        ] {
            let error = escapes(delimiter, separator).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage);
        }
    }
}
