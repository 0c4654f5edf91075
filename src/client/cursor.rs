//! Reading a partition batch by batch, wherever its log is.

use std::sync::Arc;

use crate::error::Result;
use crate::log::{Decisions, Fate, Fetched, Isolation, LogReader, Partition, ReadBuffer};
use crate::record::BatchHeader;

/// What comes next.
#[derive(Debug, Clone, Copy)]
pub enum Next {
    /// This batch.
    Batch(BatchHeader),
    /// Nothing: it is the end of the log as it is now.
    End,
    /// It is not known yet: ask again after [`PartitionLog::wait`](super::PartitionLog::wait), or when told.
    NotYet,
}

/// A place in a log, and the batches from there on.
pub trait Cursor: Send {
    /// The offset that is read next.
    fn offset(&self) -> i64;

    /// Has what is next fetched, where that takes a while, and does not wait for it.
    fn prepare(&mut self) -> Result<()> {
        Ok(())
    }

    /// What is next. It stays next until it is taken, skipped or forgotten.
    fn next(&mut self, buffer: &mut ReadBuffer) -> Result<Next>;

    /// What is to be done with the batch that is next; `None` for control batches, which are no one's.
    fn fate(&mut self, header: &BatchHeader) -> Result<Option<Fate>>;

    /// Goes on at `offset`.
    fn seek(&mut self, offset: i64);

    /// Hands out the batch that is next.
    fn take<'b>(&'b mut self, buffer: &'b ReadBuffer) -> Option<Fetched<'b>>;

    /// Passes over it.
    fn skip(&mut self);

    /// Stays before it: it is looked at again later.
    fn forget(&mut self);

    /// Lets go of what can be had again: open files.
    fn rest(&mut self);

    /// Whether there is more of it at hand.
    fn has_buffered(&self, buffer: &ReadBuffer) -> bool;
}

/// A cursor over the files of a partition.
pub(crate) struct LogCursor {
    reader: LogReader,
    decisions: Decisions,
    isolation: Isolation,
}

impl LogCursor {
    pub(crate) fn new(partition: Arc<Partition>, offset: i64, isolation: Isolation) -> Self {
        Self {
            decisions: Decisions::new(Arc::clone(&partition)),
            reader: LogReader::new(partition, offset),
            isolation,
        }
    }
}

impl Cursor for LogCursor {
    fn offset(&self) -> i64 {
        self.reader.offset()
    }

    fn next(&mut self, buffer: &mut ReadBuffer) -> Result<Next> {
        Ok(self.reader.next(buffer)?.map_or(Next::End, Next::Batch))
    }

    fn fate(&mut self, header: &BatchHeader) -> Result<Option<Fate>> {
        if header.attributes.is_control() {
            return Ok(None);
        }
        if self.isolation == Isolation::ReadUncommitted || !header.attributes.is_transactional() {
            return Ok(Some(Fate::Committed));
        }
        self.decisions.fate(header).map(Some)
    }

    fn seek(&mut self, offset: i64) {
        // Markers that were passed are not known any more.
        let partition = Arc::clone(self.reader.partition());
        *self = Self::new(partition, offset, self.isolation);
    }

    fn take<'b>(&'b mut self, buffer: &'b ReadBuffer) -> Option<Fetched<'b>> {
        self.reader.take(buffer)
    }

    fn skip(&mut self) {
        self.reader.skip();
    }

    fn forget(&mut self) {
        self.reader.forget();
    }

    fn rest(&mut self) {
        self.reader.rest();
    }

    fn has_buffered(&self, buffer: &ReadBuffer) -> bool {
        self.reader.has_buffered(buffer)
    }
}
