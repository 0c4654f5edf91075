//! Mending what lies around the logs: partitions' directories and checkpoint files.

use std::path::PathBuf;

use super::checkpoint::OffsetCheckpoint;
use super::durable;
use super::lock::LockFile;
use super::names::{OffsetCheckpointFile, TopicName, TopicPartition};
use super::partition_metadata;
use super::store::Store;
use crate::error::{ErrorKind, Result};

impl Store {
    /// Makes the directories of a topic's partitions that are missing, empty, and writes anew which topic they are
    /// of where that can't be read. Says what was made or written. One that says it is of another topic is an error.
    pub fn restore_partitions(&self, name: &TopicName) -> Result<Vec<PathBuf>> {
        let guard = self.topics_lock()?;
        let Some(file) = self.finish_topic(name, &guard)? else {
            return Ok(Vec::new());
        };
        let mut restored = Vec::new();
        for number in 0..file.partitions {
            let tp = TopicPartition::new(name.clone(), number);
            let dir = self.layout().partition_dir(&tp);
            let metadata = self.layout().partition_metadata(&tp);
            if !durable::exists(&dir)? {
                restored.push(dir);
                continue;
            }
            match partition_metadata::read(&dir) {
                Ok(Some(_)) => {}
                Ok(None) => restored.push(metadata),
                Err(error) if error.kind() == ErrorKind::Damaged => {
                    durable::remove(&metadata)?;
                    restored.push(metadata);
                }
                Err(error) => return Err(error),
            }
        }
        self.make_partitions(name, 0, &file)?;
        Ok(restored)
    }

    /// Writes a checkpoint file that can't be read anew, with those of its lines that can: the lines that were lost;
    /// none if there was nothing to mend.
    pub fn mend_checkpoint(&self, file: OffsetCheckpointFile) -> Result<Option<Vec<String>>> {
        self.begin_writing()?;
        let path = self.layout().offset_checkpoint(file);
        let mut lock = LockFile::open(&self.layout().checkpoints_lock())?;
        let _guard = lock.lock(self.patience())?;
        match OffsetCheckpoint::read(&path) {
            Err(error) if error.kind() == ErrorKind::Damaged => {
                let bytes = durable::read(&path)?.unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes);
                let (checkpoint, lost) = OffsetCheckpoint::salvage(&text);
                checkpoint.write(&path)?;
                Ok(Some(lost))
            }
            read => read.map(|_| None),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::fs;

    use super::*;
    use crate::store::SettingMap;
    use crate::store::testing::store;

    #[test]
    fn missing_directories_are_made_and_ids_written_anew() {
        let (_dir, store) = store();
        let name = TopicName::new("t").unwrap();
        store
            .create_topic(&name, 4, &SettingMap::default(), false)
            .unwrap();
        let topic = store.topic(&name).unwrap();
        let layout = store.layout();
        let dirs: Vec<PathBuf> = topic
            .partitions()
            .map(|tp| layout.partition_dir(&tp))
            .collect();
        fs::remove_dir_all(&dirs[0]).unwrap();
        fs::remove_file(dirs[1].join("partition.metadata")).unwrap();
        fs::write(dirs[2].join("partition.metadata"), "rubbish").unwrap();
        assert_eq!(store.restore_partitions(&name).unwrap().len(), 3);
        for dir in &dirs {
            assert_eq!(partition_metadata::read(dir).unwrap(), Some(topic.id));
        }
        assert!(store.restore_partitions(&name).unwrap().is_empty());
    }

    #[test]
    fn what_can_be_read_of_a_checkpoint_is_kept() {
        let (_dir, store) = store();
        let file = OffsetCheckpointFile::LogStart;
        let path = store.layout().offset_checkpoint(file);
        assert_eq!(store.mend_checkpoint(file).unwrap(), None);
        fs::write(&path, "0\n3\na 0 5\nb 0 x\nc 1 7\n").unwrap();
        assert_eq!(store.mend_checkpoint(file).unwrap().unwrap(), ["b 0 x"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "0\n2\na 0 5\nc 1 7\n");
        assert_eq!(store.mend_checkpoint(file).unwrap(), None);
    }
}
