//! A partition as readers know it, wherever its log is.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::client::cursor::{Cursor, LogCursor};
use crate::error::Result;
use crate::log::{Isolation, Partition};
use crate::record::Position;
use crate::store::TopicPartition;

/// One partition of a topic: its offsets, and what reads it.
pub trait PartitionLog: Send + Sync {
    /// Which partition it is.
    fn name(&self) -> &TopicPartition;

    /// The log start offset.
    fn start(&self) -> Result<i64>;

    /// The log end offset: the one that the next record gets.
    fn end(&self) -> Result<i64>;

    /// The end as readers with this isolation see it.
    fn readable_end(&self, isolation: Isolation) -> Result<i64>;

    /// The first open transaction that holds readers of committed records back: its producer's id, -1 where that is not
    /// known, and its first offset.
    fn open_transaction(&self) -> Result<Option<(i64, i64)>>;

    /// The first offset with a timestamp (in ms) at or after this one; none if there is none.
    fn offset_for_time(&self, timestamp: i64) -> Result<Option<i64>>;

    /// The offset that `position` means now.
    fn resolve(&self, position: Position, isolation: Isolation) -> Result<i64> {
        let end = || self.readable_end(isolation);
        Ok(match position {
            Position::Start => self.start()?,
            Position::End => end()?,
            Position::Offset(offset) => offset,
            Position::FromStart(count) => self.start()?.saturating_add(count).min(end()?),
            Position::FromEnd(count) => end()?.saturating_sub(count).max(self.start()?),
            Position::Time(timestamp) => {
                // The end first: what is appended meanwhile must not lie behind it.
                let end = end()?;
                self.offset_for_time(timestamp)?
                    .map_or(end, |offset| offset.min(end))
            }
        })
    }

    /// Something that reads its batches from `offset` on.
    fn cursor(&self, offset: i64, isolation: Isolation) -> Box<dyn Cursor>;

    /// The directory in which a change tells of new records, where it is one.
    fn dir(&self) -> Option<&Path>;

    /// Waits until a cursor that had nothing yet may have something, or so long.
    fn wait(&self, patience: Duration) -> Result<()>;
}

/// A partition of a directory.
pub(crate) struct DirectoryPartition(pub(crate) Arc<Partition>);

impl PartitionLog for DirectoryPartition {
    fn name(&self) -> &TopicPartition {
        self.0.name()
    }

    fn start(&self) -> Result<i64> {
        self.0.start()
    }

    fn end(&self) -> Result<i64> {
        self.0.end().map(|end| end.offset)
    }

    fn readable_end(&self, isolation: Isolation) -> Result<i64> {
        self.0.readable_end(isolation)
    }

    fn open_transaction(&self) -> Result<Option<(i64, i64)>> {
        self.0.open_transaction()
    }

    fn offset_for_time(&self, timestamp: i64) -> Result<Option<i64>> {
        self.0.offset_for_time(timestamp)
    }

    fn cursor(&self, offset: i64, isolation: Isolation) -> Box<dyn Cursor> {
        Box::new(LogCursor::new(Arc::clone(&self.0), offset, isolation))
    }

    fn dir(&self) -> Option<&Path> {
        Some(self.0.dir())
    }

    fn wait(&self, _: Duration) -> Result<()> {
        Ok(())
    }
}
