//! A producer as commands know it, wherever its records go.

use std::os::fd::BorrowedFd;
use std::time::Instant;

use crate::client::producer::{Produced, Producer};
use crate::error::Result;
use crate::record::Record;
use crate::store::Topic;

/// Takes records of one topic.
pub trait Producing: Send {
    /// The topic.
    fn topic(&self) -> &Topic;

    /// Takes a record; `partition` is where it goes in any case.
    fn send(&mut self, record: &Record<'_>, partition: Option<i32>) -> Result<()>;

    /// The bytes of records that have not gone out yet.
    fn held_bytes(&self) -> usize;

    /// Lets out what is held.
    fn flush(&mut self) -> Result<()>;

    /// Sees to what is due: syncs, errors of what went out before.
    fn tick(&mut self) -> Result<()>;

    /// When [`Producing::tick`] is due at the latest.
    fn due(&self) -> Option<Instant>;

    /// Readable when [`Producing::tick`] has something to do.
    fn bell(&self) -> Option<BorrowedFd<'_>>;

    /// Waits until all that was taken counts as produced. Stays usable.
    fn settle(&mut self) -> Result<()>;

    /// What was produced so far, by partition.
    fn produced(&self) -> Vec<Produced>;

    /// How many records of a partition count as produced.
    fn acknowledged(&self, partition: i32) -> u64;
}

impl dyn Producing {
    /// Ends: all that was taken counts as produced, and this is what it was.
    pub fn close(mut self: Box<Self>) -> Result<Vec<Produced>> {
        self.settle()?;
        Ok(self.produced())
    }
}

impl Producing for Producer {
    fn topic(&self) -> &Topic {
        self.topic()
    }

    fn send(&mut self, record: &Record<'_>, partition: Option<i32>) -> Result<()> {
        self.send(record, partition)
    }

    fn held_bytes(&self) -> usize {
        self.held_bytes()
    }

    fn flush(&mut self) -> Result<()> {
        self.flush()
    }

    fn tick(&mut self) -> Result<()> {
        self.tick()
    }

    fn due(&self) -> Option<Instant> {
        self.sync_due()
    }

    fn bell(&self) -> Option<BorrowedFd<'_>> {
        use std::os::fd::AsFd as _;
        self.bell().map(|bell| bell.as_fd())
    }

    fn settle(&mut self) -> Result<()> {
        self.settle()
    }

    fn produced(&self) -> Vec<Produced> {
        self.produced()
    }

    fn acknowledged(&self, partition: i32) -> u64 {
        self.acknowledged(partition)
    }
}
