//! `kafdir group reset`

mod plan;
mod report;
mod target;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::group::scope::TopicScope;
use crate::cli::lock_args::LockArgs;
use crate::client::{Engine, GroupHandle};
use crate::count::counted;
use crate::error::{Error, ErrorKind, IoContext as _, Result};
use crate::store::{GroupName, now_ms};
use crate::text::{OffsetRow, read_offsets, write_offset};
use plan::{GroupPlan, Places};
use target::TargetArgs;

/// Move a group to other offsets
///
/// The group must be there, and have no running member: a new one is given offsets by 'kafdir group commit'. Offsets that a log does not have are moved to its nearer end, with a warning.
/// What was and what is now is printed; --dry-run changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Args {
    /// The groups
    #[arg(value_name = "GROUP", required = true)]
    groups: Vec<String>,

    /// This topic, or these partitions of it (can be repeated)
    #[arg(long = "topic", value_name = "TOPIC[:P,P]")]
    topics: Vec<String>,

    /// All partitions for which the group has committed an offset
    #[arg(long, conflicts_with = "topics")]
    all_topics: bool,

    #[command(flatten)]
    target: TargetArgs,

    /// Only show what would be
    #[arg(long)]
    dry_run: bool,

    /// Do it, which is what happens without --dry-run: here for who knows Kafka's tool, which asks for it
    #[arg(long, conflicts_with = "dry_run")]
    execute: bool,

    /// Print the new offsets as CSV, for --from-file
    #[arg(long)]
    export: bool,

    /// Write the offsets that were into a CSV file, for --from-file, before anything is changed
    #[arg(long, value_name = "CSV", value_hint = clap::ValueHint::FilePath)]
    save_previous: Option<PathBuf>,

    /// Print one JSON object a partition
    #[arg(long, conflicts_with = "export")]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir group reset billing --topic orders --to-earliest --dry-run
  kafdir group reset billing --topic orders:0,2 --to-offset 1200 --save-previous before.csv
  kafdir group reset billing --from-file before.csv
  kafdir group reset billing --all-topics --by-duration 2h
  kafdir group reset billing --topic orders --shift-by -100 --json

Exit status:
  0  the offsets are committed and on disk, or would be with --dry-run
  1  no such group or topic, the group has members, nothing to shift from, or the directory refused
  2  the command line is wrong
  4  timed out waiting for a lock
  6  damaged data

JSON:
  One object a partition:
  group, topic, partition  which one
  previous_offset          what was committed; null for nothing
  new_offset               what is committed now, or would be with --dry-run
  dry_run                  whether nothing was changed";

/// A group that is not there has no offsets to reset, but can be given some: Kafka's own tool would do so here.
fn not_begun(error: Error, name: &GroupName) -> Error {
    if error.kind() != ErrorKind::UnknownGroup {
        return error;
    }
    error.help(format!(
        "'kafdir group list' names the groups there are; a new one is given offsets by 'kafdir group commit {name} TOPIC:PARTITION=OFFSET', and begins at the end with 'kafdir consume TOPIC --group {name} --offset end'"
    ))
}

/// What was asked for, each contradiction in it refused.
struct Request {
    groups: Vec<GroupName>,
    places: Places,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let request = request(args)?;
    let engine = context.engine_for_reading(args.lock.deadline()?)?;
    let plans = plans(&request, engine.as_ref())?;
    for clamped in plans.iter().flat_map(GroupPlan::clamped) {
        context.note(&format!("warning: {clamped}"));
    }
    let several = request.groups.len() > 1;
    if let Some(path) = &args.save_previous {
        save(path, &plans, several, args.dry_run, context)?;
    }
    // No table after the first group's: one heading stands over all of them.
    let mut table = report::table();
    for plan in &plans {
        if !args.dry_run {
            plan.carry_out()?;
        }
        if args.json {
            report::json(plan, args.dry_run, context)?;
        } else if args.export {
            let rows = plan.rows(several, |reset| Some(reset.new));
            context.output.put(&csv(&rows)?)?;
        } else {
            report::rows(plan, &mut table);
        }
    }
    if !args.json && !args.export {
        context.output.put(table.render().as_bytes())?;
    }
    Ok(Outcome::Done)
}

fn request(args: &Args) -> Result<Request> {
    let groups: Vec<GroupName> = args
        .groups
        .iter()
        .map(|name| GroupName::new(name))
        .collect::<Result<_>>()?;
    let topics: Vec<TopicScope> = args
        .topics
        .iter()
        .map(|topic| TopicScope::parse(topic).map_err(|error| error.within("--topic")))
        .collect::<Result<_>>()?;
    let scoped = args.all_topics || !topics.is_empty();
    let places = match (args.target.target(now_ms())?, &args.target.from_file) {
        (None, Some(_)) if scoped => {
            return Err(Error::usage(
                "--from-file names its partitions itself: neither --topic nor --all-topics goes with it",
            ));
        }
        (None, Some(path)) => Places::listed(from_file(path)?, &groups)
            .map_err(|error| error.within(path.display()))?,
        (Some(_), _) if !scoped => {
            return Err(
                Error::usage("which topics? neither --topic nor --all-topics is given")
                    .help("--topic TOPIC is one of them, --topic TOPIC:0,2 some of its partitions"),
            );
        }
        (Some(target), _) if args.all_topics => Places::Committed(target),
        (Some(target), _) => Places::Topics(topics, target),
        (None, None) => return Err(Error::usage("it is not said where to reset to")),
    };
    Ok(Request { groups, places })
}

fn from_file(path: &Path) -> Result<Vec<OffsetRow>> {
    let text = std::fs::read(path).at("read", path)?;
    read_offsets(&text).map_err(|error| error.within(path.display()))
}

/// What is to happen, all of it known to be possible before the first group is changed.
fn plans(request: &Request, engine: &dyn Engine) -> Result<Vec<GroupPlan>> {
    let groups = request.groups.iter();
    let groups: Vec<Arc<dyn GroupHandle>> = groups
        .map(|name| {
            engine
                .group(name, false)
                .map_err(|error| not_begun(error, name))
        })
        .collect::<Result<_>>()?;
    let plan = |group| GroupPlan::make(engine, group, &request.places);
    groups.into_iter().map(plan).collect()
}

/// Writes down where the groups are. A partition without a commit has no offset to be written down.
fn save(
    path: &Path,
    plans: &[GroupPlan],
    several: bool,
    dry_run: bool,
    context: &Context,
) -> Result<()> {
    if dry_run {
        context.note(&format!(
            "{} is not written: this is a dry run",
            path.display()
        ));
        return Ok(());
    }
    let rows: Vec<OffsetRow> = plans
        .iter()
        .flat_map(|plan| plan.rows(several, |reset| reset.previous))
        .collect();
    let partitions: usize = plans.iter().map(|plan| plan.resets().count()).sum();
    if rows.len() < partitions {
        context.note(&format!(
            "{} holds {} of {}: nothing was committed for the others",
            path.display(),
            rows.len(),
            counted(partitions, "partition")
        ));
    }
    let mut file = std::fs::File::create(path).at("create", path)?;
    std::io::Write::write_all(&mut file, &csv(&rows)?).at("write", path)?;
    // A pipe or a terminal can't be synced, and need not be.
    if file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        file.sync_all().at("sync", path)?;
    }
    Ok(())
}

fn csv(rows: &[OffsetRow]) -> Result<Vec<u8>> {
    let lines: Vec<Vec<u8>> = rows.iter().map(write_offset).collect::<Result<_>>()?;
    Ok(lines.concat())
}
