//! Which records are wanted: conditions on key, value and headers.
//!
//! A condition is a FIELD (`key`, `value` or `header:NAME`), an operator and what it is compared with:
//!
//! | condition | holds for |
//! |---|---|
//! | `FIELD=TEXT` | a field that is exactly TEXT |
//! | `FIELD*=TEXT` | one that contains TEXT |
//! | `FIELD~REGEX` | one in which the regular expression matches somewhere |
//! | `FIELD` | one that is not null; of headers: one that is there, null or not |
//! | `!CONDITION` | every record for which CONDITION does not hold |
//!
//! A null is neither equal to anything nor contains it. Of a header that is there several times, one has to fit. TEXT is
//! compared byte by byte; a regular expression is Unicode's, and matches around bytes that are not UTF-8.

use memchr::memmem::Finder;
use regex::bytes::Regex;

use crate::error::{Error, Result};
use crate::record::StoredRecord;

/// Conditions, all of which have to hold.
#[derive(Debug, Clone, Default)]
pub struct Filters(Vec<Filter>);

/// One condition.
#[derive(Debug, Clone)]
struct Filter {
    negated: bool,
    field: Field,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Field {
    Key,
    Value,
    Header(Vec<u8>),
}

#[derive(Debug, Clone)]
enum Test {
    Present,
    Equal(Vec<u8>),
    Contains(Box<Finder<'static>>),
    Matches(Box<Regex>),
}

impl Filters {
    /// The conditions as they were typed.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let filter = |text: &'a str| {
            Filter::parse(text).map_err(|error| error.within(format_args!("filter {text:?}")))
        };
        texts
            .into_iter()
            .map(filter)
            .collect::<Result<_>>()
            .map(Self)
    }

    /// Whether every record is wanted.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `record` is wanted.
    #[must_use]
    pub fn admit(&self, record: &StoredRecord<'_>) -> bool {
        self.0.iter().all(|filter| filter.admits(record))
    }
}

impl Filter {
    fn parse(text: &str) -> Result<Self> {
        let (negated, condition) = match text.strip_prefix('!') {
            Some(condition) => (true, condition),
            None => (false, text),
        };
        let (field, rest) = field(condition)?;
        Ok(Self {
            negated,
            field,
            test: test(rest)?,
        })
    }

    fn admits(&self, record: &StoredRecord<'_>) -> bool {
        let holds = match &self.field {
            Field::Key => self.test.holds(record.key),
            Field::Value => self.test.holds(record.value),
            Field::Header(name) => record
                .headers
                .iter()
                .filter(|header| header.name == name)
                .any(|header| matches!(self.test, Test::Present) || self.test.holds(header.value)),
        };
        holds != self.negated
    }
}

impl Test {
    fn holds(&self, bytes: Option<&[u8]>) -> bool {
        let Some(bytes) = bytes else {
            return false;
        };
        match self {
            Self::Present => true,
            Self::Equal(text) => bytes == text,
            Self::Contains(finder) => finder.find(bytes).is_some(),
            Self::Matches(regex) => regex.is_match(bytes),
        }
    }
}

/// The field at the beginning, and what follows it.
fn field(text: &str) -> Result<(Field, &str)> {
    if let Some(rest) = text.strip_prefix("header:") {
        let end = rest.find(['=', '~']).unwrap_or(rest.len());
        let end = rest[..end]
            .strip_suffix('*')
            .filter(|_| rest[end..].starts_with('='))
            .map_or(end, str::len);
        if end == 0 {
            return Err(refused("the header has no name"));
        }
        return Ok((Field::Header(rest.as_bytes()[..end].to_vec()), &rest[end..]));
    }
    [("key", Field::Key), ("value", Field::Value)]
        .into_iter()
        .find_map(|(name, field)| Some((field, text.strip_prefix(name)?)))
        .ok_or_else(|| refused("it begins with neither key, value nor header:NAME"))
}

/// The operator and what follows it.
fn test(text: &str) -> Result<Test> {
    if text.is_empty() {
        return Ok(Test::Present);
    }
    if let Some(text) = text.strip_prefix("*=") {
        let finder = Finder::new(text.as_bytes()).into_owned();
        return Ok(Test::Contains(Box::new(finder)));
    }
    if let Some(text) = text.strip_prefix('=') {
        return Ok(Test::Equal(text.as_bytes().to_vec()));
    }
    if let Some(pattern) = text.strip_prefix('~') {
        let regex = Regex::new(pattern).map_err(|error| refused(one_line(&error.to_string())))?;
        return Ok(Test::Matches(Box::new(regex)));
    }
    Err(refused(format!("{text:?} begins with no operator")))
}

/// What is wrong with an expression, without the drawing around it.
fn one_line(text: &str) -> String {
    let line = text.lines().last().unwrap_or(text);
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

fn refused(message: impl Into<String>) -> Error {
    Error::usage(message).help(
        "a filter is key=TEXT, value*=TEXT (contains), value~REGEX, header:NAME=TEXT, or a field alone for one that is \
         there; ! before it negates it",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::super::testing::with_located;
    use super::*;
    use crate::error::ErrorKind;
    use crate::record::{Header, Record, TimestampType};

    const FULL: Record<'_> = Record {
        timestamp: 0,
        key: Some(b"alice"),
        value: Some(b"{\"id\":7,\"name\":\"\xff\xc3\x84pfel\"}"),
        headers: &[
            Header {
                name: b"lang",
                value: Some(b"en"),
            },
            Header {
                name: b"lang",
                value: Some(b"de=at"),
            },
            Header {
                name: b"empty",
                value: None,
            },
            Header {
                name: b"a*",
                value: Some(b"b"),
            },
        ],
    };
    const NULLS: Record<'_> = Record {
        timestamp: 0,
        key: None,
        value: None,
        headers: &[],
    };

    fn admits(text: &str, record: &Record<'_>) -> bool {
        let filters = Filters::parse([text]).unwrap();
        let mut admitted = false;
        with_located(record, 0, TimestampType::CreateTime, |located| {
            admitted = filters.admit(&located.record);
        });
        admitted
    }

    #[test]
    fn what_holds_and_what_does_not() {
        for (text, full) in [
            ("key", true),
            ("key=alice", true),
            ("key=alic", false),
            ("key=", false),
            ("key*=lic", true),
            ("key*=", true),
            ("key*=x", false),
            ("key~^al.*e$", true),
            ("key~^b", false),
            ("key~(?i)ALICE", true),
            ("value", true),
            ("value*=\"id\":7", true),
            ("value~\"id\":[0-9]+", true),
            ("value~Äpfel", true),
            ("value~=", false),
            ("header:lang", true),
            ("header:lang=en", true),
            ("header:lang=de=at", true),
            ("header:lang*=t", true),
            ("header:lang~^d", true),
            ("header:lang=fr", false),
            ("header:empty", true),
            ("header:empty=", false),
            ("header:none", false),
            ("header:a*", true),
            ("header:a**=b", true),
        ] {
            assert_eq!(admits(text, &FULL), full, "{text}");
            assert_eq!(admits(&format!("!{text}"), &FULL), !full, "!{text}");
            assert!(!admits(text, &NULLS), "{text}");
            assert!(admits(&format!("!{text}"), &NULLS), "!{text}");
        }
    }

    #[test]
    fn all_have_to_hold() {
        let filters = Filters::parse(["key=alice", "!header:lang=en"]).unwrap();
        with_located(&FULL, 0, TimestampType::CreateTime, |located| {
            assert!(!filters.admit(&located.record));
            assert!(Filters::default().admit(&located.record));
        });
    }

    #[test]
    fn slips_are_told() {
        for (text, part) in [
            ("", "neither key"),
            ("!", "neither key"),
            ("id=7", "neither key"),
            ("keys=7", "\"s=7\" begins with no operator"),
            ("key:7", "begins with no operator"),
            ("header:", "no name"),
            ("header:=x", "no name"),
            ("key~(", "unclosed group"),
        ] {
            let error = Filters::parse([text]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage, "{text}");
            assert!(error.to_string().contains(part), "{text}: {error}");
            assert!(error.to_string().contains(&format!("filter {text:?}")));
            assert!(error.help_text().is_some(), "{text}");
        }
    }
}
