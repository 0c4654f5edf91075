//! Names by pattern, as a shell has them.

use regex::bytes::Regex;

use crate::error::{Error, Result};

/// Patterns in which `*` is any text and `?` any character; a name has to match as a whole.
#[derive(Debug, Clone, Default)]
pub struct Globs(Vec<Regex>);

impl Globs {
    /// The patterns as they were typed.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        texts
            .into_iter()
            .map(compile)
            .collect::<Result<_>>()
            .map(Self)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them matches `name`.
    #[must_use]
    pub fn match_any(&self, name: &[u8]) -> bool {
        self.0.iter().any(|glob| glob.is_match(name))
    }
}

fn compile(text: &str) -> Result<Regex> {
    let mut pattern = String::from("^");
    for letter in text.chars() {
        match letter {
            '*' => pattern.push_str("(?s-u:.*)"),
            '?' => pattern.push_str("(?s:.)"),
            letter => pattern.push_str(&regex::escape(letter.encode_utf8(&mut [0; 4]))),
        }
    }
    pattern.push('$');
    Regex::new(&pattern)
        .map_err(|error| Error::usage(format!("{text:?} is no pattern of names: {error}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn whole_names() {
        for (glob, name, matched) in [
            ("trace", &b"trace"[..], true),
            ("trace", b"trace-id", false),
            ("trace*", b"trace-id", true),
            ("*id", b"trace-id", true),
            ("*", b"", true),
            ("*", b"\xff\n", true),
            ("t?a", "t\u{e9}a".as_bytes(), true),
            ("t?a", b"ta", false),
            ("a.b+", b"aXbb", false),
            ("a.b+", b"a.b+", true),
        ] {
            let globs = Globs::parse([glob]).unwrap();
            assert_eq!(
                globs.match_any(name),
                matched,
                "{glob} {}",
                name.escape_ascii()
            );
        }
        assert!(!Globs::default().match_any(b"a"));
    }
}
