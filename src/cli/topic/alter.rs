//! `kafdir topic alter`

use std::sync::Arc;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::lock_args::LockArgs;
use crate::cli::topic::config;
use crate::cli::topic::summary::TopicSummary;
use crate::error::{Error, Result};
use crate::log::{LogReader, Partition, ReadBuffer};
use crate::store::{Alteration, Store, Topic, TopicName};

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
  4  timed out waiting for a lock";

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let name = TopicName::new(&args.name)?;
    let set = config::assigned(&args.config)?;
    let alteration = Alteration {
        partitions: args.partitions,
        unset: config::unset(&args.delete_config, &set)?,
        set,
    };
    if args.partitions.is_none() && args.config.is_empty() && args.delete_config.is_empty() {
        return Err(Error::usage(
            "nothing to change: none of --partitions, --config and --delete-config is given",
        ));
    }
    let store = context.store_for_reading(args.lock.deadline()?)?;
    let before = store.topic(&name)?;
    let topic = store.alter_topic(&name, &alteration)?;
    if topic.partition_count > before.partition_count && holds_keys(&store, &before) {
        context.note(&format!(
            "topic '{name}' holds records with keys: most keys land in another of its {} partitions from now on",
            topic.partition_count
        ));
    }
    if args.json {
        context.output.put_json(&TopicSummary::new(&topic))?;
    }
    Ok(Outcome::Done)
}

/// Whether a partition's first batch or its last has records with keys. Whether any has would take reading it all;
/// and what can't be read has no say in a note.
fn holds_keys(store: &Arc<Store>, topic: &Topic) -> bool {
    topic.partition_numbers().any(|number| {
        Partition::open(store, topic, number).is_ok_and(|partition| {
            let partition = Arc::new(partition);
            let start = partition.start();
            let last = partition.end().map(|end| end.offset - 1);
            [start, last]
                .into_iter()
                .flatten()
                .any(|offset| has_key(&partition, offset).unwrap_or(false))
        })
    })
}

/// Whether the batch at `offset` has a record with a key; no more than so many records are looked at.
fn has_key(partition: &Arc<Partition>, offset: i64) -> Result<bool> {
    let mut buffer = ReadBuffer::default();
    let mut reader = LogReader::new(Arc::clone(partition), offset);
    let Some(header) = reader.next(&mut buffer)? else {
        return Ok(false);
    };
    // A control record's key is Kafka's own.
    let Some(batch) = reader
        .take(&buffer)
        .filter(|_| !header.attributes.is_control())
    else {
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
