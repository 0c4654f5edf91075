//! `kafdir wait topic`

use serde::Serialize;

use super::count::{Count, Counted};
use super::limit::{LimitArgs, timed_out};
use super::outage::Outage;
use crate::cli::consume::IsolationLevel;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::flag;
use crate::count::counted;
use crate::error::Result;
use crate::store::{TopicName, now_ms};
use crate::text::Filters;

/// Wait until a topic has so many records
///
/// The records are counted from the log start of each partition, or from POSITION, as 'kafdir consume' would print
/// them. Those that retention deletes meanwhile stay counted.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topic; one that does not exist yet is waited for
    #[arg(value_name = "TOPIC")]
    name: String,

    /// How many records, or more
    #[arg(short = 'n', long, value_name = "N", required = true)]
    records: u64,

    /// Count from here on in each partition: end (what comes from now on), N, -N, +N, @TIME [default: start]
    #[arg(short, long, value_name = "POSITION", allow_hyphen_values = true)]
    offset: Option<String>,

    /// Count only records that EXPR holds for, as 'kafdir consume --filter' (can be repeated: all have to hold)
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
    filter: Vec<String>,

    /// Which records of transactions to count: of committed ones, or of all
    #[arg(
        long,
        value_name = "LEVEL",
        value_enum,
        default_value = "read_committed"
    )]
    isolation_level: IsolationLevel,

    #[command(flatten)]
    limit: LimitArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir wait topic orders --records 100 --timeout 30s
  kafdir wait topic results --records 1 --filter key=42 --timeout 10s && kafdir get results 42
  kafdir wait topic alerts --records 1 --offset end

Exit status:
  0  the topic has the records
  1  failed; with --must-exist also: there is no such topic
  2  the command line is wrong
  4  the time is over, and it has fewer
  6  damaged data

JSON:
  topic    its name
  records  how many it has; null where there is no topic
  wanted   how many were waited for
  held     whether it has them";

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let wanted = args.records;
    let mut count = Count::new(Counted {
        topic: TopicName::new(&args.name)?,
        from: flag::position("--offset", args.offset.as_deref(), now_ms())?,
        isolation: args.isolation_level.into(),
        filters: Filters::parse(args.filter.iter().map(String::as_str))
            .map_err(|error| error.within("--filter"))?,
    });
    let limit = args.limit.limit()?;
    let mut outage = Outage::default();
    let held = loop {
        let looked = count.look(wanted, &limit, context);
        outage.outlast(looked, |said| context.note(said))?;
        if count.records().is_some_and(|records| records >= wanted) {
            break true;
        }
        if !limit.pause(count.fd(), count.patience())? {
            break false;
        }
    };
    let report = &Report {
        topic: &args.name,
        records: count.records(),
        wanted,
        held,
    };
    let told = args.limit.tell(&report, context);
    if held {
        return told.map(|()| Outcome::Done);
    }
    // Whether or not anybody reads the report.
    Err(timed_out(match count.records() {
        Some(records) => format!(
            "topic {} has {records} of {}",
            args.name,
            counted(wanted, "record")
        ),
        None => format!("there is no topic {} yet", args.name),
    }))
}

#[derive(Serialize)]
struct Report<'a> {
    topic: &'a str,
    /// Null where there is no such topic.
    records: Option<u64>,
    wanted: u64,
    held: bool,
}
