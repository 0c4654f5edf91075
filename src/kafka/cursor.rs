//! A cursor over what librdkafka fetches of a partition, whoever has it fetched.

use rdkafka::consumer::ConsumerContext;

use super::batches::Batches;
use super::queue::Queue;
use crate::client::{Cursor, Next};
use crate::error::Result;
use crate::log::{Fate, Fetched, ReadBuffer};
use crate::record::BatchHeader;
use crate::store::TopicPartition;

/// Has a partition fetched.
pub(super) trait Fetching: Send {
    type Context: ConsumerContext + 'static;

    /// The queue in which its records come, `offset` first; none as long as there is none.
    fn queue(
        &mut self,
        partition: &TopicPartition,
        offset: i64,
    ) -> Result<Option<&mut Queue<Self::Context>>>;

    /// Hears what came of asking the queue; an error where there is no use in asking again.
    fn asked(&mut self, partition: &TopicPartition, next: &Next) -> Result<()>;

    /// Where to go on, as the log does not have `offset`; an error where there is no such place.
    fn find_way(&self, partition: &TopicPartition, offset: i64) -> Result<i64>;

    /// Has it fetched from `offset` on.
    fn seek(&mut self, partition: &TopicPartition, offset: i64);

    /// Has it fetched no more.
    fn end(&mut self, partition: &TopicPartition);
}

/// Reads a partition.
pub(super) struct QueueCursor<F: Fetching> {
    fetching: F,
    batches: Batches,
}

impl<F: Fetching> QueueCursor<F> {
    pub(super) fn new(fetching: F, partition: TopicPartition, offset: i64) -> Self {
        Self {
            fetching,
            batches: Batches::new(partition, offset),
        }
    }
}

impl<F: Fetching> Cursor for QueueCursor<F> {
    fn offset(&self) -> i64 {
        self.batches.offset()
    }

    fn prepare(&mut self) -> Result<()> {
        let partition = self.batches.partition().clone();
        self.fetching.queue(&partition, self.batches.offset())?;
        Ok(())
    }

    fn next(&mut self, _: &mut ReadBuffer) -> Result<Next> {
        let partition = self.batches.partition().clone();
        let next = match self.fetching.queue(&partition, self.batches.offset())? {
            Some(queue) => self.batches.next(queue)?,
            None => Next::NotYet,
        };
        if !matches!(next, Next::Batch(_)) && self.batches.is_astray() {
            let offset = self.fetching.find_way(&partition, self.batches.offset())?;
            self.seek(offset);
            self.prepare()?;
            return Ok(Next::NotYet);
        }
        self.fetching.asked(&partition, &next)?;
        Ok(next)
    }

    fn fate(&mut self, _: &BatchHeader) -> Result<Option<Fate>> {
        // librdkafka hands out nothing else.
        Ok(Some(Fate::Committed))
    }

    fn seek(&mut self, offset: i64) {
        if !self.batches.go_back(offset) {
            self.batches.restart(offset);
            self.fetching.seek(self.batches.partition(), offset);
        }
    }

    fn take<'b>(&'b mut self, _: &'b ReadBuffer) -> Option<Fetched<'b>> {
        self.batches.take_ready()
    }

    fn skip(&mut self) {
        self.batches.skip();
    }

    fn forget(&mut self) {}

    fn rest(&mut self) {}

    fn has_buffered(&self, _: &ReadBuffer) -> bool {
        self.batches.has_more()
    }
}

impl<F: Fetching> Drop for QueueCursor<F> {
    fn drop(&mut self) {
        self.fetching.end(self.batches.partition());
    }
}
