//! Where a copy of a topic goes, and how far it came.

use crate::client::producing::Producing;
use crate::error::Result;
use crate::record::Record;

/// What is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopySource {
    /// Where the topic is: the words of [`Engine::place`](super::Engine::place).
    pub place: String,
    /// Its name.
    pub topic: String,
    /// How many partitions it has.
    pub partitions: i32,
}

/// Takes the records of a topic's partitions.
pub trait CopyTarget: Send {
    /// The offset to go on at in a partition of the source; none: at its beginning.
    fn position(&self, partition: i32) -> Option<i64>;

    /// Takes a record of a partition of the source, which goes to partition `to`.
    fn send(&mut self, record: &Record<'_>, from: i32, to: i32) -> Result<()>;

    /// Makes what was taken last, and remembers with it where to go on: for each partition of the source the next offset.
    /// Cheap where nothing was taken and nothing has moved.
    fn checkpoint(&mut self, positions: &[i64]) -> Result<()>;

    /// How many records of this run are in the target, in a way that lasts.
    fn stored(&self) -> u64;
}

/// A copy that is not gone on with.
pub struct PlainCopy {
    producer: Box<dyn Producing>,
}

impl PlainCopy {
    /// A copy by this producer.
    #[must_use]
    pub fn new(producer: Box<dyn Producing>) -> Self {
        Self { producer }
    }
}

impl CopyTarget for PlainCopy {
    fn position(&self, _: i32) -> Option<i64> {
        None
    }

    fn send(&mut self, record: &Record<'_>, _: i32, to: i32) -> Result<()> {
        self.producer.send(record, Some(to))
    }

    fn checkpoint(&mut self, _: &[i64]) -> Result<()> {
        self.producer.settle()
    }

    fn stored(&self) -> u64 {
        self.producer
            .produced()
            .iter()
            .map(|part| part.records)
            .sum()
    }
}
