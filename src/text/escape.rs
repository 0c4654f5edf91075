//! Backslash escapes in what is typed on a command line.
//!
//! One set of them serves delimiters, separators and format strings. `\xHH` takes exactly two digits, so that
//! what follows it is never eaten, and everything not in the set is refused, so that a slip of the shell's
//! quoting does not become a delimiter that never occurs.

use crate::error::{Error, Result};

/// An escape that was read.
pub(super) struct Escaped {
    /// What it stands for.
    pub(super) byte: u8,
    /// The bytes of it behind the backslash.
    pub(super) length: usize,
}

impl Escaped {
    /// Reads one escape in data: `rest` is what follows its backslash.
    pub(super) fn read(rest: &[u8]) -> Result<Self> {
        let length = if rest.first() == Some(&b'x') { 3 } else { 1 };
        let length = length.min(rest.len());
        let text = std::str::from_utf8(&rest[..length]).map_err(|_| {
            let shown = rest[..length].escape_ascii();
            failed(&Error::failed(format!("\\{shown} is not an escape")))
        })?;
        let (byte, _) = read_escape(text).map_err(|error| failed(&error))?;
        Ok(Self { byte, length })
    }
}

/// The same as of data, which nobody typed.
fn failed(error: &Error) -> Error {
    Error::failed(error.to_string()).help(
        "the escapes are \\n \\t \\r \\0 \\\\ and \\xHH; a whole key or value that is \\N is null",
    )
}

/// Reads one escape: `rest` is what follows its backslash. Gives its byte and what follows the escape.
pub(super) fn read_escape(rest: &str) -> Result<(u8, &str)> {
    let mut chars = rest.chars();
    let byte = match chars.next() {
        Some('n') => b'\n',
        Some('t') => b'\t',
        Some('r') => b'\r',
        Some('0') => 0,
        Some('\\') => b'\\',
        Some('x') => return read_hex(chars.as_str()),
        Some(other) => return Err(refused(format!("\\{other} is not an escape"))),
        None => return Err(refused("a backslash at the end escapes nothing")),
    };
    Ok((byte, chars.as_str()))
}

/// The bytes that `text` stands for.
pub(super) fn unescape(text: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        bytes.extend_from_slice(plain.as_bytes());
        let (byte, after) = read_escape(escape)?;
        bytes.push(byte);
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(bytes)
}

fn read_hex(rest: &str) -> Result<(u8, &str)> {
    rest.split_at_checked(2)
        .filter(|(digits, _)| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
        .and_then(|(digits, after)| Some((u8::from_str_radix(digits, 16).ok()?, after)))
        .ok_or_else(|| refused("\\x needs two hex digits"))
}

fn refused(message: impl Into<String>) -> Error {
    Error::usage(message)
        .help("the escapes are \\n \\t \\r \\0 \\\\ and \\xHH with exactly two hex digits")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn good() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("plain é", "plain é".as_bytes()),
            (r"\n\t\r\0\\", b"\n\t\r\0\\"),
            (r"\x00\xff\xFf", b"\x00\xff\xff"),
            // Exactly two digits: what follows stands for itself.
            (r"\x0abc", b"\x0abc"),
            (r"a\x41\x42b", b"aABb"),
        ] {
            assert_eq!(unescape(text).unwrap(), bytes, "{text}");
        }
    }

    #[test]
    fn bad() {
        for (text, part) in [
            ("\\", "at the end"),
            (r"a\q", "\\q is not"),
            (r"\é", "\\é is not"),
            (r"\x", "two hex digits"),
            (r"\x1", "two hex digits"),
            (r"\x1é", "two hex digits"),
            (r"\xg0", "two hex digits"),
            (r"\x+1", "two hex digits"),
        ] {
            let error = unescape(text).unwrap_err();
            assert!(error.to_string().contains(part), "{text}: {error}");
            assert!(error.help_text().unwrap().contains("\\xHH"), "{text}");
        }
    }
}
