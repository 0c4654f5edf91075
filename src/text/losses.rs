//! What an output could not say.
//!
//! Lines and format strings write bytes as they are, so some records can't be told apart in them. That is what
//! `cat` does too and is no error; but it is counted, and told once at the end instead of once a record.

/// How many records were written in a way that reading them back would not reproduce.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Losses {
    /// Null keys and values that were written as nothing, like empty ones.
    pub nulls: u64,
    /// Keys and values that are not null and equal the null marker.
    pub markers: u64,
    /// Records that contain the delimiter.
    pub delimiters: u64,
    /// Keys that contain the key separator.
    pub separators: u64,
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
            count(
                self.separators,
                "key contains the key separator",
                "keys contain the key separator",
            ),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!parts.is_empty())
            .then(|| format!("{}; --json keeps such records apart", parts.join(", ")))
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
