//! `kafdir topic alter`

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::lock_args::LockArgs;
use crate::cli::topic::config;
use crate::cli::topic::summary::TopicSummary;
use crate::error::Result;
use crate::store::{Alteration, TopicName};

/// Change a topic's settings, or give it more partitions
///
/// Running producers and consumers notice. Partitions can only be added: where records have keys, most keys land in
/// another partition from then on.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
#[group(id = "change", required = true, multiple = true, args = ["partitions", "config", "delete_config"])]
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
    let store = context.store_for_reading(args.lock.deadline()?)?;
    let topic = store.alter_topic(&name, &alteration)?;
    if args.json {
        context.output.put_json(&TopicSummary::new(&topic))?;
    }
    Ok(Outcome::Done)
}
