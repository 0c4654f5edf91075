//! `kafdir topic describe`

use serde::Serialize;
use serde_json::{Map, Value};

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::lock_args::LockArgs;
use crate::cli::table::Table;
use crate::cli::topic::summary;
use crate::client::{Engine, PartitionDescription, TopicConfig};
use crate::count::counted;
use crate::error::Result;
use crate::store::{Topic, TopicName};

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
  6  damaged data

JSON:
  topic, id   the topic
  config      its settings that differ from the defaults
  partitions  of each:
    partition                         its number
    log_start_offset, log_end_offset  the first offset that can be read; the one that the next record gets
    last_stable_offset                the first offset of the oldest open transaction, else the end
    segments, bytes                   how many segments it has, and their bytes (not of a cluster)
    leader, replicas, isr             the ids of brokers (of a cluster)";

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let names: Vec<TopicName> = args
        .names
        .iter()
        .map(|name| TopicName::new(name))
        .collect::<Result<_>>()?;
    let engine = context.engine_for_reading(args.lock.deadline()?)?;
    for (number, topic) in topics(engine.as_ref(), &names)?.iter().enumerate() {
        let description = Description::of(engine.as_ref(), topic)?;
        if args.json {
            context.output.put_json(&description)?;
        } else {
            let blank = if number == 0 { "" } else { "\n" };
            let text = format!("{blank}{}", description.text());
            context.output.put(text.as_bytes())?;
        }
    }
    Ok(Outcome::Done)
}

/// The topics of these names, or all there are. An unknown one is found out before the first is shown.
fn topics(engine: &dyn Engine, names: &[TopicName]) -> Result<Vec<Topic>> {
    if names.is_empty() {
        let names = engine.topics()?;
        return names
            .iter()
            .filter_map(|name| engine.find_topic(name).transpose())
            .collect();
    }
    names.iter().map(|name| engine.topic(name)).collect()
}

/// What there is to say of a topic.
#[derive(Debug, Serialize)]
struct Description {
    topic: String,
    id: Option<String>,
    partitions: Vec<PartitionDescription>,
    config: Map<String, Value>,
    #[serde(skip)]
    words: String,
}

impl Description {
    fn of(engine: &dyn Engine, topic: &Topic) -> Result<Self> {
        let config: TopicConfig = engine.config(topic)?;
        Ok(Self {
            topic: topic.name.to_string(),
            id: summary::id(topic),
            partitions: engine.describe(topic)?,
            words: summary::config_words(&config),
            config: summary::config(&config),
        })
    }

    fn text(&self) -> String {
        let mut heading = vec![
            format!("topic {}", self.topic),
            counted(self.partitions.len(), "partition"),
        ];
        heading.extend(self.id.as_ref().map(|id| format!("id {id}")));
        heading.extend((!self.words.is_empty()).then(|| self.words.clone()));
        let mut columns = vec![
            "PARTITION",
            "LOG-START-OFFSET",
            "LOG-END-OFFSET",
            "LAST-STABLE-OFFSET",
        ];
        let partitions = &self.partitions;
        if partitions.iter().any(|partition| partition.files.is_some()) {
            columns.extend(["SEGMENTS", "BYTES"]);
        }
        if partitions
            .iter()
            .any(|partition| partition.brokers.is_some())
        {
            columns.extend(["LEADER", "REPLICAS", "ISR"]);
        }
        let mut table = Table::new(&columns);
        for partition in partitions {
            table.row(cells(partition));
        }
        heading.join(", ") + "\n" + &table.render()
    }
}

fn cells(partition: &PartitionDescription) -> Vec<String> {
    let mut cells = vec![
        partition.partition.to_string(),
        partition.log_start_offset.to_string(),
        partition.log_end_offset.to_string(),
        partition.last_stable_offset.to_string(),
    ];
    if let Some(files) = &partition.files {
        cells.extend([files.segments.to_string(), files.bytes.to_string()]);
    }
    if let Some(brokers) = &partition.brokers {
        let leader = match brokers.leader {
            -1 => "-".to_owned(),
            leader => leader.to_string(),
        };
        cells.extend([leader, ids(&brokers.replicas), ids(&brokers.isr)]);
    }
    cells
}

fn ids(brokers: &[i32]) -> String {
    let ids: Vec<String> = brokers.iter().map(ToString::to_string).collect();
    ids.join(",")
}
