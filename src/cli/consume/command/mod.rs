//! `kafdir consume TOPIC... -g GROUP -- COMMAND`: each run of COMMAND gets a batch, and the offsets move only when it
//! exits 0.
//!
//! A call has one or more members, each on a thread of its own that starts its runs: the kernel ties a run to the thread
//! that started it. The main thread only waits, so that every signal finds it.

mod backoff;
mod batch;
mod child;
mod dead_letter;
mod ending;
mod environment;
mod failure;
mod halt;
mod last_line;
mod letter;
mod member;
mod pieces;
mod runner;
mod tally;
mod tee;
mod worker;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cli::consume::group::{self, CommandPlan, GroupPlan};
use crate::cli::consume::run::{nothing_came, wait_for_store};
use crate::cli::context::Context;
use crate::cli::exit::{self, Outcome};
use crate::cli::launcher::Launcher;
use crate::cli::signals::Signals;
use crate::client::Engine;
use crate::count::counted;
use crate::error::{Error, ErrorKind, Result};
use crate::group::Subscription;
use crate::store::signal_mask;
use crate::store::{Topic, now_ms};
use backoff::Backoff;
use child::Departures;
use dead_letter::DeadLetters;
use environment::Environment;
use halt::Halt;
use member::GroupMember;
use runner::Runner;
use tally::Tally;
use tee::Tee;
use worker::{Ended, Worked, Worker};

/// So long others have to let go what is meant for a new member.
const GRACE: Duration = Duration::from_millis(100);

/// Runs the plan.
pub(super) fn run(
    plan: &GroupPlan,
    command: &CommandPlan,
    context: &mut Context,
    deadline: Option<Instant>,
) -> Result<Outcome> {
    let environment = Environment::new(
        &context.choice()?.place,
        context.command_config(),
        plan.group.as_str(),
    )?;
    let launcher = Launcher::new(&command.command);
    if !wait_for_store(&plan.end, context, deadline)? {
        return Ok(nothing_came(&plan.end));
    }
    // Neither a signal nor the deadline ends the wait for a lock: what COMMAND has done must be committed.
    let engine = context.engine_for_members(deadline)?;
    let subscription = group::subscription(plan)?;
    let sources = sources(engine.as_ref(), plan, &subscription)?;
    tell_surplus(&sources, command, context);
    let dead_letters = dead_letters(&engine, command, &subscription, &sources)?;
    let members = join(plan, command, &engine)?;
    group::tell_unmatched(&subscription, engine.as_ref(), context)?;
    // Up to here a signal ends us at once: nothing was handed over, and the kernel lets go of what we hold.
    context.catch_signals_to_pass_on()?;
    let Some(signals) = context.signals.as_ref() else {
        return Err(Error::failed("signals are not caught"));
    };
    let call = Call {
        plan,
        command,
        deadline,
        environment,
        launcher,
        dead_letters,
        halt: Halt::new(signals)?,
        tally: Tally::new(plan.end.max_messages),
    };
    let results = call.work(members, signals)?;
    call.conclude(results, context)
}

/// What the members of one call share.
struct Call<'a> {
    plan: &'a GroupPlan,
    command: &'a CommandPlan,
    deadline: Option<Instant>,
    environment: Environment,
    launcher: Launcher,
    dead_letters: Option<DeadLetters>,
    halt: Halt<'a>,
    tally: Tally,
}

impl Call<'_> {
    /// Lets all work, and waits for their ends.
    fn work(&self, members: Vec<GroupMember>, signals: &Signals) -> Result<Vec<Worked>> {
        let workers = members
            .into_iter()
            .enumerate()
            .map(|(number, member)| self.worker(number, member, signals))
            .collect::<Result<Vec<_>>>()?;
        let results = std::thread::scope(|scope| {
            let threads = workers.into_iter().map(|worker| {
                scope.spawn(move || {
                    signal_mask::block_all();
                    worker.run()
                })
            });
            let threads: Vec<_> = threads.collect();
            let ended = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
            ended.filter_map(std::thread::Result::ok).collect()
        });
        Ok(results)
    }

    fn worker(&self, number: usize, member: GroupMember, signals: &Signals) -> Result<Worker<'_>> {
        let tee = self.dead_letters.as_ref().map(|_| Tee::new()).transpose()?;
        let now = Instant::now();
        let chance = now_ms().unsigned_abs() ^ (u64::from(std::process::id()) << 32);
        Ok(Worker {
            member,
            runner: Runner {
                launcher: self.launcher.clone(),
                environment: self.environment.clone(),
                halt: &self.halt,
                alarm: signals.alarm()?,
                departures: Departures::new()?,
                tee,
                signals: 0,
            },
            form: self.plan.form.clone(),
            tally: &self.tally,
            dead_letters: self.dead_letters.as_ref(),
            backoff: Backoff::new(self.command.backoff, chance.wrapping_add(number as u64)),
            max_attempts: self.command.max_attempts,
            batch: self.command.batch,
            isolation: self.plan.isolation,
            end: &self.plan.end,
            deadline: self.deadline,
            came: now,
            grace: now + GRACE,
        })
    }

    /// The error that has the highest exit code is the call's; the others are told too.
    fn conclude(&self, results: Vec<Worked>, context: &Context) -> Result<Outcome> {
        let mut timed_out = false;
        let mut errors = Vec::new();
        let mut said = HashSet::new();
        for worked in results {
            for note in worked.notes {
                if said.insert(note.clone()) {
                    context.note(&note);
                }
            }
            match worked.ended {
                Ok(ended) => timed_out |= ended == Ended::TimedOut,
                Err(error) => errors.push(error),
            }
        }
        let done = self.done();
        errors.sort_by_key(|error| exit::code(error.kind()));
        if let Some(error) = errors.pop() {
            for error in errors {
                exit::report(&error);
            }
            return Err(match done {
                Some(done) => error.and(done),
                None => error,
            });
        }
        if let Some(done) = done {
            context.note(&done);
        }
        if let Some(signals) = &context.signals {
            signals.check()?;
        }
        let handed_over = self.tally.processed() + self.tally.moved();
        let end = &self.plan.end;
        if timed_out && (!end.follow || end.max_messages.is_some()) {
            let after = counted(handed_over, "record");
            return Err(Error::new(
                ErrorKind::TimedOut,
                format!("timed out after {after}"),
            ));
        }
        Ok(if handed_over == 0 {
            nothing_came(end)
        } else {
            Outcome::Done
        })
    }

    /// What was done, where records could be moved.
    fn done(&self) -> Option<String> {
        let letters = self.dead_letters.as_ref()?;
        Some(format!(
            "{} processed, {} to {}",
            self.tally.processed(),
            self.tally.moved(),
            letters.topic()
        ))
    }
}

/// All join before one of them begins, so that nothing that was begun has to be waited for.
fn join(
    plan: &GroupPlan,
    command: &CommandPlan,
    engine: &Arc<dyn Engine>,
) -> Result<Vec<GroupMember>> {
    let mut members = Vec::new();
    for _ in 0..command.parallel {
        let consumer = group::join(plan, engine)?;
        members.push(GroupMember::new(consumer, plan.commits));
        for member in &mut members {
            member.look()?;
        }
    }
    Ok(members)
}

/// The topics that are there to be read.
fn sources(
    engine: &dyn Engine,
    plan: &GroupPlan,
    subscription: &Subscription,
) -> Result<Vec<Topic>> {
    let mut topics = Vec::new();
    for name in &plan.topics {
        match engine.topic(name) {
            Err(error) if error.kind() == ErrorKind::UnknownTopic && plan.end.wait_topic => {}
            found => topics.push(found?),
        }
    }
    if subscription.has_patterns() {
        for name in engine.topics()? {
            if subscription.matches_pattern(&name) && !plan.topics.contains(&name) {
                topics.push(engine.topic(&name)?);
            }
        }
    }
    Ok(topics)
}

/// Members that will have nothing to do are most often a mistake, and one that can be mended.
fn tell_surplus(sources: &[Topic], command: &CommandPlan, context: &Context) {
    let partitions: i64 = sources
        .iter()
        .map(|topic| i64::from(topic.partition_count))
        .sum();
    let members = i64::from(command.parallel);
    let Some(topic) = sources.iter().max_by_key(|topic| topic.partition_count) else {
        return;
    };
    if members <= partitions {
        return;
    }
    let needed = members - partitions + i64::from(topic.partition_count);
    context.note(&format!(
        "{members} members for {}: {} will have nothing to do; 'kafdir topic alter {} --partitions {needed}' makes more",
        counted(partitions.unsigned_abs(), "partition"),
        members - partitions,
        topic.name
    ));
}

fn dead_letters(
    engine: &Arc<dyn Engine>,
    command: &CommandPlan,
    subscription: &Subscription,
    sources: &[Topic],
) -> Result<Option<DeadLetters>> {
    let Some(plan) = &command.dead_letter else {
        return Ok(None);
    };
    if subscription.matches(&plan.topic) {
        return Err(Error::usage(format!(
            "--dead-letter: {} is one of the topics that are read",
            plan.topic
        ))
        .help("what fails would come back, and fail again"));
    }
    DeadLetters::open(engine, plan, sources).map(Some)
}
