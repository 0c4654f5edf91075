//! Doing what a `consume` plan says.

use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::cli::choice::Place;
use crate::cli::consume::assignment::{assignment, end_in};
use crate::cli::consume::by_time;
use crate::cli::consume::plan::{ConsumePlan, End};
use crate::cli::consume::wait;
use crate::cli::consume::wanted::Wanted;
use crate::cli::context::{Context, note};
use crate::cli::exit::Outcome;
use crate::cli::flag;
use crate::cli::selection::Selection;
use crate::cli::signals::Signals;
use crate::client::{Consumer, Engine, PartitionLog, Polled, Watch};
use crate::count::counted;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Layout, Topic, TopicPartition};
use crate::text::Losses;

/// How long a reader that does not read is waited for after a signal: as long as a group's member waits by itself.
const READER_GRACE: Duration = Duration::from_secs(5);

/// Runs the plan.
pub(super) fn run(mut plan: ConsumePlan, context: &mut Context) -> Result<Outcome> {
    let began = Instant::now();
    let deadline = plan
        .end
        .timeout
        .and_then(|timeout| began.checked_add(timeout));
    context.output.check()?;
    if plan.end.goes_on() {
        let quiet = context.quiet();
        let signals = context.catch_signals()?;
        signals.end_within(READER_GRACE, move || tell_cut_off(quiet))?;
    }
    context.output.may_enlarge_pipe();
    let Some(engine) = open_engine(&plan.end, context, deadline)? else {
        return Ok(nothing_came(&plan.end));
    };
    if plan.by_time {
        return by_time::run(plan, engine.as_ref(), context, deadline);
    }
    let Some(mut session) = Session::open(&plan, engine, context, deadline)? else {
        return Ok(nothing_came(&plan.end));
    };
    plan.form.begin(context.output.buffer());
    let ended = session.read(&mut plan, context);
    if let Some(warning) = plan.form.losses().and_then(Losses::warning) {
        context.note(&warning);
    }
    tell_held_back(session.consumer.held_back(), context);
    outcome(&ended?, session.count, &plan.end, context)
}

/// Says that not all was written that was read: a record may lack its end.
fn tell_cut_off(quiet: bool) {
    if !quiet {
        note(&format!(
            "ended {} s after a signal, without waiting any longer for the reader of standard output: its last record may be cut off",
            READER_GRACE.as_secs()
        ));
    }
}

/// What the command's outcome is.
pub(super) fn outcome(
    ended: &Ended,
    count: u64,
    end: &End,
    context: &mut Context,
) -> Result<Outcome> {
    match ended {
        Ended::TimedOut if !end.follow || end.max_messages.is_some() => {
            context.output.flush()?;
            Err(Error::new(
                ErrorKind::TimedOut,
                format!("timed out after {}", counted(count, "record")),
            ))
        }
        _ if count == 0 => Ok(nothing_came(end)),
        _ => Ok(Outcome::Done),
    }
}

/// The outcome where there was no record.
pub(super) fn nothing_came(end: &End) -> Outcome {
    if end.fail_if_empty {
        Outcome::NothingThere
    } else {
        Outcome::Done
    }
}

/// Says which partitions were not read to their end, and why.
pub(crate) fn tell_held_back<'p>(
    held_back: impl Iterator<Item = (&'p Arc<dyn PartitionLog>, i64, i64)>,
    context: &Context,
) {
    for (partition, id, offset) in held_back {
        context.note(&held_back_by(partition.name(), id, offset));
    }
}

/// The words for a partition that an open transaction holds back. A cluster does not tell whose it is.
pub(super) fn held_back_by(partition: &TopicPartition, id: i64, offset: i64) -> String {
    let whose = if id < 0 {
        String::new()
    } else {
        format!(" of producer id {id}")
    };
    format!("{partition}: held back at offset {offset} by an open transaction{whose}")
}

/// Opens the store; where a topic is waited for, its directory is too: the first producer makes both. None if it did not
/// come for so long as the plan waits for anything.
pub(super) fn open_engine(
    end: &End,
    context: &Context,
    deadline: Option<Instant>,
) -> Result<Option<Arc<dyn Engine>>> {
    if !wait_for_store(end, context, deadline)? {
        return Ok(None);
    }
    context.engine_for_reading(deadline).map(Some)
}

/// Waits for the directory where the plan says so; false if it did not come for so long as the plan waits for anything.
pub(super) fn wait_for_store(
    end: &End,
    context: &Context,
    deadline: Option<Instant>,
) -> Result<bool> {
    if end.wait_topic
        && let Place::Dir(dir) = context.choice()?.place
    {
        let made = Layout::new(dir).meta_properties();
        let idle_until = flag::deadline(end.idle_timeout);
        while !made.exists() {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                let message = format!("{} did not come to be in the time allowed", made.display());
                return Err(Error::new(ErrorKind::TimedOut, message));
            }
            if idle_until.is_some_and(|until| Instant::now() >= until) {
                return Ok(false);
            }
            pause_for_signal(context)?;
        }
    }
    Ok(true)
}

/// Waits a moment, or until a signal asks for a stop: of a directory that is not there the kernel tells nothing.
fn pause_for_signal(context: &Context) -> Result<()> {
    let mut polled: Vec<PollFd<'_>> = Vec::new();
    polled.extend(
        context
            .signals
            .as_ref()
            .map(|signals| PollFd::new(signals.as_fd(), PollFlags::POLLIN)),
    );
    // Interrupted or not, the caller looks again.
    let _ = poll(&mut polled, PollTimeout::from(50_u8));
    context.signals.as_ref().map_or(Ok(()), Signals::check)
}

/// What ended the reading.
pub(super) enum Ended {
    Done,
    TimedOut,
}

/// One run's state.
struct Session {
    engine: Arc<dyn Engine>,
    topics: Vec<Topic>,
    consumer: Consumer,
    watch: Option<Watch<What>>,
    count: u64,
    deadline: Option<Instant>,
    /// When something last came.
    came: Instant,
    /// Whether the place did not answer when it was last asked for the topics, which was said.
    is_away: bool,
}

/// What a change in a directory is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Topics,
    Partition(usize),
}

impl Session {
    /// None if a topic that is waited for did not come for so long as the plan waits for anything.
    fn open(
        plan: &ConsumePlan,
        engine: Arc<dyn Engine>,
        context: &Context,
        deadline: Option<Instant>,
    ) -> Result<Option<Self>> {
        let goes_on = plan.end.goes_on();
        let mut session = Self {
            consumer: Consumer::new(Vec::new(), plan.isolation, goes_on),
            // What comes from afar is waited for, also on the way to an end.
            watch: (goes_on || engine.bell().is_some()).then(|| Watch::new(engine.as_ref())),
            engine,
            topics: Vec::new(),
            count: 0,
            deadline,
            came: Instant::now(),
            is_away: false,
        };
        if let Some(watch) = &mut session.watch {
            watch.add_topics(session.engine.as_ref(), What::Topics);
        }
        for selection in &plan.topics {
            let Some(topic) = session.topic(selection, plan, context)? else {
                return Ok(None);
            };
            session.came = Instant::now();
            session.add_partitions(plan, selection, &topic, 0, Some(context))?;
            session.topics.push(topic);
        }
        Ok(Some(session))
    }

    /// The topic, waited for if it does not exist yet and the plan says so.
    fn topic(
        &mut self,
        selection: &Selection,
        plan: &ConsumePlan,
        context: &Context,
    ) -> Result<Option<Topic>> {
        let name = &selection.topic;
        loop {
            match self.engine.topic(name) {
                Err(error) if error.kind() == ErrorKind::UnknownTopic && plan.end.wait_topic => {}
                found => return found.map(Some),
            }
            match self.wait(self.idle_until(plan), context)? {
                Wait::Over(Ended::Done) => return Ok(None),
                Wait::Over(Ended::TimedOut) => {
                    let message = format!("topic {name} did not come to be in the time allowed");
                    return Err(Error::new(ErrorKind::TimedOut, message));
                }
                // What is not taken from the watch ends the next wait at once.
                Wait::Again => drop(self.watch.as_mut().and_then(Watch::changes)),
            }
        }
    }

    /// When nothing has come for so long as the plan waits for anything.
    fn idle_until(&self, plan: &ConsumePlan) -> Option<Instant> {
        plan.end.idle_timeout.map(|idle| self.came + idle)
    }

    /// Adds the selected partitions of a topic from number `first` on.
    fn add_partitions(
        &mut self,
        plan: &ConsumePlan,
        selection: &Selection,
        topic: &Topic,
        first: i32,
        told: Option<&Context>,
    ) -> Result<()> {
        let all: Vec<i32> = topic.partition_numbers().collect();
        for &number in selection
            .partitions
            .as_ref()
            .unwrap_or(&all)
            .iter()
            .filter(|&&number| number >= first)
        {
            let partition = self.engine.partition(topic, number)?;
            let assignment = assignment(plan, partition, told)?;
            let partition = assignment.partition.clone();
            let lane = self.consumer.assign(assignment);
            if let Some(watch) = &mut self.watch {
                watch.add_partition(partition.as_ref(), What::Partition(lane));
            }
        }
        Ok(())
    }

    fn read(&mut self, plan: &mut ConsumePlan, context: &mut Context) -> Result<Ended> {
        let limit = plan.end.max_messages.unwrap_or(u64::MAX);
        loop {
            if self.count >= limit {
                return Ok(Ended::Done);
            }
            if let Some(signals) = &context.signals {
                signals.check()?;
            }
            if self
                .deadline
                .is_some_and(|deadline| Instant::now() >= deadline)
            {
                return Ok(Ended::TimedOut);
            }
            match self.consumer.poll()? {
                Polled::Finished => return Ok(Ended::Done),
                Polled::Idle => {
                    context.output.flush()?;
                    if let Wait::Over(ended) = self.pause(plan, context)? {
                        return Ok(ended);
                    }
                }
                Polled::Batch {
                    lane,
                    partition,
                    batch,
                    from,
                    to,
                } => {
                    let end = end_in(&batch, partition.as_ref(), plan)?;
                    let wanted = Wanted {
                        from,
                        to: end.map_or(to, |end| end.min(to)),
                        most: limit - self.count,
                    };
                    let output = &mut context.output;
                    plan.form.look(partition.as_ref())?;
                    self.count += wanted
                        .write(&batch, partition.name(), &mut plan.form, output)?
                        .records;
                    if let Some(end) = end {
                        self.consumer.stop_before(lane, end);
                    }
                    if self.watch.is_some() {
                        self.came = Instant::now();
                    }
                }
            }
        }
    }

    /// Waits for something new; then looks for new partitions, and wakes those that have something.
    fn pause(&mut self, plan: &ConsumePlan, context: &Context) -> Result<Wait> {
        let wait = self.wait(self.idle_until(plan), context)?;
        if let Wait::Over(_) = wait {
            return Ok(wait);
        }
        match self.watch.as_mut().and_then(Watch::changes) {
            Some(changes) if !changes.is_empty() => {
                for change in &changes {
                    if let What::Partition(lane) = *change {
                        self.consumer.wake(lane);
                    }
                }
                if changes.contains(&What::Topics) {
                    self.look_for_partitions(plan, context)?;
                }
            }
            _ => {
                self.consumer.wake_all();
                self.look_for_partitions(plan, context)?;
            }
        }
        Ok(wait)
    }

    /// Looks for partitions that were added, and whether the topics are still there. A cluster that is away comes back,
    /// most often: what can be read meanwhile is.
    fn look_for_partitions(&mut self, plan: &ConsumePlan, context: &Context) -> Result<()> {
        for at in 0..self.topics.len() {
            let found = self.engine.topic(&self.topics[at].name);
            let topic = match found {
                Ok(topic) => topic,
                Err(error) => match error.kind() {
                    ErrorKind::UnknownTopic => {
                        return Err(deleted(&self.topics[at], "was deleted"));
                    }
                    ErrorKind::Unanswered | ErrorKind::TimedOut => {
                        if !std::mem::replace(&mut self.is_away, true) {
                            context.note(&format!("{error}; going on once there is an answer"));
                        }
                        return Ok(());
                    }
                    _ => return Err(error),
                },
            };
            if topic.id != self.topics[at].id {
                return Err(deleted(&topic, "was deleted and created again"));
            }
            let known = self.topics[at].partition_count;
            let grows = plan.end.goes_on() && plan.topics[at].partitions.is_none();
            if grows && topic.partition_count > known {
                self.add_partitions(plan, &plan.topics[at], &topic, known, None)?;
            }
            self.topics[at] = topic;
        }
        self.is_away = false;
        Ok(())
    }

    /// Waits until a watched directory changes, a signal comes, the reader of our output goes, or time is over.
    fn wait(&self, idle_until: Option<Instant>, context: &Context) -> Result<Wait> {
        let now = Instant::now();
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return Ok(Wait::Over(Ended::TimedOut));
        }
        if idle_until.is_some_and(|until| now >= until) {
            return Ok(Wait::Over(Ended::Done));
        }
        let patience = self.watch.as_ref().map(|watch| now + watch.patience());
        let until = [self.deadline, idle_until, patience]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(now);
        let told = self.watch.as_ref().and_then(Watch::fd);
        wait::wait(context, told, false, until)?;
        if let Some(signals) = &context.signals {
            signals.check()?;
        }
        Ok(Wait::Again)
    }
}

/// How a wait went.
enum Wait {
    Again,
    Over(Ended),
}

fn deleted(topic: &Topic, what: &str) -> Error {
    Error::new(
        ErrorKind::TopicDeleted,
        format!("topic {} {what} while it was read", topic.name),
    )
}
