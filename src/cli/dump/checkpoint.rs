//! Checkpoint files, line by line.

use std::path::Path;

use serde::Serialize;

use crate::cli::dump::Dump;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{LeaderEpochs, OffsetCheckpoint, durable, partition_metadata};

impl Dump<'_> {
    pub(super) fn leader_epochs(&mut self, path: &Path) -> Result<()> {
        #[derive(Serialize)]
        struct Shown {
            epoch: i32,
            start_offset: i64,
        }
        let Some(epochs) = self.sound(path, LeaderEpochs::read(durable::parent(path)))? else {
            return Ok(());
        };
        for entry in epochs.entries() {
            let (epoch, start_offset) = (entry.epoch, entry.start_offset);
            self.show(
                &Shown {
                    epoch,
                    start_offset,
                },
                || format!("epoch: {epoch} startOffset: {start_offset}"),
            )?;
        }
        Ok(())
    }

    pub(super) fn offsets(&mut self, path: &Path) -> Result<()> {
        #[derive(Serialize)]
        struct Shown<'a> {
            topic: &'a str,
            partition: i32,
            offset: i64,
        }
        let Some(offsets) = self.sound(path, OffsetCheckpoint::read(path))? else {
            return Ok(());
        };
        for (tp, offset) in offsets.iter() {
            let shown = Shown {
                topic: tp.topic.as_str(),
                partition: tp.partition,
                offset,
            };
            self.show(&shown, || {
                format!(
                    "topic: {} partition: {} offset: {offset}",
                    tp.topic, tp.partition
                )
            })?;
        }
        Ok(())
    }

    pub(super) fn metadata(&mut self, path: &Path) -> Result<()> {
        #[derive(Serialize)]
        struct Shown {
            topic_id: String,
        }
        let read = partition_metadata::read(durable::parent(path));
        let Some(Some(id)) = self.sound(path, read)? else {
            return Ok(());
        };
        let topic_id = id.to_string();
        self.show(&Shown { topic_id }, || format!("topicId: {id}"))
    }

    /// What was read; none where the file is damaged, which is told. A file that is not there is an error.
    fn sound<T>(&mut self, path: &Path, read: Result<T>) -> Result<Option<T>> {
        durable::open_for_reading(path)?;
        match read {
            Err(error) if error.kind() == ErrorKind::Damaged => self.tell(path, &error),
            read => read.map(Some),
        }
    }

    fn tell<T>(&mut self, path: &Path, error: &Error) -> Result<Option<T>> {
        self.fault(path, None, &error.to_string())?;
        Ok(None)
    }
}
