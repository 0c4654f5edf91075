//! `kafdir group evict`

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::lock_args::LockArgs;
use crate::error::Result;
use crate::group::Group;
use crate::store::{GroupName, TopicPartition};

/// Take its partitions from a member that hangs
///
/// The member's process is left alone; what it still tries to commit is refused, and when it notices it joins again or
/// ends. Whoever waits for its partitions has them at once, and reads again what the member had read since its last
/// commit. 'kafdir group describe GROUP --members' shows who made no progress since when.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The group
    #[arg(value_name = "GROUP")]
    group: String,

    /// The member's id, the CONSUMER-ID of describe
    #[arg(value_name = "MEMBER")]
    member: String,

    /// Print what was done as a JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir group describe billing --members
  kafdir group evict billing kafdir-3f0c2a9d5b7e4c6f8a1b2c3d4e5f6071
  kafdir group describe billing --json | jq -r '.members[] | select(.behind).member_id'

Exit status:
  0  the member holds nothing any more
  1  no such group, no such member, or the directory refused
  2  the command line is wrong
  4  timed out waiting for a lock
  6  damaged data

JSON:
  group, member_id  who was put out
  partitions        what it held: topic, partition";

#[derive(Serialize)]
struct Report<'a> {
    group: &'a str,
    member_id: &'a str,
    partitions: Vec<Freed<'a>>,
}

#[derive(Serialize)]
struct Freed<'a> {
    topic: &'a str,
    partition: i32,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let name = GroupName::new(&args.group)?;
    let store = context.store_for_reading(args.lock.deadline()?)?;
    let freed = Group::open(&store, &name)?.evict(&args.member)?;
    if args.json {
        let partitions = freed.iter().map(|tp| Freed {
            topic: tp.topic.as_str(),
            partition: tp.partition,
        });
        context.output.put_json(&Report {
            group: name.as_str(),
            member_id: &args.member,
            partitions: partitions.collect(),
        })?;
    } else {
        let line = format!("evicted {}, which held {}\n", args.member, words(&freed));
        context.output.put(line.as_bytes())?;
    }
    Ok(Outcome::Done)
}

fn words(partitions: &[TopicPartition]) -> String {
    if partitions.is_empty() {
        return "nothing".to_owned();
    }
    let names: Vec<String> = partitions.iter().map(ToString::to_string).collect();
    names.join(", ")
}
