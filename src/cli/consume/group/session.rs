//! A member that gives its records to whoever reads standard output.
//!
//! One loop, in which nothing waits for the reader alone: it hears what happens in the group, writes what there is
//! room for, asks how much was taken, commits that when it is time, lets partitions go that others are to have, and
//! reads on. A partition that was revoked is let go once what was handed over of it was taken; of those that stay
//! nothing is interrupted.

use std::collections::{BTreeMap, HashMap};
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use super::deleted;
use super::plan::{GroupPlan, StdoutPlan};
use super::reader::Reader;
use super::stream::Stream;
use super::taking::MOMENT;
use crate::cli::consume::wait::wait;
use crate::cli::consume::wanted::Wanted;
use crate::cli::context::Context;
use crate::cli::signals::Signals;
use crate::client::{GroupConsumer, Polled};
use crate::error::{Error, ErrorKind, Result};
use crate::store::TopicPartition;

/// How long members that live are given to let go of what is meant for us, where we would not wait for more.
const GRACE: Duration = Duration::from_millis(100);
/// How long to read before signals and the group have their turn.
const READ_AT_MOST: Duration = Duration::from_millis(10);
/// How often a reader is asked how far it got, at first and at most.
const ASK_FIRST: Duration = Duration::from_millis(1);
const ASK_LAST: Duration = Duration::from_millis(50);

/// Why a session ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// Everything was read, or nothing came for as long as it was waited for.
    Finished,
    /// As many records as were asked for were handed over.
    Enough,
    TimedOut,
    /// A signal asked for it.
    Stopped,
    /// The log could not be read any further; what was read before is still the user's.
    Failed(Error),
}

/// A member at work.
pub(super) struct Session<'p> {
    plan: &'p mut GroupPlan,
    to: StdoutPlan,
    pub(super) consumer: GroupConsumer,
    reader: Reader,
    stream: Stream,
    /// What was taken and not committed, by lane: the next offset.
    done: BTreeMap<usize, i64>,
    /// How far each lane was known to be, where that was not the end of a record.
    passed: HashMap<usize, i64>,
    /// The records that were handed over.
    pub(super) count: u64,
    leaving: Vec<Leaving>,
    ended: Option<Ended>,
    /// When the reader is waited for no longer.
    patience_ends: Option<Instant>,
    deadline: Option<Instant>,
    /// When something last came.
    came: Instant,
    committed: Instant,
    /// Until when members that live may let go of what is meant for us.
    grace_ends: Option<Instant>,
    ask_every: Duration,
}

/// A partition that others are to have.
struct Leaving {
    partition: TopicPartition,
    lane: usize,
    /// When it is let go, whatever the reader has taken by then.
    until: Instant,
}

/// What there was to read.
#[derive(Debug, PartialEq, Eq)]
enum Read {
    /// Something, or there is no room for it.
    Some,
    /// Nothing at the moment.
    Nothing,
    /// Everything was read.
    All,
}

impl<'p> Session<'p> {
    pub(super) fn new(
        plan: &'p mut GroupPlan,
        to: StdoutPlan,
        consumer: GroupConsumer,
        context: &Context,
        deadline: Option<Instant>,
    ) -> Result<Self> {
        let now = Instant::now();
        let mut heading = Vec::new();
        plan.form.begin(&mut heading);
        Ok(Self {
            to,
            // Without commits nobody needs to know how far the reader got.
            reader: Reader::of(context.output.as_fd(), to.commit_on_write || !plan.commits)?,
            plan,
            consumer,
            stream: Stream::new(heading),
            done: BTreeMap::new(),
            passed: HashMap::new(),
            count: 0,
            leaving: Vec::new(),
            ended: None,
            patience_ends: None,
            deadline,
            came: now,
            committed: now,
            grace_ends: None,
            ask_every: ASK_FIRST,
        })
    }

    /// Reads, and hands over, until there is a reason to end.
    pub(super) fn run(&mut self, context: &Context) -> Result<Ended> {
        loop {
            self.hear(context)?;
            let read = if self.ended.is_none() {
                self.read()
            } else {
                Ok(Read::All)
            };
            let read = match read {
                Err(error) if error.kind() != ErrorKind::Evicted => {
                    self.end(Ended::Failed(error));
                    Read::All
                }
                read => read?,
            };
            self.push(context)?;
            self.ask(context)?;
            self.let_go(context)?;
            self.commit_if_due(context)?;
            if self.is_over(&read, context)? {
                return Ok(self.ended.take().unwrap_or(Ended::Finished));
            }
            if read != Read::Some || !self.stream.has_room() {
                self.pause(context)?;
            }
        }
    }

    /// What asks for an end, and what has changed in the group.
    fn hear(&mut self, context: &Context) -> Result<()> {
        let now = Instant::now();
        if context.signals.as_ref().is_some_and(Signals::asked) {
            self.stop(Ended::Stopped, now);
        } else if self.deadline.is_some_and(|deadline| now >= deadline) {
            self.stop(Ended::TimedOut, now);
        }
        let looked = self.consumer.look()?;
        for lane in looked.lost {
            self.count -= self.stream.withdraw(|of| of == lane);
            self.done.remove(&lane);
            self.leaving.retain(|leaving| leaving.lane != lane);
        }
        if let Some(topic) = looked.deleted {
            return Err(deleted(&topic));
        }
        for (partition, lane) in looked.revoked {
            self.count -= self.stream.withdraw(|of| of == lane);
            self.leaving.push(Leaving {
                partition,
                lane,
                until: now + self.to.drain_timeout,
            });
        }
        Ok(())
    }

    /// Ends for a reason that does not let us wait for ever: what was not written yet is for the next one.
    fn stop(&mut self, why: Ended, now: Instant) {
        if self.patience_ends.is_none() {
            self.count -= self.stream.withdraw(|_| true);
            self.patience_ends = Some(now + self.to.drain_timeout);
            self.ended = Some(why);
        }
    }

    fn end(&mut self, why: Ended) {
        if self.ended.is_none() {
            self.ended = Some(why);
        }
    }

    /// Reads as much as there is room for, or for so long: what is filtered out takes no room.
    fn read(&mut self) -> Result<Read> {
        let limit = self.plan.end.max_messages.unwrap_or(u64::MAX);
        let until = Instant::now() + READ_AT_MOST;
        while self.stream.has_room() && Instant::now() < until {
            if self.count >= limit {
                self.end(Ended::Enough);
                return Ok(Read::All);
            }
            match self.consumer.poll()? {
                Polled::Finished => {
                    self.pass();
                    return Ok(Read::All);
                }
                Polled::Idle => {
                    self.pass();
                    return Ok(Read::Nothing);
                }
                Polled::Batch {
                    lane,
                    partition,
                    batch,
                    from,
                    to,
                } => {
                    let wanted = Wanted {
                        from,
                        to,
                        most: limit - self.count,
                    };
                    self.stream.begin(lane);
                    let written = wanted.write(
                        &batch,
                        partition.name(),
                        &mut self.plan.form,
                        &mut self.stream,
                    )?;
                    self.stream.complete(written.stopped.is_none());
                    self.count += written.records;
                    self.came = Instant::now();
                    if let Some(offset) = written.stopped {
                        self.consumer.seek_lane(lane, offset);
                    }
                }
            }
        }
        Ok(Read::Some)
    }

    /// Every record that there is was handed over: what lies behind the last ones, markers and gaps, is done with them.
    fn pass(&mut self) {
        for (lane, offset) in self.consumer.positions() {
            if self.passed.insert(lane, offset) != Some(offset) {
                self.stream.ledger().pass(lane, offset);
            }
        }
    }

    /// Writes what the reader has room for.
    fn push(&mut self, context: &Context) -> Result<()> {
        let output = context.output.as_fd();
        while !self.stream.waiting().is_empty() {
            let written = self.stream.written();
            match self.reader.write(output, self.stream.waiting(), written)? {
                0 => break,
                count => self.stream.wrote(count),
            }
            self.ask_every = ASK_FIRST;
        }
        Ok(())
    }

    /// Asks how much was taken.
    fn ask(&mut self, context: &Context) -> Result<()> {
        if self.stream.ledger().is_full() && !self.reader.is_asked() {
            // A file has taken what is on disk; there is no room in the ledger for more that is not.
            return self.settle(context);
        }
        let taken = self
            .reader
            .taken(context.output.as_fd(), self.stream.written())?;
        self.take(taken);
        Ok(())
    }

    fn take(&mut self, taken: u64) {
        let done = &mut self.done;
        self.stream.ledger().take(taken, |lane, next| {
            done.insert(lane, next);
        });
    }

    /// Lets partitions go that others are to have, once the reader has taken what it was given of them.
    fn let_go(&mut self, context: &Context) -> Result<()> {
        if self.leaving.is_empty() {
            return Ok(());
        }
        self.settle(context)?;
        let now = Instant::now();
        let ledger = self.stream.ledger();
        let (going, staying): (Vec<_>, Vec<_>) = self
            .leaving
            .drain(..)
            .partition(|leaving| now >= leaving.until || !ledger.holds(leaving.lane));
        self.leaving = staying;
        if going.is_empty() {
            return Ok(());
        }
        self.commit()?;
        let going: Vec<TopicPartition> =
            going.into_iter().map(|leaving| leaving.partition).collect();
        self.consumer.release(&going)
    }

    fn commit_if_due(&mut self, context: &Context) -> Result<()> {
        let has_news = !self.done.is_empty() || !self.stream.ledger().is_empty();
        if has_news && self.committed.elapsed() >= self.to.commit_interval {
            self.settle(context)?;
            self.commit()?;
        }
        Ok(())
    }

    /// Learns how much was taken, and makes that last where it is a file.
    fn settle(&mut self, context: &Context) -> Result<()> {
        let (output, written) = (context.output.as_fd(), self.stream.written());
        let taken = match self.ended {
            Some(Ended::Enough) if self.stream.waiting().is_empty() => {
                self.reader.settle_all(output, written)?
            }
            _ => self.reader.settle(output, written)?,
        };
        self.take(taken);
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        self.committed = Instant::now();
        let done = std::mem::take(&mut self.done);
        if !self.plan.commits {
            return Ok(());
        }
        let offsets: Vec<(TopicPartition, i64)> = done
            .into_iter()
            .filter_map(|(lane, next)| Some((self.consumer.partition_of(lane)?.clone(), next)))
            .collect();
        self.consumer.commit(&offsets)
    }

    /// Whether nothing is left to be done.
    fn is_over(&mut self, read: &Read, context: &Context) -> Result<bool> {
        if *read == Read::Some {
            return Ok(false);
        }
        let now = Instant::now();
        if self.patience_ends.is_some_and(|ends| now >= ends) {
            return Ok(true);
        }
        let idle = self.plan.end.idle_timeout;
        if self.ended.is_none() && idle.is_some_and(|idle| now >= self.came + idle) {
            self.end(Ended::Finished);
        }
        if self.ended.is_none() && (*read == Read::Nothing || self.is_waiting_for_others(now)) {
            return Ok(false);
        }
        if !self.stream.waiting().is_empty() {
            return Ok(false);
        }
        self.settle(context)?;
        Ok(self.stream.ledger().is_empty())
    }

    /// Whether others are given a moment yet to let go of what is meant for us.
    fn is_waiting_for_others(&mut self, now: Instant) -> bool {
        if self.consumer.is_settling() {
            return true;
        }
        let waits = !self.consumer.waiting().is_empty();
        if self.plan.end.goes_on() {
            // An end of its own is all that a follower ends at, once it has come to it everywhere.
            return waits || self.plan.to.is_none() || self.consumer.holds_nothing();
        }
        if !waits {
            self.grace_ends = None;
            return false;
        }
        now < *self.grace_ends.get_or_insert(now + GRACE)
    }

    /// Waits until something can be done.
    fn pause(&mut self, context: &Context) -> Result<()> {
        let now = Instant::now();
        let waits = !self.stream.waiting().is_empty();
        let on_its_way = !self.stream.ledger().is_empty();
        let mut until = now + self.consumer.patience();
        if on_its_way && self.reader.is_asked() {
            until = until.min(now + self.ask_every.min(if waits { ASK_LAST } else { MOMENT }));
            self.ask_every = (self.ask_every * 2).min(ASK_LAST);
        }
        let can_commit = !self.done.is_empty() || (on_its_way && !self.reader.is_asked());
        let commit_due = can_commit.then(|| self.committed + self.to.commit_interval);
        let idle = self.plan.end.idle_timeout.map(|idle| self.came + idle);
        let others = self.leaving.iter().map(|leaving| leaving.until).min();
        let least = [
            commit_due,
            idle.filter(|_| self.ended.is_none()),
            self.deadline.filter(|_| self.patience_ends.is_none()),
            self.grace_ends.filter(|ends| *ends > now),
            self.reader.settles_at().filter(|at| *at > now),
            self.patience_ends,
            others,
        ];
        until = least.into_iter().flatten().fold(until, Instant::min);
        let for_room = waits && self.reader.can_be_waited_for(self.stream.written());
        wait(context, self.consumer.fd(), for_room, until)
    }

    /// Commits what was taken: the last thing before the group is left.
    pub(super) fn finish(&mut self, context: &Context) -> Result<()> {
        self.settle(context)?;
        self.commit()
    }

    /// The records that were handed over and are not known to have been taken.
    pub(super) fn untaken(&mut self) -> u64 {
        self.stream.withdraw(|_| true);
        self.stream.ledger().records()
    }
}
