//! `kafdir clean`: retention on demand.

use std::sync::Arc;

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::lock_args::LockArgs;
use crate::count::counted;
use crate::error::Result;
use crate::group::Group;
use crate::log::{Appender, GivenUp, Partition, given_up};
use crate::store::now_ms;
use crate::store::{Store, Topic, TopicName};

/// Apply retention: delete the segments that retention.ms and retention.bytes give up
///
/// Producers do the same when they begin a new segment; this command is for topics that nobody writes to, from cron.
/// Without TOPIC all topics are cleaned, and what killed processes have left of consumer groups is removed. No record is
/// ever deleted unless a setting asks for it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topics
    #[arg(value_name = "TOPIC")]
    topics: Vec<String>,

    /// Only say what would be deleted
    #[arg(long)]
    dry_run: bool,

    /// Print one JSON object a partition
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir topic alter access --config retention.ms=604800000 && kafdir clean access
  kafdir clean --dry-run
  0 3 * * * kafdir --quiet --dir /var/lib/kafdir clean

Exit status:
  0  done, also where there was nothing to delete
  1  no such topic, or the directory refused
  2  the command line is wrong
  4  timed out waiting for a lock
  6  damaged data

JSON:
  One object a partition:
  topic, partition           which one
  segments, bytes            what is deleted of it, or would be with --dry-run
  first_offset, last_offset  the offsets that go with it
  dry_run                    whether nothing was deleted";

/// What one partition gave up.
#[derive(Serialize)]
struct Cleaned<'a> {
    topic: &'a str,
    partition: i32,
    segments: usize,
    bytes: u64,
    first_offset: i64,
    last_offset: i64,
    dry_run: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let store = context.store_for_reading(args.lock.deadline()?)?;
    if !args.dry_run {
        store.begin_writing()?;
    }
    let names = match args.topics.as_slice() {
        [] => store.topics()?,
        topics => topics
            .iter()
            .map(|name| TopicName::new(name))
            .collect::<Result<_>>()?,
    };
    let topics = names
        .iter()
        .map(|name| store.topic(name))
        .collect::<Result<Vec<_>>>()?;
    for topic in topics {
        if topic.settings.cleanup_policy().compact {
            let name = &topic.name;
            context.note(&format!("topic {name} is compacted: this version does not compact, and removes nothing of it by key"));
        }
        clean(args, &store, topic, context)?;
    }
    if args.topics.is_empty() && !args.dry_run {
        Group::tidy_all(&store)?;
    }
    Ok(Outcome::Done)
}

fn clean(args: &Args, store: &Arc<Store>, mut topic: Topic, context: &mut Context) -> Result<()> {
    let now = now_ms();
    if topic.foreign && !args.dry_run {
        topic = store.adopt_topic(&topic.name)?;
    }
    for number in topic.partition_numbers() {
        let given_up = if args.dry_run {
            given_up(
                &Partition::open(store, &topic, number)?,
                &topic.settings,
                now,
            )?
        } else {
            Appender::open(store, &topic, number)?.retain(now)?
        };
        tell(args, &topic, number, &given_up, context)?;
    }
    Ok(())
}

fn tell(
    args: &Args,
    topic: &Topic,
    partition: i32,
    given_up: &GivenUp,
    context: &mut Context,
) -> Result<()> {
    let Some(first) = given_up.segments().next() else {
        return Ok(());
    };
    let cleaned = Cleaned {
        topic: topic.name.as_str(),
        partition,
        segments: given_up.segments().count(),
        bytes: given_up.segments().map(|segment| segment.bytes).sum(),
        first_offset: first.base,
        last_offset: given_up.segments().last().unwrap_or(first).next_base - 1,
        dry_run: args.dry_run,
    };
    if args.json {
        return context.output.put_json(&cleaned);
    }
    let what = if cleaned.dry_run {
        "would delete"
    } else {
        "deleted"
    };
    let Cleaned {
        topic,
        partition,
        segments,
        bytes,
        first_offset,
        last_offset,
        ..
    } = cleaned;
    let segments = counted(segments, "segment");
    let line = format!(
        "{topic}-{partition}: {what} {segments}, {}, offsets {first_offset} to {last_offset}\n",
        counted(bytes, "byte")
    );
    context.output.put(line.as_bytes())
}
