//! `kafdir topic trim`

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::lock_args::LockArgs;
use crate::cli::table::Table;
use crate::client::{Engine, PartitionLog};
use crate::error::{Error, Result};
use crate::log::Isolation;
use crate::record::Position;
use crate::store::now_ms;
use crate::store::{Topic, TopicName};
use crate::text::parse_position;

/// Delete the oldest records of a topic: move its log start offset
///
/// The records before POSITION can't be read any more from then on; their space is given back a segment at a time.
/// POSITION is an offset, 'end' (everything), -N (all but the last N), +N (the first N), or @TIME.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topic
    #[arg(value_name = "NAME")]
    name: String,

    /// The first position to keep: N, end, -N, +N or @TIME
    #[arg(long, value_name = "POSITION", allow_hyphen_values = true)]
    before: String,

    /// This partition only; an absolute offset needs it where the topic has several
    #[arg(short, long, value_name = "P", value_parser = clap::value_parser!(i32).range(0..))]
    partition: Option<i32>,

    /// Only say what would be trimmed
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
  kafdir topic trim access --before @7d
  kafdir topic trim orders --before 120000 --partition 0
  kafdir topic trim scratch --before end --dry-run

Exit status:
  0  done, also where there was nothing to trim
  1  no such topic, an offset beyond the end, or the directory refused
  2  the command line is wrong
  4  timed out waiting for a lock
  6  damaged data

JSON:
  One object a partition:
  topic, partition             which one
  previous_log_start_offset    the first offset that could be read
  log_start_offset             the first one from now on, or as it would be
  dry_run                      whether nothing was changed";

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let name = TopicName::new(&args.name)?;
    let position =
        parse_position(&args.before, now_ms()).map_err(|error| error.within("--before"))?;
    let engine = context.engine_for_reading(args.lock.deadline()?)?;
    let topic = engine.topic(&name)?;
    let partitions = selected(&topic, args.partition, position)?;
    // All of them before the first is trimmed: none is, if one can't be.
    let cuts: Vec<Cut> = partitions
        .into_iter()
        .map(|number| Cut::at(engine.partition(&topic, number)?.as_ref(), position))
        .collect::<Result<_>>()?;
    if !args.dry_run {
        carry_out(engine.as_ref(), &topic, &cuts)?;
    }
    report(&topic, &cuts, args, context)
}

/// The partitions that the command is about.
fn selected(topic: &Topic, partition: Option<i32>, position: Position) -> Result<Vec<i32>> {
    if let Some(number) = partition {
        topic.partition(number)?;
        return Ok(vec![number]);
    }
    let numbers: Vec<i32> = topic.partition_numbers().collect();
    if matches!(position, Position::Offset(_)) && numbers.len() > 1 {
        let message = format!(
            "an offset is one in a partition, and topic '{}' has {} of them",
            topic.name,
            numbers.len()
        );
        return Err(Error::usage(message)
            .help("say which one with --partition, or give a time: --before @TIME"));
    }
    Ok(numbers)
}

/// What is to happen to a partition.
#[derive(Debug, Serialize)]
struct Cut {
    partition: i32,
    previous_log_start_offset: i64,
    log_start_offset: i64,
}

impl Cut {
    fn at(partition: &dyn PartitionLog, position: Position) -> Result<Self> {
        let start = partition.start()?;
        let before = partition.resolve(position, Isolation::ReadUncommitted)?;
        // After the position was found: what producers append meanwhile must not lie beyond an end of before.
        let end = partition.end()?;
        if before > end {
            let name = partition.name();
            return Err(
                Error::failed(format!("{name} ends at offset {end}, before {before}"))
                    .help("'end' is the end of each partition"),
            );
        }
        Ok(Self {
            partition: partition.name().partition,
            previous_log_start_offset: start,
            log_start_offset: before.max(start),
        })
    }
}

fn carry_out(engine: &dyn Engine, topic: &Topic, cuts: &[Cut]) -> Result<()> {
    let moving = |cut: &&Cut| cut.log_start_offset > cut.previous_log_start_offset;
    let before: Vec<(i32, i64)> = cuts
        .iter()
        .filter(moving)
        .map(|cut| (cut.partition, cut.log_start_offset))
        .collect();
    engine.trim(topic, &before)
}

fn report(topic: &Topic, cuts: &[Cut], args: &Args, context: &mut Context) -> Result<Outcome> {
    if args.json {
        for cut in cuts {
            context.output.put_json(&Report {
                topic: topic.name.as_str(),
                cut,
                dry_run: args.dry_run,
            })?;
        }
        return Ok(Outcome::Done);
    }
    let mut table = Table::new(&["TOPIC", "PARTITION", "PREVIOUS-START", "NEW-START"]);
    for cut in cuts {
        table.row([
            topic.name.to_string(),
            cut.partition.to_string(),
            cut.previous_log_start_offset.to_string(),
            cut.log_start_offset.to_string(),
        ]);
    }
    context.output.put(table.render().as_bytes())?;
    Ok(Outcome::Done)
}

#[derive(Serialize)]
struct Report<'a> {
    topic: &'a str,
    #[serde(flatten)]
    cut: &'a Cut,
    dry_run: bool,
}
