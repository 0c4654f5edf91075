//! `kafdir check`: every invariant of the directory.

use crate::cli::lock_args::LockArgs;

/// Verify a directory: checksums, offsets, indexes, names, settings
///
/// Each finding is a line with file and position. With --repair what can be mended is mended; bytes that are removed
/// from a log are kept in a file beside it. Without TOPIC the whole directory is checked.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topics
    #[arg(value_name = "TOPIC")]
    topics: Vec<String>,

    /// Mend what can be mended
    #[arg(long)]
    repair: bool,

    /// Print one JSON object a finding
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir check
  kafdir check orders --repair
  kafdir --log-dir /mnt/backup/kafka-logs check --json

Exit status:
  0  all is well, or is now, with --repair
  1  failed: a file could not be read, or no such topic
  2  the command line is wrong
  4  timed out waiting for a lock
  6  there are findings; with --repair, such as could not be mended";

pub(crate) fn run(
    _args: &Args,
    _context: &mut crate::cli::context::Context,
) -> crate::error::Result<crate::cli::exit::Outcome> {
    Err(crate::error::Error::failed("INTERIM"))
}
