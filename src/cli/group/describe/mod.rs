//! `kafdir group describe`

mod report;
mod tables;

use std::sync::Arc;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::group::lookup;
use crate::cli::lock_args::LockArgs;
use crate::client::{Engine, GroupHandle};
use crate::error::Result;
use crate::group::GroupState;
use crate::store::{GroupName, now_ms};
use crate::text::format_time;
use report::{GroupReport, MemberReport};

/// Show the offsets, lag and members of groups
///
/// Without GROUP all groups are shown. CURRENT-OFFSET is the offset of the next record the group will read, LAG how many
/// are ahead of it; where nothing is committed yet, that is all there is. A member is behind as long as it has not
/// taken part in the last change of who reads what: one that is stopped or hangs stays so.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Args {
    /// The groups
    #[arg(value_name = "GROUP")]
    groups: Vec<String>,

    /// Show the members: process, since when, last progress
    #[arg(long, conflicts_with = "state")]
    members: bool,

    /// With --members: show which partitions each of them reads
    #[arg(long, requires = "members")]
    verbose: bool,

    /// Show state, assignor and generation
    #[arg(long)]
    state: bool,

    /// Print one JSON object a group, each on a line; it holds all that the tables show
    #[arg(long, conflicts_with_all = ["members", "state"])]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir group describe billing
  kafdir group describe billing --members --verbose
  kafdir group describe --state
  kafdir group describe billing --json | jq '[.partitions[].lag] | add'

Exit status:
  0  done
  1  no such group, or the directory can't be read
  2  the command line is wrong
  4  timed out waiting for a lock
  6  damaged data

JSON:
  group, state, assignor, generation  as in the tables; the state is Empty, PreparingRebalance, Stable or Dead
  members     of each:
    member_id, client_id, host, pid  who it is; the pid is null where it is not known
    since, last_progress             when it joined, and when it got on last, in ms since 1970
    behind                           whether it has not taken part in the last change of who reads what
    partitions                       what it reads: topic, partition
  partitions  of each:
    topic, partition                    which one
    current_offset                      the next one to be read; null where nothing is committed
    log_end_offset, last_stable_offset  the offset that the next record gets; the first of the oldest open transaction
    lag                                 how many records are ahead
    member_id                           who reads it; null for nobody";

/// A member that did nothing for so many ms, with records ahead of it, is pointed out.
const QUIET_MS: i64 = 10_000;

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let names: Vec<GroupName> = args
        .groups
        .iter()
        .map(|name| GroupName::new(name))
        .collect::<Result<_>>()?;
    let engine = context.engine_for_reading(args.lock.deadline()?)?;
    for (number, group) in groups(engine.as_ref(), &names)?.iter().enumerate() {
        let report = GroupReport::of(engine.as_ref(), group.as_ref())?;
        if args.json {
            context.output.put_json(&report)?;
            continue;
        }
        let table = if args.members {
            tables::members(&report, args.verbose)
        } else if args.state {
            tables::state(&report)
        } else {
            tables::offsets(&report)
        };
        let blank = if number == 0 { "" } else { "\n" };
        context.output.put(format!("{blank}{table}").as_bytes())?;
        tell(&report, context);
    }
    Ok(Outcome::Done)
}

/// The groups of these names, or all there are. An unknown one is found out before the first is shown.
fn groups(engine: &dyn Engine, names: &[GroupName]) -> Result<Vec<Arc<dyn GroupHandle>>> {
    if names.is_empty() {
        let names = engine.groups()?;
        return names
            .iter()
            .filter_map(|name| lookup::find(engine, name).transpose())
            .collect();
    }
    names.iter().map(|name| engine.group(name, false)).collect()
}

/// Says what is out of the ordinary, in Kafka's words where it has them.
fn tell(report: &GroupReport, context: &Context) {
    let group = &report.group;
    match report.state() {
        GroupState::Empty => {
            context.note(&format!("Consumer group '{group}' has no active members."));
        }
        GroupState::Unknown => context.note(&format!(
            "the members of group '{group}' can't be seen: it follows a newer protocol (KIP-848), or is no group of consumers"
        )),
        GroupState::PreparingRebalance => {
            context.note(&format!(
                "Warning: Consumer group '{group}' is rebalancing."
            ));
        }
        _ => {}
    }
    let now = now_ms();
    for member in &report.members {
        if let Some(said) = quiet(report, member, now) {
            context.note(&said);
        }
    }
    for (partition, fault) in report.faults() {
        context.note(&format!(
            "the offset that group '{group}' has committed for {partition} {fault}; 'kafdir group reset' or 'kafdir group delete --topic' mends that"
        ));
    }
}

/// What to say of a member that gets on no more though somebody waits for it; nothing of one that a cluster does not tell
/// it of.
fn quiet(report: &GroupReport, member: &MemberReport, now: i64) -> Option<String> {
    let (pid, last_progress) = (member.pid?, member.last_progress?);
    let (group, id) = (&report.group, &member.member_id);
    let is_quiet = now - last_progress >= QUIET_MS && report.is_awaited(member);
    is_quiet.then(|| {
        format!(
            "member {id} (pid {pid} on {}) has made no progress since {}; 'kafdir group evict {group} {id}' takes its partitions from it",
            member.host,
            format_time(last_progress)
        )
    })
}
