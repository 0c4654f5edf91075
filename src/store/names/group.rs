//! Names of consumer groups, and the directory names that stand for them.
//!
//! Kafka lets a group be called anything, so the name is percent-encoded ([`super::percent`]) into a file's name. Only
//! control characters are refused: where names are listed, one a line, a newline would make two groups of one.

use std::ffi::OsStr;
use std::fmt;
use std::sync::Arc;

use super::MAX_FILE_NAME;
use super::percent::{decode, encode, refuse_control};
use crate::error::{Error, Result};

/// The name of a consumer group: any text that is not empty, has no control characters and whose directory's name fits 255
/// bytes. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupName(Arc<str>);

impl GroupName {
    /// Checks `name`.
    pub fn new(name: &str) -> Result<Self> {
        if name.is_empty() {
            return Err(Error::usage("a group's name must not be empty"));
        }
        refuse_control("group's name", name)?;
        let length = encode(name).len();
        if length > MAX_FILE_NAME {
            return Err(Error::usage(format!(
                "the group's name '{}' is too long: percent-encoded it has {length} bytes, at most {MAX_FILE_NAME} are possible",
                name.escape_debug()
            )));
        }
        Ok(Self(name.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of its directory: ASCII letters, digits, `-`, `_` and `.` (but for one in front) as they are, every
    /// other byte as `%` and two upper-case hexadecimal digits.
    #[must_use]
    pub fn dir_name(&self) -> String {
        encode(&self.0)
    }

    /// The group whose directory has this name; none if no group's directory can have it.
    #[must_use]
    pub fn parse_dir_name(name: &OsStr) -> Option<Self> {
        let text = name.to_str()?;
        let decoded = decode(text)?;
        let group = Self::new(&decoded).ok()?;
        (group.dir_name() == text).then_some(group)
    }
}

impl fmt::Display for GroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn encoded_names() {
        for (name, dir) in [
            ("billing", "billing"),
            ("a.b-c_d", "a.b-c_d"),
            (".", "%2E"),
            ("..", "%2E."),
            ("a/b", "a%2Fb"),
            ("100%", "100%25"),
            ("\u{e4}", "%C3%A4"),
        ] {
            assert_eq!(GroupName::new(name).unwrap().dir_name(), dir);
        }
        for refused in ["", "a\nb", "\t", "a\0", "\u{7f}", "\u{85}"] {
            assert!(GroupName::new(refused).is_err(), "{refused:?}");
        }
        assert!(GroupName::new(&"x".repeat(255)).is_ok());
        assert!(GroupName::new(&"x".repeat(256)).is_err());
        assert!(GroupName::new(&"/".repeat(86)).is_err());
    }

    #[test]
    fn one_group_has_one_directory() {
        for dir in [
            "", "a%0Ab", "%2e", "%61", "a%2", "a%", "a b", "%+1", ".a", "%FF",
        ] {
            assert_eq!(GroupName::parse_dir_name(OsStr::new(dir)), None, "{dir}");
        }
    }

    proptest! {
        #[test]
        fn round_trip(name in any::<String>()) {
            if let Ok(group) = GroupName::new(&name) {
                let dir = group.dir_name();
                prop_assert!(dir.len() <= 255 && !dir.contains('/') && !dir.starts_with('.'));
                prop_assert_eq!(GroupName::parse_dir_name(OsStr::new(&dir)), Some(group));
            }
        }
    }
}
