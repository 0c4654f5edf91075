//! Files of `name=value` lines, as Java reads them, in the plain form that Kafka writes and people edit.

use std::path::{Path, PathBuf};

use super::durable;
use crate::error::{Error, Result};

/// One line that sets something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Property {
    /// From 1.
    pub line: usize,
    pub name: String,
    pub value: String,
}

/// What a file of properties sets, in its order.
#[derive(Debug)]
pub(crate) struct Properties {
    path: PathBuf,
    properties: Vec<Property>,
}

impl Properties {
    /// Reads a file; none if there is none.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>> {
        let Some(text) = durable::read_text(path)? else {
            return Ok(None);
        };
        let mut properties: Vec<Property> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line_number = index + 1;
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', '!']) {
                continue;
            }
            let Some((name, value)) = line.split_once(['=', ':']) else {
                return Err(error_at(
                    path,
                    line_number,
                    &format!("'{line}' is not NAME=VALUE"),
                ));
            };
            let name = name.trim();
            if let Some(before) = properties.iter().find(|property| property.name == name) {
                let why = format!("{name} was set in line {} already", before.line);
                return Err(error_at(path, line_number, &why));
            }
            properties.push(Property {
                line: line_number,
                name: name.to_owned(),
                value: value.trim().to_owned(),
            });
        }
        Ok(Some(Self {
            path: path.to_owned(),
            properties,
        }))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Property> {
        self.properties.iter()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Property> {
        self.iter().find(|property| property.name == name)
    }

    /// An error in this property.
    pub(crate) fn error(&self, property: &Property, why: &str) -> Error {
        error_at(&self.path, property.line, why)
    }
}

fn error_at(path: &Path, line: usize, why: &str) -> Error {
    Error::usage(format!("{} line {line}: {why}", path.display())).help("correct the line")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn read(text: &str) -> Result<Properties> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p");
        std::fs::write(&path, text).unwrap();
        Properties::read(&path).map(Option::unwrap)
    }

    #[test]
    fn comments_blanks_and_both_separators() {
        let properties = read("#x=1\n! y\n\n a = b=c \nd:e\n").unwrap();
        let found: Vec<_> = properties
            .iter()
            .map(|p| (p.line, p.name.as_str(), p.value.as_str()))
            .collect();
        assert_eq!(found, [(4, "a", "b=c"), (5, "d", "e")]);
    }

    #[test]
    fn errors_have_lines() {
        let error = read("a=1\nwhat\n").unwrap_err().to_string();
        assert!(
            error.ends_with("p line 2: 'what' is not NAME=VALUE"),
            "{error}"
        );
        let error = read("a=1\n\na=2\n").unwrap_err().to_string();
        assert!(
            error.contains("line 3: a was set in line 1 already"),
            "{error}"
        );
    }
}
