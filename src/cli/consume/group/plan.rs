//! What one run of `consume` in a group is to do, with every contradiction refused.

use std::ffi::OsString;
use std::time::Duration;

use super::args::{AssignorName, CommandArgs};
use crate::cli::consume::Args;
use crate::cli::consume::plan::{Bounds, End, range};
use crate::cli::flag;
use crate::cli::form::Form;
use crate::client::Start;
use crate::error::{Error, Result};
use crate::log::Isolation;
use crate::record::Position;
use crate::store::{GroupName, MemberId, TopicName};

/// How often is committed, where it is not said.
const COMMIT_INTERVAL: Duration = Duration::from_secs(5);
/// How long a slow reader may take, where it is not said.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// The records that COMMAND is given at most, where it is not said.
const BATCH: u64 = 500;
/// The pause before a second attempt, where it is not said.
const BACKOFF: Duration = Duration::from_secs(1);
/// The dead letters in a row that are not accidents any more, where it is not said.
const MAX_DEAD_LETTERS: u64 = 10;
/// What a member is called that has not said how.
const CLIENT_ID: &str = "kafdir";

/// What one run in a group is to do.
#[derive(Debug)]
pub(crate) struct GroupPlan {
    pub(crate) group: GroupName,
    pub(crate) topics: Vec<TopicName>,
    pub(crate) patterns: Vec<String>,
    pub(crate) assignor: AssignorName,
    pub(crate) client_id: String,
    pub(crate) exclusive: bool,
    /// Where to start what the group has committed nothing of.
    pub(crate) start: Start,
    /// Where to stop, in each partition.
    pub(crate) to: Option<Position>,
    pub(crate) isolation: Isolation,
    pub(crate) end: End,
    pub(crate) form: Form,
    /// Whether anything is committed at all.
    pub(crate) commits: bool,
    pub(crate) recipient: Recipient,
}

/// Who is given the records.
#[derive(Debug)]
pub(crate) enum Recipient {
    Stdout(StdoutPlan),
    Command(Box<CommandPlan>),
}

/// Giving records to whoever reads standard output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StdoutPlan {
    pub(crate) commit_interval: Duration,
    /// Whether what was written counts as taken, whoever reads it.
    pub(crate) commit_on_write: bool,
    /// How long a slow reader is waited for, once we have to let go.
    pub(crate) drain_timeout: Duration,
}

/// Giving records to a command.
#[derive(Debug)]
pub(crate) struct CommandPlan {
    /// The program and its arguments: never empty.
    pub(crate) command: Vec<OsString>,
    pub(crate) batch: BatchPlan,
    pub(crate) max_attempts: u32,
    pub(crate) backoff: Duration,
    pub(crate) dead_letter: Option<DeadLetterPlan>,
    /// How many members run in this call.
    pub(crate) parallel: u16,
}

/// What one run of the command is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BatchPlan {
    /// One record.
    Each,
    /// What is there, so many records at most; waited for so long that it gets full.
    Most { records: u64, wait: Duration },
    /// All up to the pinned end.
    Everything,
}

/// What becomes of records that fail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DeadLetterPlan {
    pub(crate) topic: TopicName,
    /// Whether the records at fault are looked for, so that the others need not go too.
    pub(crate) split: bool,
    /// So many in a row, and we stop.
    pub(crate) most_in_a_row: u64,
}

impl GroupPlan {
    /// The plan that `args` ask for in the group named `group`; `now` in ms is what ages are counted back from.
    pub(crate) fn new(args: &Args, group: &str, now: i64) -> Result<Self> {
        let end = End::new(args)?;
        refuse_partitions(args)?;
        let (topics, patterns) = subscription(&args.topics)?;
        let (start, to) = start_and_stop(args, &end, now)?;
        let recipient = if args.command.command.is_empty() {
            Recipient::Stdout(stdout(args)?)
        } else {
            let command = command(args, &end)?;
            refuse_circle(&command, &topics)?;
            Recipient::Command(Box::new(command))
        };
        let client_id = args.group.client_id.as_deref().unwrap_or(CLIENT_ID);
        MemberId::check_client_id(client_id).map_err(|error| error.within("--client-id"))?;
        Ok(Self {
            group: GroupName::new(group).map_err(|error| error.within("--group"))?,
            topics,
            patterns,
            assignor: args
                .group
                .assignor
                .unwrap_or(AssignorName::CooperativeSticky),
            client_id: client_id.to_owned(),
            exclusive: args.group.exclusive,
            start,
            to,
            isolation: args.selection.isolation_level.into(),
            end,
            form: Form::new(&args.selection.filter, &args.output)?,
            commits: !args.group.no_commit,
            recipient,
        })
    }
}

fn refuse_partitions(args: &Args) -> Result<()> {
    let help =
        "the group gives each of its members partitions; without -g you choose them yourself";
    if args.selection.partition.is_some() {
        flag::excludes("--group", &[("--partition", true)]).map_err(|error| error.help(help))?;
    }
    for text in &args.topics {
        if !text.starts_with('^') && text.contains(':') {
            flag::excludes("--group", &[("TOPIC:LIST", true)]).map_err(|error| error.help(help))?;
        }
    }
    Ok(())
}

/// Names and patterns.
fn subscription(texts: &[String]) -> Result<(Vec<TopicName>, Vec<String>)> {
    if texts.is_empty() {
        return Err(Error::usage("no topic is named")
            .help("topics stand before --, and a COMMAND behind it"));
    }
    let (mut topics, mut patterns) = (Vec::new(), Vec::new());
    for text in texts {
        if text.starts_with('^') {
            patterns.push(text.clone());
            continue;
        }
        let topic = TopicName::new(text)?;
        if topics.contains(&topic) {
            return Err(Error::usage(format!("the topic {topic} is named twice")));
        }
        topics.push(topic);
    }
    topics.sort_unstable();
    Ok((topics, patterns))
}

/// Where to start what nothing is committed of, and where to stop.
fn start_and_stop(args: &Args, end: &End, now: i64) -> Result<(Start, Option<Position>)> {
    let mut bounds = Bounds::of(&args.selection);
    let mut must_be_committed = bounds.from == Some("none");
    if must_be_committed {
        bounds.from = None;
    }
    let after_none = bounds.offset.and_then(|text| text.strip_prefix("none"));
    if let Some(rest) = after_none.filter(|rest| rest.is_empty() || rest.starts_with(':')) {
        must_be_committed = true;
        bounds.offset = (rest.len() > 1).then_some(rest);
    }
    let range = range(&bounds, end, now)?;
    let start = match range.from {
        _ if must_be_committed => Start::MustBeCommitted,
        Some(position) => Start::At(position),
        None => Start::Earliest,
    };
    Ok((start, range.to))
}

fn stdout(args: &Args) -> Result<StdoutPlan> {
    let group = &args.group;
    let interval = flag::duration("--commit-interval", group.commit_interval.as_deref())?;
    let drain = flag::duration("--drain-timeout", group.drain_timeout.as_deref())?;
    Ok(StdoutPlan {
        commit_interval: interval.unwrap_or(COMMIT_INTERVAL),
        commit_on_write: group.commit_on_write,
        drain_timeout: drain.unwrap_or(DRAIN_TIMEOUT),
    })
}

fn command(args: &Args, end: &End) -> Result<CommandPlan> {
    let (group, flags) = (&args.group, &args.command);
    // Its exit decides what is committed, and when.
    flag::excludes(
        "COMMAND",
        &[
            ("--commit-interval", group.commit_interval.is_some()),
            ("--commit-on-write", group.commit_on_write),
            ("--drain-timeout", group.drain_timeout.is_some()),
        ],
    )?;
    let parallel = flags.parallel.unwrap_or(1);
    flag::excludes(
        "--parallel",
        &[("--exclusive", group.exclusive && parallel > 1)],
    )?;
    // What is moved and not committed would be moved by every run.
    flag::excludes(
        "--dead-letter",
        &[(
            "--no-commit",
            flags.dead_letter.is_some() && group.no_commit,
        )],
    )?;
    let backoff = flag::duration("--backoff", flags.backoff.as_deref())?;
    Ok(CommandPlan {
        command: flags.command.clone(),
        batch: batch(flags, end)?,
        max_attempts: flags.max_attempts.unwrap_or(1),
        backoff: backoff.unwrap_or(BACKOFF),
        dead_letter: dead_letter(flags)?,
        parallel,
    })
}

fn batch(flags: &CommandArgs, end: &End) -> Result<BatchPlan> {
    let wait = flag::duration("--batch-wait", flags.batch_wait.as_deref())?;
    if flags.each {
        return Ok(BatchPlan::Each);
    }
    if flags.batch == Some(0) {
        flag::excludes(
            "--batch 0",
            &[
                ("--follow", end.follow),
                ("--idle-timeout", end.idle_timeout.is_some()),
            ],
        )
        .map_err(|error| error.help("without an end there is no batch of all up to the end"))?;
        return Ok(BatchPlan::Everything);
    }
    Ok(BatchPlan::Most {
        records: flags.batch.unwrap_or(BATCH),
        wait: wait.unwrap_or_default(),
    })
}

fn dead_letter(flags: &CommandArgs) -> Result<Option<DeadLetterPlan>> {
    let Some(topic) = &flags.dead_letter else {
        return Ok(None);
    };
    Ok(Some(DeadLetterPlan {
        topic: TopicName::new(topic).map_err(|error| error.within("--dead-letter"))?,
        split: !flags.no_split,
        most_in_a_row: flags.max_dead_letters.unwrap_or(MAX_DEAD_LETTERS),
    }))
}

/// What fails must not come back: it would fail again, for ever.
fn refuse_circle(command: &CommandPlan, topics: &[TopicName]) -> Result<()> {
    match &command.dead_letter {
        Some(plan) if topics.contains(&plan.topic) => Err(Error::usage(format!(
            "--dead-letter: {} is one of the topics that are read",
            plan.topic
        ))
        .help("what fails would come back, and fail again")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
