//! `kafdir dump`: what stands in a file of Kafka's format.
//!
//! It opens no store and takes no lock: a file is known by its name, wherever it lies. Damage does not end it: what can
//! be read after it is shown too, and the exit code tells at the end.

mod batches;
mod entries;
mod named_file;
mod printer;
mod state;

use std::path::PathBuf;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::error::{ErrorKind, Result};
use named_file::{Kind, NamedFile};
use printer::Printer;

/// Show what segment files hold: .log, .index, .timeindex, .txnindex, .snapshot
///
/// The same lines as kafka-dump-log, for files of kafdir's and of a Kafka broker's. The files are named by path,
/// not by topic, and may lie anywhere; their names say what they are. leader-epoch-checkpoint, the offset checkpoints
/// of a log.dir, partition.metadata and what 'check --repair' keeps beside a log (.cut) are shown too. An index is
/// compared with its log where that lies beside it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The files
    #[arg(value_name = "FILE", required = true, value_hint = clap::ValueHint::FilePath)]
    files: Vec<PathBuf>,

    /// Show each record of a batch, key and value included, not only the batch
    #[arg(long, visible_aliases = ["print-data-log", "deep-iteration"], overrides_with = "records")]
    records: bool,

    /// Print one JSON object a batch or entry, each on a line; a batch's records are in its member "records"
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir dump ~/.local/share/kafdir/logs/orders-0/00000000000000000000.log
  kafdir dump --records logs/orders-0/*.log
  kafdir dump --json logs/orders-0/*.index
  kafdir dump --records --json logs/orders-0/*.log | jq -c '.records[]' | kafdir produce rescued --json

Exit status:
  0  done, and no fault was found
  1  a file can't be read
  2  the command line is wrong, or a file's name does not say what it is
  6  a file is damaged; what could be read of it was shown, and each place was named on stderr

JSON:
  One object a batch or entry, with what the line without --json says of it:
  file         where it is from
  .log         position, base_offset, last_offset, count, base_sequence, last_sequence, producer_id, producer_epoch,
               partition_leader_epoch, is_transactional, is_control, delete_horizon, timestamp_type, max_timestamp, size,
               magic, compression, crc, is_valid; with --records also records, each as 'consume --json' prints it
  .index       offset, position
  .timeindex   timestamp, offset
  .txnindex    version, producer_id, first_offset, last_offset, last_stable_offset
  checkpoints  topic, partition, offset; of leader epochs epoch, start_offset
  partition.metadata  version, topic_id
  .snapshot    producer_id, producer_epoch, coordinator_epoch, current_txn_first_offset, last_timestamp, and of its last
               batch first_sequence, last_sequence, last_offset, offset_delta";

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let files: Vec<NamedFile> = args
        .files
        .iter()
        .map(|path| NamedFile::find(path))
        .collect::<Result<_>>()?;
    context.output.may_enlarge_pipe();
    let mut damaged = false;
    for file in &files {
        let mut printer = Printer::new(context, file, args.json);
        printer.heading()?;
        match dump(file, args.records, &mut printer) {
            Err(error) if error.kind() == ErrorKind::Damaged => printer.damage(&error)?,
            result => result?,
        }
        damaged |= printer.found_damage();
    }
    Ok(if damaged {
        Outcome::Damaged
    } else {
        Outcome::Done
    })
}

fn dump(file: &NamedFile, records: bool, printer: &mut Printer<'_>) -> Result<()> {
    match file.kind {
        Kind::Log(base) => batches::log(file, base, records, printer),
        Kind::Index(base) => entries::offsets(file, base, printer),
        Kind::TimeIndex(base) => entries::times(file, base, printer),
        Kind::TxnIndex => entries::aborted(file, printer),
        Kind::Snapshot => state::producers(file, printer),
        Kind::LeaderEpochs => state::leader_epochs(file, printer),
        Kind::OffsetCheckpoint => state::offset_checkpoint(file, printer),
        Kind::PartitionMetadata => state::partition_metadata(file, printer),
    }
}
