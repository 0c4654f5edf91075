//! What an output could not say.
//!
//! Lines and format strings write bytes as they are, so some records can't be told apart in them. That is what
//! `cat` does too and is no error; but it is counted, and told once at the end instead of once a record.

use std::fmt;

/// How many records were written in a way that reading them back would not reproduce.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Losses {
    /// Null keys and values that were written as nothing, like empty ones.
    pub nulls: u64,
    /// Keys and values that are not null and equal the null marker.
    pub markers: u64,
    /// Records that contain the delimiter.
    pub delimiters: u64,
}

/// Why a record can't be written in a form that was chosen so that it reads back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsaid {
    /// The key contains the key separator: it would end too early.
    KeySeparator,
    /// The record contains the delimiter: it would be read as two.
    Delimiter,
    /// A null that would be written as nothing, like an empty key or value.
    Null,
    /// A key or a value that is not null and equals the null marker.
    Marker,
    /// A value that is no JSON object, where columns are to be taken from one.
    NoObject,
}

impl fmt::Display for Unsaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeySeparator => "the key contains the key separator",
            Self::Delimiter => "the record contains the delimiter",
            Self::Null => "a null would be written as nothing",
            Self::Marker => "a key or value equals the null marker",
            Self::NoObject => {
                "the value is not a JSON object, which --columns takes its columns from"
            }
        })
    }
}

impl Unsaid {
    /// What one can do.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::KeySeparator => "choose another --key-separator, or use --escape or --json",
            Self::Delimiter => "choose another --delimiter, or use --escape or --json",
            Self::Null => "show nulls with --null-marker, or use --json",
            Self::Marker => "choose another --null-marker, or use --json",
            Self::NoObject => {
                "select the records with --filter ('--filter value' leaves tombstones out)"
            }
        }
    }
}

impl Losses {
    /// One sentence about all of it, and one on what keeps it; nothing when nothing was lost.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let parts: Vec<String> = [
            count(
                self.nulls,
                "null was written as nothing",
                "nulls were written as nothing",
            ),
            count(
                self.markers,
                "key or value equals the null marker",
                "keys or values equal the null marker",
            ),
            count(
                self.delimiters,
                "record contains the delimiter",
                "records contain the delimiter",
            ),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!parts.is_empty())
            .then(|| format!("{}; --json keeps such records apart", parts.join(", ")))
    }

    /// What was lost since these were `before`.
    pub(super) fn since(&self, before: &Self) -> Option<Unsaid> {
        [
            (self.delimiters > before.delimiters, Unsaid::Delimiter),
            (self.nulls > before.nulls, Unsaid::Null),
            (self.markers > before.markers, Unsaid::Marker),
        ]
        .into_iter()
        .find_map(|(lost, unsaid)| lost.then_some(unsaid))
    }

    /// Appends a key or a value to `out`, a null as the marker or as nothing, and counts what that loses.
    pub(super) fn put(
        &mut self,
        bytes: Option<&[u8]>,
        null_marker: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) {
        match (bytes, null_marker) {
            (Some(bytes), marker) => {
                self.markers += u64::from(marker == Some(bytes));
                out.extend_from_slice(bytes);
            }
            (None, Some(marker)) => out.extend_from_slice(marker),
            (None, None) => self.nulls += 1,
        }
    }
}

fn count(number: u64, one: &str, many: &str) -> Option<String> {
    match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{number} {many}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sentence() {
        assert_eq!(Losses::default().warning(), None);
        let losses = Losses {
            nulls: 1,
            delimiters: 12,
            ..Losses::default()
        };
        assert_eq!(
            losses.warning().as_deref(),
            Some(
                "1 null was written as nothing, 12 records contain the delimiter; \
                 --json keeps such records apart"
            )
        );
    }
}
