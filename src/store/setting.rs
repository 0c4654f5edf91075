//! The settings a topic can have: Kafka's names, defaults and ranges
//! (<https://kafka.apache.org/documentation/#topicconfigs>).
//!
//! Those that act on a log in a directory are taken; those that speak of brokers, replicas or sync intervals are
//! refused with the reason, since a setting that is taken and does nothing is worse than an error. One default
//! differs from Kafka's: nothing is deleted unless somebody asks (`retention.ms` is -1).

use std::fmt;

use super::nearest;
use crate::error::{Error, Result};

/// One setting that acts here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    missing_docs,
    reason = "Kafka's own names, explained in its documentation"
)]
pub enum Setting {
    CleanupPolicy,
    CompressionGzipLevel,
    CompressionLz4Level,
    CompressionType,
    CompressionZstdLevel,
    DeleteRetentionMs,
    FileDeleteDelayMs,
    IndexIntervalBytes,
    MaxCompactionLagMs,
    MaxMessageBytes,
    MessageTimestampAfterMaxMs,
    MessageTimestampBeforeMaxMs,
    MessageTimestampType,
    MinCleanableDirtyRatio,
    MinCompactionLagMs,
    RetentionBytes,
    RetentionMs,
    SegmentBytes,
    SegmentIndexBytes,
    SegmentJitterMs,
    SegmentMs,
}

/// What values a setting has.
#[derive(Clone, Copy)]
enum Kind {
    /// A whole number, from the first to the second.
    Whole(i64, i64),
    /// A whole number in a range, or -1.
    Level(i64, i64),
    /// A number from 0 to 1.
    Ratio,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Some of these words, commas between.
    Words(&'static [&'static str]),
}

struct Definition {
    setting: Setting,
    name: &'static str,
    default: &'static str,
    kind: Kind,
}

const INT_MAX: i64 = i32::MAX as i64;
const FOREVER: &str = "9223372036854775807";
const POLICIES: &[&str] = &["delete", "compact"];
const TIMESTAMP_TYPES: &[&str] = &["CreateTime", "LogAppendTime"];
const CODECS: &[&str] = &[
    "producer",
    "uncompressed",
    "none",
    "gzip",
    "snappy",
    "lz4",
    "zstd",
];

macro_rules! definitions {
    ($($setting:ident $name:literal = $default:expr, $kind:expr;)*) => {
        &[$(Definition { setting: Setting::$setting, name: $name, default: $default, kind: $kind }),*]
    };
}

/// In the order of [`Setting`], so that a setting is its own index.
const DEFINITIONS: &[Definition] = definitions! {
    CleanupPolicy "cleanup.policy" = "delete", Kind::Words(POLICIES);
    CompressionGzipLevel "compression.gzip.level" = "-1", Kind::Level(1, 9);
    CompressionLz4Level "compression.lz4.level" = "9", Kind::Whole(1, 17);
    CompressionType "compression.type" = "producer", Kind::Word(CODECS);
    CompressionZstdLevel "compression.zstd.level" = "3", Kind::Whole(-131_072, 22);
    DeleteRetentionMs "delete.retention.ms" = "86400000", Kind::Whole(0, i64::MAX);
    FileDeleteDelayMs "file.delete.delay.ms" = "60000", Kind::Whole(0, i64::MAX);
    IndexIntervalBytes "index.interval.bytes" = "4096", Kind::Whole(0, INT_MAX);
    MaxCompactionLagMs "max.compaction.lag.ms" = FOREVER, Kind::Whole(1, i64::MAX);
    MaxMessageBytes "max.message.bytes" = "1048588", Kind::Whole(0, INT_MAX);
    MessageTimestampAfterMaxMs "message.timestamp.after.max.ms" = FOREVER, Kind::Whole(0, i64::MAX);
    MessageTimestampBeforeMaxMs "message.timestamp.before.max.ms" = FOREVER, Kind::Whole(0, i64::MAX);
    MessageTimestampType "message.timestamp.type" = "CreateTime", Kind::Word(TIMESTAMP_TYPES);
    MinCleanableDirtyRatio "min.cleanable.dirty.ratio" = "0.5", Kind::Ratio;
    MinCompactionLagMs "min.compaction.lag.ms" = "0", Kind::Whole(0, i64::MAX);
    RetentionBytes "retention.bytes" = "-1", Kind::Whole(-1, i64::MAX);
    RetentionMs "retention.ms" = "-1", Kind::Whole(-1, i64::MAX);
    SegmentBytes "segment.bytes" = "1073741824", Kind::Whole(14, INT_MAX);
    SegmentIndexBytes "segment.index.bytes" = "10485760", Kind::Whole(4, INT_MAX);
    SegmentJitterMs "segment.jitter.ms" = "0", Kind::Whole(0, i64::MAX);
    SegmentMs "segment.ms" = "604800000", Kind::Whole(1, i64::MAX);
};

/// Settings of Kafka's topics that can mean nothing here, and why.
const REFUSED: &[(&str, &str)] = &[
    (
        "min.insync.replicas",
        "a directory has no replicas: 'produce --acks all' means synced to disk",
    ),
    (
        "unclean.leader.election.enable",
        "a directory has no replicas that could be elected",
    ),
    (
        "preallocate",
        "a log's end is its file's end here, so files are never longer than what is in them",
    ),
    (
        "flush.messages",
        "what is synced and when is the producer's to say: 'produce --acks' and '--sync-interval'",
    ),
    (
        "flush.ms",
        "what is synced and when is the producer's to say: 'produce --acks' and '--sync-interval'",
    ),
    (
        "leader.replication.throttled.replicas",
        "a directory has no replicas",
    ),
    (
        "follower.replication.throttled.replicas",
        "a directory has no replicas",
    ),
    (
        "message.format.version",
        "the format is always Kafka's newest, v2",
    ),
    (
        "message.downconversion.enable",
        "records are never converted to older formats",
    ),
    (
        "message.timestamp.difference.max.ms",
        "Kafka 4.0 removed it for message.timestamp.before.max.ms and message.timestamp.after.max.ms",
    ),
    ("remote.storage.enable", "a directory has no second tier"),
    ("local.retention.ms", "a directory has no second tier"),
    ("local.retention.bytes", "a directory has no second tier"),
];

impl Setting {
    /// All of them, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        DEFINITIONS.iter().map(|definition| definition.setting)
    }

    /// The setting of this name. The error for another one names the nearest, or says why Kafka's own is refused.
    pub fn named(name: &str) -> Result<Self> {
        if let Some(found) = DEFINITIONS.iter().find(|known| known.name == name) {
            return Ok(found.setting);
        }
        if let Some((_, why)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
            return Err(Error::usage(format!(
                "the setting {name} has no meaning in a directory: {why}"
            )));
        }
        let names: Vec<&str> = DEFINITIONS.iter().map(|known| known.name).collect();
        let nearest = nearest::nearest(name, names.iter().copied());
        Err(Error::usage(match nearest {
            Some(nearest) => format!("no setting is called '{name}'; did you mean '{nearest}'?"),
            None => format!("no setting is called '{name}'"),
        })
        .help(format!("topics have these settings: {}", names.join(", "))))
    }

    /// Kafka's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.definition().name
    }

    /// Its default, as text.
    #[must_use]
    pub fn default_text(self) -> &'static str {
        self.definition().default
    }

    /// Its value in `text`; the error says what would be one.
    pub(crate) fn value(self, text: &str) -> Result<Value> {
        let definition = self.definition();
        definition.kind.value(text.trim()).ok_or_else(|| {
            Error::usage(format!(
                "{}={text} is not possible: {} expected",
                definition.name, definition.kind
            ))
        })
    }

    pub(crate) fn default_value(self) -> Value {
        let definition = self.definition();
        // Every default is legal, as a test shows.
        definition
            .kind
            .value(definition.default)
            .unwrap_or(Value::Whole(0))
    }

    /// `value` as it is stored and shown.
    pub(crate) fn text(self, value: Value) -> String {
        self.definition().kind.text(value)
    }

    fn definition(self) -> &'static Definition {
        &DEFINITIONS[self as usize]
    }
}

/// A value, checked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value {
    Whole(i64),
    Ratio(f64),
    /// The setting's word of this index.
    Word(usize),
    /// The setting's words, a bit for each.
    Words(u32),
}

impl Kind {
    fn value(self, text: &str) -> Option<Value> {
        match self {
            Self::Whole(least, most) => whole(text, least, most),
            Self::Level(least, most) => match text {
                "-1" => Some(Value::Whole(-1)),
                _ => whole(text, least, most),
            },
            Self::Ratio => {
                let ratio: f64 = text.parse().ok()?;
                (0.0..=1.0).contains(&ratio).then_some(Value::Ratio(ratio))
            }
            Self::Word(words) => index(words, text).map(Value::Word),
            Self::Words(words) => {
                let mut bits = 0;
                for word in text.split(',') {
                    bits |= 1 << index(words, word.trim())?;
                }
                Some(Value::Words(bits))
            }
        }
    }

    fn text(self, value: Value) -> String {
        match (self, value) {
            (Self::Word(words), Value::Word(index)) => words[index].to_owned(),
            (Self::Words(words), Value::Words(bits)) => {
                let chosen: Vec<&str> = words
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| bits & (1 << index) != 0)
                    .map(|(_, word)| *word)
                    .collect();
                chosen.join(",")
            }
            (_, Value::Whole(number)) => number.to_string(),
            (_, Value::Ratio(ratio)) => ratio.to_string(),
            (_, Value::Word(number)) => number.to_string(),
            (_, Value::Words(bits)) => bits.to_string(),
        }
    }
}

fn whole(text: &str, least: i64, most: i64) -> Option<Value> {
    let number = text.parse().ok()?;
    (least..=most)
        .contains(&number)
        .then_some(Value::Whole(number))
}

fn index(words: &[&str], text: &str) -> Option<usize> {
    words.iter().position(|word| *word == text)
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::Level(least, most) => write!(f, "-1 or a whole number from {least} to {most}"),
            Self::Ratio => write!(f, "a number from 0 to 1"),
            Self::Word(words) => write!(f, "one of {}", words.join(", ")),
            Self::Words(words) => write!(
                f,
                "one or more of {}, with commas between,",
                words.join(", ")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_setting_is_its_own_index_and_its_default_is_legal() {
        for (index, definition) in DEFINITIONS.iter().enumerate() {
            assert_eq!(definition.setting as usize, index, "{}", definition.name);
            let value = definition.setting.value(definition.default).unwrap();
            assert_eq!(definition.setting.text(value), definition.default);
            assert_eq!(Setting::named(definition.name).unwrap(), definition.setting);
        }
    }

    #[test]
    fn ranges() {
        for (setting, good, bad) in [
            (Setting::SegmentBytes, "14", "13"),
            (Setting::SegmentBytes, "2147483647", "2147483648"),
            (Setting::SegmentMs, "1", "0"),
            (Setting::RetentionMs, "-1", "-2"),
            (
                Setting::RetentionMs,
                "9223372036854775807",
                "9223372036854775808",
            ),
            (Setting::RetentionMs, " 5 ", "5s"),
            (Setting::CompressionGzipLevel, "-1", "0"),
            (Setting::CompressionGzipLevel, "9", "10"),
            (Setting::CompressionLz4Level, "17", "-1"),
            (Setting::CompressionZstdLevel, "-131072", "23"),
            (Setting::MinCleanableDirtyRatio, "1", "1.01"),
            (Setting::MinCleanableDirtyRatio, "0", "NaN"),
            (Setting::CleanupPolicy, "compact, delete", "compact,"),
            (Setting::CleanupPolicy, "delete", ""),
            (Setting::CompressionType, "none", "brotli"),
            (
                Setting::MessageTimestampType,
                "LogAppendTime",
                "logappendtime",
            ),
            (Setting::SegmentIndexBytes, "4", "3"),
        ] {
            assert!(setting.value(good).is_ok(), "{setting:?}={good}");
            let error = setting.value(bad).unwrap_err().to_string();
            assert!(
                error.contains(setting.name()) && error.contains("expected"),
                "{error}"
            );
        }
    }

    #[test]
    fn errors_name_the_nearest_or_the_reason() {
        let error = Setting::named("retention.m").unwrap_err();
        assert!(
            error.to_string().contains("did you mean 'retention.ms'?"),
            "{error}"
        );
        assert!(error.help_text().unwrap().contains("segment.bytes"));
        let error = Setting::named("xyz").unwrap_err().to_string();
        assert!(!error.contains("did you mean"), "{error}");
        for (name, why) in REFUSED {
            let error = Setting::named(name).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
