//! `kafdir group commit`

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::group::{lookup, scope};
use crate::cli::lock_args::LockArgs;
use crate::client::Engine;
use crate::error::{Error, Result};
use crate::group::NewOffset;
use crate::store::{GroupName, TopicName, TopicPartition};

/// Commit offsets for a group by hand
///
/// For scripts that read with 'kafdir consume TOPIC --offset' and keep track in a group. OFFSET is that of the next
/// record to be read. A group that does not exist is made. It must have no running member: members commit themselves.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The group
    #[arg(value_name = "GROUP")]
    group: String,

    /// What to commit: topic, partition and offset
    #[arg(value_name = "TOPIC:P=OFFSET", required = true)]
    offsets: Vec<String>,

    /// Print one JSON object a partition
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir group commit billing orders:0=1200 orders:1=980
  kafdir group describe billing --json | jq '.partitions[].current_offset'

Exit status:
  0  the offsets are committed and on disk
  1  no such topic or partition, its log ends before the offset, the group has members, or the directory refused
  2  the command line is wrong
  4  timed out waiting for a lock
  6  damaged data

JSON:
  One object a partition:
  group, topic, partition  which one
  previous_offset          what was committed; null for nothing
  new_offset               what is committed now";

#[derive(Serialize)]
struct Report<'a> {
    group: &'a str,
    topic: &'a str,
    partition: i32,
    previous_offset: Option<i64>,
    new_offset: i64,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let name = GroupName::new(&args.group)?;
    let offsets = offsets(&args.offsets)?;
    let engine = context.engine_for_reading(args.lock.deadline()?)?;
    for (tp, offset) in &offsets {
        check(engine.as_ref(), tp, *offset)?;
    }
    let is_new = lookup::find(engine.as_ref(), &name)?.is_none();
    let group = engine.group(&name, true)?;
    let committed = group.committed()?;
    let new: Vec<NewOffset> = offsets
        .iter()
        .map(|(tp, offset)| NewOffset {
            partition: tp.clone(),
            offset: *offset,
        })
        .collect();
    group.set_offsets(&new)?;
    if is_new {
        context.note(&format!("created group {name}"));
    }
    if !args.json {
        return Ok(Outcome::Done);
    }
    for (tp, new_offset) in &offsets {
        context.output.put_json(&Report {
            group: name.as_str(),
            topic: tp.topic.as_str(),
            partition: tp.partition,
            previous_offset: committed.get(tp).map(|found| found.offset),
            new_offset: *new_offset,
        })?;
    }
    Ok(Outcome::Done)
}

fn offsets(texts: &[String]) -> Result<BTreeMap<TopicPartition, i64>> {
    let mut offsets = BTreeMap::new();
    for text in texts {
        let (tp, offset) = parse(text)?;
        if offsets.insert(tp.clone(), offset).is_some() {
            return Err(Error::usage(format!("partition {tp} is given twice")));
        }
    }
    Ok(offsets)
}

fn parse(text: &str) -> Result<(TopicPartition, i64)> {
    let refused = || {
        Error::usage(format!("{text:?} is no TOPIC:P=OFFSET"))
            .help("orders:0=1200 says that the next record of partition 0 to be read is 1200")
    };
    let (partition, offset) = text.split_once('=').ok_or_else(refused)?;
    let (topic, number) = partition.split_once(':').ok_or_else(refused)?;
    let topic = TopicName::new(topic)?;
    let number = scope::number(number).ok_or_else(refused)?;
    let offset = offset.parse().ok().filter(|offset| *offset >= 0);
    Ok((
        TopicPartition::new(topic, number),
        offset.ok_or_else(refused)?,
    ))
}

/// An offset that the log does not reach would stop the group until it is reset.
fn check(engine: &dyn Engine, tp: &TopicPartition, offset: i64) -> Result<()> {
    let topic = engine.topic(&tp.topic)?;
    topic.partition(tp.partition)?;
    let end = engine.partition(&topic, tp.partition)?.end()?;
    if offset > end {
        return Err(Error::failed(format!(
            "{tp} ends at offset {end}, before {offset}"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn topic_partition_and_offset() {
        let (tp, offset) = parse("orders:2=17").unwrap();
        assert_eq!((tp.to_string().as_str(), offset), ("orders-2", 17));
        for text in [
            "",
            "orders",
            "orders=1",
            "orders:0",
            "orders:x=1",
            "orders:0=",
            "orders:0=-1",
            "a/b:0=1",
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Usage, "{text}");
        }
        let twice = ["a:0=1".to_owned(), "a:0=2".to_owned()];
        let error = offsets(&twice).unwrap_err().to_string();
        assert_eq!(error, "partition a-0 is given twice");
    }
}
