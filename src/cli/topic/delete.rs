//! `kafdir topic delete`

use std::collections::BTreeSet;

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::lock_args::LockArgs;
use crate::cli::topic::summary::TopicSummary;
use crate::client::Engine;
use crate::count::counted;
use crate::error::{ErrorKind, Result};
use crate::store::{Topic, TopicName};

/// Delete topics and all their records
///
/// Who reads or writes one of them at the time gets an error that says so.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topics
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,

    /// Succeed where a topic does not exist
    #[arg(long)]
    if_exists: bool,

    /// Only say what would be deleted
    #[arg(long)]
    dry_run: bool,

    /// Print one JSON object a topic
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir topic delete orders
  kafdir topic list | grep '^test-' | xargs kafdir topic delete --dry-run
  kafdir topic delete scratch --if-exists

Exit status:
  0  the topics are gone, or would be with --dry-run
  1  one of them does not exist (without --if-exists; then none is deleted), or the directory refused
  2  the command line is wrong
  4  timed out waiting for a lock

JSON:
  One object a topic:
  topic, id, partition_count  the topic
  config                      its settings that differ from the defaults
  deleted                     false with --dry-run";

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let names: BTreeSet<TopicName> = args
        .names
        .iter()
        .map(|name| TopicName::new(name))
        .collect::<Result<_>>()?;
    let engine = context.engine_for_reading(args.lock.deadline()?)?;
    // Before the first is deleted, all of them are known to be there.
    for topic in existing(engine.as_ref(), &names, args.if_exists)? {
        // Before it is gone.
        let summary = TopicSummary::new(engine.as_ref(), &topic)?;
        let deleted = !args.dry_run && delete(engine.as_ref(), &topic.name, args.if_exists)?;
        if args.json {
            context.output.put_json(&Report {
                topic: summary,
                deleted,
            })?;
        } else if args.dry_run {
            let line = format!(
                "would delete topic {} with {}\n",
                topic.name,
                counted(topic.partition_count, "partition")
            );
            context.output.put(line.as_bytes())?;
        }
    }
    Ok(Outcome::Done)
}

fn existing(
    engine: &dyn Engine,
    names: &BTreeSet<TopicName>,
    if_exists: bool,
) -> Result<Vec<Topic>> {
    let find = |name| {
        if if_exists {
            engine.find_topic(name).transpose()
        } else {
            Some(engine.topic(name))
        }
    };
    names.iter().filter_map(find).collect()
}

/// Whether it was us who deleted it.
fn delete(engine: &dyn Engine, name: &TopicName, if_exists: bool) -> Result<bool> {
    match engine.delete_topic(name) {
        Ok(()) => Ok(true),
        Err(error) if if_exists && error.kind() == ErrorKind::UnknownTopic => Ok(false),
        Err(error) => Err(error),
    }
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    topic: TopicSummary,
    deleted: bool,
}
