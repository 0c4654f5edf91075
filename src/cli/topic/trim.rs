//! `kafdir topic trim`

use crate::cli::lock_args::LockArgs;

/// Delete the oldest records of a topic: move its log start offset
///
/// The records before POSITION can't be read any more from then on; their space is given back a segment at a time.
/// POSITION is an offset, 'end' (everything), -N (all but the last N), +N (the first N), or @TIME.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topic
    #[arg(value_name = "NAME")]
    name: String,

    /// The first position to keep: N, end, -N, +N or @TIME
    #[arg(long, value_name = "POSITION", allow_hyphen_values = true)]
    before: String,

    /// This partition only; an absolute offset needs it where the topic has several
    #[arg(short, long, value_name = "P", value_parser = clap::value_parser!(i32).range(0..))]
    partition: Option<i32>,

    /// Only say what would be trimmed
    #[arg(long)]
    dry_run: bool,

    /// Print one JSON object a partition
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir topic trim access --before @7d
  kafdir topic trim orders --before 120000 --partition 0
  kafdir topic trim scratch --before end --dry-run

Exit status:
  0  done, also where there was nothing to trim
  1  no such topic, an offset beyond the end, or the directory refused
  2  the command line is wrong
  4  timed out waiting for a lock
  6  damaged data";

pub(crate) fn run(
    _args: &Args,
    _context: &mut crate::cli::context::Context,
) -> crate::error::Result<crate::cli::exit::Outcome> {
    Err(crate::error::Error::failed("INTERIM"))
}
