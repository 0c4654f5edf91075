//! Any text as a file's name: percent-encoded, one name for one text.

use std::fmt::Write as _;

use crate::error::{Error, Result};

/// ASCII letters, digits, `-`, `_` and `.` (but for one in front) as they are, every other byte as `%` and two
/// upper-case hexadecimal digits.
pub(super) fn encode(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for (index, byte) in name.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_')
            || (byte == b'.' && index > 0);
        if plain {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// An error for what has a control character: it would break the lines of lists and tables, and do worse to a terminal.
pub(super) fn refuse_control(what: &str, name: &str) -> Result<()> {
    if !name.contains(char::is_control) {
        return Ok(());
    }
    Err(Error::usage(format!(
        "the {what} '{}' holds a control character",
        name.escape_debug()
    ))
    .help("lists print one name a line: leave it out (a '\\r' comes from a file with Windows line ends)"))
}

/// What was encoded, and some that [`encode`] would encode otherwise: the caller compares.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%' {
            let (digits, after) = after.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}
