//! `kafdir clean`: retention on demand.

use crate::cli::lock_args::LockArgs;

/// Apply retention: delete the segments that retention.ms and retention.bytes give up
///
/// Producers do the same when they begin a new segment; this command is for topics that nobody writes to, from cron.
/// Without TOPIC all topics are cleaned. Nothing is ever deleted unless a setting asks for it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topics
    #[arg(value_name = "TOPIC")]
    topics: Vec<String>,

    /// Only say what would be deleted
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
  kafdir topic alter access --config retention.ms=604800000 && kafdir clean access
  kafdir clean --dry-run
  0 3 * * * kafdir --quiet --dir /var/lib/kafdir clean

Exit status:
  0  done, also where there was nothing to delete
  1  no such topic, or the directory refused
  2  the command line is wrong
  4  timed out waiting for a lock
  6  damaged data";

pub(crate) fn run(
    _args: &Args,
    _context: &mut crate::cli::context::Context,
) -> crate::error::Result<crate::cli::exit::Outcome> {
    Err(crate::error::Error::failed("INTERIM"))
}
