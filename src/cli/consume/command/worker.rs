//! A member at work: one batch after the other goes to COMMAND, and what its endings mean for the group's offsets.

use std::time::{Duration, Instant};

use super::backoff::Backoff;
use super::batch::{Batch, Gathering};
use super::dead_letter::DeadLetters;
use super::ending::{Ending, Verdict};
use super::failure;
use super::letter::Postmark;
use super::member::GroupMember;
use super::pieces::{AfterFailure, Pieces};
use super::runner::{Run, Runner};
use super::tally::{Allowed, Tally};
use crate::cli::consume::group::BatchPlan;
use crate::cli::consume::plan::End;
use crate::cli::form::Form;
use crate::client::Polled;
use crate::error::Result;
use crate::log::Isolation;
use crate::text::Losses;

/// How soon to ask again for a part of -n that another member may give back.
const SOON: Duration = Duration::from_millis(5);

/// A member with all that it needs.
pub(super) struct Worker<'a> {
    pub(super) member: GroupMember,
    pub(super) runner: Runner<'a>,
    pub(super) form: Form,
    pub(super) tally: &'a Tally,
    pub(super) dead_letters: Option<&'a DeadLetters>,
    pub(super) backoff: Backoff,
    pub(super) max_attempts: u32,
    pub(super) batch: BatchPlan,
    pub(super) isolation: Isolation,
    pub(super) end: &'a End,
    /// When to end in any case.
    pub(super) deadline: Option<Instant>,
    /// When records were last handed over.
    pub(super) came: Instant,
    /// Until when others may let go what is meant for us.
    pub(super) grace: Instant,
}

/// Why a member ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// There is nothing more to do, or it was told to stop.
    Done,
    /// `--timeout` was over.
    TimedOut,
}

/// What a member leaves behind.
pub(super) struct Worked {
    pub(super) ended: Result<Ended>,
    /// What is worth saying of it.
    pub(super) notes: Vec<String>,
}

/// What there is to do.
enum Next {
    Batch(Batch),
    /// Something, if another member does not need all that it has taken out of -n.
    Later,
    /// Nothing at the moment.
    Idle,
    /// Nothing any more.
    Finished,
}

/// What became of the attempts at a piece.
enum Attempted {
    Done,
    Failed(Failed),
    /// It is left as it is.
    Left,
}

/// A piece that its last attempt did not process.
pub(super) struct Failed {
    pub(super) ending: Ending,
    pub(super) attempts: u32,
    /// COMMAND's last line of stderr, where that is wanted.
    said: Vec<u8>,
}

impl Worker<'_> {
    /// Works until there is nothing more to do, and leaves the group.
    pub(super) fn run(mut self) -> Worked {
        let worked = self.work();
        let committed = self.member.commit_all();
        let mut notes: Vec<String> = self
            .form
            .losses()
            .and_then(Losses::warning)
            .into_iter()
            .collect();
        notes.extend(self.member.notes());
        if matches!(worked, Ok(Ended::Done)) && !self.runner.halt.is_stopping() {
            // Who can't be named any more has left.
            notes.extend(self.member.holders().unwrap_or_default());
        }
        let left = self.member.leave();
        // The first error is the one to tell.
        let ended = worked.and_then(|ended| committed.and(left).map(|()| ended));
        if ended.is_err() {
            self.runner.halt.stop();
        }
        Worked { ended, notes }
    }

    fn work(&mut self) -> Result<Ended> {
        loop {
            if self.runner.halt.is_stopping() {
                return Ok(Ended::Done);
            }
            if is_over(self.deadline) {
                self.runner.halt.stop();
                return Ok(Ended::TimedOut);
            }
            self.member.look()?;
            self.member.check()?;
            match self.next()? {
                Next::Batch(batch) => self.process(batch)?,
                Next::Finished => return Ok(Ended::Done),
                Next::Later => {
                    let soon = Instant::now().checked_add(SOON);
                    self.runner.pause(soon, &self.member)?;
                }
                Next::Idle => {
                    self.member.commit_all()?;
                    let idle_until = self.end.idle_timeout.map(|idle| self.came + idle);
                    if is_over(idle_until) {
                        return Ok(Ended::Done);
                    }
                    let until = [self.deadline, idle_until].into_iter().flatten().min();
                    self.runner.pause(until, &self.member)?;
                }
            }
        }
    }

    /// Puts the next batch together.
    fn next(&mut self) -> Result<Next> {
        let most = match self.batch {
            BatchPlan::Each => 1,
            BatchPlan::Most { records, .. } => records,
            BatchPlan::Everything => u64::MAX,
        };
        let allowed = match self.tally.allow(most) {
            Allowed::Records(allowed) => allowed,
            Allowed::Later => return Ok(Next::Later),
            Allowed::Nothing => return Ok(Next::Finished),
        };
        let next = self.gather(allowed);
        let used = match &next {
            Ok(Next::Batch(batch)) => batch.count,
            _ => 0,
        };
        self.tally.hand_over(allowed, used);
        next
    }

    fn gather(&mut self, most: u64) -> Result<Next> {
        let each = self.batch == BatchPlan::Each;
        loop {
            let mut gathering = match self.member.poll()? {
                Polled::Batch {
                    partition,
                    batch,
                    from,
                    to,
                    ..
                } => {
                    let mut gathering = Gathering::new(partition, self.isolation, most, each);
                    gathering.take(&batch, from, to, &mut self.form)?;
                    gathering
                }
                Polled::Idle => return Ok(Next::Idle),
                Polled::Finished => return Ok(self.finished()),
            };
            self.member.begin(gathering.partition());
            self.fill(&mut gathering)?;
            match gathering.finish() {
                Some(batch) if self.is_wanted() => return Ok(Next::Batch(batch)),
                Some(batch) => {
                    self.member.end(Some(batch.first))?;
                    return Ok(Next::Idle);
                }
                None => self.member.end(None)?,
            }
            // All that there was may be filtered out, and there may be much of it.
            if !self.is_wanted() {
                return Ok(Next::Idle);
            }
        }
    }

    /// Adds what more there is of the same partition, and waits for it as long as the plan says.
    fn fill(&mut self, gathering: &mut Gathering) -> Result<()> {
        let wait = match self.batch {
            BatchPlan::Most { wait, .. } if self.end.goes_on() => wait,
            _ => Duration::ZERO,
        };
        let until = Instant::now().checked_add(wait);
        let partition = gathering.partition().clone();
        loop {
            while !gathering.is_full() && self.is_wanted() {
                match self.member.poll_partition(&partition)? {
                    Polled::Batch {
                        batch, from, to, ..
                    } => gathering.take(&batch, from, to, &mut self.form)?,
                    Polled::Idle => break,
                    Polled::Finished => return Ok(()),
                };
                self.member.look()?;
            }
            if gathering.is_full() || !self.is_wanted() {
                return Ok(());
            }
            // How records come from a cluster says nothing about what belongs together.
            let is_awaited = !self.end.goes_on() && self.member.is_awaited(&partition);
            if !is_awaited && is_over(until) {
                return Ok(());
            }
            self.pause(until.filter(|_| !is_awaited))?;
        }
    }

    /// Whether what is at hand is still to be worked on.
    fn is_wanted(&self) -> bool {
        !self.member.owes() && !self.runner.halt.is_stopping() && !is_over(self.deadline)
    }

    /// Everything we were given was read.
    fn finished(&self) -> Next {
        let consumer = self.member.consumer();
        if consumer.is_settling() {
            return Next::Idle;
        }
        let waits = !consumer.waiting().is_empty();
        let is_over = if self.end.goes_on() {
            !waits && !consumer.holds_nothing()
        } else {
            !waits || is_over(Some(self.grace))
        };
        if is_over { Next::Finished } else { Next::Idle }
    }

    /// Hands a batch over, and settles what becomes of it.
    fn process(&mut self, batch: Batch) -> Result<()> {
        let (first, read_on_at) = (batch.first, batch.read_on_at);
        let mut settled = first;
        let done = self.settle(batch, &mut settled);
        self.came = Instant::now();
        match done {
            Ok(true) => self.member.end(read_on_at),
            Ok(false) => self.member.end(Some(settled)),
            Err(error) => {
                // What was not settled must not be passed; the first error is the one to tell.
                let _ = self.member.end(Some(settled));
                Err(error)
            }
        }
    }

    /// True when all of the batch is settled; else what comes before the offset `settled` is.
    fn settle(&mut self, batch: Batch, settled: &mut i64) -> Result<bool> {
        let splits = self.dead_letters.is_some_and(|letters| letters.splits);
        let mut pieces = Pieces::of(batch.count, splits);
        let mut rest = batch;
        let mut is_whole = true;
        while let Some(count) = pieces.front() {
            let front = if is_whole {
                None
            } else {
                Some(rest.front(count, &mut self.form)?)
            };
            let piece = front.as_ref().unwrap_or(&rest);
            let first_attempt = if is_whole { 1 } else { self.max_attempts };
            match self.attempt(piece, first_attempt)? {
                Attempted::Left => return Ok(false),
                Attempted::Done => {
                    self.member.commit(piece.next())?;
                    self.tally.add_processed(count);
                }
                Attempted::Failed(failed) => match self.dead_letters {
                    None => return Err(failure::failed(&self.runner, piece, &failed)),
                    Some(_) if pieces.failed() == AfterFailure::Halved => {
                        is_whole = false;
                        continue;
                    }
                    Some(letters) => self.give_up(piece, failed, letters)?,
                },
            }
            pieces.settled();
            *settled = piece.next();
            rest = rest.without_front(*settled, count);
            if pieces.front().is_some() && !self.is_wanted() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Runs COMMAND for a piece as often as the plan says, the first time as attempt number `first`.
    fn attempt(&mut self, piece: &Batch, first: u32) -> Result<Attempted> {
        let mut attempt = first;
        for tried in 1.. {
            let run = self
                .runner
                .run(piece, attempt, &mut self.form, &mut self.member)?;
            let ending = match run {
                Run::Ended(ending) => ending,
                Run::NotStarted(error) => {
                    return Err(failure::not_started(&self.runner, piece, &error));
                }
            };
            let verdict = ending.verdict();
            if verdict == Verdict::Done {
                return Ok(Attempted::Done);
            }
            if self.runner.told_to_stop(ending)? {
                return Ok(Attempted::Left);
            }
            let failed = Failed {
                ending,
                attempts: attempt,
                said: self.runner.last_line(),
            };
            match verdict {
                Verdict::Failed if attempt >= self.max_attempts => {
                    return Ok(Attempted::Failed(failed));
                }
                Verdict::NotNow if tried >= self.max_attempts => {
                    return Err(failure::not_now(&self.runner, piece, &failed));
                }
                Verdict::Never => return Err(failure::never(&self.runner, piece, &failed)),
                _ => {}
            }
            if !self.rest_before_retry(tried)? {
                return Ok(Attempted::Left);
            }
            attempt = self.max_attempts.min(attempt + 1);
        }
        Ok(Attempted::Left)
    }

    /// Waits before the next attempt; false if there is not to be one here.
    fn rest_before_retry(&mut self, tried: u32) -> Result<bool> {
        let until = Instant::now().checked_add(self.backoff.after(tried));
        while !is_over(until) {
            if !self.is_wanted() {
                return Ok(false);
            }
            self.pause(until)?;
        }
        Ok(self.is_wanted())
    }

    /// Waits in the middle of a batch, and looks after the group.
    fn pause(&mut self, until: Option<Instant>) -> Result<()> {
        let until = [until, self.deadline].into_iter().flatten().min();
        self.runner.pause(until, &self.member)?;
        self.member.look()?;
        self.member.check()
    }

    /// Moves a piece to the dead letters.
    fn give_up(&mut self, piece: &Batch, failed: Failed, letters: &DeadLetters) -> Result<()> {
        if !self.tally.may_move(letters.most_in_a_row) {
            return Err(failure::too_many(&self.runner, piece, &failed, letters));
        }
        // If it is not ours any more, it is another's to judge.
        self.member.look()?;
        self.member.check()?;
        let (partition, ending) = (piece.partition.name(), failed.ending);
        let mut mark = Postmark::new(partition, failed.attempts, ending, failed.said);
        letters
            .take(piece, &mut mark)
            .map_err(|error| failure::not_moved(&self.runner, piece, ending, letters, &error))?;
        self.member.commit(piece.next())?;
        self.tally.add_moved(piece.count);
        Ok(())
    }
}

fn is_over(until: Option<Instant>) -> bool {
    until.is_some_and(|until| Instant::now() >= until)
}
