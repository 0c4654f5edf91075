//! A topic in one object, or one row: what `create`, `list` and `alter` report.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::store::{SettingMap, Topic, TopicId};

/// A topic without what lies in its logs.
#[derive(Debug, Serialize)]
pub(super) struct TopicSummary {
    topic: String,
    /// Kafka's text of it; none where a foreign topic's directories don't say.
    id: Option<String>,
    partition_count: i32,
    config: Map<String, Value>,
}

impl TopicSummary {
    /// The summary of `topic`.
    pub(super) fn new(topic: &Topic) -> Self {
        Self {
            topic: topic.name.to_string(),
            id: id(topic),
            partition_count: topic.partition_count,
            config: config(&topic.own_settings),
        }
    }
}

/// The id as Kafka writes it, where there is one.
pub(super) fn id(topic: &Topic) -> Option<String> {
    (topic.id != TopicId::default()).then(|| topic.id.to_string())
}

/// The settings that were set for a topic, as Kafka's tools name and write them.
pub(super) fn config(settings: &SettingMap) -> Map<String, Value> {
    let members = settings.iter();
    members
        .map(|(setting, value)| (setting.name().to_owned(), value.into()))
        .collect()
}

/// The same in one word: `a=1,b=2`.
pub(super) fn config_words(settings: &SettingMap) -> String {
    let words: Vec<String> = settings
        .iter()
        .map(|(setting, value)| format!("{}={value}", setting.name()))
        .collect();
    words.join(",")
}
