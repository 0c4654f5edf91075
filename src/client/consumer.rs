//! The consumer: batches of several partitions, in turn, each partition's in order.

use std::sync::Arc;
use std::time::Duration;

use crate::client::cursor::{Cursor, Next};
use crate::client::partition_log::PartitionLog;
use crate::error::Result;
use crate::log::{Fate, Fetched, Isolation, ReadBuffer};
use crate::store::raise_file_limit;

/// Partitions with open files; more take turns.
const OPEN_PARTITIONS: usize = 256;

/// Files that are open besides.
const SPARE_FILES: u64 = 32;
/// From so many partitions on the usual limit of open files may not do.
const MANY_PARTITIONS: usize = 128;

/// How long to wait for what is on its way before looking again.
const PATIENCE: Duration = Duration::from_millis(100);

/// A partition to read, and how far.
pub struct Assignment {
    /// The partition.
    pub partition: Arc<dyn PartitionLog>,
    /// The first offset wanted.
    pub from: i64,
    /// The offset to stop before; `None`: never.
    pub to: Option<i64>,
}

/// Reads partitions in turn: a stretch of one, then of the next, so that none waits for another's end.
pub struct Consumer {
    lanes: Vec<Lane>,
    buffer: ReadBuffer,
    isolation: Isolation,
    /// Which lane had the last turn.
    turn: Option<usize>,
    open_partitions: usize,
    follow: bool,
    /// What the next partition's lane is called.
    next_lane: usize,
}

struct Lane {
    /// What it is called, whichever others come and go: lanes stand in ascending order.
    number: usize,
    partition: Arc<dyn PartitionLog>,
    cursor: Box<dyn Cursor>,
    from: i64,
    to: Option<i64>,
    /// Whether there may be something to read.
    awake: bool,
    /// Whether everything wanted was read.
    done: bool,
    held_back: Option<(i64, i64)>,
    /// Whether what comes next is on its way.
    waits: bool,
}

/// What a poll brought.
pub enum Polled<'c> {
    /// A batch, of which the records from `from` up to but without `to` are wanted.
    Batch {
        /// The lane that it came from.
        lane: usize,
        /// The partition that it is of.
        partition: &'c Arc<dyn PartitionLog>,
        /// The batch.
        batch: Fetched<'c>,
        /// The first offset wanted.
        from: i64,
        /// The first offset not wanted any more.
        to: i64,
    },
    /// Nothing more for the moment.
    Idle,
    /// Everything wanted was read.
    Finished,
}

impl Consumer {
    /// A consumer of these partitions. With `follow` the end of a log is a pause, else it is the end.
    #[must_use]
    pub fn new(assignments: Vec<Assignment>, isolation: Isolation, follow: bool) -> Self {
        let mut consumer = Self {
            lanes: Vec::new(),
            buffer: ReadBuffer::default(),
            isolation,
            turn: None,
            open_partitions: OPEN_PARTITIONS,
            follow,
            next_lane: 0,
        };
        for assignment in assignments {
            consumer.assign(assignment);
        }
        consumer
    }

    /// Adds a partition; its lane is called by the number returned, and the first one 0.
    pub fn assign(&mut self, assignment: Assignment) -> usize {
        let number = self.next_lane;
        self.next_lane += 1;
        self.lanes
            .push(Lane::new(number, assignment, self.isolation));
        if self.lanes.len() == MANY_PARTITIONS {
            let files = raise_file_limit().saturating_sub(SPARE_FILES);
            self.open_partitions = usize::try_from(files)
                .unwrap_or(usize::MAX)
                .min(OPEN_PARTITIONS);
        }
        number
    }

    /// Takes a partition away again.
    pub fn unassign(&mut self, lane: usize) {
        if let Ok(at) = self.find(lane) {
            self.lanes.remove(at);
            // None behind the one that went loses its turn.
            self.turn = match self.turn {
                Some(turn) if turn >= at => turn.checked_sub(1),
                turn => turn,
            };
        }
    }

    /// Goes on at `offset` in a partition, wherever it was.
    pub fn seek(&mut self, lane: usize, offset: i64) {
        if let Ok(at) = self.find(lane) {
            self.lanes[at].seek(offset);
        }
    }

    /// Ends a partition before `offset`.
    pub fn stop_before(&mut self, lane: usize, offset: i64) {
        if let Ok(at) = self.find(lane) {
            self.lanes[at].to = Some(offset);
        }
    }

    /// Wakes a partition: something may have been appended to it.
    pub fn wake(&mut self, lane: usize) {
        if let Ok(at) = self.find(lane) {
            self.lanes[at].awake = true;
        }
    }

    /// Has all lanes fetched at once, where they come from afar: who asks one after the other waits for each.
    pub(crate) fn prepare(&mut self) -> Result<()> {
        let mut lanes = self.lanes.iter_mut().filter(|lane| !lane.done);
        lanes.try_for_each(|lane| lane.cursor.prepare())
    }

    /// Closes a lane's file until it is needed again.
    pub(crate) fn rest(&mut self, lane: usize) {
        if let Ok(at) = self.find(lane) {
            self.lanes[at].cursor.rest();
        }
    }

    /// Where in the list a lane stands.
    fn find(&self, lane: usize) -> Result<usize, usize> {
        self.lanes.binary_search_by_key(&lane, |lane| lane.number)
    }

    /// How far each lane has come: everything wanted below that offset was handed out, or there is nothing of it. Past
    /// control batches, gaps, and what a transaction took back; up to where the partition was to be read, once it is.
    pub fn positions(&self) -> impl Iterator<Item = (usize, i64)> {
        self.lanes.iter().map(|lane| (lane.number, lane.position()))
    }

    /// Whether everything wanted of a lane was read.
    #[must_use]
    pub fn is_done(&self, lane: usize) -> bool {
        self.find(lane).is_ok_and(|at| self.lanes[at].done)
    }

    /// Whether what comes next of a lane is on its way.
    #[must_use]
    pub fn is_awaited(&self, lane: usize) -> bool {
        self.find(lane)
            .is_ok_and(|at| self.lanes[at].waits && !self.lanes[at].done)
    }

    /// Wakes all.
    pub fn wake_all(&mut self) {
        for lane in &mut self.lanes {
            lane.awake = true;
        }
    }

    /// The partitions that an open transaction holds back: with the producer's id and its first offset.
    pub fn held_back(&self) -> impl Iterator<Item = (&Arc<dyn PartitionLog>, i64, i64)> {
        self.lanes.iter().filter_map(|lane| {
            lane.held_back
                .map(|(id, offset)| (&lane.partition, id, offset))
        })
    }

    /// The next batch that holds something wanted.
    pub fn poll(&mut self) -> Result<Polled<'_>> {
        let Some(lane) = self.choose()? else {
            let finished = self.lanes.iter().all(|lane| lane.done);
            return Ok(if finished {
                Polled::Finished
            } else {
                Polled::Idle
            });
        };
        self.turn = Some(lane);
        Ok(self.take(lane))
    }

    /// The next batch of this lane alone.
    pub fn poll_lane(&mut self, lane: usize) -> Result<Polled<'_>> {
        let Ok(at) = self.find(lane) else {
            return Ok(Polled::Finished);
        };
        let state = &mut self.lanes[at];
        let found = state.awake && !state.done && state.advance(&mut self.buffer, self.follow)?;
        if found {
            return Ok(self.take(at));
        }
        Ok(if state.done {
            Polled::Finished
        } else {
            Polled::Idle
        })
    }

    /// The next batch; while what comes next is on its way, it is waited for. Never [`Polled::Idle`] but with `follow`.
    pub fn poll_to_end(&mut self) -> Result<Polled<'_>> {
        loop {
            if let Some(at) = self.choose()? {
                self.turn = Some(at);
                return Ok(self.take(at));
            }
            let waits = |lane: &&mut Lane| lane.waits && !lane.done;
            let Some(lane) = self.lanes.iter_mut().find(waits) else {
                return self.poll();
            };
            lane.partition.wait(PATIENCE)?;
            self.wake_all();
        }
    }

    /// The same of this lane alone.
    pub fn poll_lane_to_end(&mut self, lane: usize) -> Result<Polled<'_>> {
        let Ok(at) = self.find(lane) else {
            return Ok(Polled::Finished);
        };
        loop {
            let state = &mut self.lanes[at];
            if !state.done && state.advance(&mut self.buffer, self.follow)? {
                return Ok(self.take(at));
            }
            if !state.waits {
                let is_done = state.done;
                return Ok(if is_done {
                    Polled::Finished
                } else {
                    Polled::Idle
                });
            }
            state.partition.wait(PATIENCE)?;
        }
    }

    /// Hands out the batch that a lane stands before.
    fn take(&mut self, at: usize) -> Polled<'_> {
        let Lane {
            number,
            partition,
            cursor,
            from,
            to,
            ..
        } = &mut self.lanes[at];
        let (from, to) = (*from, to.unwrap_or(i64::MAX));
        let batch = cursor.take(&self.buffer);
        batch.map_or(Polled::Idle, |batch| Polled::Batch {
            lane: *number,
            partition,
            batch,
            from,
            to,
        })
    }

    /// A partition whose next batch is to be handed out, if there is one.
    fn choose(&mut self) -> Result<Option<usize>> {
        let count = self.lanes.len();
        let mut asleep = 0;
        let mut lane = match self.turn {
            None => 0,
            Some(turn) if self.lanes[turn].cursor.has_buffered(&self.buffer) => turn,
            Some(turn) => {
                if count > self.open_partitions {
                    self.lanes[turn].cursor.rest();
                }
                (turn + 1) % count
            }
        };
        while asleep < count {
            let state = &mut self.lanes[lane];
            if state.awake && !state.done && state.advance(&mut self.buffer, self.follow)? {
                return Ok(Some(lane));
            }
            if count > self.open_partitions {
                state.cursor.rest();
            }
            asleep += 1;
            lane = (lane + 1) % count;
        }
        Ok(None)
    }
}

impl Lane {
    fn new(number: usize, assignment: Assignment, isolation: Isolation) -> Self {
        let Assignment {
            partition,
            from,
            to,
        } = assignment;
        Self {
            number,
            cursor: partition.cursor(from, isolation),
            partition,
            from,
            to,
            awake: true,
            done: to.is_some_and(|to| from >= to),
            held_back: None,
            waits: false,
        }
    }

    fn seek(&mut self, offset: i64) {
        self.cursor.seek(offset);
        self.from = offset;
        self.awake = true;
        self.done = self.to.is_some_and(|to| offset >= to);
        self.held_back = None;
    }

    fn position(&self) -> i64 {
        let read = match self.to {
            Some(to) if self.done && self.held_back.is_none() => to,
            Some(to) => self.cursor.offset().min(to),
            None => self.cursor.offset(),
        };
        read.max(self.from)
    }

    /// Goes on to the next batch that holds something wanted; false if there is none at the moment, or none any more.
    fn advance(&mut self, buffer: &mut ReadBuffer, follow: bool) -> Result<bool> {
        loop {
            if self.to.is_some_and(|to| self.cursor.offset() >= to) {
                self.done = true;
                return Ok(false);
            }
            let next = self.cursor.next(buffer)?;
            self.waits = matches!(next, Next::NotYet);
            let Next::Batch(header) = next else {
                self.awake = false;
                self.done = !follow && !self.waits;
                return Ok(false);
            };
            if self.to.is_some_and(|to| header.base_offset >= to) {
                self.done = true;
                return Ok(false);
            }
            self.held_back = None;
            match self.cursor.fate(&header)? {
                Some(Fate::Committed) => return Ok(true),
                Some(Fate::Open) => {
                    self.cursor.forget();
                    self.held_back = Some((header.producer_id, header.base_offset));
                    self.awake = false;
                    self.done = !follow;
                    return Ok(false);
                }
                Some(Fate::Aborted) | None => self.cursor.skip(),
            }
        }
    }
}
