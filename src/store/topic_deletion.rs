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
use super::lock::{LockFile, LockGuard};
use super::names::{OffsetCheckpointFile, TopicId, TopicName, TopicPartition};
use super::settings::SettingMap;
use super::side_by_side;
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
        self.finish_deletion(name, &file, &guard).map_err(|error| {
            error.and(format_args!(
                "topic '{name}' is gone all the same: whoever meets what is left of it removes that"
            ))
        })
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
            gaps: true,
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
            if durable::exists(&self.layout().offset_checkpoint(checkpoint))? {
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
        left.extend(list(&self.layout().segment_indexes(), parse)?);
        left.retain(|tp| tp.topic == *name);
        left.extend((0..file.partitions).map(|number| TopicPartition::new(name.clone(), number)));
        left.sort();
        left.dedup();
        Ok(left)
    }

    /// Whether somebody holds the append lock of one of a topic's partitions.
    pub(crate) fn is_held(&self, name: &TopicName) -> Result<bool> {
        for tp in list(&self.layout().partition_locks(), TopicPartition::parse)? {
            if tp.topic == *name && LockFile::probe(&self.layout().append_lock(&tp))? == Some(true)
            {
                return Ok(true);
            }
        }
        Ok(false)
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
        durable::remove(&self.layout().segment_index(tp))?;
        durable::remove(&self.layout().append_lock(tp))
    }

    /// Removes a lock file that another topic of this name left, so that its record says nothing of this one.
    pub(crate) fn retire_lock(&self, tp: &TopicPartition, id: TopicId) -> Result<()> {
        let path = self.layout().append_lock(tp);
        durable::remove(&self.layout().failed_mark(tp))?;
        if !durable::exists(&path)? {
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
        let dirs = list(logs, |found| {
            TopicPartition::is_deleted_dir_of(name, found).then(|| logs.join(found))
        })?;
        side_by_side::for_each(&dirs, |dir| match fs::remove_dir_all(dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::io("remove", dir, error))
            }
            _ => Ok(()),
        })?;
        durable::sync_dir(logs)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::error::ErrorKind;
    use crate::store::Topic;
    use crate::store::testing::{name, store};

    fn create(store: &Store, topic: &str) -> Topic {
        store
            .create_topic(&name(topic), 2, &SettingMap::default(), false)
            .unwrap();
        store.topic(&name(topic)).unwrap()
    }

    /// Takes a partition's lock and writes a record, as who appends does.
    fn append(store: &Store, topic: &Topic) -> AppendLock {
        let tp = topic.partition(0).unwrap();
        let mut lock = AppendLock::open(store.layout(), &tp, topic.id).unwrap();
        let mut guard = lock.acquire(store.patience()).unwrap();
        let record = AppendRecord {
            generation: 3,
            topic_id: topic.id,
            ..AppendRecord::default()
        };
        guard.write(&record).unwrap();
        drop(guard);
        lock
    }

    fn assert_gone(store: &Store, topic: &str) {
        let layout = store.layout();
        for dir in [
            layout.logs().to_owned(),
            layout.topics(),
            layout.partition_locks(),
            layout.failed_marks(),
            layout.segment_indexes(),
        ] {
            let left = list(&dir, |found| {
                let text = found.to_string_lossy();
                text.starts_with(topic).then(|| text.into_owned())
            });
            assert_eq!(left.unwrap(), [""; 0], "{}", dir.display());
        }
        for file in OffsetCheckpointFile::ALL {
            let checkpoint = store.checkpoint(file).unwrap();
            assert!(checkpoint.iter().all(|(tp, _)| tp.topic != name(topic)));
        }
    }

    #[test]
    fn a_deleted_topic_leaves_nothing_and_its_writers_know() {
        let (_dir, store) = store();
        let (orders, other) = (create(&store, "orders"), create(&store, "other"));
        let mut lock = append(&store, &orders);
        for tp in [orders.partition(1).unwrap(), other.partition(1).unwrap()] {
            store.set_recovery_point(&tp, 5).unwrap();
            store.set_log_start(&tp, 2).unwrap();
            fs::write(store.layout().failed_mark(&tp), "").unwrap();
            fs::create_dir_all(store.layout().segment_indexes()).unwrap();
            fs::write(store.layout().segment_index(&tp), "").unwrap();
        }
        store.delete_topic(&orders.name).unwrap();
        assert_gone(&store, "orders");
        assert_eq!(store.topics().unwrap(), [name("other")]);
        let kept = other.partition(1).unwrap();
        assert_eq!(store.recovery_point(&kept).unwrap(), Some(5));
        let record = lock.read().unwrap();
        assert!(record.deleted && record.generation == 4);
        let refused = |lock: &mut AppendLock| lock.acquire(store.patience()).err().unwrap().kind();
        assert_eq!(refused(&mut lock), ErrorKind::TopicDeleted);
        let error = store.delete_topic(&orders.name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownTopic);
        let again = create(&store, "orders");
        assert_ne!(again.id, orders.id);
        assert_eq!(refused(&mut lock), ErrorKind::TopicDeleted);
        append(&store, &again);
        assert_eq!(refused(&mut lock), ErrorKind::TopicDeleted);
    }

    #[test]
    fn a_half_deleted_topic_is_finished_by_who_meets_it() {
        for step in 0..4 {
            let (_dir, store) = store();
            let topic = create(&store, "orders");
            append(&store, &topic);
            let path = store.layout().topic_file(&topic.name);
            let mut file = TopicFile::read(&path).unwrap().unwrap();
            file.state = TopicState::Deleting;
            file.write(&path).unwrap();
            if step > 0 {
                store.bury(&topic.partition(0).unwrap(), topic.id).unwrap();
            }
            if step > 1 {
                store.bury(&topic.partition(1).unwrap(), topic.id).unwrap();
            }
            if step > 2 {
                store.remove_buried(&topic.name).unwrap();
            }
            match step % 2 {
                0 => assert!(store.find_topic(&topic.name).unwrap().is_none()),
                _ => assert_eq!(store.topics().unwrap(), []),
            }
            assert_gone(&store, "orders");
            create(&store, "orders");
        }
    }

    #[test]
    fn who_appends_meanwhile_fails_and_leaves_no_lock_file() {
        let (_dir, store) = store();
        let topic = create(&store, "orders");
        let tp = topic.partition(0).unwrap();
        let dir = store.layout().partition_dir(&tp);
        let append_until_refused = |reopen: bool| {
            let open = || AppendLock::open(store.layout(), &tp, topic.id).unwrap();
            let mut lock = open();
            loop {
                match lock.acquire(store.patience()) {
                    Ok(_guard) => assert!(dir.is_dir(), "locked, and nothing to write to"),
                    Err(error) => return error.kind(),
                }
                if reopen {
                    lock = open();
                }
            }
        };
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..6)
                .map(|n| scope.spawn(move || append_until_refused(n % 2 == 0)))
                .collect();
            store.delete_topic(&topic.name).unwrap();
            for writer in writers {
                assert_eq!(writer.join().unwrap(), ErrorKind::TopicDeleted);
            }
        });
        assert_gone(&store, "orders");
    }

    #[test]
    fn finishing_takes_all_that_was_begun() {
        let (_dir, store) = store();
        for (topic, state) in [("a", TopicState::Deleting), ("b", TopicState::Creating)] {
            let path = store.layout().topic_file(&create(&store, topic).name);
            let mut file = TopicFile::read(&path).unwrap().unwrap();
            file.state = state;
            file.write(&path).unwrap();
        }
        store.finish_unfinished().unwrap();
        assert_gone(&store, "a");
        assert_eq!(store.topics().unwrap(), [name("b")]);
    }

    #[test]
    fn a_foreign_topic_can_be_deleted() {
        let (_dir, store) = store();
        fs::create_dir_all(store.layout().logs().join("copied-1")).unwrap();
        fs::write(store.layout().logs().join("copied-1/x.log"), "x").unwrap();
        store.delete_topic(&name("copied")).unwrap();
        assert_gone(&store, "copied");
    }

    #[test]
    fn an_old_lock_file_says_nothing_of_a_new_topic() {
        let (_dir, store) = store();
        let topic = create(&store, "orders");
        append(&store, &topic);
        for partition in topic.partitions() {
            fs::remove_dir_all(store.layout().partition_dir(&partition)).unwrap();
        }
        fs::remove_file(store.layout().topic_file(&topic.name)).unwrap();
        append(&store, &create(&store, "orders"));
    }
}
