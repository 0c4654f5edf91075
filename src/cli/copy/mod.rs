//! `kafdir copy`: topics with everything in them, to another name or another directory.

mod follow;
mod log_dir;
mod plan;
mod target;
mod transfer;

use std::path::PathBuf;

use serde::Serialize;

use crate::cli::consume::IsolationLevel;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::lock_args::LockArgs;
use crate::count::counted;
use crate::error::{ErrorKind, Result};
use plan::CopyPlan;
use target::Target;
use transfer::{Transfer, Ways};

/// Copy topics to other names, or to another place: a directory or a Kafka cluster
///
/// Keys, values, headers and timestamps stay as they are, and so does the order within each partition; offsets begin
/// at 0. Where the number of partitions changes, a record goes where its key belongs, and those without a key stay
/// together by the partition they come from. Settings are copied with a topic that is made. What is copied ends where
/// each partition ends at the start; exit code 0 means that all of it is on disk in the target.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Args {
    /// The topics, and what they are called in the target; NAME alone stays NAME
    #[arg(value_name = "TOPIC[=NEWNAME]", required = true)]
    topics: Vec<String>,

    /// Copy into the directory PATH, which is made if it is not there, or into the cluster at HOST:PORT [default: the same
    /// place]
    #[arg(long, value_name = "dir:PATH|kafka:HOST:PORT")]
    to: Option<String>,

    /// A properties file with settings of the connection to the cluster that is copied into
    #[arg(long, value_name = "FILE", requires = "to", value_hint = clap::ValueHint::FilePath)]
    to_command_config: Option<PathBuf>,

    /// A setting of that connection, by librdkafka's name (can be repeated)
    #[arg(long = "to-X", value_name = "NAME=VALUE", requires = "to")]
    to_x: Vec<String>,

    /// Go on with what comes, until a signal ends it; where the target is away, it is tried again until it is back
    #[arg(short, long, conflicts_with = "dry_run")]
    follow: bool,

    /// Remember in the target, under NAME, how far the copy came: started again, after whatever end, it goes on there,
    /// without loss and without a record twice
    ///
    /// Two copies of one NAME exclude each other: the second is refused; one into a cluster that begins on another host takes
    /// over instead, and ends the first. Into a cluster it takes transactions: consumers there see no record twice if they
    /// read what is committed (`isolation.level=read_committed`).
    #[arg(long, value_name = "NAME", conflicts_with = "dry_run")]
    name: Option<String>,

    /// Make partition directories in DIR that a stopped broker can adopt
    #[arg(
        long,
        value_name = "DIR",
        value_hint = clap::ValueHint::DirPath,
        conflicts_with_all = ["to", "partitions", "append", "follow", "name", "to_command_config", "to_x"]
    )]
    as_log_dir: Option<PathBuf>,

    /// How many partitions the copies get [default: as many as the topic has]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=100_000))]
    partitions: Option<i32>,

    /// Copy into a topic that has records too, behind them
    #[arg(long)]
    append: bool,

    /// Which records of transactions to copy: of committed ones, or of all
    #[arg(
        long,
        value_name = "LEVEL",
        value_enum,
        default_value = "read_committed"
    )]
    isolation_level: IsolationLevel,

    /// Only say what would be copied
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
  kafdir copy orders=orders-8 --partitions 8
  kafdir copy orders users --to dir:/backup/kafdir
  kafdir --log-dir /var/lib/kafka copy orders --to dir:/tmp/orders --dry-run
  kafdir copy orders --to kafka:broker:9092 --to-command-config client.properties
  kafdir copy orders --to kafka:broker:9092 --name ship --follow
  kafdir --bootstrap-server broker:9092 copy orders --to dir:/backup/kafdir --name backup

What a broker adopts (--as-log-dir):
  The broker's own topic, of the same number of partitions, is the shell: its id is the broker's to choose.
    kafka-topics --bootstrap-server b:9092 --create --topic orders --partitions 4 --config retention.ms=-1
    (stop the broker)
    kafdir copy orders --as-log-dir /var/lib/kafka/data
    (start the broker)
  Segments go there byte for byte: offsets, headers, timestamps and transactions stay. Indexes, leader epochs and producer
  snapshots do not go along, and the marks of a clean stop are removed: the broker looks through its logs at its next start
  and makes them anew, which for large logs takes a while. Times of records count for retention from the start on: old
  records are deleted at once unless retention.ms of the topic says otherwise. New files belong to whoever runs kafdir:
  run it as the broker's user.

Exit status:
  0  the target has everything, on disk
  1  failed: no such topic, or the target has records already; the message says how far it got
  2  the command line is wrong; nothing was copied
  4  timed out waiting for a lock
  6  damaged data

  After SIGINT or SIGTERM what was copied so far is on disk; then the same signal ends the process. Copied again, the
  target is to be deleted first, or continues with --append. A cluster that is away is given 5 s for what is on its way;
  what is not known to be stored by then is said, and the exit status is 1.

JSON:
  One object a topic:
  topic, partitions  what is copied, and how many partitions it has
  to, to_partitions  the same of the copy
  records            how many were copied; null with --dry-run
  dry_run            whether nothing was copied";

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    if let Some(dir) = &args.as_log_dir {
        return log_dir::run(args, dir, context);
    }
    let plan = CopyPlan::new(args)?;
    context.catch_signals()?;
    let source = context.engine_for_reading(args.lock.deadline()?)?;
    let into = target::open(&plan, args, context)?;
    // All of them before the first is copied: none is, if one can't be.
    let mut transfers = Vec::with_capacity(plan.copies.len());
    for copy in &plan.copies {
        let topic = source.topic(&copy.from)?;
        let target = Target::find(into.as_deref(), source.as_ref(), &topic, &copy.to, args)?;
        transfers.push(Transfer::new(topic, target, args));
    }
    let Some(into) = into.filter(|_| !args.dry_run) else {
        for transfer in transfers {
            tell(&transfer.report(true), args, context)?;
        }
        return Ok(Outcome::Done);
    };
    let ways = Ways {
        source: &source,
        into: &into,
        name: plan.name.as_ref(),
        follow: args.follow,
        append: args.append,
    };
    if args.follow {
        return follow::run(transfers, &ways, context);
    }
    for transfer in transfers {
        let copied = copied(transfer, &ways, context)?;
        tell(&copied, args, context)?;
    }
    Ok(Outcome::Done)
}

/// Copies one topic.
fn copied(transfer: Transfer, ways: &Ways<'_>, context: &Context) -> Result<Copied> {
    let mut report = transfer.report(false);
    let mut running = transfer.begin(ways, context)?;
    let pumped = running.pump(false, context.signals.as_ref());
    // What was taken before an error or a signal stays.
    let settled = running.checkpoint();
    let done = match (pumped, settled) {
        (Ok(_), Ok(())) => running.complete(ways, context),
        // That we were to stop is no reason for what is not there.
        (Err(first), Err(error)) if first.kind() == ErrorKind::Interrupted => Err(error),
        (Err(error), _) | (Ok(_), Err(error)) => Err(error),
    };
    report.records = Some(running.stored());
    done.map_err(|error| {
        let so_far = format!(
            "{} of topic {} copied to {}",
            counted(running.stored(), "record"),
            report.topic,
            report.to
        );
        if error.kind() == ErrorKind::Interrupted {
            context.note(&so_far);
            error
        } else {
            error.and(so_far)
        }
    })?;
    Ok(report)
}

fn tell(copied: &Copied, args: &Args, context: &mut Context) -> Result<()> {
    if args.json {
        return context.output.put_json(copied);
    }
    if args.dry_run {
        let line = format!(
            "would copy topic {} ({}) to {} ({})\n",
            copied.topic,
            counted(copied.partitions, "partition"),
            copied.to,
            counted(copied.to_partitions, "partition"),
        );
        return context.output.put(line.as_bytes());
    }
    Ok(())
}

/// What became of a topic.
#[derive(Debug, Serialize)]
struct Copied {
    topic: String,
    partitions: i32,
    to: String,
    to_partitions: i32,
    /// How many were copied; null where none was to be.
    records: Option<u64>,
    dry_run: bool,
}
