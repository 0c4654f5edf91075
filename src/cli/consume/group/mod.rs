//! `kafdir consume -g`: records for the members of a consumer group.
//!
//! What was handed over, and what of it counts as taken, is decided here; which partitions are ours, from where they
//! are read and what is committed, by the group's consumer below.

mod args;
mod holders;
mod ledger;
mod patterns;
mod plan;
mod reader;
mod session;
mod stream;
mod taking;

pub(super) use args::{CommandArgs, GroupArgs};
pub(super) use holders::{deleted, holders};
pub(super) use patterns::tell_unmatched;
pub(super) use plan::{BatchPlan, CommandPlan, DeadLetterPlan, GroupPlan};

use std::sync::Arc;
use std::time::Instant;

use crate::cli::consume::command;
use crate::cli::consume::group::args::AssignorName;
use crate::cli::consume::group::plan::{Recipient, StdoutPlan};
use crate::cli::consume::group::session::{Ended, Session};
use crate::cli::consume::run::{held_back_by, nothing_came, open_engine};
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::flag;
use crate::client::{Engine, GroupConsumer, GroupOptions};
use crate::count::counted;
use crate::error::{Error, ErrorKind, Result};
use crate::group::{Assignor, Subscription};
use crate::text::Losses;

/// Runs the plan.
pub(super) fn run(mut plan: GroupPlan, context: &mut Context) -> Result<Outcome> {
    let deadline = flag::deadline(plan.end.timeout);
    let to = match &plan.recipient {
        Recipient::Command(command) => return command::run(&plan, command, context, deadline),
        Recipient::Stdout(to) => *to,
    };
    // Nobody is to join for nothing.
    context.output.check()?;
    context.catch_signals_of_member()?;
    let Some(engine) = open_engine(&plan.end, context, deadline)? else {
        return Ok(nothing_came(&plan.end));
    };
    read_to_stdout(&mut plan, to, &engine, context, deadline)
}

/// Becomes a member of the plan's group.
pub(super) fn join(plan: &GroupPlan, engine: &Arc<dyn Engine>) -> Result<GroupConsumer> {
    if !plan.end.wait_topic {
        for topic in &plan.topics {
            engine.topic(topic)?;
        }
    }
    GroupConsumer::join(
        engine,
        &plan.group,
        GroupOptions {
            subscription: subscription(plan)?,
            assignor: assignor(plan.assignor),
            client_id: plan.client_id.clone(),
            exclusive: plan.exclusive,
            isolation: plan.isolation,
            start: plan.start,
            to: plan.to,
            follow: plan.end.goes_on(),
            waits_for_topics: plan.end.wait_topic,
        },
    )
}

/// The topics of the plan.
pub(super) fn subscription(plan: &GroupPlan) -> Result<Subscription> {
    Subscription::new(plan.topics.clone(), plan.patterns.clone())
}

fn assignor(name: AssignorName) -> Assignor {
    match name {
        AssignorName::Range => Assignor::Range,
        AssignorName::RoundRobin => Assignor::RoundRobin,
        AssignorName::Sticky => Assignor::Sticky,
        AssignorName::CooperativeSticky => Assignor::CooperativeSticky,
    }
}

fn read_to_stdout(
    plan: &mut GroupPlan,
    to: StdoutPlan,
    engine: &Arc<dyn Engine>,
    context: &Context,
    deadline: Option<Instant>,
) -> Result<Outcome> {
    let consumer = join(plan, engine)?;
    tell_unmatched(&subscription(plan)?, engine.as_ref(), context)?;
    let mut session = Session::new(plan, to, consumer, context, deadline)?;
    let mut ended = session.run(context);
    // Of what was taken no more is lost by an error.
    if !ended
        .as_ref()
        .is_err_and(|error| error.kind() == ErrorKind::Evicted)
    {
        let finished = session.finish(context);
        ended = ended.and_then(|ended| finished.map(|()| ended));
    }
    let (count, untaken) = (session.count, session.untaken());
    let Session { consumer, .. } = session;
    tell(plan, &consumer, context);
    if let Ok(Ended::Finished) = ended
        && count == 0
    {
        for note in holders(&consumer)? {
            context.note(&note);
        }
    }
    let left = consumer.leave();
    match ended {
        Err(error) if error.kind() == ErrorKind::OutputClosed => {
            if untaken > 0 && plan.commits {
                context.note(&format!(
                    "the reader of standard output has gone: {} that it may not have used {} not committed, and \
                     come again",
                    counted(untaken, "record"),
                    if untaken == 1 { "is" } else { "are" },
                ));
            }
            left?;
        }
        Err(error) | Ok(Ended::Failed(error)) => return Err(error),
        Ok(Ended::Stopped) => {
            return Err(Error::new(ErrorKind::Interrupted, "stopped by a signal"));
        }
        Ok(Ended::TimedOut) if !plan.end.follow || plan.end.max_messages.is_some() => {
            let message = format!("timed out after {}", counted(count, "record"));
            return Err(Error::new(ErrorKind::TimedOut, message));
        }
        Ok(Ended::Finished | Ended::Enough | Ended::TimedOut) => left?,
    }
    Ok(if count == 0 {
        nothing_came(&plan.end)
    } else {
        Outcome::Done
    })
}

/// What is to be known of what was read, and what was not.
fn tell(plan: &GroupPlan, consumer: &GroupConsumer, context: &Context) {
    if let Some(warning) = plan.form.losses().and_then(Losses::warning) {
        context.note(&warning);
    }
    for (partition, id, offset) in consumer.held_back() {
        context.note(&held_back_by(&partition, id, offset));
    }
}
