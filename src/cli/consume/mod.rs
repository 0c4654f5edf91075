//! `kafdir consume`: records of topics on standard output.

mod assignment;
mod by_time;
mod command;
mod group;
mod plan;
mod run;
pub(in crate::cli) mod wait;
mod wanted;

use clap::ValueEnum;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::form::OutputArgs;
use crate::error::{Error, Result};
use crate::log::Isolation;
use crate::store::now_ms;
use group::{CommandArgs, GroupArgs};

pub(crate) use run::tell_held_back;

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
    ///
    /// A TIME that no record has reached yet is waited for with --follow.
    #[arg(long, value_name = "POSITION", allow_hyphen_values = true)]
    to: Option<String>,

    /// Start at the beginning, which is what happens anyway
    #[arg(long, hide = true)]
    from_beginning: bool,

    /// Only records that EXPR holds for (can be repeated: all have to hold): key=TEXT, value*=TEXT (contains),
    /// value~REGEX, header:NAME=TEXT; a field alone: not null; '!' before it: all others
    ///
    /// FIELD=TEXT is exactly TEXT, FIELD*=TEXT contains it, FIELD~REGEX matches somewhere in it; FIELD is key, value or
    /// header:NAME. A field alone is one that is not null, of headers one that is there. A null is neither equal to
    /// anything nor contains it. What is left out is not counted by -n, and counts as handed over in a group.
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
    filter: Vec<String>,

    /// Print partition by partition, or all in the order of their timestamps; -o -N is then the last N of all
    #[arg(
        long,
        value_name = "ORDER",
        value_enum,
        conflicts_with_all = ["follow", "idle_timeout", "timeout_ms", "group"]
    )]
    order: Option<Order>,

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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum IsolationLevel {
    ReadCommitted,
    ReadUncommitted,
}

/// In which order partitions are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Order {
    /// Each partition's exactly, one partition and then another; the default
    Partition,
    /// By timestamp, as far as each partition's own order allows
    Time,
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
  kafdir consume access errors --order time --offset -20
  kafdir consume orders --filter 'key=alice' --filter '!header:test'
  kafdir consume orders:0,2 invoices --key-separator ': '
  kafdir consume orders --json | jq -r .value
  kafdir consume orders --format csv --columns id,customer,total
  kafdir consume pictures --null | xargs -0 ls -l
  kafdir consume orders --format '%T %p %o %k %s\\n'
  kafdir consume orders -g billing | ./bill
  kafdir consume orders -g billing -- ./bill
  kafdir consume orders -g billing -f -P 4 --max-attempts 3 --dead-letter orders.dlq -- ./bill
  kafdir consume orders -g nightly --exclusive --batch 0 --fail-if-empty -- ./load

Environment of COMMAND:
  KAFDIR or KAFDIR_BOOTSTRAP_SERVER         the store that its records come from
  KAFDIR_COMMAND_CONFIG                     the file of --command-config, if there is one
  KAFDIR_GROUP                              the group
  KAFDIR_TOPIC, KAFDIR_PARTITION            where its records come from
  KAFDIR_FIRST_OFFSET, KAFDIR_LAST_OFFSET   the offsets of the first and the last of them
  KAFDIR_COUNT                              how many they are
  KAFDIR_ATTEMPT                            1 for the first run with them, 2 for the second, ...
  With --each also:
  KAFDIR_OFFSET, KAFDIR_TIMESTAMP           of the record; in ms since 1970, -1 for none
  KAFDIR_KEY                                its key; unset if it is null
  KAFDIR_HEADER_NAME                        the header name, with A to Z, 0 to 9 and _ only; the last one of several
  KAFDIR_OMITTED                            which of these are unset for holding a NUL, or for being too long

Exit status of COMMAND:
  0         its records are processed: they are committed, whether it read all of them or not
  75        not now (EX_TEMPFAIL): tried again as --max-attempts says, and never moved to the dead letters; so is what is
            ended by SIGHUP, SIGINT, SIGTERM or SIGPIPE, or exits with 128 and the number of one of them
  126, 127  it can't be run: not tried again, and nothing is moved
  others    its records failed

Exit status:
  0  done; also once the reader of standard output has gone
  1  failed, an unknown topic included
  2  the command line is wrong
  3  there was no record, with --fail-if-empty
  4  --timeout was over before the end or -n was reached
  5  COMMAND failed; the group stands right before the records that it failed on
  6  damaged data; what came before it was printed

JSON:
  One object a record:
  topic, partition, offset   where it is
  timestamp, timestamp_type  in ms since 1970, -1 for none; CreateTime or LogAppendTime
  key, value                 text, or null; key_base64 and value_base64 in their place where it is not UTF-8
  headers                    pairs of a name and a value: text, null, or an object with base64";

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    // `-- $HANDLER` with the variable unset must not count as done what nobody handled.
    if context.lacks_command {
        return Err(Error::usage("no COMMAND stands behind --")
            .help("name one, or leave -- out to have the records printed"));
    }
    match &args.group.group {
        Some(group) => group::run(group::GroupPlan::new(args, group, now_ms())?, context),
        None => run::run(plan::ConsumePlan::new(args, now_ms())?, context),
    }
}
