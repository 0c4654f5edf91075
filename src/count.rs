//! Counts in sentences.

use std::fmt::Display;

/// `1 record`, `2 records`; `noun` is in the singular.
pub(crate) fn counted<N: Copy + Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let ending = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// The same with a verb, in the singular and in the plural: `1 record was`, `2 records were`.
pub(crate) fn counted_with<N: Copy + Display + PartialEq + From<u8>>(
    count: N,
    noun: &str,
    one: &str,
    many: &str,
) -> String {
    let verb = if count == N::from(1) { one } else { many };
    format!("{} {verb}", counted(count, noun))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_none_is_not() {
        assert_eq!(counted(1, "record"), "1 record");
        assert_eq!(counted(0, "record"), "0 records");
        assert_eq!(counted(2, "record"), "2 records");
        let were = |count| counted_with(count, "byte", "was", "were");
        assert_eq!(
            (were(1), were(2)),
            ("1 byte was".into(), "2 bytes were".into())
        );
    }
}
