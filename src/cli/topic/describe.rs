//! `kafdir topic describe`

use crate::cli::lock_args::LockArgs;

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
  6  damaged data";

pub(crate) fn run(
    _args: &Args,
    _context: &mut crate::cli::context::Context,
) -> crate::error::Result<crate::cli::exit::Outcome> {
    Err(crate::error::Error::failed("INTERIM"))
}
