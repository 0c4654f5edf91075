//! `kafdir consume`: records of topics on standard output.

mod command;
mod form;
mod group;
mod plan;
mod run;
mod wait;
mod wanted;

use std::ffi::OsString;

use clap::ValueEnum;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::error::Result;
use crate::log::Isolation;
use crate::store::now_ms;
use group::{CommandArgs, GroupArgs};

/// Print the records of topics
///
/// Reads from the beginning to the end as it is at the start, then exits, like cat; with --follow it goes on, like
/// tail -f. Within a partition the order is exact.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topics; TOPIC:0,2 is only these partitions of one
    #[arg(value_name = "TOPIC", required_unless_present = "command")]
    topics: Vec<String>,

    #[command(flatten, next_help_heading = "Group options")]
    group: GroupArgs,

    #[command(flatten, next_help_heading = "Command options")]
    command: CommandArgs,

    #[command(flatten, next_help_heading = "Selection options")]
    selection: SelectionArgs,

    #[command(flatten, next_help_heading = "Ending options")]
    ending: EndingArgs,

    #[command(flatten, next_help_heading = "Output options")]
    output: OutputArgs,
}

/// Which records.
#[derive(Debug, clap::Args)]
struct SelectionArgs {
    /// Only these partitions of each topic, such as 0 or 0,2
    #[arg(short, long, value_name = "LIST")]
    partition: Option<String>,

    /// Where to start, or a range FROM:TO without TO itself: start, end, N, -N (before the end), +N (after the start),
    /// @TIME
    ///
    /// A TIME is in seconds (10 or 11 digits) or ms since 1970, RFC 3339, YYYY-MM-DD[THH:MM:SS] in $TZ, or an age such
    /// as 1h or 7d; each TIME in a range has its own '@'.
    #[arg(
        short,
        long,
        value_name = "POSITION|FROM:TO",
        allow_hyphen_values = true,
        conflicts_with_all = ["from", "to", "from_beginning"]
    )]
    offset: Option<String>,

    /// Where to start
    #[arg(
        long,
        value_name = "POSITION",
        allow_hyphen_values = true,
        conflicts_with = "from_beginning"
    )]
    from: Option<String>,

    /// Where to stop: the first position that is not read any more
    #[arg(long, value_name = "POSITION", allow_hyphen_values = true)]
    to: Option<String>,

    /// Start at the beginning, which is what happens anyway
    #[arg(long, hide = true)]
    from_beginning: bool,

    /// Which records of transactions to show: of committed ones, or of all
    #[arg(
        long,
        value_name = "LEVEL",
        value_enum,
        default_value = "read_committed"
    )]
    isolation_level: IsolationLevel,
}

/// When to end.
#[derive(Debug, clap::Args)]
struct EndingArgs {
    /// Go on after the end, and print what comes as it comes
    #[arg(short, long)]
    follow: bool,

    /// End after N records
    #[arg(short = 'n', long, value_name = "N")]
    max_messages: Option<u64>,

    /// Go on after the end until nothing came for DURATION ("500ms", "10s")
    #[arg(long, value_name = "DURATION")]
    idle_timeout: Option<String>,

    /// The same in ms, by the name that Kafka's console consumer has for it
    #[arg(long, value_name = "MS", hide = true, conflicts_with = "idle_timeout")]
    timeout_ms: Option<u64>,

    /// End after DURATION in any case: with exit code 4 if the end or -n asked for was not reached
    #[arg(long, value_name = "DURATION")]
    timeout: Option<String>,

    /// Exit with 3 if there was no record
    #[arg(long)]
    fail_if_empty: bool,

    /// Wait for a topic that does not exist yet
    #[arg(long, requires = "follow")]
    wait_topic: bool,
}

/// From records to bytes.
#[derive(Debug, clap::Args)]
struct OutputArgs {
    /// lines, json, or a string with %-tokens
    ///
    /// Tokens: %s value, %S its length, %R its length as 4 bytes, %k key, %K its length, %T timestamp in ms, %h headers,
    /// %t topic, %p partition, %o offset, %% a percent sign; escapes: \n \r \t \0 \\ \xHH. Nothing is added at the end.
    #[arg(short = 'F', long, value_name = "FORM", allow_hyphen_values = true)]
    format: Option<String>,

    /// The same as --format json: a record a line, lossless, and what 'produce --json' takes back
    #[arg(long, conflicts_with_all = ["format", "key_separator", "delimiter", "null", "null_marker"])]
    json: bool,

    /// What ends a record: one or more bytes, with the escapes \n \t \r \0 \\ \xHH; may be empty [default: \n]
    #[arg(short = 'D', long, value_name = "STR", allow_hyphen_values = true)]
    delimiter: Option<String>,

    /// The same as --delimiter '\0', for xargs -0 and sort -z
    #[arg(short = '0', long, conflicts_with = "delimiter")]
    null: bool,

    /// Print the key and SEP before each value
    #[arg(short = 'K', long, value_name = "SEP", allow_hyphen_values = true)]
    key_separator: Option<String>,

    /// Print STR for a key or value that is null [default: nothing]
    #[arg(long, value_name = "STR", allow_hyphen_values = true)]
    null_marker: Option<OsString>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum IsolationLevel {
    ReadCommitted,
    ReadUncommitted,
}

impl From<IsolationLevel> for Isolation {
    fn from(level: IsolationLevel) -> Self {
        match level {
            IsolationLevel::ReadCommitted => Self::ReadCommitted,
            IsolationLevel::ReadUncommitted => Self::ReadUncommitted,
        }
    }
}

const AFTER_HELP: &str = "\
Examples:
  kafdir consume orders
  kafdir consume orders --follow --offset end
  kafdir consume orders -n 1 --offset -1
  kafdir consume access --offset @2026-01-01:@2026-01-02
  kafdir consume orders:0,2 invoices --key-separator ': '
  kafdir consume orders --json | jq -r .value
  kafdir consume pictures --null | xargs -0 ls -l
  kafdir consume orders --format '%T %p %o %k %s\\n'

Exit status:
  0  done; a closed standard output ends the command quietly
  1  failed, an unknown topic included
  2  the command line is wrong
  3  there was no record, with --fail-if-empty
  4  --timeout was over before the end or -n was reached
  6  damaged data; what came before it was printed";

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    match &args.group.group {
        Some(group) => group::run(group::GroupPlan::new(args, group, now_ms())?, context),
        None => run::run(plan::ConsumePlan::new(args, now_ms())?, context),
    }
}
