//! Topics: which there are, and what one of them is.
//!
//! A topic has a file in `topics/`, which says how many partitions it has. Directories in `logs/` without one are a
//! topic too, with default settings, if they came from elsewhere: a copy of a broker's. Those that we made ourselves,
//! which their lock file shows, are what is left of a topic whose file is gone, and no topic.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;

use nix::unistd::{AccessFlags, access};

use super::lock::LockFile;
use super::names::{INTERNAL_METADATA_TOPIC, Layout, TopicId, TopicName, TopicPartition};
use super::nearest::{did_you_mean, nearest};
use super::partition_metadata;
use super::settings::{SettingMap, Settings};
use super::store::Store;
use super::topic_file::{TopicFile, TopicState};
use crate::error::{Error, ErrorKind, IoContext as _, Result};

/// A topic as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Topic {
    /// Its name.
    pub name: TopicName,
    /// Its id; the nil one if it is foreign and its directories don't say.
    pub id: TopicId,
    /// How many partitions it has: of a foreign one, the highest number that is there and one more.
    pub partition_count: i32,
    /// The settings as they act.
    pub settings: Settings,
    /// Those that were set for this topic.
    pub own_settings: SettingMap,
    /// Whether offsets may be missing between its batches: it is compacted or once was, or came from elsewhere.
    pub gaps: bool,
    /// It has no file in `topics/`: directories that came from elsewhere, read as they are.
    pub foreign: bool,
    /// The partitions of a foreign topic that are not there: a broker holds those of its own only.
    missing: BTreeSet<i32>,
}

impl Topic {
    /// A topic that is in no directory: its id is not known, and its settings are the defaults as far as it is known.
    #[must_use]
    pub fn elsewhere(name: TopicName, partition_count: i32) -> Self {
        Self {
            name,
            id: TopicId::default(),
            partition_count,
            settings: Settings::default(),
            own_settings: SettingMap::default(),
            gaps: true,
            foreign: false,
            missing: BTreeSet::new(),
        }
    }

    /// The numbers of its partitions. Of a topic that is not foreign all must be there.
    pub fn partition_numbers(&self) -> impl Iterator<Item = i32> + '_ {
        (0..self.partition_count).filter(|number| !self.missing.contains(number))
    }

    /// One of its partitions; the error for a number it does not have says which it has.
    pub fn partition(&self, number: i32) -> Result<TopicPartition> {
        if (0..self.partition_count).contains(&number) && !self.missing.contains(&number) {
            return Ok(TopicPartition::new(self.name.clone(), number));
        }
        Err(
            Error::failed(format!("topic '{}' has no partition {number}", self.name)).help(
                format!("its last partition is {}", self.partition_count - 1),
            ),
        )
    }

    /// All of its partitions.
    pub fn partitions(&self) -> impl Iterator<Item = TopicPartition> + '_ {
        self.partition_numbers()
            .map(|number| TopicPartition::new(self.name.clone(), number))
    }
}

impl Store {
    /// The names of all topics, sorted. One that is being made or deleted is not among them.
    pub fn topics(&self) -> Result<Vec<TopicName>> {
        let mut names: BTreeSet<TopicName> = self.foreign_topics()?.into_keys().collect();
        for name in self.named_topics()? {
            if self.read_topic_file(&name)?.is_some_and(|file| {
                file.state == TopicState::Ready
                    || self
                        .finish_if_nobody_does(&name)
                        .is_some_and(|file| file.state == TopicState::Ready)
            }) {
                names.insert(name);
            }
        }
        Ok(names.into_iter().collect())
    }

    /// The same at a glance: what state a topic is in is not looked at.
    pub fn topic_names(&self) -> Result<Vec<TopicName>> {
        let mut names: BTreeSet<TopicName> = self.foreign_topics()?.into_keys().collect();
        names.extend(self.named_topics()?);
        Ok(names.into_iter().collect())
    }

    /// The topic of this name. The error for one that is not there names the directory, what chose it, and the
    /// topic whose name is nearest.
    pub fn topic(&self, name: &TopicName) -> Result<Topic> {
        self.find_topic(name)?
            .ok_or_else(|| self.unknown_topic(name))
    }

    /// The same, none for a topic that is not there.
    pub fn find_topic(&self, name: &TopicName) -> Result<Option<Topic>> {
        match self.finished_topic_file(name)? {
            Some(file) => self.ready_topic(name, file).map(Some),
            None => self.foreign_topic(name),
        }
    }

    pub(crate) fn ready_topic(&self, name: &TopicName, file: TopicFile) -> Result<Topic> {
        Ok(Topic {
            name: name.clone(),
            id: file.id,
            partition_count: file.partitions,
            settings: Settings::effective(&self.server().settings, &file.settings)?,
            own_settings: file.settings,
            gaps: file.gaps,
            foreign: false,
            missing: BTreeSet::new(),
        })
    }

    /// A topic without a file, from the directories there are.
    pub(crate) fn foreign_topic(&self, name: &TopicName) -> Result<Option<Topic>> {
        let Some(present) = self.foreign_topics()?.remove(name) else {
            return Ok(None);
        };
        let mut id = TopicId::default();
        for &number in &present {
            let tp = TopicPartition::new(name.clone(), number);
            let found = partition_metadata::read(&self.layout().partition_dir(&tp))?;
            let Some(found) = found else { continue };
            if id != TopicId::default() && id != found {
                return Err(Error::new(
                    ErrorKind::Damaged,
                    format!("the directories of topic '{name}' in {} belong to different topics: {tp} has the id {found}, another one {id}",
                        self.layout().logs().display()),
                )
                .help("move away those that do not belong: partition.metadata in each says its topic's id"));
            }
            id = found;
        }
        let count = present.last().map_or(0, |last| last.saturating_add(1));
        Ok(Some(Topic {
            name: name.clone(),
            id,
            partition_count: count,
            settings: Settings::effective(&self.server().settings, &SettingMap::default())?,
            own_settings: SettingMap::default(),
            gaps: true,
            foreign: true,
            missing: (0..count)
                .filter(|number| !present.contains(number))
                .collect(),
        }))
    }

    /// The topics that have a file, in whatever state.
    pub(crate) fn named_topics(&self) -> Result<Vec<TopicName>> {
        if self.is_read_only() {
            return Ok(Vec::new());
        }
        list(&self.layout().topics(), Layout::parse_topic_file_name)
    }

    /// The partitions that have a directory, of all topics.
    pub(crate) fn partition_directories(&self) -> Result<Vec<TopicPartition>> {
        let logs = self.layout().logs();
        let entries = match fs::read_dir(logs) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.at("list", logs)?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.at("list", logs)?;
            if let Some(tp) = TopicPartition::parse(&entry.file_name())
                && entry.file_type().at("look at", &entry.path())?.is_dir()
            {
                found.push(tp);
            }
        }
        Ok(found)
    }

    pub(crate) fn read_topic_file(&self, name: &TopicName) -> Result<Option<TopicFile>> {
        if self.is_read_only() {
            return Ok(None);
        }
        TopicFile::read(&self.layout().topic_file(name))
    }

    /// The partitions of foreign topics, by topic.
    fn foreign_topics(&self) -> Result<BTreeMap<TopicName, BTreeSet<i32>>> {
        let named: BTreeSet<TopicName> = self.named_topics()?.into_iter().collect();
        let mut foreign: BTreeMap<TopicName, BTreeSet<i32>> = BTreeMap::new();
        for tp in self.partition_directories()? {
            let ours = named.contains(&tp.topic) || self.is_leftover(&tp);
            if !ours && tp.topic.as_str() != INTERNAL_METADATA_TOPIC {
                foreign.entry(tp.topic).or_default().insert(tp.partition);
            }
        }
        Ok(foreign)
    }

    /// Whether we made a partition's directory ourselves, given that its topic has no file.
    pub(crate) fn is_leftover(&self, tp: &TopicPartition) -> bool {
        !self.is_read_only() && self.layout().append_lock(tp).exists()
    }

    /// A topic's file in state ready; whatever state it is in is brought to an end first. Who may not write takes
    /// what is not ready for what is not there.
    fn finished_topic_file(&self, name: &TopicName) -> Result<Option<TopicFile>> {
        match self.read_topic_file(name)? {
            Some(file) if file.state == TopicState::Ready => Ok(Some(file)),
            None => Ok(None),
            Some(_) if !self.may_write() => Ok(None),
            Some(_) => {
                let guard = self.topics_lock()?;
                self.finish_topic(name, &guard)
            }
        }
    }

    /// Brings a topic to an end state unless somebody is at it just now, or has one of its partitions, or we can't. For who
    /// only looks, and waits for nobody.
    fn finish_if_nobody_does(&self, name: &TopicName) -> Option<TopicFile> {
        if !self.may_write() || self.begin_writing().is_err() {
            return None;
        }
        let mut lock = LockFile::open(&self.layout().topics_lock()).ok()?;
        let guard = lock.try_lock().ok()??;
        if self.is_held(name).ok()? {
            return None;
        }
        self.finish_topic(name, &guard).ok()?
    }

    fn may_write(&self) -> bool {
        !self.is_read_only() && access(&self.layout().topics(), AccessFlags::W_OK).is_ok()
    }

    /// The topic whose name is close enough to `name` that it may have been meant.
    pub fn nearest_topic(&self, name: &TopicName) -> Result<Option<TopicName>> {
        let names = self.topics()?;
        let near = nearest(name.as_str(), names.iter().map(TopicName::as_str));
        near.map(TopicName::new).transpose()
    }

    pub(crate) fn unknown_topic(&self, name: &TopicName) -> Error {
        let near = did_you_mean(self.nearest_topic(name).unwrap_or_default());
        Error::new(
            ErrorKind::UnknownTopic,
            format!(
                "there is no topic '{name}' in {} (from {}){near}",
                self.root().display(),
                self.chosen_by()
            ),
        )
        .help(if self.layout().is_log_dir() {
            "'kafdir topic list' names the topics there are".to_owned()
        } else {
            format!("'kafdir topic list' names the topics there are, 'kafdir topic create {name}' makes this one")
        })
    }
}

/// What `parse` makes of the names in a directory; a directory that is not there has none.
pub(crate) fn list<T>(dir: &Path, parse: impl Fn(&OsStr) -> Option<T>) -> Result<Vec<T>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.at("list", dir)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        found.extend(parse(&entry.at("list", dir)?.file_name()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::path::PathBuf;

    use super::*;
    use crate::store::testing::{name, open, store};

    fn foreign(store: &Store, dir: &str) -> PathBuf {
        let path = store.layout().logs().join(dir);
        fs::create_dir(&path).unwrap();
        path
    }

    #[test]
    fn foreign_directories_are_a_topic() {
        let (_dir, store) = store();
        let id = TopicId::random();
        partition_metadata::write(&foreign(&store, "copied-1"), id).unwrap();
        foreign(&store, "copied-4");
        foreign(&store, "copied-0.0123456789abcdef0123456789abcdef-delete");
        foreign(&store, "no partition");
        fs::write(store.layout().logs().join("file-0"), "").unwrap();
        assert_eq!(store.topics().unwrap(), [name("copied")]);
        let topic = store.topic(&name("copied")).unwrap();
        assert!(topic.foreign && topic.id == id && topic.partition_count == 5);
        assert_eq!(topic.partition_numbers().collect::<Vec<_>>(), [1, 4]);
        assert!(topic.partition(4).is_ok());
        assert!(topic.partition(0).is_err() && topic.partition(5).is_err());
        assert_eq!(topic.settings, Settings::default());
        partition_metadata::write(&store.layout().logs().join("copied-4"), TopicId::random())
            .unwrap();
        let error = store.topic(&name("copied")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged);
    }

    #[test]
    fn what_is_left_of_a_topic_is_none() {
        let (_dir, store) = store();
        store
            .create_topic(&name("orders"), 1, &SettingMap::default(), false)
            .unwrap();
        let tp = TopicPartition::new(name("orders"), 0);
        LockFile::open(&store.layout().append_lock(&tp)).unwrap();
        fs::remove_file(store.layout().topic_file(&name("orders"))).unwrap();
        assert_eq!(store.topics().unwrap(), []);
        assert!(store.find_topic(&name("orders")).unwrap().is_none());
        let error = store
            .create_topic(&name("orders"), 1, &SettingMap::default(), true)
            .unwrap_err();
        assert!(error.to_string().contains("is left over"), "{error}");
    }

    #[test]
    fn an_unknown_topic_names_directory_choice_and_the_nearest() {
        let (dir, store) = store();
        store
            .create_topic(&name("orders"), 1, &SettingMap::default(), false)
            .unwrap();
        let error = store.topic(&name("ordrs")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownTopic);
        let expected = format!(
            "there is no topic 'ordrs' in {} (from the test); did you mean 'orders'?",
            dir.path().display()
        );
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn the_directorys_defaults_act_beneath_the_topics() {
        let (dir, first) = store();
        let mut own = SettingMap::default();
        own.assign("compression.type=zstd").unwrap();
        first.create_topic(&name("a"), 1, &own, false).unwrap();
        fs::write(
            dir.path().join("server.properties"),
            "log.retention.ms=9\ncompression.type=gzip\n",
        )
        .unwrap();
        let store = open(dir.path());
        let topic = store.topic(&name("a")).unwrap();
        assert_eq!(topic.settings.retention_ms(), Some(9));
        assert_eq!(
            topic.settings.compression(),
            crate::store::CompressionType::Zstd(3)
        );
        assert_eq!(topic.own_settings, own);
    }

    #[test]
    fn who_lists_does_not_wait_for_who_creates() {
        let (_dir, store) = store();
        let file = TopicFile {
            id: TopicId::random(),
            partitions: 1,
            settings: SettingMap::default(),
            gaps: false,
            state: TopicState::Creating,
        };
        file.write(&store.layout().topic_file(&name("new")))
            .unwrap();
        let guard = store.topics_lock().unwrap();
        assert_eq!(store.topics().unwrap(), []);
        drop(guard);
        assert_eq!(store.topics().unwrap(), [name("new")]);
    }
}
