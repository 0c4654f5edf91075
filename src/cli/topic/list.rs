//! `kafdir topic list`

use crate::cli::lock_args::LockArgs;

/// List the topics, one name a line
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Add columns: partitions, topic id, settings
    #[arg(short, long)]
    long: bool,

    /// Print one JSON object a line
    #[arg(long, conflicts_with = "long")]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir topic list
  for topic in $(kafdir topic list); do kafdir consume \"$topic\" > \"$topic.txt\"; done
  kafdir --log-dir /var/lib/kafka topic list --long

Exit status:
  0  done, also where there is no topic
  1  the directory does not exist or can't be read
  2  the command line is wrong
  4  timed out waiting for a lock";

pub(crate) fn run(
    _args: &Args,
    _context: &mut crate::cli::context::Context,
) -> crate::error::Result<crate::cli::exit::Outcome> {
    Err(crate::error::Error::failed("INTERIM"))
}
