//! `kafdir topic alter`

use std::sync::Arc;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::lock_args::LockArgs;
use crate::cli::topic::config;
use crate::cli::topic::summary::TopicSummary;
use crate::client::{Assignment, Consumer, Engine, PartitionLog, Polled, TopicChange};
use crate::error::{Error, Result};
use crate::log::Isolation;
use crate::store::{Topic, TopicName};

/// Change a topic's settings, or give it more partitions
///
/// Running producers and consumers notice. Partitions can only be added: where records have keys, most keys land in
/// another partition from then on.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topic
    #[arg(value_name = "NAME")]
    name: String,

    /// How many partitions it has from now on, in all
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=100_000))]
    partitions: Option<i32>,

    /// Set a setting by Kafka's name, such as retention.ms=86400000 (can be repeated)
    #[arg(long, value_name = "KEY=VALUE")]
    config: Vec<String>,

    /// Take a setting back to its default (can be repeated)
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    delete_config: Vec<String>,

    /// Print what was done as a JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

/// Records of a batch in which a key is looked for.
const LOOKED_AT: usize = 1000;

const AFTER_HELP: &str = "\
Examples:
  kafdir topic alter orders --partitions 8
  kafdir topic alter orders --config retention.ms=86400000
  kafdir topic alter orders --delete-config retention.ms

Exit status:
  0  the change is on disk
  1  no such topic, or fewer partitions than it has, or the directory refused
  2  the number or a setting is wrong
  4  timed out waiting for a lock

JSON:
  topic, id, partition_count  the topic, as it is now
  config                      its settings that differ from the defaults";

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let name = TopicName::new(&args.name)?;
    let set = config::assigned(&args.config)?;
    config::check_unset(&args.delete_config, &set)?;
    context.check_config(&set, &args.delete_config)?;
    let change = TopicChange {
        partitions: args.partitions,
        unset: args.delete_config.clone(),
        set,
    };
    if args.partitions.is_none() && args.config.is_empty() && args.delete_config.is_empty() {
        return Err(Error::usage(
            "nothing to change: none of --partitions, --config and --delete-config is given",
        ));
    }
    let engine = context.engine_for_reading(args.lock.deadline()?)?;
    let before = engine.topic(&name)?;
    let topic = engine.alter_topic(&name, &change)?;
    if topic.partition_count > before.partition_count && holds_keys(engine.as_ref(), &before) {
        context.note(&format!(
            "topic '{name}' holds records with keys: most keys land in another of its {} partitions from now on",
            topic.partition_count
        ));
    }
    if args.json {
        context
            .output
            .put_json(&TopicSummary::new(engine.as_ref(), &topic)?)?;
    }
    Ok(Outcome::Done)
}

/// Whether a partition's first batch or its last has records with keys. Whether any has would take reading it all;
/// and what can't be read has no say in a note.
fn holds_keys(engine: &dyn Engine, topic: &Topic) -> bool {
    topic.partition_numbers().any(|number| {
        engine.partition(topic, number).is_ok_and(|partition| {
            let start = partition.start();
            let last = partition.end().map(|end| end - 1);
            [start, last]
                .into_iter()
                .flatten()
                .any(|offset| has_key(&partition, offset).unwrap_or(false))
        })
    })
}

/// Whether the batch at `offset` has a record with a key; no more than so many records are looked at.
fn has_key(partition: &Arc<dyn PartitionLog>, offset: i64) -> Result<bool> {
    let assignment = Assignment {
        partition: Arc::clone(partition),
        from: offset,
        to: Some(partition.end()?),
    };
    let mut consumer = Consumer::new(vec![assignment], Isolation::ReadUncommitted, false);
    let Polled::Batch { batch, .. } = consumer.poll_to_end()? else {
        return Ok(false);
    };
    let mut records = batch.records()?;
    for _ in 0..LOOKED_AT {
        match records.next().map_err(|fault| batch.damaged(&fault))? {
            Some(record) if record.key.is_some() => return Ok(true),
            Some(_) => {}
            None => break,
        }
    }
    Ok(false)
}
