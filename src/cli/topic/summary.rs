//! A topic in one object, or one row: what `create`, `list` and `alter` report.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::client::{Engine, TopicConfig};
use crate::error::Result;
use crate::store::{Topic, TopicId};

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
    pub(super) fn new(engine: &dyn Engine, topic: &Topic) -> Result<Self> {
        Ok(Self {
            topic: topic.name.to_string(),
            id: id(topic),
            partition_count: topic.partition_count,
            config: config(&engine.config(topic)?),
        })
    }
}

/// The id as Kafka writes it, where there is one.
pub(super) fn id(topic: &Topic) -> Option<String> {
    (topic.id != TopicId::default()).then(|| topic.id.to_string())
}

/// The settings that were set for a topic, as Kafka's tools name and write them.
pub(super) fn config(config: &TopicConfig) -> Map<String, Value> {
    let members = config.iter();
    members
        .map(|(name, value)| (name.clone(), value.as_str().into()))
        .collect()
}

/// The same in one word: `a=1,b=2`.
pub(super) fn config_words(config: &TopicConfig) -> String {
    let words: Vec<String> = config
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    words.join(",")
}
