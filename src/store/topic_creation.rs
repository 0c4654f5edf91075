//! Making topics, and taking foreign ones over.
//!
//! The topic's file comes first, in state creating; then the directories; then the file says ready. Whoever is killed
//! in between leaves something that the next one to meet it finishes.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use super::checkpoint::LeaderEpochs;
use super::durable::{self, Access};
use super::lock::LockFile;
use super::lock::LockGuard;
use super::names::{
    INTERNAL_METADATA_TOPIC, LEADER_EPOCHS_FILE, MAX_PARTITIONS, SegmentFile, TopicId, TopicName,
    TopicPartition, parse_segment_file_name,
};
use super::partition_metadata;
use super::settings::{SettingMap, Settings};
use super::side_by_side;
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
            gaps: Settings::effective(&self.server().settings, settings)?
                .cleanup_policy()
                .compact,
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
            gaps: true,
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
        self.make_locks(name, 0..file.partitions)?;
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
        let partition = |number| TopicPartition::new(name.clone(), number);
        let partitions: Vec<_> = (first..file.partitions).map(partition).collect();
        side_by_side::for_each(&partitions, |tp| {
            make_partition(&self.layout().partition_dir(tp), file.id)
        })?;
        durable::sync_dir(self.layout().logs())
    }

    /// Makes the lock files of partitions: they are also the mark by which our own directories are known from those
    /// that came from elsewhere.
    pub(crate) fn make_locks(
        &self,
        name: &TopicName,
        partitions: std::ops::Range<i32>,
    ) -> Result<()> {
        for partition in partitions {
            LockFile::open(
                &self
                    .layout()
                    .append_lock(&TopicPartition::new(name.clone(), partition)),
            )?;
        }
        Ok(())
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
    let found = if made {
        None
    } else {
        partition_metadata::read(dir)?
    };
    if let Some(found) = found.filter(|found| *found != id) {
        return Err(Error::failed(format!(
            "{} belongs to another topic, with the id {found}",
            dir.display()
        ))
        .help("move it away"));
    }
    // One with records and no epochs came from elsewhere: what its epochs are, only the records know.
    let begins = made || !has_log(dir)?;
    if begins {
        write_once(
            &dir.join(LEADER_EPOCHS_FILE),
            &LeaderEpochs::initial().format(),
        )?;
    }
    match found {
        // This syncs the directory, with both names in it.
        None => partition_metadata::write(dir, id),
        Some(_) if begins => durable::sync_dir(dir),
        Some(_) => Ok(()),
    }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::fs;
    use std::thread;

    use super::*;
    use crate::error::ErrorKind;
    use crate::store::testing::{name, open};
    use crate::store::{Alteration, AppendLock, AppendRecord, Patience, Setting};

    fn create(store: &Store, topic: &str, partitions: i32) -> Result<Creation> {
        store.create_topic(&name(topic), partitions, &SettingMap::default(), false)
    }

    /// Everything a partition that was made here has in it, by name.
    fn contents(store: &Store, dir: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(store.layout().logs().join(dir))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_topic_is_made_with_all_that_belongs_to_it() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        assert_eq!(create(&store, "orders", 2).unwrap(), Creation::Created);
        let topic = store.topic(&name("orders")).unwrap();
        assert_eq!(
            (
                topic.partition_count,
                topic.foreign,
                topic.partitions().count()
            ),
            (2, false, 2)
        );
        for partition in ["orders-0", "orders-1"] {
            assert_eq!(
                contents(&store, partition),
                ["leader-epoch-checkpoint", "partition.metadata"]
            );
            let path = store.layout().logs().join(partition);
            assert_eq!(partition_metadata::read(&path).unwrap(), Some(topic.id));
            assert_eq!(LeaderEpochs::read(&path).unwrap(), LeaderEpochs::initial());
        }
        let error = create(&store, "orders", 2).unwrap_err().to_string();
        assert!(error.contains("already exists"), "{error}");
        let again = store.create_topic(&name("orders"), 9, &SettingMap::default(), true);
        assert_eq!(again.unwrap(), Creation::Existed);
        assert_eq!(store.topic(&name("orders")).unwrap(), topic);
    }

    #[test]
    fn refusals() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        create(&store, "a.b", 1).unwrap();
        for (topic, partitions, word) in [
            ("a_b", 1, "collides with existing topic: a.b"),
            ("c", 0, "can't have 0 partitions"),
            ("c", 100_001, "from 1 to 100000"),
            ("__cluster_metadata", 1, "Kafka keeps its own metadata"),
        ] {
            let error = create(&store, topic, partitions).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
        assert_eq!(store.topics().unwrap(), [name("a.b")]);
    }

    #[test]
    fn two_who_make_the_same_topic_both_succeed() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        let outcomes: Vec<Creation> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        open(dir.path())
                            .create_topic(&name("orders"), 3, &SettingMap::default(), true)
                            .unwrap()
                    })
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        let created = outcomes.iter().filter(|o| **o == Creation::Created);
        assert_eq!(created.count(), 1);
        assert_eq!(store.topic(&name("orders")).unwrap().partition_count, 3);
    }

    #[test]
    fn a_half_made_topic_is_finished_by_who_meets_it() {
        for made in 0..=3 {
            let dir = tempfile::tempdir().unwrap();
            let store = open(dir.path());
            let file = TopicFile {
                id: TopicId::random(),
                partitions: 3,
                settings: SettingMap::default(),
                gaps: false,
                state: TopicState::Creating,
            };
            file.write(&store.layout().topic_file(&name("t"))).unwrap();
            for partition in 0..made {
                let tp = TopicPartition::new(name("t"), partition);
                make_partition(&store.layout().partition_dir(&tp), file.id).unwrap();
            }
            // The next one was killed before it could write anything but an empty file.
            let half = store.layout().logs().join(format!("t-{made}"));
            fs::create_dir(&half).unwrap();
            fs::write(half.join(LEADER_EPOCHS_FILE), "").unwrap();
            let topic = store.topic(&name("t")).unwrap();
            assert_eq!((topic.id, topic.partition_count), (file.id, 3));
            for partition in 0..3 {
                let names = contents(&store, &format!("t-{partition}"));
                assert_eq!(names, ["leader-epoch-checkpoint", "partition.metadata"]);
            }
            let path = store.layout().topic_file(&name("t"));
            let state = TopicFile::read(&path).unwrap().unwrap().state;
            assert_eq!(state, TopicState::Ready);
        }
    }

    #[test]
    fn a_foreign_topic_is_taken_over_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        let id = TopicId::random();
        let log = segment_name();
        for partition in ["copied-0", "copied-2"] {
            let path = store.layout().logs().join(partition);
            fs::create_dir(&path).unwrap();
            fs::write(path.join(&log), "batches").unwrap();
        }
        partition_metadata::write(&store.layout().logs().join("copied-2"), id).unwrap();
        let topic = store.adopt_topic(&name("copied")).unwrap();
        assert_eq!((topic.id, topic.foreign), (id, false));
        assert_eq!(topic.partition_numbers().collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(
            contents(&store, "copied-0"),
            [log.as_str(), "partition.metadata"]
        );
        assert_eq!(contents(&store, "copied-1").len(), 2);
        assert_eq!(store.topic(&name("copied")).unwrap(), topic);
        assert_eq!(store.adopt_topic(&name("copied")).unwrap(), topic);
        let error = store.adopt_topic(&name("none")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownTopic);
    }

    fn segment_name() -> String {
        crate::store::names::segment_file_name(0, SegmentFile::Log)
    }

    #[test]
    fn partitions_grow_and_writers_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        create(&store, "orders", 2).unwrap();
        let topic = store.topic(&name("orders")).unwrap();
        let tp = topic.partition(0).unwrap();
        let mut lock = AppendLock::open(store.layout(), &tp, topic.id).unwrap();
        let mut guard = lock.acquire(&Patience::endless()).unwrap();
        let record = AppendRecord {
            generation: 4,
            topic_id: topic.id,
            ..AppendRecord::default()
        };
        guard.write(&record).unwrap();
        drop(guard);
        let alter = |alteration| store.alter_topic(&name("orders"), &alteration);
        let fewer = Alteration {
            partitions: Some(1),
            ..Alteration::default()
        };
        let error = alter(fewer).unwrap_err().to_string();
        assert!(error.contains("partitions only grow"), "{error}");
        assert_eq!(lock.read().unwrap().generation, 4);
        let mut more = Alteration {
            partitions: Some(3),
            ..Alteration::default()
        };
        more.set.assign("retention.ms=5").unwrap();
        let altered = alter(more).unwrap();
        assert_eq!(altered.partition_count, 3);
        assert_eq!(altered.settings.retention_ms(), Some(5));
        assert_eq!(contents(&store, "orders-2").len(), 2);
        assert_eq!(lock.read().unwrap().generation, 5);
        let back = Alteration {
            unset: vec![Setting::RetentionMs],
            ..Alteration::default()
        };
        let altered = alter(back).unwrap();
        assert_eq!(
            (altered.id, altered.settings.retention_ms()),
            (topic.id, None)
        );
        assert_eq!(lock.read().unwrap().generation, 6);
        assert_eq!(alter(Alteration::default()).unwrap(), altered);
        assert_eq!(lock.read().unwrap().generation, 6, "nothing changed");
    }
}
