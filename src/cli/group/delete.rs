//! `kafdir group delete`

use std::sync::Arc;

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::group::lookup;
use crate::cli::group::scope::TopicScope;
use crate::cli::lock_args::LockArgs;
use crate::client::GroupHandle;
use crate::count::counted;
use crate::error::{Error, Result};
use crate::store::{GroupName, TopicPartition};

/// Delete groups, or what they have committed of some topics
///
/// A group that has members is not deleted. One that is deleted begins anew when it is next used.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The groups
    #[arg(value_name = "GROUP", required = true)]
    groups: Vec<String>,

    /// Only the committed offsets of this topic, or of these partitions of it (can be repeated)
    #[arg(long = "topic", value_name = "TOPIC[:P,P]")]
    topics: Vec<String>,

    /// Succeed where a group does not exist
    #[arg(long)]
    if_exists: bool,

    /// Only say what would be deleted
    #[arg(long)]
    dry_run: bool,

    /// Print one JSON object a group
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir group delete billing
  kafdir group delete billing --topic orders:3 --dry-run
  kafdir group list --json | jq -r 'select(.state == \"Empty\").group' | xargs -d '\\n' kafdir group delete

Exit status:
  0  the groups or offsets are gone, or would be with --dry-run
  1  one of the groups does not exist (without --if-exists; then none is deleted) or has members, it has committed
     nothing of the topic, or the directory refused
  2  the command line is wrong
  4  timed out waiting for a lock
  6  damaged data

JSON:
  One object a group:
  group       its name
  partitions  with --topic: those whose offsets it is about, each with topic and partition
  deleted     false with --dry-run";

#[derive(Serialize)]
struct Report<'a> {
    group: &'a str,
    /// Those whose offsets go; none where the whole group goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    partitions: Option<Vec<Partition<'a>>>,
    deleted: bool,
}

#[derive(Serialize)]
struct Partition<'a> {
    topic: &'a str,
    partition: i32,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let names: Vec<GroupName> = args
        .groups
        .iter()
        .map(|name| GroupName::new(name))
        .collect::<Result<_>>()?;
    let scopes: Vec<TopicScope> = args
        .topics
        .iter()
        .map(|topic| TopicScope::parse(topic).map_err(|error| error.within("--topic")))
        .collect::<Result<_>>()?;
    let engine = context.engine_for_reading(args.lock.deadline()?)?;
    // Before the first is touched, all of them are known to be there and to be idle.
    let mut groups = Vec::new();
    for name in names {
        let group = match lookup::find(engine.as_ref(), &name)? {
            None if args.if_exists => continue,
            None => engine.group(&name, false)?,
            Some(group) => group,
        };
        if scopes.is_empty() {
            lookup::is_deletable(group.as_ref())?;
        }
        groups.push(group);
    }
    if scopes.is_empty() {
        return delete_groups(args, &groups, context);
    }
    let partitions: Vec<Vec<TopicPartition>> = groups
        .iter()
        .map(|group| committed_in(group.as_ref(), &scopes))
        .collect::<Result<_>>()?;
    for (group, partitions) in groups.iter().zip(partitions) {
        delete_offsets(args, group.as_ref(), &partitions, context)?;
    }
    Ok(Outcome::Done)
}

fn delete_groups(
    args: &Args,
    groups: &[Arc<dyn GroupHandle>],
    context: &mut Context,
) -> Result<Outcome> {
    for group in groups {
        if !args.dry_run {
            group.delete()?;
        }
        if args.json {
            context.output.put_json(&Report {
                group: group.name().as_str(),
                partitions: None,
                deleted: !args.dry_run,
            })?;
        } else if args.dry_run {
            let line = format!("would delete group {}\n", group.name());
            context.output.put(line.as_bytes())?;
        }
    }
    Ok(Outcome::Done)
}

/// What the group has committed of these topics; an error where that is nothing. The topics may be gone.
fn committed_in(group: &dyn GroupHandle, scopes: &[TopicScope]) -> Result<Vec<TopicPartition>> {
    let committed = group.committed()?;
    let mut found = Vec::new();
    for scope in scopes {
        let before = found.len();
        let partitions = committed.iter().map(|(tp, _)| tp);
        found.extend(partitions.filter(|tp| scope.contains(tp)).cloned());
        if found.len() == before {
            return Err(Error::failed(format!(
                "group '{}' has committed no offset of {}",
                group.name(),
                scope.topic
            )));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn delete_offsets(
    args: &Args,
    group: &dyn GroupHandle,
    partitions: &[TopicPartition],
    context: &mut Context,
) -> Result<()> {
    if !args.dry_run {
        group.delete_offsets(partitions)?;
    }
    if args.json {
        let partitions = partitions.iter().map(|tp| Partition {
            topic: tp.topic.as_str(),
            partition: tp.partition,
        });
        return context.output.put_json(&Report {
            group: group.name().as_str(),
            partitions: Some(partitions.collect()),
            deleted: !args.dry_run,
        });
    }
    if args.dry_run {
        let names: Vec<String> = partitions.iter().map(ToString::to_string).collect();
        let line = format!(
            "would delete {} of group {}: {}\n",
            counted(names.len(), "offset"),
            group.name(),
            names.join(", ")
        );
        context.output.put(line.as_bytes())?;
    }
    Ok(())
}
