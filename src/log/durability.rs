//! Getting onto the disk what a reader is about to count as done.
//!
//! A group's offset that outlives a power cut which the records below it do not would make the group skip whatever
//! gets those offsets next. So the log is synced up to an offset before that is committed, by the rules of
//! [`super::syncing`]: the whole prefix, and not where a sync failed before.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::log::partition::Partition;
use crate::log::segment::SegmentLog;
use crate::log::syncing::{Unsynced, sync_failed};
use crate::store::{AppendLock, AppendRecord, Store, Topic, partition_metadata};

/// How often to look again at a log that is rolled while it is looked at.
const ATTEMPTS: u32 = 10;

impl Partition {
    /// Makes sure that all offsets below `offset` are on disk. `topic` is the one this is a partition of.
    pub fn make_durable(&self, store: &Arc<Store>, topic: &Topic, offset: i64) -> Result<()> {
        self.still_there()?;
        let record = self.append_record()?;
        self.check_topic(topic, record.as_ref())?;
        let synced = match &record {
            Some(record) => record.synced,
            None => self.recovery_point()?,
        };
        if offset <= synced {
            return Ok(());
        }
        let failed = match record {
            Some(record) => record.failed,
            None => store.is_marked_failed(self.name())?,
        };
        if failed {
            return Err(sync_failed(self.name(), "a sync failed before"));
        }
        let end = match &record {
            Some(record) if offset <= record.next_offset => record.next_offset,
            // A batch can be read before its writer has noted it: the files say how far they go.
            _ => self.end()?.offset,
        };
        if offset > end {
            return Err(Error::failed(format!(
                "{} ends at offset {end}, before {offset}",
                self.name()
            )));
        }
        self.sync_from(store, topic, synced, end)
    }

    /// An error if the partition is of another topic of that name by now: the inode of a directory can come again with
    /// one, which has no record yet.
    fn check_topic(&self, topic: &Topic, record: Option<&AppendRecord>) -> Result<()> {
        let id = match record {
            Some(record) => Some(record.topic_id),
            None => partition_metadata::read(self.dir())?,
        };
        if id.is_none_or(|id| id == topic.id) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::TopicDeleted,
            format!("topic {} was deleted while it was in use", topic.name),
        ))
    }

    /// Syncs what lies between `synced` and `end`, and tells the others so.
    fn sync_from(&self, store: &Arc<Store>, topic: &Topic, synced: i64, end: i64) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let Some(active) = self.last_segment()? else {
                continue;
            };
            let unsynced = Unsynced::new(self.name(), self.dir(), &active, synced, end);
            return match unsynced.sync() {
                Ok(()) => self.tell_synced(store, topic, end),
                Err(error) if error.kind() == ErrorKind::Damaged => {
                    self.tell_failed(store, topic)?;
                    Err(error)
                }
                Err(error) => Err(error),
            };
        }
        Err(Error::failed(format!(
            "the segments of {} change faster than they can be synced",
            self.name()
        ))
        .help("try again"))
    }

    /// None if retention has just removed it.
    fn last_segment(&self) -> Result<Option<SegmentLog>> {
        match self.listing()?.last()? {
            Some(base) => SegmentLog::open(self.dir(), base),
            None => Ok(None),
        }
    }

    /// Puts into the append record how far the log is synced. Without a record there is nothing to tell: nobody has
    /// written here in this boot.
    fn tell_synced(&self, store: &Store, topic: &Topic, synced: i64) -> Result<()> {
        self.with_record(store, topic, |record| {
            if record.failed {
                // Ours may have succeeded over the hole that the failed one left.
                return Err(sync_failed(self.name(), "a sync failed before"));
            }
            // A segment that begins there was made meanwhile, and its name may not be on disk.
            let up_to = if synced == record.segment {
                synced - 1
            } else {
                synced
            };
            record.synced = record.synced.max(up_to.min(record.next_offset));
            Ok(())
        })
    }

    /// Marks the partition after a failed sync. The file first: it is what stays if the record can't be written.
    fn tell_failed(&self, store: &Store, topic: &Topic) -> Result<()> {
        let marked = self.mark_failed();
        self.with_record(store, topic, |record| {
            record.failed = true;
            Ok(())
        })?;
        marked
    }

    fn with_record(
        &self,
        store: &Store,
        topic: &Topic,
        change: impl FnOnce(&mut AppendRecord) -> Result<()>,
    ) -> Result<()> {
        // A lock file is not made here: it would make a topic that came from elsewhere look like one of ours.
        if self.append_record()?.is_none() {
            return Ok(());
        }
        let mut lock = AppendLock::open(store.layout(), self.name(), topic.id)?;
        let mut guard = lock.acquire(store.patience())?;
        if let Some(before) = guard.record().copied() {
            let mut record = before;
            change(&mut record)?;
            if record != before {
                guard.write(&record)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::log::Appender;
    use crate::log::testing::{append, topic};
    use crate::store::SettingMap;
    use crate::store::testing::name;

    #[test]
    fn what_was_not_synced_is_and_the_record_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let (store, topic) = topic(dir.path(), &["segment.bytes=1000"]);
        let mut appender = Appender::open(&store, &topic, 0).unwrap();
        append(&mut appender, 20);
        let partition = Partition::open(&store, &topic, 0).unwrap();
        let synced = || partition.append_record().unwrap().unwrap().synced;
        assert!(synced() < 20);
        partition.make_durable(&store, &topic, 3).unwrap();
        assert_eq!(synced(), 20, "one sync for all there is");
        let error = partition.make_durable(&store, &topic, 21).unwrap_err();
        assert!(error.to_string().contains("ends at offset 20"), "{error}");
    }

    /// A reader without the lock sees a batch before its writer has noted it.
    #[test]
    fn what_was_read_before_the_record_tells_of_it_is_synced() {
        let dir = tempfile::tempdir().unwrap();
        let (store, topic) = topic(dir.path(), &[]);
        let mut appender = Appender::open(&store, &topic, 0).unwrap();
        append(&mut appender, 2);
        let partition = Partition::open(&store, &topic, 0).unwrap();
        let lock = store.layout().append_lock(partition.name());
        let before = std::fs::read(&lock).unwrap();
        append(&mut appender, 1);
        std::fs::write(&lock, before).unwrap();
        assert_eq!(partition.append_record().unwrap().unwrap().next_offset, 2);
        partition.make_durable(&store, &topic, 3).unwrap();
        let error = partition.make_durable(&store, &topic, 4).unwrap_err();
        assert!(error.to_string().contains("ends at offset 3"), "{error}");
    }

    #[test]
    fn a_failed_sync_is_not_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let (store, topic) = topic(dir.path(), &[]);
        let mut appender = Appender::open(&store, &topic, 0).unwrap();
        append(&mut appender, 2);
        let partition = Partition::open(&store, &topic, 0).unwrap();
        partition.make_durable(&store, &topic, 2).unwrap();
        append(&mut appender, 2);
        appender.mark_failed().unwrap();
        let error = partition.make_durable(&store, &topic, 3).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged);
        // What was on disk before is there still.
        partition.make_durable(&store, &topic, 2).unwrap();
    }

    #[test]
    fn a_topic_from_elsewhere_gets_no_lock_file() {
        let dir = tempfile::tempdir().unwrap();
        let (store, own) = topic(dir.path(), &[]);
        append(&mut Appender::open(&store, &own, 0).unwrap(), 3);
        let (from, to) = (
            store.layout().logs().join("t-0"),
            store.layout().logs().join("f-0"),
        );
        std::fs::create_dir(&to).unwrap();
        for file in std::fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
        let foreign = store.topic(&name("f")).unwrap();
        let partition = Partition::open(&store, &foreign, 0).unwrap();
        partition.make_durable(&store, &foreign, 3).unwrap();
        assert!(partition.make_durable(&store, &foreign, 4).is_err());
        assert!(store.topic(&name("f")).unwrap().foreign);
    }

    #[test]
    fn a_topic_of_the_same_name_is_another() {
        let dir = tempfile::tempdir().unwrap();
        let (store, old) = topic(dir.path(), &[]);
        append(&mut Appender::open(&store, &old, 0).unwrap(), 1);
        let partition = Partition::open(&store, &old, 0).unwrap();
        store.delete_topic(&old.name).unwrap();
        for _ in 0..2 {
            let error = partition.make_durable(&store, &old, 1).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TopicDeleted);
            let _ = store.create_topic(&old.name, 1, &SettingMap::default(), false);
        }
    }
}
