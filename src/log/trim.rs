//! Moving the log start offset: what lies below it can't be read any more (Kafka's `DeleteRecords`).
//!
//! The log is synced up to the new start before that is written down: else a power cut could leave a log that ends
//! below its own start, and offsets that were seen would be given out again.

use crate::error::{Error, ErrorKind, Result};
use crate::log::appender::Appender;
use crate::log::segment::SegmentLog;
use crate::log::syncing::Unsynced;
use crate::store::AppendRecord;

impl Appender {
    /// Moves the log start offset up to `start` and sets aside the segments that lie below it whole, and those that
    /// retention gives up at `now` in ms; the log start offset as it is then. It never goes back.
    pub fn trim(&mut self, start: i64, now: i64) -> Result<i64> {
        if !self.settings().cleanup_policy().delete {
            let topic = &self.partition().name().topic;
            return Err(Error::failed(format!(
                "topic '{topic}' is compacted, and only that: it is not trimmed"
            ))
            .help("cleanup.policy=compact,delete allows both"));
        }
        let record = self.settle()?;
        if start > record.next_offset {
            let (name, end) = (self.partition().name(), record.next_offset);
            return Err(Error::failed(format!(
                "{name} ends at offset {end}, before {start}"
            )));
        }
        self.sync_up_to(&record)?;
        let store = self.store().clone();
        let start = self.change(|partition, _| {
            let start = start.max(partition.start()?);
            store.set_log_start(partition.name(), start)?;
            Ok(start)
        })?;
        self.retain(now)?;
        Ok(start)
    }

    fn sync_up_to(&mut self, record: &AppendRecord) -> Result<()> {
        if record.synced >= record.next_offset {
            return Ok(());
        }
        let (name, dir) = (
            self.partition().name().clone(),
            self.partition().dir().to_owned(),
        );
        let Some(active) = SegmentLog::open(&dir, record.segment)? else {
            return Err(
                Error::failed(format!("{name} was rolled while it was trimmed")).help("try again"),
            );
        };
        let unsynced = Unsynced::new(&name, &dir, &active, record.synced, record.next_offset);
        if let Err(error) = unsynced.sync() {
            if error.kind() == ErrorKind::Damaged {
                self.mark_failed()?;
            }
            return Err(error);
        }
        self.set_synced(record.next_offset);
        self.publish_synced()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::log::testing::{append, topic};

    #[test]
    fn the_start_moves_up_and_never_back_and_whole_segments_go() {
        let dir = tempfile::tempdir().unwrap();
        let (store, topic) = topic(dir.path(), &["segment.bytes=1000"]);
        let mut appender = Appender::open(&store, &topic, 0).unwrap();
        append(&mut appender, 20);
        let before = appender.partition().segments().unwrap();
        assert!(before.len() > 2, "{before:?}");

        assert_eq!(appender.trim(before[2] + 1, 1).unwrap(), before[2] + 1);
        assert_eq!(appender.partition().start().unwrap(), before[2] + 1);
        assert_eq!(appender.partition().segments().unwrap(), before[2..]);
        assert_eq!(appender.trim(0, 1).unwrap(), before[2] + 1);

        assert_eq!(appender.trim(20, 1).unwrap(), 20);
        append(&mut appender, 1);
        assert_eq!(appender.partition().end().unwrap().offset, 21);
    }

    #[test]
    fn what_lies_below_the_new_start_is_synced() {
        let dir = tempfile::tempdir().unwrap();
        let (store, topic) = topic(dir.path(), &[]);
        let mut appender = Appender::open(&store, &topic, 0).unwrap();
        append(&mut appender, 3);
        assert!(appender.settle().unwrap().synced < 3);
        appender.trim(2, 1).unwrap();
        assert_eq!(appender.settle().unwrap().synced, 3);
    }

    #[test]
    fn what_can_not_be_is_refused_and_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (store, topic) = topic(dir.path(), &["cleanup.policy=compact"]);
        let mut appender = Appender::open(&store, &topic, 0).unwrap();
        append(&mut appender, 3);
        assert_eq!(appender.trim(2, 1).unwrap_err().kind(), ErrorKind::Failed);
        assert_eq!(appender.partition().start().unwrap(), 0);

        let dir = tempfile::tempdir().unwrap();
        let (store, topic) = self::topic(dir.path(), &[]);
        let mut appender = Appender::open(&store, &topic, 0).unwrap();
        append(&mut appender, 3);
        assert_eq!(appender.trim(4, 1).unwrap_err().kind(), ErrorKind::Failed);
        assert_eq!(appender.partition().start().unwrap(), 0);
    }
}
