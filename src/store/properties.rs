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
        let text = durable::read_text(path)?;
        text.map(|text| Self::parse(path, &text)).transpose()
    }

    /// Takes in the text of the file at `path`.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self> {
        let mut properties: Vec<Property> = Vec::new();
        for (line_number, line) in whole_lines(text) {
            let line = line.as_str();
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
                value: unescaped(value.trim()),
            });
        }
        Ok(Self {
            path: path.to_owned(),
            properties,
        })
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

/// The lines that say something, each with its number: one that ends in a backslash goes on in the next.
fn whole_lines(text: &str) -> Vec<(usize, String)> {
    let mut whole = Vec::new();
    let mut begun: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let (number, mut so_far) = match begun.take() {
            Some(begun) => begun,
            None if line.is_empty() || line.starts_with(['#', '!']) => continue,
            None => (index + 1, String::new()),
        };
        so_far.push_str(line);
        let backslashes = so_far.len() - so_far.trim_end_matches('\\').len();
        if backslashes % 2 == 1 {
            so_far.pop();
            begun = Some((number, so_far));
        } else {
            whole.push((number, so_far));
        }
    }
    whole.extend(begun);
    whole
}

/// What Java takes a value for: a backslash gives line breaks, characters by their number, and itself.
fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let mut characters = after.chars();
        match characters.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('f') => text.push('\u{c}'),
            Some('u') => match numbered(after) {
                Some(character) => {
                    text.push(character);
                    characters = after[5..].chars();
                }
                None => text.push('u'),
            },
            Some(other) => text.push(other),
            None => {}
        }
        rest = characters.as_str();
    }
    text.push_str(rest);
    text
}

/// The character that `uXXXX` stands for.
fn numbered(text: &str) -> Option<char> {
    let number = u32::from_str_radix(text.get(1..5)?, 16).ok()?;
    char::from_u32(number)
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
    fn values_over_several_lines_and_with_escapes() {
        let text = "login=a \\\n    user=\\\"x\\\" \\\n  ;\npem=A\\nB\\u00e4\\t\\\\\nlast=\\\n";
        let properties = read(text).unwrap();
        let found: Vec<_> = properties
            .iter()
            .map(|p| (p.line, p.value.as_str()))
            .collect();
        assert_eq!(
            found,
            [(1, "a user=\"x\" ;"), (4, "A\nB\u{e4}\t\\"), (5, "")]
        );
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
