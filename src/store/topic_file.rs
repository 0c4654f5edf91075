//! `topics/NAME.json`: what a topic is. Renamed into place first, it is what makes and ends a topic.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::durable;
use super::names::{MAX_PARTITIONS, TopicId};
use super::setting::Setting;
use super::settings::SettingMap;
use crate::error::{Error, ErrorKind, Result};

/// Where a topic is between being made and being gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TopicState {
    /// Its directories are being made.
    Creating,
    /// It can be used.
    Ready,
    /// It is deleted, though not all of it may be gone.
    Deleting,
}

/// What a topic's file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicFile {
    /// Tells it from one of the same name that was there before.
    pub id: TopicId,
    /// How many partitions it has.
    pub partitions: i32,
    /// Its own settings.
    pub settings: SettingMap,
    /// Whether offsets may be missing between its batches: it is compacted or once was, or came from elsewhere.
    pub gaps: bool,
    /// Whether it is there yet, or still.
    pub state: TopicState,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    id: TopicId,
    partitions: i32,
    #[serde(default)]
    config: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    gaps: bool,
    state: TopicState,
}

impl TopicFile {
    /// Reads a topic's file; none if there is none.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let Some(bytes) = durable::read(path)? else {
            return Ok(None);
        };
        let damaged = |why: &str| {
            Error::new(
                ErrorKind::Damaged,
                format!("{} can't be read: {why}", path.display()),
            )
            .help("restore the file from a copy, or move it away to use the topic's directories with default settings")
        };
        let json: Json =
            serde_json::from_slice(&bytes).map_err(|error| damaged(&error.to_string()))?;
        if !(1..=MAX_PARTITIONS).contains(&json.partitions) {
            return Err(damaged(&format!("it has {} partitions", json.partitions)));
        }
        let mut settings = SettingMap::default();
        for (name, value) in &json.config {
            Setting::named(name)
                .and_then(|setting| settings.set(setting, value))
                .map_err(|error| damaged(&error.to_string()))?;
        }
        Ok(Some(Self {
            id: json.id,
            partitions: json.partitions,
            settings,
            gaps: json.gaps,
            state: json.state,
        }))
    }

    /// Replaces it, durably.
    pub fn write(&self, path: &Path) -> Result<()> {
        let json = Json {
            id: self.id,
            partitions: self.partitions,
            config: self
                .settings
                .iter()
                .map(|(setting, text)| (setting.name().to_owned(), text.to_owned()))
                .collect(),
            gaps: self.gaps,
            state: self.state,
        };
        let mut text = serde_json::to_string_pretty(&json)
            .map_err(|error| Error::failed(format!("cannot write {}: {error}", path.display())))?;
        text.push('\n');
        durable::replace(path, text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn round_trip() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("orders.json");
        assert_eq!(TopicFile::read(&path).unwrap(), None);
        let mut file = TopicFile {
            id: TopicId::random(),
            partitions: 3,
            settings: SettingMap::default(),
            gaps: true,
            state: TopicState::Creating,
        };
        file.settings.assign("segment.bytes=100").unwrap();
        file.write(&path).unwrap();
        assert_eq!(TopicFile::read(&path).unwrap(), Some(file));
    }

    #[test]
    fn damage_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("orders.json");
        let id = TopicId::random();
        for text in [
            String::new(),
            "{}".to_owned(),
            format!(r#"{{"id":"{id}","partitions":0,"state":"ready"}}"#),
            r#"{"id":"x","partitions":1,"state":"ready"}"#.to_owned(),
            format!(r#"{{"id":"{id}","partitions":1,"state":"gone"}}"#),
            format!(r#"{{"id":"{id}","partitions":1,"state":"ready","more":1}}"#),
            format!(r#"{{"id":"{id}","partitions":1,"state":"ready","config":{{"a":"b"}}}}"#),
        ] {
            std::fs::write(&path, &text).unwrap();
            let error = TopicFile::read(&path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Damaged, "{text}");
            assert!(error.to_string().contains("orders.json"), "{error}");
        }
    }
}
