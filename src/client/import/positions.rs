//! `imports/NAME/position.json`: how far an import came.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::identity::Identity;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Topic, TopicId, TopicName, durable};

/// The version of the file that we read and write.
const VERSION: u32 = 1;

/// How far the files of an import were read and stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Positions {
    version: u32,
    topic: String,
    topic_id: TopicId,
    /// How lines become records and where these go: what must not change from run to run.
    options: String,
    /// Whether a run has begun and not ended: then a log may hold more of the files than is said here.
    pub running: bool,
    /// The files, in the order in which they came to be known.
    pub sources: Vec<SourcePosition>,
}

/// How far one file was read and stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourcePosition {
    /// The name that it was given by, as an absolute path; it may have another by now.
    pub path: PathBuf,
    /// Which file it is.
    pub identity: Identity,
    /// Bytes of it that were read and stored.
    pub position: u64,
    /// Its size when it was last looked at, in bytes.
    pub size: u64,
    /// The id of the producer of its records.
    pub producer_id: i64,
    /// How many records were dealt out to the partitions in turn.
    pub dealt: u64,
    /// The partitions, by number.
    pub partitions: Vec<LanePosition>,
}

/// How far one partition is known to hold a file's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanePosition {
    /// The number of the next record.
    pub sequence: i32,
    /// An offset at or after the end of the last batch of this producer, below which all is on disk.
    pub end: i64,
}

impl Positions {
    /// Of an import that begins.
    #[must_use]
    pub fn new(topic: &Topic, options: String) -> Self {
        Self {
            version: VERSION,
            topic: topic.name.as_str().to_owned(),
            topic_id: topic.id,
            options,
            running: false,
            sources: Vec::new(),
        }
    }

    /// Reads an import's file; none if there is none.
    pub fn read(dir: &Path) -> Result<Option<Self>> {
        let path = file_in(dir);
        let Some(bytes) = durable::read(&path)? else {
            return Ok(None);
        };
        let damaged = |why: String| {
            Error::new(
                ErrorKind::Damaged,
                format!("{} can't be read: {why}", path.display()),
            )
            .help("restore the file from a copy; without it a new import would store everything again")
        };
        let positions: Self =
            serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if positions.version != VERSION {
            return Err(damaged(format!(
                "version {} is not known, only {VERSION}",
                positions.version
            )));
        }
        TopicName::new(&positions.topic).map_err(|error| damaged(error.to_string()))?;
        Ok(Some(positions))
    }

    /// Writes it, durably.
    pub fn write(&self, dir: &Path) -> Result<()> {
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::failed(format!("cannot write JSON: {error}")))?;
        text.push(b'\n');
        durable::replace(&file_in(dir), &text)
    }

    /// An error if the import was one into another topic, or of other records.
    pub fn check(&self, dir: &Path, topic: &Topic, options: &str) -> Result<()> {
        let differs = |what: String| {
            Err(Error::failed(format!("{}: {what}", file_in(dir).display())).help(
                "go on with what the import began with, or choose another name for a new import",
            ))
        };
        if self.topic != topic.name.as_str() {
            return differs(format!("this import is into the topic {}", self.topic));
        }
        if self.topic_id != topic.id {
            return differs(format!(
                "the topic {} was deleted and created again since this import began",
                self.topic
            ));
        }
        if self.options != options {
            return differs(format!(
                "this import began with {}, not with {options}",
                self.options
            ));
        }
        Ok(())
    }
}

fn file_in(dir: &Path) -> PathBuf {
    dir.join("position.json")
}

/// Makes the directory of an import, and that of all imports.
pub fn create_import_dir(dir: &Path) -> Result<()> {
    if fs::symlink_metadata(dir).is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(());
    }
    let imports = durable::parent(dir);
    durable::create_dir(imports)?;
    durable::sync_dir(durable::parent(imports))?;
    durable::create_dir(dir)?;
    durable::sync_dir(imports)
}
