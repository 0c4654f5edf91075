//! One run of COMMAND: started, fed, watched to its end, while the group is looked after.

use std::io;
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;

use super::batch::{Batch, Feed};
use super::child::{Child, Departures};
use super::ending::Ending;
use super::environment::{Environment, RunFacts};
use super::halt::Halt;
use super::member::GroupMember;
use super::tee::Tee;
use crate::cli::form::Form;
use crate::cli::launcher::Launcher;
use crate::cli::signals::Alarm;
use crate::error::{Error, Result};

/// Who stops us may stop COMMAND first, or at the same time, as systemd does with all processes of a unit: so long a
/// run that failed waits for the word that it did not count.
const GRACE: Duration = Duration::from_millis(10);
/// The same for a run that was stopped by a signal.
const LONG_GRACE: Duration = Duration::from_millis(250);

/// What starts runs, one after the other.
pub(super) struct Runner<'h> {
    pub(super) launcher: Launcher,
    pub(super) environment: Environment,
    pub(super) halt: &'h Halt<'h>,
    pub(super) alarm: Alarm,
    pub(super) departures: Departures,
    /// Where the last line of COMMAND's stderr is wanted.
    pub(super) tee: Option<Tee>,
    /// The signals that have come so far.
    pub(super) signals: usize,
}

/// What became of a run.
pub(super) enum Run {
    /// It ended.
    Ended(Ending),
    /// It never began.
    NotStarted(io::Error),
}

impl Runner<'_> {
    /// Gives `batch` to a run of COMMAND, and waits for its end.
    pub(super) fn run(
        &mut self,
        batch: &Batch,
        attempt: u32,
        form: &mut Form,
        member: &mut GroupMember,
    ) -> Result<Run> {
        let mut command = self.launcher.command();
        let facts = RunFacts {
            partition: batch.partition.name(),
            first_offset: batch.first,
            last_offset: batch.last,
            count: batch.count,
            attempt,
        };
        self.environment
            .apply(&mut command, &facts, &batch.variables);
        if let Some(tee) = &mut self.tee {
            // What the last run left behind may have gone on talking.
            tee.last_line();
            command.stderr(tee.stdio()?);
        }
        self.halt.run_begins();
        let run = match Child::start(&self.launcher, command) {
            Ok(child) => self
                .watch(child, batch.feed(), form, member)
                .map(Run::Ended),
            Err(error) => Ok(Run::NotStarted(error)),
        };
        self.halt.run_ends();
        run
    }

    /// Sees a run to its end. One that we can't go on with is told to end, and its end is waited for all the same.
    fn watch(
        &mut self,
        mut child: Child,
        mut feed: Feed<'_>,
        form: &mut Form,
        member: &mut GroupMember,
    ) -> Result<Ending> {
        let mut failed: Option<Error> = None;
        loop {
            let step = match failed {
                None => feed_all(&mut child, &mut feed, form).and_then(|()| member.look()),
                Some(_) => Ok(()),
            };
            if let Err(error) = step {
                child.signal(Signal::SIGTERM);
                failed = Some(error);
            }
            self.departures.clear();
            if let Some(ending) = child.ending()? {
                // Its last words may have come with its end.
                self.hand_on();
                return failed.map_or(Ok(ending), Err);
            }
            self.wait(&child, failed.is_none().then_some(&*member))?;
            self.pass_on(&child);
            self.hand_on();
        }
    }

    /// Hands on what COMMAND has written to its stderr, where that goes through us.
    fn hand_on(&mut self) {
        if let Some(tee) = &mut self.tee {
            tee.copy();
        }
    }

    /// Waits for anything to happen that concerns a run.
    fn wait(&self, child: &Child, member: Option<&GroupMember>) -> Result<()> {
        let mut polled = vec![
            PollFd::new(self.departures.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.alarm.as_fd(), PollFlags::POLLIN),
        ];
        let stdin = child.stdin().filter(|_| member.is_some());
        polled.extend(stdin.map(|fd| PollFd::new(fd, PollFlags::POLLOUT)));
        let tee = self.tee.as_ref();
        polled.extend(tee.map(|tee| PollFd::new(tee.as_fd(), PollFlags::POLLIN)));
        let group = member.and_then(GroupMember::fd);
        polled.extend(group.map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
        wait(&mut polled, member.map(GroupMember::patience))
    }

    /// Passes signals on, but for the first, which lets COMMAND finish.
    fn pass_on(&mut self, child: &Child) {
        let (count, signal) = self.alarm.heard();
        let before = self.signals;
        self.signals += count;
        let Ok(signal) = Signal::try_from(signal) else {
            return;
        };
        for _ in before.max(1)..self.signals {
            child.signal(signal);
        }
    }

    /// Whether we were told to stop before this ending, so that it says nothing about the records.
    pub(super) fn told_to_stop(&self, ending: Ending) -> Result<bool> {
        let grace = if ending.was_stopped() {
            LONG_GRACE
        } else {
            GRACE
        };
        if !self.halt.is_stopping() {
            let mut polled = [
                PollFd::new(self.alarm.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.halt.as_fd(), PollFlags::POLLIN),
            ];
            wait(&mut polled, Some(grace))?;
        }
        Ok(self.halt.is_stopping())
    }

    /// Waits until `until`, or until there is something to look at: the group, a stop.
    pub(super) fn pause(&self, until: Option<Instant>, member: &GroupMember) -> Result<()> {
        let mut polled = vec![
            PollFd::new(self.alarm.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.halt.as_fd(), PollFlags::POLLIN),
        ];
        polled.extend(member.fd().map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let patience = member.patience();
        wait(
            &mut polled,
            Some(left.map_or(patience, |left| left.min(patience))),
        )
    }

    /// The last line that the last run wrote to its stderr.
    pub(super) fn last_line(&mut self) -> Vec<u8> {
        self.tee.as_mut().map(Tee::last_line).unwrap_or_default()
    }
}

/// Feeds as much as is taken at the moment.
fn feed_all(child: &mut Child, feed: &mut Feed<'_>, form: &mut Form) -> Result<()> {
    while child.stdin().is_some() {
        let piece = feed.piece(form)?;
        if piece.is_empty() {
            child.close();
            break;
        }
        let length = piece.len();
        let fed = child.feed(piece)?;
        feed.fed(fed);
        if fed < length {
            break;
        }
    }
    Ok(())
}

/// Waits for one of the descriptors, so long at most.
fn wait(polled: &mut [PollFd<'_>], patience: Option<Duration>) -> Result<()> {
    let timeout = patience.map_or(PollTimeout::NONE, |patience| {
        let millis = patience.as_micros().div_ceil(1000);
        PollTimeout::try_from(millis).unwrap_or(PollTimeout::MAX)
    });
    match poll(polled, timeout) {
        Ok(_) | Err(nix::errno::Errno::EINTR) => Ok(()),
        Err(errno) => Err(Error::failed(format!("cannot wait: {errno}"))),
    }
}
