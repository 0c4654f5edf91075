//! `kafdir produce`: records from lines, JSON or a key on the command line into a topic.

mod feed;
mod forms;
mod options;
mod plan;
mod report;
mod resume;
mod run;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::cli::context::Context;
use crate::cli::csv_flags::CsvArgs;
use crate::cli::exit::Outcome;
use crate::error::Result;
use crate::record::Compression;
use crate::store::now_ms;

/// Store records in a topic
///
/// Each line of the FILEs, or of standard input, becomes a record. Exit code 0 means that all of them are on disk.
/// A topic that does not exist is created, with a note on stderr. Whatever input is there goes out at once, so a slow
/// pipe's lines can be consumed as they come, and a fast one's travel in large batches.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topic
    #[arg(value_name = "TOPIC")]
    topic: String,

    /// Files to read, in this order; '-' is standard input [default: -]
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    files: Vec<PathBuf>,

    #[command(flatten, next_help_heading = "Input options")]
    input: InputArgs,

    #[command(flatten, next_help_heading = "Record options")]
    record: RecordArgs,

    #[command(flatten, next_help_heading = "Storing options")]
    storing: StoringArgs,

    #[command(flatten, next_help_heading = "Import options")]
    import: ImportArgs,

    #[command(flatten, next_help_heading = "Report options")]
    report: ReportArgs,
}

/// From bytes to records.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own, and no two of them make a state"
)]
struct InputArgs {
    /// What the input is [default: lines]
    #[arg(short, long, value_name = "FORM", value_enum)]
    input: Option<InputForm>,

    /// The same as --input json: one record of 'consume --json' a line, lossless
    #[arg(long, conflicts_with_all = ["input", "key_separator", "delimiter", "null", "null_marker", "escape"])]
    json: bool,

    /// Store each record of the JSON or CSV in the partition that it names
    #[arg(long, conflicts_with_all = ["partition", "partitioner"])]
    keep_partition: bool,

    /// Each line is a key, SEP and a value; SEP may be several bytes and have escapes such as \t
    #[arg(
        short = 'K',
        long,
        value_name = "SEP",
        conflicts_with = "key",
        allow_hyphen_values = true
    )]
    key_separator: Option<String>,

    /// What ends a record: one or more bytes, with the escapes \n \t \r \0 \\ \xHH; empty: all input is one record
    /// [default: \n]
    #[arg(short = 'D', long, value_name = "STR", allow_hyphen_values = true)]
    delimiter: Option<String>,

    /// The same as --delimiter '\0', for find -print0 and sort -z
    #[arg(short = '0', long, conflicts_with = "delimiter")]
    null: bool,

    /// A key or value that is exactly STR is null; without it none is [of CSV: \N]
    #[arg(long, value_name = "STR", allow_hyphen_values = true)]
    null_marker: Option<OsString>,

    /// Lines are those of 'consume --escape': \n \t \r \0 \\ \xHH stand for bytes, and a key or value that is \N is null
    #[arg(long, conflicts_with = "null_marker")]
    escape: bool,

    /// Each line is a JSON document, and is the value as it stands; its key is what POINTER (RFC 6901, such as /id) finds
    #[arg(
        long,
        value_name = "POINTER",
        conflicts_with = "key",
        conflicts_with = "keep_partition"
    )]
    key_from: Option<String>,

    /// Each line is a JSON document; the value is what POINTER finds in it
    #[arg(long, value_name = "POINTER", conflicts_with = "keep_partition")]
    value_from: Option<String>,

    /// Each line is a JSON document; the timestamp is what POINTER finds in it: a time as --timestamp takes it
    #[arg(
        long,
        value_name = "POINTER",
        conflicts_with = "timestamp",
        conflicts_with = "keep_partition"
    )]
    timestamp_from: Option<String>,

    /// With --input csv: the column that is the key
    #[arg(long, value_name = "NAME", conflicts_with = "key")]
    key_column: Option<String>,

    /// With --input csv: the column that is the value; otherwise it is the row as a JSON object
    #[arg(long, value_name = "NAME")]
    value_column: Option<String>,

    /// With --input csv: the column that is the timestamp
    #[arg(long, value_name = "NAME", conflicts_with = "timestamp")]
    timestamp_column: Option<String>,

    /// With --input csv: take rows that have fewer or more fields than the header
    #[arg(long)]
    flexible: bool,

    #[command(flatten)]
    csv: CsvArgs,

    /// Leave out headers of the JSON or CSV whose name matches GLOB, in which * is any text (can be repeated)
    #[arg(long, value_name = "GLOB", allow_hyphen_values = true)]
    drop_header: Vec<String>,
}

/// What every record gets.
#[derive(Debug, clap::Args)]
struct RecordArgs {
    /// Give every record this key
    #[arg(short, long, value_name = "KEY", allow_hyphen_values = true)]
    key: Option<OsString>,

    /// Store one record with the key and a null value, and read no input
    #[arg(
        long,
        requires = "key",
        conflicts_with_all = [
            "files", "input", "json", "key_separator", "delimiter", "null", "null_marker", "escape", "key_from",
            "value_from", "timestamp_from", "key_column", "value_column", "timestamp_column", "flexible",
            "csv_delimiter", "csv_quote", "drop_header", "keep_partition",
        ]
    )]
    tombstone: bool,

    /// Give every record this header (can be repeated); NAME alone has a null value, NAME= an empty one
    #[arg(
        short = 'H',
        long,
        value_name = "NAME[=VALUE]",
        allow_hyphen_values = true
    )]
    header: Vec<OsString>,

    /// Give every record this timestamp: seconds (10 or 11 digits) or ms since 1970, RFC 3339, YYYY-MM-DD[THH:MM:SS], or
    /// an age such as 1h [default: now]
    #[arg(long, value_name = "TIME")]
    timestamp: Option<String>,
}

/// Where and how records are stored.
#[derive(Debug, clap::Args)]
struct StoringArgs {
    /// Store everything in this partition
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    partition: Option<i32>,

    /// What decides the partition: the key's hash as in Kafka, or each partition in turn [default: murmur2]
    ///
    /// With murmur2, records without a key stay with one partition for a while, then change to another, as with
    /// Kafka's producer.
    #[arg(long, value_name = "NAME", value_enum, conflicts_with = "partition")]
    partitioner: Option<Partitioner>,

    /// Compress batches [default: the topic's compression.type]
    #[arg(
        short = 'z',
        long,
        visible_alias = "compression-codec",
        value_name = "CODEC",
        value_enum
    )]
    compression: Option<Codec>,

    /// When a record counts as stored: all = synced to disk; 1 = survives the death of any process, but not of the
    /// machine; 0 = not waited for
    #[arg(
        long,
        alias = "request-required-acks",
        value_name = "ACKS",
        value_enum,
        default_value = "all",
        allow_negative_numbers = true
    )]
    acks: Acks,

    /// Sync at most once per DURATION ("500ms", "10s") while input is coming, and always before the end
    #[arg(long, value_name = "DURATION")]
    sync_interval: Option<String>,

    /// Fail where the topic does not exist, instead of creating it
    #[arg(long)]
    no_create: bool,

    /// Give up after DURATION of waiting for another process's lock, with exit code 4
    #[arg(long, value_name = "DURATION")]
    timeout: Option<String>,
}

/// Imports that can be started again.
#[derive(Debug, clap::Args)]
struct ImportArgs {
    /// Remember under NAME how far the FILEs are stored: started again, after any crash too, the import goes on there,
    /// and no line is lost or stored twice
    ///
    /// A FILE that was renamed since, or copied and truncated, as log rotation does, is finished first; a last line
    /// without its end is left for the next run. Records without a key go to the partitions in turn.
    #[arg(
        long,
        value_name = "NAME",
        requires = "files",
        conflicts_with_all = ["tombstone", "acks", "sync_interval", "keep_partition"]
    )]
    resume: Option<String>,

    /// Go on at the end of the FILEs, and store what comes as it comes
    #[arg(short, long, requires = "resume")]
    follow: bool,
}

/// What is said about it.
#[derive(Debug, clap::Args)]
struct ReportArgs {
    /// Say on stderr how many records went where
    #[arg(short, long)]
    verbose: bool,

    /// Print how many records went where as a JSON object on stdout
    #[arg(long)]
    summary: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InputForm {
    /// Records ended by the delimiter
    Lines,
    /// Records of 'consume --json', or JSON documents, one a line
    Json,
    /// Rows with a header row; the columns of 'consume --format csv' are records, lossless
    Csv,
    /// Each FILE is one record, and its name as given is the key
    File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Codec {
    #[value(alias = "uncompressed")]
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Acks {
    #[value(name = "0")]
    None,
    #[value(name = "1")]
    Leader,
    #[value(name = "all", alias = "-1")]
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Partitioner {
    Murmur2,
    #[value(name = "roundrobin")]
    RoundRobin,
}

const AFTER_HELP: &str = "\
Examples:
  seq 1 1000000 | kafdir produce numbers
  tail -f /var/log/syslog | kafdir produce syslog
  printf 'alice:42\\nbob:7\\n' | kafdir produce scores --key-separator :
  find . -name '*.jpg' -print0 | kafdir produce pictures --null
  kafdir produce reports --delimiter '' --header type=pdf < report.pdf
  kafdir consume orders --json | kafdir produce orders-copy --json
  kafdir produce users --key-from /id --timestamp-from /created < users.ndjson
  kafdir produce users --input csv --key-column id < users.csv
  kafdir produce pages --input file *.html
  kafdir produce users --key alice --tombstone
  kafdir produce access --resume access /var/log/nginx/access.log

Exit status:
  0  everything is stored, and with --acks all synced
  1  failed: what was read before is stored, and the message says how much; where there is no room for all of it, how
     much of it is stored, in one partition the first records of the input (--resume goes on there by itself)
  2  the command line is wrong; nothing was stored
  4  timed out waiting for a lock
  6  the partition is damaged

  After SIGINT or SIGTERM what was read is stored; then the same signal ends the process. A cluster that is away is given
  5 s for it (or --timeout); what is not known to be stored by then is said, and the exit status is 1 (or 4).

JSON:
  With --summary:
  topic, records  the topic, and how many records were stored
  partitions      of each that got some:
    partition, records         its number, and how many
    first_offset, last_offset  the first and the last of them; those of others may lie between";

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let plan = plan::ProducePlan::new(args, context.quiet(), now_ms())?;
    run::run(&plan, context)
}

impl From<Acks> for crate::client::Acks {
    fn from(acks: Acks) -> Self {
        match acks {
            Acks::None => Self::None,
            Acks::Leader => Self::Leader,
            Acks::All => Self::All,
        }
    }
}

impl From<Codec> for Compression {
    fn from(codec: Codec) -> Self {
        match codec {
            Codec::None => Self::None,
            Codec::Gzip => Self::GZIP,
            Codec::Snappy => Self::Snappy,
            Codec::Lz4 => Self::LZ4,
            Codec::Zstd => Self::ZSTD,
        }
    }
}
