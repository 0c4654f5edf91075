//! `meta.properties`: that a directory is a store, of which version, and which one.
//!
//! The file has the form it has in a broker's log.dir
//! (<https://github.com/apache/kafka/blob/3.9/metadata/src/main/java/org/apache/kafka/metadata/properties/MetaProperties.java>).

use std::path::Path;

use super::durable;
use super::names::TopicId;
use super::properties::Properties;
use crate::error::{Error, ErrorKind, Result};

/// The version of the directory's format that we read and write.
const VERSION: &str = "1";

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaProperties {
    /// Tells directories apart; a UUID in the form Kafka gives it.
    pub cluster_id: String,
}

impl MetaProperties {
    /// Of a new directory.
    #[must_use]
    pub fn random() -> Self {
        Self {
            cluster_id: TopicId::random().to_string(),
        }
    }

    /// Reads the file; none if there is none. A version we don't know is an error: who wrote it may have rules we
    /// would break.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let Some(properties) = Properties::read(path)? else {
            return Ok(None);
        };
        if let Some(version) = properties.get("version")
            && version.value != VERSION
        {
            let why = format!("version {} is not known, only {VERSION}", version.value);
            return Err(properties
                .error(version, &why)
                .help("use the version of kafdir that made the directory, or a later one"));
        }
        match properties.get("cluster.id") {
            Some(id) => Ok(Some(Self {
                cluster_id: id.value.clone(),
            })),
            None => Err(Error::new(
                ErrorKind::Damaged,
                format!("{} has no cluster.id", path.display()),
            )
            .help("add a line 'cluster.id=' with any UUID")),
        }
    }

    /// Writes the file, durably.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = format!("version={VERSION}\ncluster.id={}\n", self.cluster_id);
        durable::replace(path, text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn round_trip_and_faults() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("meta.properties");
        assert_eq!(MetaProperties::read(&path).unwrap(), None);
        let meta = MetaProperties::random();
        meta.write(&path).unwrap();
        assert_eq!(MetaProperties::read(&path).unwrap(), Some(meta));
        std::fs::write(&path, "version=2\ncluster.id=x\n").unwrap();
        let error = MetaProperties::read(&path).unwrap_err().to_string();
        assert!(error.contains("line 1: version 2 is not known"), "{error}");
        std::fs::write(&path, "version=1\n").unwrap();
        assert_eq!(
            MetaProperties::read(&path).unwrap_err().kind(),
            ErrorKind::Damaged
        );
    }
}
