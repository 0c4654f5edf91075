//! `kafdir dump`: what stands in a segment file.

use std::path::PathBuf;

/// Show what segment files hold: .log, .index, .timeindex, .txnindex, .snapshot
///
/// The same lines as kafka-dump-log, for files of kafdir's and of a Kafka broker's. The files are named by path,
/// not by topic.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The files
    #[arg(value_name = "FILE", required = true, value_hint = clap::ValueHint::FilePath)]
    files: Vec<PathBuf>,

    /// Show each record of a batch, not only the batch
    #[arg(long)]
    deep_iteration: bool,

    /// Show keys and values too; implies --deep-iteration
    #[arg(long)]
    print_data_log: bool,

    /// Print one JSON object a batch, record or index entry
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir dump ~/.local/share/kafdir/logs/orders-0/00000000000000000000.log
  kafdir dump --print-data-log logs/orders-0/*.log
  kafdir dump --json logs/orders-0/*.index

Exit status:
  0  done, and no fault was found
  1  a file can't be read
  2  the command line is wrong
  6  a file holds a damaged batch or entry, which is shown as such";

pub(crate) fn run(
    _args: &Args,
    _context: &mut crate::cli::context::Context,
) -> crate::error::Result<crate::cli::exit::Outcome> {
    Err(crate::error::Error::failed("INTERIM"))
}
