//! `kafdir topic list`

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::lock_args::LockArgs;
use crate::cli::table::Table;
use crate::cli::topic::summary::{self, TopicSummary};
use crate::client::Engine;
use crate::error::Result;
use crate::store::{Topic, TopicName};

/// List the topics, one name a line
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Add columns: partitions, topic id, settings
    #[arg(short, long)]
    long: bool,

    /// Print one JSON object a line
    #[arg(long, conflicts_with = "long")]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir topic list
  for topic in $(kafdir topic list); do kafdir consume \"$topic\" > \"$topic.txt\"; done
  kafdir --log-dir /var/lib/kafka topic list --long

Exit status:
  0  done, also where there is no topic
  1  the directory does not exist or can't be read
  2  the command line is wrong
  4  timed out waiting for a lock

JSON:
  One object a topic:
  topic, id, partition_count  the topic
  config                      its settings that differ from the defaults";

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let engine = context.engine_for_reading(args.lock.deadline()?)?;
    let names = engine.topics()?;
    if args.json {
        for topic in topics(engine.as_ref(), &names) {
            context
                .output
                .put_json(&TopicSummary::new(engine.as_ref(), &topic?)?)?;
        }
    } else if args.long {
        let topics = topics(engine.as_ref(), &names).collect::<Result<Vec<Topic>>>()?;
        context
            .output
            .put(table(engine.as_ref(), &topics)?.as_bytes())?;
    } else {
        for name in names {
            context.output.put(format!("{name}\n").as_bytes())?;
        }
    }
    Ok(Outcome::Done)
}

/// The topics of these names, without those that were deleted since they were listed.
fn topics<'a>(
    engine: &'a dyn Engine,
    names: &'a [TopicName],
) -> impl Iterator<Item = Result<Topic>> + 'a {
    names
        .iter()
        .filter_map(|name| engine.find_topic(name).transpose())
}

fn table(engine: &dyn Engine, topics: &[Topic]) -> Result<String> {
    let mut table = Table::new(&["TOPIC", "PARTITIONS", "ID", "CONFIG"]);
    for topic in topics {
        table.row([
            topic.name.to_string(),
            topic.partition_count.to_string(),
            summary::id(topic).unwrap_or_else(|| "-".to_owned()),
            summary::config_words(&engine.config(topic)?),
        ]);
    }
    Ok(table.render())
}
