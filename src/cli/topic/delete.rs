//! `kafdir topic delete`

use crate::cli::lock_args::LockArgs;

/// Delete topics and all their records
///
/// Who reads or writes one of them at the time gets an error that says so.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topics
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,

    /// Succeed where a topic does not exist
    #[arg(long)]
    if_exists: bool,

    /// Only say what would be deleted
    #[arg(long)]
    dry_run: bool,

    /// Print one JSON object a topic
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir topic delete orders
  kafdir topic list | grep '^test-' | xargs kafdir topic delete --dry-run
  kafdir topic delete scratch --if-exists

Exit status:
  0  the topics are gone, or would be with --dry-run
  1  one of them does not exist (without --if-exists; then none is deleted), or the directory refused
  2  the command line is wrong
  4  timed out waiting for a lock";

pub(crate) fn run(
    _args: &Args,
    _context: &mut crate::cli::context::Context,
) -> crate::error::Result<crate::cli::exit::Outcome> {
    Err(crate::error::Error::failed("INTERIM"))
}
