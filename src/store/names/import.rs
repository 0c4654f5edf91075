//! Names of resumable imports, and the directory names that stand for them.

use std::fmt;
use std::sync::Arc;

use super::MAX_FILE_NAME;
use super::percent::encode;
use crate::error::{Error, Result};

/// The name of an import: any text that is not empty and whose directory's name fits 255 bytes. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportName(Arc<str>);

impl ImportName {
    /// Checks `name`.
    pub fn new(name: &str) -> Result<Self> {
        if name.is_empty() {
            return Err(Error::usage("an import's name must not be empty"));
        }
        let length = encode(name).len();
        if length > MAX_FILE_NAME {
            let shown = name.escape_debug();
            return Err(Error::usage(format!(
                "the import's name '{shown}' is too long: percent-encoded it has {length} bytes, at most {MAX_FILE_NAME} are possible"
            )));
        }
        Ok(Self(name.into()))
    }

    /// The name of its directory: percent-encoded, as a group's.
    #[must_use]
    pub fn dir_name(&self) -> String {
        encode(&self.0)
    }
}

impl fmt::Display for ImportName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_its_directory() {
        for (name, dir) in [
            ("nightly", Some("nightly")),
            ("../x", Some("%2E.%2Fx")),
            ("", None),
        ] {
            let found = ImportName::new(name).ok().map(|name| name.dir_name());
            assert_eq!(found.as_deref(), dir);
        }
        assert!(ImportName::new(&"\u{e4}".repeat(43)).is_err());
    }
}
