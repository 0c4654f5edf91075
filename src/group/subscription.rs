//! Which topics a member wants to read.

use std::fmt;

use regex::Regex;

use crate::error::{Error, Result};
use crate::store::TopicName;

/// Kafka's own topics, which its consumers leave out of patterns (`exclude.internal.topics`,
/// <https://kafka.apache.org/documentation/#consumerconfigs_exclude.internal.topics>).
const INTERNAL: [&str; 2] = ["__consumer_offsets", "__transaction_state"];

/// Topics by name and by pattern.
#[derive(Debug, Clone, Default)]
pub struct Subscription {
    topics: Vec<TopicName>,
    patterns: Vec<Pattern>,
}

/// A regular expression that a topic's whole name has to match, as with Kafka's `subscribe(Pattern)`.
#[derive(Clone)]
struct Pattern {
    text: String,
    regex: Regex,
}

impl Subscription {
    /// A subscription of these. What begins with `^` is a pattern, as with librdkafka; a topic's name can't.
    pub fn parse<'a>(wanted: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut topics = Vec::new();
        let mut patterns = Vec::new();
        for text in wanted {
            if text.starts_with('^') {
                patterns.push(text.to_owned());
            } else {
                topics.push(TopicName::new(text)?);
            }
        }
        Self::new(topics, patterns)
    }

    /// A subscription of these topics and patterns.
    pub fn new(mut topics: Vec<TopicName>, mut patterns: Vec<String>) -> Result<Self> {
        topics.sort();
        topics.dedup();
        patterns.sort();
        patterns.dedup();
        if topics.is_empty() && patterns.is_empty() {
            return Err(Error::usage("a subscription needs a topic or a pattern"));
        }
        let patterns = patterns
            .into_iter()
            .map(Pattern::new)
            .collect::<Result<_>>()?;
        Ok(Self { topics, patterns })
    }

    /// The topics named, sorted.
    #[must_use]
    pub fn topics(&self) -> &[TopicName] {
        &self.topics
    }

    /// The patterns, sorted.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().map(|pattern| pattern.text.as_str())
    }

    /// Whether there are patterns: then topics that are made later may belong to it.
    #[must_use]
    pub fn has_patterns(&self) -> bool {
        !self.patterns.is_empty()
    }

    /// Whether a topic belongs to it.
    #[must_use]
    pub fn matches(&self, topic: &TopicName) -> bool {
        self.topics.binary_search(topic).is_ok() || self.matches_pattern(topic)
    }

    /// Whether a topic belongs to it by one of the patterns.
    #[must_use]
    pub fn matches_pattern(&self, topic: &TopicName) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(topic))
    }

    /// The patterns that none of these topics belongs to it by.
    pub fn unmatched<'a>(&'a self, topics: &'a [TopicName]) -> impl Iterator<Item = &'a str> {
        self.patterns
            .iter()
            .filter(|pattern| !topics.iter().any(|topic| pattern.matches(topic)))
            .map(|pattern| pattern.text.as_str())
    }
}

impl PartialEq for Subscription {
    fn eq(&self, other: &Self) -> bool {
        self.topics == other.topics && self.patterns().eq(other.patterns())
    }
}

impl Pattern {
    fn new(text: String) -> Result<Self> {
        // By itself first: a bracket too many must not pair with one of the frame's.
        let regex = Regex::new(&text)
            .and_then(|_| Regex::new(&format!("^(?:{text})$")))
            .map_err(|error| refusal(&text, &error))?;
        Ok(Self { text, regex })
    }

    fn matches(&self, topic: &TopicName) -> bool {
        let name = topic.as_str();
        !INTERNAL.contains(&name) && self.regex.is_match(name)
    }
}

/// The library shows the expression over several lines; the last one says what is wrong with it.
fn refusal(text: &str, error: &regex::Error) -> Error {
    let error = error.to_string();
    let why = error.lines().last().unwrap_or_default();
    let why = why.trim_start_matches("error: ");
    Error::usage(format!(
        "the pattern '{text}' is no regular expression: {why}"
    ))
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::error::ErrorKind;

    fn matches(wanted: &[&str], topic: &str) -> bool {
        Subscription::parse(wanted.iter().copied())
            .unwrap()
            .matches(&TopicName::new(topic).unwrap())
    }

    #[test]
    fn names_and_patterns() {
        let wanted = ["orders", "^pay.*", "^a|b"];
        for topic in ["orders", "pay", "payments", "a", "b"] {
            assert!(matches(&wanted, topic), "{topic}");
        }
        for topic in ["orders2", "my-pay", "ab", "ba", "pa"] {
            assert!(!matches(&wanted, topic), "{topic}");
        }
    }

    #[test]
    fn patterns_leave_kafkas_own_topics_out() {
        assert!(!matches(&["^.*"], "__consumer_offsets"));
        assert!(matches(&["__consumer_offsets"], "__consumer_offsets"));
    }

    #[test]
    fn patterns_that_match_nothing_are_named() {
        let topics = ["orders", "__consumer_offsets"].map(|topic| TopicName::new(topic).unwrap());
        let wanted = Subscription::parse(["x", "^ord.*", "^order", "^__.*"]).unwrap();
        let unmatched: Vec<&str> = wanted.unmatched(&topics).collect();
        assert_eq!(unmatched, ["^__.*", "^order"]);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for wanted in ["^(", "^a)|(b", "^[", "a b", ""] {
            let error = Subscription::parse([wanted]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage, "{wanted}");
            assert!(!error.to_string().contains('\n'), "{error}");
        }
        assert!(Subscription::parse([]).is_err());
    }

    #[test]
    fn the_order_does_not_matter() {
        let parse = |wanted: [&str; 3]| Subscription::parse(wanted).unwrap();
        assert_eq!(parse(["b", "a", "^x"]), parse(["^x", "a", "b"]));
        assert_ne!(parse(["b", "a", "^x"]), parse(["^y", "a", "b"]));
    }
}
