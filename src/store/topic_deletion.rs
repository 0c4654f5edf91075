//! Deleting topics.
//!
//! That the topic's file says deleting is what counts; the rest can be done by anyone who meets it. Under its append
//! lock each partition is marked and renamed, so that who still has it open fails instead of writing into nothing.
//! The lock file goes after its directory, while it is locked: who waited for it finds neither.

use std::fs;
use std::io;

use uuid::Uuid;

use super::append_lock::{AppendLock, AppendRecord};
use super::durable;
use super::lock::LockGuard;
use super::names::{OffsetCheckpointFile, TopicId, TopicName, TopicPartition};
use super::settings::SettingMap;
use super::store::Store;
use super::topic::list;
use super::topic_file::{TopicFile, TopicState};
use crate::error::{Error, Result};

impl Store {
    /// Deletes a topic with all its records; a foreign one too.
    pub fn delete_topic(&self, name: &TopicName) -> Result<()> {
        let guard = self.topics_lock()?;
        let mut file = match self.finish_topic(name, &guard)? {
            Some(file) => file,
            None => self.file_of_foreign(name)?,
        };
        file.state = TopicState::Deleting;
        file.write(&self.layout().topic_file(name))?;
        self.finish_deletion(name, &file, &guard)
    }

    fn file_of_foreign(&self, name: &TopicName) -> Result<TopicFile> {
        let topic = self
            .foreign_topic(name)?
            .ok_or_else(|| self.unknown_topic(name))?;
        Ok(TopicFile {
            id: if topic.id == TopicId::default() {
                TopicId::random()
            } else {
                topic.id
            },
            partitions: topic.partition_count.min(super::names::MAX_PARTITIONS),
            settings: SettingMap::default(),
            state: TopicState::Deleting,
        })
    }

    /// Removes all that is left of a topic in state deleting, its file last.
    pub(crate) fn finish_deletion(
        &self,
        name: &TopicName,
        file: &TopicFile,
        _guard: &LockGuard,
    ) -> Result<()> {
        for tp in self.partitions_left(name, file)? {
            self.bury(&tp, file.id)?;
        }
        durable::sync_dir(self.layout().logs())?;
        self.remove_buried(name)?;
        for checkpoint in OffsetCheckpointFile::ALL {
            if self.layout().offset_checkpoint(checkpoint).exists() {
                self.update_checkpoint(checkpoint, |all| all.remove_topic(name))?;
            }
        }
        durable::remove(&self.layout().topic_file(name))?;
        durable::sync_dir(&self.layout().topics())
    }

    /// Those the file names, and those that have a directory, a lock file or a mark without being named.
    fn partitions_left(&self, name: &TopicName, file: &TopicFile) -> Result<Vec<TopicPartition>> {
        let parse = TopicPartition::parse;
        let mut left = self.partition_directories()?;
        left.extend(list(&self.layout().partition_locks(), parse)?);
        left.extend(list(&self.layout().failed_marks(), parse)?);
        left.retain(|tp| tp.topic == *name);
        left.extend((0..file.partitions).map(|number| TopicPartition::new(name.clone(), number)));
        left.sort();
        left.dedup();
        Ok(left)
    }

    /// Marks a partition, renames its directory, and removes its lock file.
    fn bury(&self, tp: &TopicPartition, id: TopicId) -> Result<()> {
        let dir = self.layout().partition_dir(tp);
        let mut lock = AppendLock::open(self.layout(), tp, id)?;
        let mut guard = lock.acquire_any(self.patience())?;
        let before = guard.record().copied().unwrap_or_default();
        let record = AppendRecord {
            generation: before.generation + 1,
            topic_id: id,
            deleted: true,
            ..before
        };
        // A full disk must not keep anybody from deleting: a missing directory says the same.
        let _ = guard.write(&record);
        match fs::rename(
            &dir,
            self.layout().deleted_partition_dir(tp, Uuid::new_v4()),
        ) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io("rename", &dir, error));
            }
            _ => {}
        }
        durable::remove(&self.layout().failed_mark(tp))?;
        durable::remove(&self.layout().append_lock(tp))
    }

    /// Removes a lock file that another topic of this name left, so that its record says nothing of this one.
    pub(crate) fn retire_lock(&self, tp: &TopicPartition, id: TopicId) -> Result<()> {
        let path = self.layout().append_lock(tp);
        durable::remove(&self.layout().failed_mark(tp))?;
        if !path.exists() {
            return Ok(());
        }
        let mut lock = AppendLock::open(self.layout(), tp, id)?;
        let mut guard = lock.acquire_any(self.patience())?;
        if let Some(mut record) = guard.record().copied() {
            record.deleted = true;
            record.generation += 1;
            guard.write(&record)?;
        }
        durable::remove(&path)
    }

    /// Removes the renamed directories.
    fn remove_buried(&self, name: &TopicName) -> Result<()> {
        let logs = self.layout().logs();
        for dir in list(logs, |found| {
            TopicPartition::is_deleted_dir_of(name, found).then(|| logs.join(found))
        })? {
            match fs::remove_dir_all(&dir) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io("remove", &dir, error));
                }
                _ => {}
            }
        }
        durable::sync_dir(logs)
    }
}
