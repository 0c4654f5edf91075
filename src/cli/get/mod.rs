//! `kafdir get`: the latest record of each key, as a table is read that was written as a log.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;

use crate::cli::consume::IsolationLevel;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::form::{Form, OutputArgs};
use crate::cli::lock_args::LockArgs;
use crate::cli::output::Output;
use crate::cli::selection::{Selection, partitions};
use crate::client::{Assignment, Engine, Latest};
use crate::count::counted;
use crate::error::Result;
use crate::log::Isolation;
use crate::record::{BatchHeader, StoredRecord};
use crate::store::TopicPartition;
use crate::text::Losses;

/// Print the latest record of each key
///
/// Of each KEY the latest record is printed, in the order of the KEYs. A key whose latest record is a tombstone (a null
/// value) has none. All partitions are read, up to their ends as they are at the start: a key may be in any of them, and if
/// it is in several, the last record there with the latest timestamp counts.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topic; TOPIC:0,2 is only these partitions of it
    #[arg(value_name = "TOPIC")]
    topic: String,

    /// The keys, byte for byte as they are given
    #[arg(
        value_name = "KEY",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    keys: Vec<OsString>,

    /// The latest record of every key, by partition and offset; records without a key are left out
    ///
    /// The keys are held in memory; where they do not fit (about a million keys of 8 bytes) that is an error, before
    /// anything is printed.
    #[arg(long)]
    all: bool,

    /// Only these partitions, such as 0 or 0,2
    #[arg(short, long, value_name = "LIST")]
    partition: Option<String>,

    /// Which records of transactions count: of committed ones, or of all
    #[arg(
        long,
        value_name = "LEVEL",
        value_enum,
        default_value = "read_committed"
    )]
    isolation_level: IsolationLevel,

    /// With --all: exit with 3 if there was no record
    #[arg(long, requires = "all", conflicts_with = "keys")]
    fail_if_empty: bool,

    #[command(flatten)]
    lock: LockArgs,

    #[command(flatten, next_help_heading = "Output options")]
    output: OutputArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir get users alice
  kafdir get users alice bob --key-separator '\\t'
  kafdir get users alice --json | jq -r .timestamp
  kafdir get users --all --format '%k %v\\n' | sort
  kafdir get settings --all --json > settings.ndjson

Exit status:
  0  done; at least one of the KEYs has a record, and stderr says which have none
  1  failed, an unknown topic included
  2  the command line is wrong
  3  none of the KEYs has a record, or none was there with --all --fail-if-empty
  4  --timeout was over
  6  damaged data";

/// So many keys are named that have no record.
const MOST_NAMED: usize = 5;

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let each = partitions(args.partition.as_deref())?;
    let selection = Selection::parse(&args.topic, each.as_deref())?;
    let isolation = args.isolation_level.into();
    let mut form = Form::new(&[], &args.output)?;
    form.refuse_reach("'kafdir get'")?;
    let engine = context.engine_for_reading(args.lock.deadline()?)?;
    let assignments = assignments(engine.as_ref(), &selection, isolation)?;
    form.begin(context.output.buffer());
    let found = if args.all {
        print_all(assignments, isolation, &mut form, context)
    } else {
        print_keys(args, assignments, isolation, &mut form, context)
    };
    if let Some(warning) = form.losses().and_then(Losses::warning) {
        context.note(&warning);
    }
    let needs_one = !args.all || args.fail_if_empty;
    Ok(if found? == 0 && needs_one {
        Outcome::NothingThere
    } else {
        Outcome::Done
    })
}

/// The selected partitions, from their starts to their ends as they are now.
fn assignments(
    engine: &dyn Engine,
    selection: &Selection,
    isolation: Isolation,
) -> Result<Vec<Assignment>> {
    let topic = engine.topic(&selection.topic)?;
    let all: Vec<i32> = topic.partition_numbers().collect();
    let mut assignments = Vec::new();
    for &number in selection.partitions.as_ref().unwrap_or(&all) {
        let partition = engine.partition(&topic, number)?;
        assignments.push(Assignment {
            from: partition.start()?,
            to: Some(partition.readable_end(isolation)?),
            partition,
        });
    }
    Ok(assignments)
}

fn print_all(
    assignments: Vec<Assignment>,
    isolation: Isolation,
    form: &mut Form,
    context: &mut Context,
) -> Result<u64> {
    let mut latest = Latest::of_all(isolation);
    latest.search(assignments)?;
    let output = &mut context.output;
    latest.fetch_all(&mut |partition, batch, record| print(form, partition, batch, record, output))
}

fn print_keys(
    args: &Args,
    assignments: Vec<Assignment>,
    isolation: Isolation,
    form: &mut Form,
    context: &mut Context,
) -> Result<u64> {
    let keys: Vec<&[u8]> = args.keys.iter().map(|key| key.as_bytes()).collect();
    let mut latest = Latest::of_keys(&keys, isolation)?;
    latest.search(assignments)?;
    let mut missing = Vec::new();
    let mut count = 0;
    for key in keys {
        let output = &mut context.output;
        let mut visit =
            |partition: &TopicPartition, batch: &BatchHeader, record: StoredRecord<'_>| {
                print(form, partition, batch, record, output)
            };
        if latest.fetch(key, &mut visit)? {
            count += 1;
        } else {
            missing.push(key);
        }
    }
    tell_missing(&missing, args, context);
    Ok(count)
}

fn print(
    form: &mut Form,
    partition: &TopicPartition,
    batch: &BatchHeader,
    record: StoredRecord<'_>,
    output: &mut Output,
) -> Result<()> {
    form.write(partition, batch, record, output.buffer())?;
    output.pace()
}

fn tell_missing(missing: &[&[u8]], args: &Args, context: &Context) {
    if missing.is_empty() {
        return;
    }
    let named: Vec<String> = missing
        .iter()
        .take(MOST_NAMED)
        .map(|key| format!("\"{}\"", String::from_utf8_lossy(key).escape_debug()))
        .collect();
    let more = match missing.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let given = counted(args.keys.len(), "key");
    context.note(&format!(
        "{}: no value for {} of {given}: {}{more}",
        args.topic,
        missing.len(),
        named.join(", ")
    ));
}
