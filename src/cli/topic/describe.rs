//! `kafdir topic describe`

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::cli::context::Context;
use crate::cli::count::counted;
use crate::cli::exit::Outcome;
use crate::cli::lock_args::LockArgs;
use crate::cli::table::Table;
use crate::cli::topic::summary;
use crate::error::Result;
use crate::log::Partition;
use crate::store::{Store, Topic, TopicName};

/// Show partitions, offsets, sizes and settings of topics
///
/// Without NAME all topics are shown.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topics
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// Print one JSON object a topic, each on a line
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir topic describe orders
  kafdir topic describe orders --json | jq '.partitions[].log_end_offset'
  kafdir topic describe --json | jq -r 'select(.config[\"cleanup.policy\"] == \"compact\").topic'

Exit status:
  0  done
  1  no such topic, or the directory can't be read
  2  the command line is wrong
  4  timed out waiting for a lock
  6  damaged data";

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let names: Vec<TopicName> = args
        .names
        .iter()
        .map(|name| TopicName::new(name))
        .collect::<Result<_>>()?;
    let store = context.store_for_reading(args.lock.deadline()?)?;
    for (number, topic) in topics(&store, &names)?.iter().enumerate() {
        let description = Description::of(&store, topic)?;
        if args.json {
            context.output.put_json(&description)?;
        } else {
            let blank = if number == 0 { "" } else { "\n" };
            let text = format!("{blank}{}", description.text(topic));
            context.output.put(text.as_bytes())?;
        }
    }
    Ok(Outcome::Done)
}

/// The topics of these names, or all there are. An unknown one is found out before the first is shown.
fn topics(store: &Store, names: &[TopicName]) -> Result<Vec<Topic>> {
    if names.is_empty() {
        let names = store.topics()?;
        return names
            .iter()
            .filter_map(|name| store.find_topic(name).transpose())
            .collect();
    }
    names.iter().map(|name| store.topic(name)).collect()
}

/// What there is to say of a topic.
#[derive(Debug, Serialize)]
struct Description {
    topic: String,
    id: Option<String>,
    partitions: Vec<PartitionDescription>,
    config: Map<String, Value>,
}

#[derive(Debug, Serialize)]
struct PartitionDescription {
    partition: i32,
    log_start_offset: i64,
    log_end_offset: i64,
    last_stable_offset: i64,
    segments: usize,
    bytes: u64,
}

impl Description {
    fn of(store: &Arc<Store>, topic: &Topic) -> Result<Self> {
        let partitions = topic
            .partition_numbers()
            .map(|number| PartitionDescription::of(&Partition::open(store, topic, number)?));
        Ok(Self {
            topic: topic.name.to_string(),
            id: summary::id(topic),
            partitions: partitions.collect::<Result<_>>()?,
            config: summary::config(&topic.own_settings),
        })
    }

    fn text(&self, topic: &Topic) -> String {
        let mut heading = vec![
            format!("topic {}", self.topic),
            counted(topic.partition_count.unsigned_abs().into(), "partition"),
        ];
        heading.extend(self.id.as_ref().map(|id| format!("id {id}")));
        heading.extend(
            Some(summary::config_words(&topic.own_settings)).filter(|words| !words.is_empty()),
        );
        let mut table = Table::new(&[
            "PARTITION",
            "LOG-START-OFFSET",
            "LOG-END-OFFSET",
            "LAST-STABLE-OFFSET",
            "SEGMENTS",
            "BYTES",
        ]);
        for partition in &self.partitions {
            table.row(partition.cells());
        }
        heading.join(", ") + "\n" + &table.render()
    }
}

impl PartitionDescription {
    fn of(partition: &Partition) -> Result<Self> {
        // The end last: what is appended meanwhile must not make it lie below the others.
        let log_start_offset = partition.start()?;
        let segments = partition.segments()?.len();
        let bytes = partition.bytes()?;
        let end = partition.end()?;
        Ok(Self {
            partition: partition.name().partition,
            log_start_offset,
            log_end_offset: end.offset,
            last_stable_offset: partition.last_stable_offset(&end)?,
            segments,
            bytes,
        })
    }

    fn cells(&self) -> [String; 6] {
        [
            self.partition.to_string(),
            self.log_start_offset.to_string(),
            self.log_end_offset.to_string(),
            self.last_stable_offset.to_string(),
            self.segments.to_string(),
            self.bytes.to_string(),
        ]
    }
}
