//! The records of a topic, counted as they come.

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::Duration;

use super::limit::{Limit, MISSING};
use crate::cli::context::Context;
use crate::client::{Assignment, Consumer, Engine, Polled, Watch};
use crate::error::{ErrorKind, Result};
use crate::log::{Fetched, Isolation};
use crate::record::Position;
use crate::store::{Topic, TopicName};
use crate::text::Filters;

/// Which records are counted.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) topic: TopicName,
    /// Where to begin in each partition; none: at its start.
    pub(super) from: Option<Position>,
    pub(super) isolation: Isolation,
    pub(super) filters: Filters,
}

/// What a change in a directory is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Topics,
    Partition(usize),
}

/// A count that goes on.
pub(super) struct Count {
    counted: Counted,
    engine: Option<Arc<dyn Engine>>,
    /// None as long as there is nothing to watch.
    watch: Option<Watch<What>>,
    /// None as long as it is not there.
    topic: Option<Topic>,
    consumer: Consumer,
    records: u64,
    /// Whether the first look is over: what comes to be after it is new.
    looked: bool,
}

impl Count {
    pub(super) fn new(counted: Counted) -> Self {
        Self {
            engine: None,
            watch: None,
            topic: None,
            consumer: Consumer::new(Vec::new(), counted.isolation, true),
            counted,
            records: 0,
            looked: false,
        }
    }

    /// How many records were found so far; none where there is no topic.
    pub(super) fn records(&self) -> Option<u64> {
        self.topic.as_ref().map(|_| self.records)
    }

    /// Readable when another look may find more.
    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.watch.as_ref().and_then(Watch::fd)
    }

    /// After how long to look without having been told.
    pub(super) fn patience(&self) -> Duration {
        self.watch.as_ref().map_or(MISSING, Watch::patience)
    }

    /// Counts what is there, up to `wanted`.
    pub(super) fn look(&mut self, wanted: u64, limit: &Limit, context: &Context) -> Result<()> {
        let looked = self.try_look(wanted, limit, context);
        self.looked = true;
        match looked {
            // It may come again, as another one.
            Err(error) if error.kind() == ErrorKind::TopicDeleted && !limit.must_exist => {
                self.forget();
                Ok(())
            }
            looked => looked,
        }
    }

    fn try_look(&mut self, wanted: u64, limit: &Limit, context: &Context) -> Result<()> {
        let engine = match &self.engine {
            Some(engine) => engine.clone(),
            None => match limit.engine(context)? {
                Some(engine) => self.begin(engine),
                None => return Ok(()),
            },
        };
        self.hear();
        self.find_topic(engine.as_ref(), limit)?;
        while self.records < wanted && !limit.cuts_short() {
            let polled = if limit.once {
                self.consumer.poll_to_end()?
            } else {
                self.consumer.poll()?
            };
            match polled {
                Polled::Batch {
                    batch, from, to, ..
                } => self.records += in_batch(&batch, from, to, &self.counted.filters)?,
                Polled::Idle | Polled::Finished => break,
            }
        }
        Ok(())
    }

    fn begin(&mut self, engine: Arc<dyn Engine>) -> Arc<dyn Engine> {
        self.watch = Some(watch(engine.as_ref()));
        self.engine = Some(engine.clone());
        engine
    }

    /// Wakes the partitions that may have something new.
    fn hear(&mut self) {
        let changes = self
            .watch
            .as_mut()
            .and_then(Watch::changes)
            .unwrap_or_default();
        if changes.is_empty() {
            self.consumer.wake_all();
        }
        for change in changes {
            if let What::Partition(lane) = change {
                self.consumer.wake(lane);
            }
        }
    }

    fn find_topic(&mut self, engine: &dyn Engine, limit: &Limit) -> Result<()> {
        let name = &self.counted.topic;
        let found = if limit.must_exist {
            Some(engine.topic(name)?)
        } else {
            engine.find_topic(name)?
        };
        let known = self.topic.as_ref();
        if known.is_some() && known.map(|topic| topic.id) != found.as_ref().map(|topic| topic.id) {
            self.forget();
        }
        let Some(topic) = found else {
            return Ok(());
        };
        let first = self.topic.as_ref().map_or(0, |topic| topic.partition_count);
        for number in topic.partition_numbers().filter(|number| *number >= first) {
            self.add_partition(engine, &topic, number)?;
        }
        self.topic = Some(topic);
        Ok(())
    }

    fn add_partition(&mut self, engine: &dyn Engine, topic: &Topic, number: i32) -> Result<()> {
        let partition = engine.partition(topic, number)?;
        let start = partition.start()?;
        let from = match self.counted.from {
            // What is new has all its records after the end of before.
            Some(Position::End | Position::FromEnd(_)) if self.looked => start,
            Some(position) => partition
                .resolve(position, self.counted.isolation)?
                .max(start),
            None => start,
        };
        let lane = self.consumer.assign(Assignment {
            partition: partition.clone(),
            from,
            to: None,
        });
        if let Some(watch) = &mut self.watch {
            watch.add_partition(partition.as_ref(), What::Partition(lane));
        }
        Ok(())
    }

    /// The topic is gone, and what was counted of it.
    fn forget(&mut self) {
        self.topic = None;
        self.records = 0;
        self.consumer = Consumer::new(Vec::new(), self.counted.isolation, true);
        self.watch = self.engine.as_ref().map(|engine| watch(engine.as_ref()));
    }
}

fn watch(engine: &dyn Engine) -> Watch<What> {
    let mut watch = Watch::new(engine);
    watch.add_topics(engine, What::Topics);
    watch
}

/// How many records of a batch count. Its header says how many it has: they are looked at only where not all are wanted.
fn in_batch(batch: &Fetched<'_>, from: i64, to: i64, filters: &Filters) -> Result<u64> {
    let header = batch.header();
    if filters.is_empty() && header.base_offset >= from && header.last_offset() < to {
        return Ok(header.records_count.unsigned_abs().into());
    }
    let mut records = batch.records()?;
    let mut count = 0;
    while let Some(record) = records.next().map_err(|fault| batch.damaged(&fault))? {
        let wanted =
            (from..to).contains(&record.offset) && (filters.is_empty() || filters.admit(&record));
        count += u64::from(wanted);
    }
    Ok(count)
}
