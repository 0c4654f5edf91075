//! `kafdir copy`: topics with everything in them, to another name or another directory.

mod plan;
mod target;
mod transfer;

use serde::Serialize;

use crate::cli::consume::IsolationLevel;
use crate::cli::context::Context;
use crate::cli::count::counted;
use crate::cli::exit::Outcome;
use crate::cli::lock_args::LockArgs;
use crate::client::Engine;
use crate::error::{ErrorKind, Result};
use plan::CopyPlan;
use target::Target;
use transfer::Transfer;

/// Copy topics to other names, or into another directory
///
/// Keys, values, headers and timestamps stay as they are, and so does the order within each partition; offsets begin
/// at 0. Where the number of partitions changes, a record goes where its key belongs, and those without a key stay
/// together by the partition they come from. Settings are copied with a topic that is made. What is copied ends where
/// each partition ends at the start; exit code 0 means that all of it is on disk in the target.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topics, and what they are called in the target; NAME alone stays NAME
    #[arg(value_name = "TOPIC[=NEWNAME]", required = true)]
    topics: Vec<String>,

    /// Copy into the directory PATH, which is made if it is not there [default: the same directory]
    #[arg(long, value_name = "dir:PATH")]
    to: Option<String>,

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

Exit status:
  0  the target has everything, on disk
  1  failed: no such topic, or the target has records already; the message says how far it got
  2  the command line is wrong; nothing was copied
  4  timed out waiting for a lock
  6  damaged data

  After SIGINT or SIGTERM what was copied so far is on disk; then the same signal ends the process. Copied again, the
  target is to be deleted first, or continues with --append.";

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let plan = CopyPlan::new(args)?;
    context.catch_signals()?;
    let source = context.engine_for_reading(args.lock.deadline()?)?;
    let into = target::open(&plan, args, context)?;
    // All of them before the first is copied: none is, if one can't be.
    let mut copies = Vec::with_capacity(plan.copies.len());
    for copy in &plan.copies {
        let topic = source.topic(&copy.from)?;
        let target = Target::find(into.as_deref(), source.as_ref(), &topic, &copy.to, args)?;
        copies.push((topic, target));
    }
    for (topic, target) in copies {
        let transfer = Transfer::new(source.as_ref(), topic, target, args.isolation_level.into())?;
        let copied = match &into {
            Some(into) if !args.dry_run => copied(transfer, into.as_ref(), context)?,
            _ => transfer.report(true),
        };
        tell(&copied, args, context)?;
    }
    Ok(Outcome::Done)
}

/// Copies one topic.
fn copied(transfer: Transfer, into: &dyn Engine, context: &Context) -> Result<Copied> {
    let mut report = transfer.report(false);
    transfer
        .run(into, context)
        .map_err(|(error, done)| {
            let so_far = format!(
                "{} of topic {} copied to {}",
                counted(done, "record"),
                report.topic,
                report.to
            );
            if error.kind() == ErrorKind::Interrupted {
                context.note(&so_far);
                error
            } else {
                error.and(so_far)
            }
        })
        .map(|records| {
            report.records = Some(records);
            report
        })
}

fn tell(copied: &Copied, args: &Args, context: &mut Context) -> Result<()> {
    if args.json {
        return context.output.put_json(copied);
    }
    if args.dry_run {
        let line = format!(
            "would copy topic {} ({}) to {} ({})\n",
            copied.topic,
            counted(copied.partitions.unsigned_abs().into(), "partition"),
            copied.to,
            counted(copied.to_partitions.unsigned_abs().into(), "partition"),
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
