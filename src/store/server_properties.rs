//! `server.properties`: the directory's own defaults, by the names they have on a broker
//! (<https://kafka.apache.org/documentation/#brokerconfigs>).

use std::path::Path;

use super::names::MAX_PARTITIONS;
use super::nearest::nearest;
use super::properties::{Properties, Property};
use super::setting::Setting;
use super::settings::SettingMap;
use crate::error::{Error, Result};

const NUM_PARTITIONS: &str = "num.partitions";
const AUTO_CREATE: &str = "auto.create.topics.enable";

/// A broker's names of what topics call otherwise, or the same.
const SETTINGS: [(&str, Setting); 3] = [
    ("log.retention.ms", Setting::RetentionMs),
    ("log.retention.bytes", Setting::RetentionBytes),
    ("compression.type", Setting::CompressionType),
];

/// The directory's defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerProperties {
    /// Partitions of a topic for which nobody says how many.
    pub num_partitions: i32,
    /// Whether producing to a topic that is not there makes it.
    pub auto_create_topics: bool,
    /// Defaults of topics' settings.
    pub settings: SettingMap,
}

impl Default for ServerProperties {
    fn default() -> Self {
        Self {
            num_partitions: 1,
            auto_create_topics: true,
            settings: SettingMap::default(),
        }
    }
}

impl ServerProperties {
    /// Reads the file; without one everything is as Kafka's defaults are.
    pub fn read(path: &Path) -> Result<Self> {
        let mut server = Self::default();
        if let Some(properties) = Properties::read(path)? {
            for property in properties.iter() {
                server
                    .apply(property)
                    .map_err(|why| properties.error(property, &why.to_string()))?;
            }
        }
        Ok(server)
    }

    fn apply(&mut self, property: &Property) -> Result<()> {
        let value = property.value.as_str();
        if let Some((_, setting)) = SETTINGS.iter().find(|(name, _)| *name == property.name) {
            return self.settings.set(*setting, value);
        }
        match (property.name.as_str(), value) {
            (NUM_PARTITIONS, _) => {
                let number = value.parse().ok();
                self.num_partitions = number
                    .filter(|number| (1..=MAX_PARTITIONS).contains(number))
                    .ok_or_else(|| {
                        Error::usage(format!(
                            "{NUM_PARTITIONS}={value} is not possible: a whole number from 1 to {MAX_PARTITIONS} expected"
                        ))
                    })?;
            }
            (AUTO_CREATE, "true") => self.auto_create_topics = true,
            (AUTO_CREATE, "false") => self.auto_create_topics = false,
            (AUTO_CREATE, _) => {
                return Err(Error::usage(format!(
                    "{AUTO_CREATE}={value} is not possible: true or false expected"
                )));
            }
            (name, _) => return Err(unknown(name)),
        }
        Ok(())
    }
}

fn unknown(name: &str) -> Error {
    let names = || {
        let settings = SETTINGS.iter().map(|(name, _)| *name);
        [NUM_PARTITIONS, AUTO_CREATE].into_iter().chain(settings)
    };
    let hint = nearest(name, names()).map_or_else(
        || format!("known are {}", names().collect::<Vec<_>>().join(", ")),
        |nearest| format!("did you mean '{nearest}'?"),
    );
    Error::usage(format!("no setting is called '{name}'; {hint}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn read(text: &str) -> Result<ServerProperties> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("server.properties");
        std::fs::write(&path, text).unwrap();
        ServerProperties::read(&path)
    }

    #[test]
    fn kafkas_names() {
        let server = read(
            "num.partitions=3\nauto.create.topics.enable=false\nlog.retention.ms=5\n\
             log.retention.bytes=6\ncompression.type=lz4\n",
        )
        .unwrap();
        assert_eq!(server.num_partitions, 3);
        assert!(!server.auto_create_topics);
        assert_eq!(server.settings.get(Setting::RetentionMs), Some("5"));
        assert_eq!(server.settings.get(Setting::RetentionBytes), Some("6"));
        assert_eq!(server.settings.get(Setting::CompressionType), Some("lz4"));
        assert_eq!(read("").unwrap(), ServerProperties::default());
    }

    #[test]
    fn errors_name_file_and_line() {
        for (line, word) in [
            ("num.partition=1", "did you mean 'num.partitions'?"),
            ("broker.id=1", "known are num.partitions"),
            ("num.partitions=0", "from 1 to 100000"),
            ("auto.create.topics.enable=yes", "true or false"),
            ("log.retention.ms=-2", "whole number"),
        ] {
            let error = read(&format!("# defaults\n{line}\n"))
                .unwrap_err()
                .to_string();
            assert!(
                error.contains("server.properties line 2: ") && error.contains(word),
                "{error}"
            );
        }
    }
}
