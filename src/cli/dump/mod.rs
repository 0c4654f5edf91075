//! `kafdir dump`: what stands in a file of a log.

mod checkpoint;
mod entries;
mod log;

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::output::Output;
use crate::error::{Error, Result};
use crate::store::names::{
    parse_cut_file_name, parse_segment_file_name, parse_suffixed_segment_file_name,
};
use crate::store::{OffsetCheckpointFile, SegmentFile};

/// Show what segment files hold: .log, .index, .timeindex, .txnindex, .snapshot
///
/// The same lines as kafka-dump-log's, for files of kafdir's and of a Kafka broker's; checkpoint files too, and what
/// 'check --repair' keeps beside a log (.cut). The files are named by path, not by topic.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The files
    #[arg(value_name = "FILE", required = true, value_hint = clap::ValueHint::FilePath)]
    files: Vec<PathBuf>,

    /// Show each record of a batch with its key and value, not only the batch
    #[arg(long, visible_aliases = ["print-data-log", "deep-iteration"])]
    records: bool,

    /// Print one JSON object a batch, record or index entry
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir dump ~/.local/share/kafdir/logs/orders-0/00000000000000000000.log
  kafdir dump --records logs/orders-0/*.log
  kafdir dump --json logs/orders-0/*.index

Exit status:
  0  done, and no fault was found
  1  a file can't be read, or is of no kind that can be shown
  2  the command line is wrong
  6  a file holds a damaged batch or entry, which is shown as such";

/// Where the lines go, and what was met on the way.
struct Dump<'a> {
    output: &'a mut Output,
    json: bool,
    records: bool,
    damaged: bool,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let mut dump = Dump {
        output: &mut context.output,
        json: args.json,
        records: args.records,
        damaged: false,
    };
    for path in &args.files {
        dump.file(path)?;
    }
    Ok(if dump.damaged {
        Outcome::Damaged
    } else {
        Outcome::Done
    })
}

impl Dump<'_> {
    fn file(&mut self, path: &Path) -> Result<()> {
        let kind = Kind::of(path).ok_or_else(|| unknown(path))?;
        self.line(&format!("Dumping {}", path.display()))?;
        match kind {
            Kind::Segment(SegmentFile::Log) => self.log(path),
            Kind::Segment(SegmentFile::Index) => self.index(path),
            Kind::Segment(SegmentFile::TimeIndex) => self.time_index(path),
            Kind::Segment(SegmentFile::TxnIndex) => self.txn_index(path),
            Kind::Segment(SegmentFile::Snapshot) => self.snapshot(path),
            Kind::LeaderEpochs => self.leader_epochs(path),
            Kind::Offsets => self.offsets(path),
            Kind::Metadata => self.metadata(path),
        }
    }

    /// A line for people; programs get objects only.
    fn line(&mut self, line: &str) -> Result<()> {
        if self.json {
            return Ok(());
        }
        self.output.put(line.as_bytes())?;
        self.output.put(b"\n")
    }

    /// A thing shown, as an object or as a line.
    fn show(&mut self, object: &impl Serialize, line: impl FnOnce() -> String) -> Result<()> {
        if self.json {
            self.output.put_json(object)
        } else {
            self.line(&line())
        }
    }

    /// Something that is wrong in `path`.
    fn fault(&mut self, path: &Path, position: Option<u64>, message: &str) -> Result<()> {
        #[derive(Serialize)]
        struct Shown<'a> {
            path: std::borrow::Cow<'a, str>,
            position: Option<u64>,
            fault: &'a str,
        }
        self.damaged = true;
        let path = path.to_string_lossy();
        let shown = Shown {
            position,
            fault: message,
            path: path.clone(),
        };
        self.show(&shown, || match position {
            Some(position) => format!("{path}:{position}: {message}"),
            None => format!("{path}: {message}"),
        })
    }
}

/// What a file holds, by its name.
enum Kind {
    Segment(SegmentFile),
    LeaderEpochs,
    Offsets,
    Metadata,
}

impl Kind {
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?;
        let segment = parse_segment_file_name(name)
            .map(|(_, file)| file)
            .or_else(|| parse_suffixed_segment_file_name(name).map(|(_, file, _)| file))
            .or_else(|| parse_cut_file_name(name).map(|_| SegmentFile::Log));
        if let Some(file) = segment {
            return Some(Self::Segment(file));
        }
        let mut checkpoints = OffsetCheckpointFile::ALL.into_iter();
        if checkpoints.any(|checkpoint| name == checkpoint.file_name()) {
            return Some(Self::Offsets);
        }
        match name.to_str()? {
            "leader-epoch-checkpoint" => Some(Self::LeaderEpochs),
            "partition.metadata" => Some(Self::Metadata),
            // A snapshot of Kafka's own metadata is a log of batches, and so is any other name that ends so.
            name => {
                let name = Path::new(name);
                let extension = name.extension()?;
                let extension = format!(".{}", extension.to_str()?);
                let mut files = SegmentFile::ALL.into_iter();
                if extension == ".checkpoint" {
                    return Some(Self::Segment(SegmentFile::Log));
                }
                files
                    .find(|file| file.extension() == extension)
                    .map(Self::Segment)
            }
        }
    }
}

fn unknown(path: &Path) -> Error {
    Error::failed(format!(
        "{} is no file that can be shown: its name says nothing of what it holds",
        path.display()
    ))
    .help("shown are .log, .index, .timeindex, .txnindex, .snapshot and the checkpoint files")
}
