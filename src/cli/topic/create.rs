//! `kafdir topic create`

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::lock_args::LockArgs;
use crate::cli::topic::config;
use crate::cli::topic::summary::TopicSummary;
use crate::client::NewTopic;
use crate::count::counted;
use crate::error::Result;
use crate::store::{Creation, Topic, TopicName};

/// Create a topic
///
/// A topic is a named set of partitions; records within a partition keep their order. 'kafdir produce' creates
/// what is missing by itself, with one partition; this command is for more partitions and other settings.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topic's name: letters, digits, '.', '_' and '-', at most 249 of them
    #[arg(value_name = "NAME")]
    name: String,

    /// How many partitions it gets [default: num.partitions of server.properties, else 1]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=100_000))]
    partitions: Option<i32>,

    /// How many brokers of a cluster hold each partition [default: as the cluster says]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=1000))]
    replication_factor: Option<i32>,

    /// A setting by Kafka's name, such as retention.ms=86400000 (can be repeated)
    #[arg(long, value_name = "KEY=VALUE")]
    config: Vec<String>,

    /// Succeed without a change where the topic exists; that it has another number of partitions is said on stderr
    #[arg(long)]
    if_not_exists: bool,

    /// Print what was done as a JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir topic create orders --partitions 4
  kafdir topic create audit --config retention.ms=604800000 --config segment.bytes=67108864
  kafdir topic create events --config compression.type=zstd --if-not-exists

Exit status:
  0  the topic exists and is on disk
  1  it exists already (without --if-not-exists), or collides with another by '.' and '_', or the directory refused
  2  the name, the number or a setting is wrong
  4  timed out waiting for a lock

JSON:
  topic, id, partition_count  the topic
  config                      its settings that differ from the defaults
  created                     false where it was there already (--if-not-exists)";

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let name = TopicName::new(&args.name)?;
    let config = config::assigned(&args.config)?;
    context.check_config(&config, &[])?;
    context.check_replication(args.replication_factor)?;
    let engine = context.engine_for_writing(args.lock.timeout()?)?;
    let topic = NewTopic {
        name,
        partitions: args.partitions,
        replication_factor: args.replication_factor,
        config,
    };
    let creation = engine.create_topic(&topic, args.if_not_exists)?;
    if creation == Creation::Existed {
        tell_difference(args, &engine.topic(&topic.name)?, context);
    }
    if args.json {
        context.output.put_json(&Report {
            topic: TopicSummary::new(engine.as_ref(), &engine.topic(&topic.name)?)?,
            created: creation == Creation::Created,
        })?;
    }
    Ok(Outcome::Done)
}

/// Says that a topic which was there has another number of partitions than was asked for.
fn tell_difference(args: &Args, found: &Topic, context: &Context) {
    let (name, count) = (&found.name, found.partition_count);
    let Some(wanted) = args.partitions.filter(|wanted| *wanted != count) else {
        return;
    };
    let what_to_do = if wanted > count {
        format!("'kafdir topic alter {name} --partitions {wanted}' adds those that are missing")
    } else {
        "it stays so: partitions only grow".to_owned()
    };
    context.note(&format!(
        "topic '{name}' was there, with {} instead of {wanted}; {what_to_do}",
        counted(count, "partition")
    ));
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    topic: TopicSummary,
    created: bool,
}
