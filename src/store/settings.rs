//! What the settings of one topic are, from whatever place each was set in.
//!
//! What a topic does not set itself comes from the directory's `server.properties`, and else from the built-in
//! defaults. What was set for a topic stays set, even to the default's value: defaults can change.

use std::collections::BTreeMap;

use super::setting::{Setting, Value};
use crate::error::{Error, Result};
use crate::record::TimestampType;

/// What is done with old segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CleanupPolicy {
    /// Retention applies.
    pub delete: bool,
    /// The last record of each key is kept, older ones go.
    pub compact: bool,
}

/// How a topic's batches are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompressionType {
    /// As the producer says.
    Producer,
    /// Not at all.
    Uncompressed,
    /// With this level, -1 for gzip's own default.
    Gzip(i32),
    /// Snappy, which has no levels.
    Snappy,
    /// With this level.
    Lz4(i32),
    /// With this level.
    Zstd(i32),
}

/// Settings that somebody set in one place: a topic, or the directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingMap(BTreeMap<Setting, String>);

impl SettingMap {
    /// Takes `name=value` apart and sets it. Neither has to be legal: the error says what would be.
    pub fn assign(&mut self, assignment: &str) -> Result<()> {
        let (name, value) = assignment.split_once('=').ok_or_else(|| {
            Error::usage(format!("'{assignment}' is no setting: NAME=VALUE expected"))
        })?;
        self.set(Setting::named(name.trim())?, value)
    }

    /// Sets one.
    pub fn set(&mut self, setting: Setting, text: &str) -> Result<()> {
        let value = setting.value(text)?;
        self.0.insert(setting, setting.text(value));
        Ok(())
    }

    /// Goes back to the default; says whether it was set.
    pub fn unset(&mut self, setting: Setting) -> bool {
        self.0.remove(&setting).is_some()
    }

    /// The text of one that was set.
    #[must_use]
    pub fn get(&self, setting: Setting) -> Option<&str> {
        self.0.get(&setting).map(String::as_str)
    }

    /// Those that were set, by name.
    pub fn iter(&self) -> impl Iterator<Item = (Setting, &str)> {
        self.0
            .iter()
            .map(|(setting, text)| (*setting, text.as_str()))
    }

    /// Whether none was set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Settings as they act.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    values: Vec<Value>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            values: Setting::all().map(Setting::default_value).collect(),
        }
    }
}

impl Settings {
    /// The built-in defaults, over them those of the directory, over them the topic's own.
    pub fn effective(directory: &SettingMap, topic: &SettingMap) -> Result<Self> {
        let mut settings = Self::default();
        for (setting, text) in directory.iter().chain(topic.iter()) {
            settings.values[setting as usize] = setting.value(text)?;
        }
        let (least, most) = (
            settings.min_compaction_lag_ms(),
            settings.max_compaction_lag_ms(),
        );
        if least > most {
            return Err(Error::usage(format!(
                "min.compaction.lag.ms={least} is not possible: max.compaction.lag.ms is {most}, and it must not be more"
            )));
        }
        Ok(settings)
    }

    /// The value of any of them, as text.
    #[must_use]
    pub fn text(&self, setting: Setting) -> String {
        setting.text(self.values[setting as usize])
    }

    fn whole(&self, setting: Setting) -> i64 {
        match self.values[setting as usize] {
            Value::Whole(number) => number,
            Value::Ratio(_) | Value::Word(_) | Value::Words(_) => 0,
        }
    }

    /// For settings whose range is not negative.
    fn size(&self, setting: Setting) -> u64 {
        self.whole(setting).unsigned_abs()
    }

    /// For settings whose range lies within this type's.
    fn level(&self, setting: Setting) -> i32 {
        i32::try_from(self.whole(setting)).unwrap_or_default()
    }

    /// What is done with old segments.
    #[must_use]
    pub fn cleanup_policy(&self) -> CleanupPolicy {
        let text = self.text(Setting::CleanupPolicy);
        CleanupPolicy {
            delete: text.split(',').any(|word| word == "delete"),
            compact: text.split(',').any(|word| word == "compact"),
        }
    }

    /// How batches are compressed.
    #[must_use]
    pub fn compression(&self) -> CompressionType {
        match self.text(Setting::CompressionType).as_str() {
            "gzip" => CompressionType::Gzip(self.level(Setting::CompressionGzipLevel)),
            "snappy" => CompressionType::Snappy,
            "lz4" => CompressionType::Lz4(self.level(Setting::CompressionLz4Level)),
            "zstd" => CompressionType::Zstd(self.level(Setting::CompressionZstdLevel)),
            "producer" => CompressionType::Producer,
            _ => CompressionType::Uncompressed,
        }
    }

    /// Who sets timestamps.
    #[must_use]
    pub fn timestamp_type(&self) -> TimestampType {
        match self.text(Setting::MessageTimestampType).as_str() {
            "LogAppendTime" => TimestampType::LogAppendTime,
            _ => TimestampType::CreateTime,
        }
    }

    /// How much of a log must be dirty before it is compacted, from 0 to 1.
    #[must_use]
    pub fn min_cleanable_dirty_ratio(&self) -> f64 {
        match self.values[Setting::MinCleanableDirtyRatio as usize] {
            Value::Ratio(ratio) => ratio,
            Value::Whole(_) | Value::Word(_) | Value::Words(_) => 0.0,
        }
    }

    /// How long a tombstone is kept after its key was compacted, in ms.
    #[must_use]
    pub fn delete_retention_ms(&self) -> i64 {
        self.whole(Setting::DeleteRetentionMs)
    }

    /// How long a removed segment's files are kept under another name, in ms.
    #[must_use]
    pub fn file_delete_delay_ms(&self) -> i64 {
        self.whole(Setting::FileDeleteDelayMs)
    }

    /// An index entry is written once more than so many bytes follow the last.
    #[must_use]
    pub fn index_interval_bytes(&self) -> u64 {
        self.size(Setting::IndexIntervalBytes)
    }

    /// A record is compacted at the latest so long after it was written, in ms.
    #[must_use]
    pub fn max_compaction_lag_ms(&self) -> i64 {
        self.whole(Setting::MaxCompactionLagMs)
    }

    /// A record stays as it is for so long after it was written, in ms.
    #[must_use]
    pub fn min_compaction_lag_ms(&self) -> i64 {
        self.whole(Setting::MinCompactionLagMs)
    }

    /// Largest batch, header included.
    #[must_use]
    pub fn max_message_bytes(&self) -> u64 {
        self.size(Setting::MaxMessageBytes)
    }

    /// How far a timestamp may lie in the future, in ms.
    #[must_use]
    pub fn timestamp_after_max_ms(&self) -> i64 {
        self.whole(Setting::MessageTimestampAfterMaxMs)
    }

    /// How far a timestamp may lie in the past, in ms.
    #[must_use]
    pub fn timestamp_before_max_ms(&self) -> i64 {
        self.whole(Setting::MessageTimestampBeforeMaxMs)
    }

    /// A partition keeps about so many bytes; none for all.
    #[must_use]
    pub fn retention_bytes(&self) -> Option<u64> {
        u64::try_from(self.whole(Setting::RetentionBytes)).ok()
    }

    /// A partition keeps records for so long, in ms; none for ever.
    #[must_use]
    pub fn retention_ms(&self) -> Option<i64> {
        Some(self.whole(Setting::RetentionMs)).filter(|ms| *ms >= 0)
    }

    /// A segment is rolled before it gets larger.
    #[must_use]
    pub fn segment_bytes(&self) -> u64 {
        self.size(Setting::SegmentBytes)
    }

    /// A segment is rolled before one of its indexes gets larger.
    #[must_use]
    pub fn segment_index_bytes(&self) -> u64 {
        self.size(Setting::SegmentIndexBytes)
    }

    /// A segment may be rolled up to so much earlier than `segment_ms` says, in ms.
    #[must_use]
    pub fn segment_jitter_ms(&self) -> i64 {
        self.whole(Setting::SegmentJitterMs)
    }

    /// A segment is rolled once it is older, in ms.
    #[must_use]
    pub fn segment_ms(&self) -> i64 {
        self.whole(Setting::SegmentMs)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::store::testing::settings;

    #[test]
    fn defaults_are_kafkas_but_for_retention() {
        let settings = Settings::default();
        assert_eq!(settings.segment_bytes(), 1 << 30);
        assert_eq!(settings.max_message_bytes(), 1_048_588);
        assert_eq!(settings.retention_ms(), None);
        assert_eq!(settings.retention_bytes(), None);
        assert_eq!(settings.compression(), CompressionType::Producer);
        assert_eq!(settings.timestamp_type(), TimestampType::CreateTime);
        assert_eq!(settings.segment_ms(), 604_800_000);
        let policy = settings.cleanup_policy();
        assert!(policy.delete && !policy.compact);
    }

    #[test]
    fn the_topic_beats_the_directory_beats_the_default() {
        let directory = settings(&["retention.ms=1000", "retention.bytes=5"]);
        let topic = settings(&[
            "retention.ms=-1",
            "compression.type=zstd",
            "cleanup.policy=compact,delete",
        ]);
        let settings = Settings::effective(&directory, &topic).unwrap();
        assert_eq!(settings.retention_ms(), None);
        assert_eq!(settings.retention_bytes(), Some(5));
        assert_eq!(settings.compression(), CompressionType::Zstd(3));
        assert!(settings.cleanup_policy().compact);
        assert_eq!(settings.text(Setting::CleanupPolicy), "delete,compact");
    }

    #[test]
    fn assignments() {
        let mut own = SettingMap::default();
        assert!(own.assign("segment.bytes").is_err());
        assert!(own.assign("segment.bytes=13").is_err());
        own.assign(" segment.bytes = 0014 ").unwrap();
        assert_eq!(own.get(Setting::SegmentBytes), Some("14"));
        assert!(own.unset(Setting::SegmentBytes) && !own.unset(Setting::SegmentBytes));
        let lags = settings(&["min.compaction.lag.ms=10", "max.compaction.lag.ms=9"]);
        assert!(Settings::effective(&SettingMap::default(), &lags).is_err());
    }
}
