//! Making topics, and taking foreign ones over.
//!
//! The topic's file comes first, in state creating; then the directories; then the file says ready. Whoever is killed
//! in between leaves something that the next one to meet it finishes.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use super::checkpoint::{LEADER_EPOCHS_FILE, LeaderEpochs};
use super::durable::{self, Access};
use super::lock::LockGuard;
use super::names::{
    INTERNAL_METADATA_TOPIC, MAX_PARTITIONS, SegmentFile, TopicId, TopicName, TopicPartition,
    parse_segment_file_name,
};
use super::partition_metadata;
use super::settings::{SettingMap, Settings};
use super::store::Store;
use super::topic::Topic;
use super::topic_file::{TopicFile, TopicState};
use crate::error::{Error, IoContext as _, Result};

/// How making a topic ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It was made.
    Created,
    /// It was there already, and that was to be no error.
    Existed,
}

impl Store {
    /// Makes a topic. If it is there already that is an error unless `if_not_exists`; its partitions and settings
    /// are then left as they are.
    pub fn create_topic(
        &self,
        name: &TopicName,
        partitions: i32,
        settings: &SettingMap,
        if_not_exists: bool,
    ) -> Result<Creation> {
        check_partitions(partitions)?;
        if name.as_str() == INTERNAL_METADATA_TOPIC {
            return Err(Error::usage(format!(
                "'{name}' can't be a topic: Kafka keeps its own metadata under that name"
            )));
        }
        Settings::effective(&self.server().settings, settings)?;
        let guard = self.topics_lock()?;
        let exists =
            self.finish_topic(name, &guard)?.is_some() || self.foreign_topic(name)?.is_some();
        if exists && if_not_exists {
            return Ok(Creation::Existed);
        }
        if exists {
            return Err(Error::failed(format!("topic '{name}' already exists"))
                .help("--if-not-exists makes that no error"));
        }
        self.refuse_collision(name)?;
        self.refuse_leftovers(name)?;
        let file = TopicFile {
            id: TopicId::random(),
            partitions,
            settings: settings.clone(),
            state: TopicState::Creating,
        };
        file.write(&self.layout().topic_file(name))?;
        self.finish_creation(name, file)?;
        Ok(Creation::Created)
    }

    /// Makes a foreign topic one of ours, before the first write to it; one of ours is left as it is. Partitions
    /// that are not there are made.
    pub fn adopt_topic(&self, name: &TopicName) -> Result<Topic> {
        let guard = self.topics_lock()?;
        if let Some(file) = self.finish_topic(name, &guard)? {
            return self.ready_topic(name, file);
        }
        let topic = self
            .foreign_topic(name)?
            .ok_or_else(|| self.unknown_topic(name))?;
        check_partitions(topic.partition_count)?;
        let file = TopicFile {
            id: if topic.id == TopicId::default() {
                TopicId::random()
            } else {
                topic.id
            },
            partitions: topic.partition_count,
            settings: SettingMap::default(),
            state: TopicState::Ready,
        };
        // The directories first: a topic that is there must not vanish for who looks meanwhile.
        self.make_partitions(name, 0, &file)?;
        file.write(&self.layout().topic_file(name))?;
        self.ready_topic(name, file)
    }

    /// Makes the partitions of a topic in state creating, and makes it ready.
    pub(crate) fn finish_creation(
        &self,
        name: &TopicName,
        mut file: TopicFile,
    ) -> Result<TopicFile> {
        for partition in 0..file.partitions {
            // Whatever lock file has this partition's name is another topic's: of this one there is no writer yet.
            self.retire_lock(&TopicPartition::new(name.clone(), partition), file.id)?;
        }
        self.make_partitions(name, 0, &file)?;
        file.state = TopicState::Ready;
        file.write(&self.layout().topic_file(name))?;
        Ok(file)
    }

    /// Makes the partitions of `file` from `first` on that are not there, durably.
    pub(crate) fn make_partitions(
        &self,
        name: &TopicName,
        first: i32,
        file: &TopicFile,
    ) -> Result<()> {
        for partition in first..file.partitions {
            let tp = TopicPartition::new(name.clone(), partition);
            make_partition(&self.layout().partition_dir(&tp), file.id)?;
        }
        durable::sync_dir(self.layout().logs())
    }

    /// Brings a topic that is being made or deleted to its end, under the topics' lock: the file if it is ready.
    pub(crate) fn finish_topic(
        &self,
        name: &TopicName,
        guard: &LockGuard,
    ) -> Result<Option<TopicFile>> {
        match self.read_topic_file(name)? {
            Some(file) => match file.state {
                TopicState::Ready => Ok(Some(file)),
                TopicState::Creating => self.finish_creation(name, file).map(Some),
                TopicState::Deleting => self.finish_deletion(name, &file, guard).map(|()| None),
            },
            None => Ok(None),
        }
    }

    /// Finishes whatever was begun and not finished: topics being made or deleted by who was killed.
    pub fn finish_unfinished(&self) -> Result<()> {
        let guard = self.topics_lock()?;
        for name in self.named_topics()? {
            self.finish_topic(&name, &guard)?;
        }
        Ok(())
    }

    fn refuse_collision(&self, name: &TopicName) -> Result<()> {
        let named = self.named_topics()?;
        let found = self.partition_directories()?;
        let other = named
            .iter()
            .chain(found.iter().map(|tp| &tp.topic))
            .find(|other| *other != name && other.collides_with(name));
        match other {
            Some(other) => Err(Error::failed(format!(
                "topic '{name}' collides with existing topic: {other}"
            ))
            .help("Kafka takes '.' and '_' in topic names for the same: choose another name")),
            None => Ok(()),
        }
    }

    /// There may be records in them, so they are not for us to remove.
    fn refuse_leftovers(&self, name: &TopicName) -> Result<()> {
        let found = self.partition_directories()?;
        match found.iter().find(|tp| tp.topic == *name) {
            Some(tp) => Err(Error::failed(format!(
                "{} is left over from a topic '{name}' whose file in topics/ is gone",
                self.layout().partition_dir(tp).display()
            ))
            .help(format!(
                "move it away, or to keep its records restore {}",
                self.layout().topic_file(name).display()
            ))),
            None => Ok(()),
        }
    }
}

pub(crate) fn check_partitions(partitions: i32) -> Result<()> {
    if (1..=MAX_PARTITIONS).contains(&partitions) {
        return Ok(());
    }
    Err(Error::usage(format!(
        "a topic can't have {partitions} partitions: from 1 to {MAX_PARTITIONS} are possible"
    )))
}

/// Makes a partition's directory with all that belongs into it, or adds what is missing. The directory above is not
/// synced.
fn make_partition(dir: &Path, id: TopicId) -> Result<()> {
    let made = durable::create_dir(dir)?;
    match if made {
        None
    } else {
        partition_metadata::read(dir)?
    } {
        Some(found) if found != id => {
            return Err(Error::failed(format!(
                "{} belongs to another topic, with the id {found}",
                dir.display()
            ))
            .help("move it away"));
        }
        Some(_) => {}
        None => partition_metadata::write(dir, id)?,
    }
    // One with records and no epochs came from elsewhere: what its epochs are, only the records know.
    if made || !has_log(dir)? {
        write_once(
            &dir.join(LEADER_EPOCHS_FILE),
            &LeaderEpochs::initial().format(),
        )?;
        durable::sync_dir(dir)?;
    }
    Ok(())
}

fn has_log(dir: &Path) -> Result<bool> {
    for entry in std::fs::read_dir(dir).at("list", dir)? {
        let name = entry.at("list", dir)?.file_name();
        if matches!(parse_segment_file_name(&name), Some((_, SegmentFile::Log))) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes a file that nobody can be reading yet, durably but for its name; one that is there stays, unless it is
/// empty: who wrote it was killed.
fn write_once(path: &Path, text: &str) -> Result<()> {
    match durable::create_new(path, OpenOptions::new().write(true), Access::AsDirectory) {
        Ok(mut file) => {
            file.write_all(text.as_bytes()).at("write", path)?;
            file.sync_all().at("sync", path)
        }
        Err(error) if error.io_kind() == Some(io::ErrorKind::AlreadyExists) => {
            match durable::read(path)? {
                Some(bytes) if bytes.is_empty() => durable::replace(path, text.as_bytes()),
                _ => Ok(()),
            }
        }
        Err(error) => Err(error),
    }
}
