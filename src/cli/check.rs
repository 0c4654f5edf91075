//! `kafdir check`: every invariant of the directory.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::cli::choice::Place;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::lock_args::LockArgs;
use crate::cli::output::Output;
use crate::client::{self, Event};
use crate::error::{Error, Result};
use crate::log::Finding;
use crate::store::{Store, TopicName};

/// Verify a directory: checksums, offsets, indexes, names, settings
///
/// Each finding is a line with file, position in bytes, kind and message, colons between them. Findings marked harmless
/// are no damage: what a killed producer or a running broker leaves, and the next producer sets right.
/// Without TOPIC the whole directory is checked. Nothing is locked or changed, and producers may be at work.
///
/// With --repair what can be mended is mended, and told as KIND mended; bytes that are taken out of a log are kept in
/// a file beside it. What is left as it is comes last.
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
  0  all is well, or is now, with --repair; harmless findings count as well
  1  failed: no such topic, or the directory can't be opened or written
  2  the command line is wrong
  4  timed out waiting for a lock
  6  there are findings; with --repair, such as could not be mended

JSON:
  One object a finding:
  path, position  the file, and the byte in it; null where it is about the whole file
  kind, message   what is wrong
  harmless        whether it is no damage
  state           found; with --repair also mended, and left for what could not be mended";

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let topics: Vec<TopicName> = args
        .topics
        .iter()
        .map(|name| TopicName::new(name))
        .collect::<Result<_>>()?;
    if args.repair && matches!(context.choice()?.place, Place::LogDir(_)) {
        return Err(
            Error::usage("--repair changes files, and --log-dir reads them only").help(
                "copy the directories into logs/ of a kafdir directory and repair them there",
            ),
        );
    }
    let store = context.store_to_check(args.lock.deadline()?)?;
    let mut teller = Teller {
        output: &mut context.output,
        json: args.json,
        damaged: false,
    };
    if args.repair {
        teller.repair(&store, &topics)?;
    } else {
        teller.check(&store, &topics)?;
    }
    Ok(if teller.damaged {
        Outcome::Damaged
    } else {
        Outcome::Done
    })
}

/// Writes what is found to standard output as it is found.
struct Teller<'a> {
    output: &'a mut Output,
    json: bool,
    /// Whether there is damage, after all.
    damaged: bool,
}

/// Where a line stands between damage and repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Found,
    Mended,
    Left,
}

/// A line for programs.
#[derive(Serialize)]
struct Line<'a> {
    path: std::borrow::Cow<'a, str>,
    position: Option<u64>,
    kind: &'a str,
    message: &'a str,
    harmless: bool,
    state: State,
}

impl Teller<'_> {
    fn check(&mut self, store: &Arc<Store>, topics: &[TopicName]) -> Result<()> {
        client::check(store, topics, &mut |finding| {
            self.damaged |= !finding.harmless;
            self.finding(&finding, State::Found)
        })
    }

    fn repair(&mut self, store: &Arc<Store>, topics: &[TopicName]) -> Result<()> {
        client::repair(store, topics, &mut |event| match event {
            Event::Found(finding) => self.finding(&finding, State::Found),
            Event::Left(finding) => {
                self.damaged |= !finding.harmless;
                self.finding(&finding, State::Left)
            }
            Event::Mended(mended) => self.line(
                &Line {
                    path: mended.path.to_string_lossy(),
                    position: mended.position,
                    kind: "mended",
                    message: &mended.message,
                    harmless: false,
                    state: State::Mended,
                },
                &mended.path,
            ),
        })
    }

    fn finding(&mut self, finding: &Finding, state: State) -> Result<()> {
        let line = Line {
            path: finding.path.to_string_lossy(),
            position: finding.position,
            kind: finding.kind.name(),
            message: &finding.message,
            harmless: finding.harmless,
            state,
        };
        self.line(&line, &finding.path)
    }

    fn line(&mut self, line: &Line<'_>, path: &Path) -> Result<()> {
        if self.json {
            return self.output.put_json(line);
        }
        let position = line.position.map_or(String::new(), |at| format!("{at}:"));
        let harmless = if line.harmless { " (harmless)" } else { "" };
        let left = if line.state == State::Left {
            "; left as it is"
        } else {
            ""
        };
        let text = format!(
            "{}:{position} {}{harmless}: {}{left}\n",
            path.display(),
            line.kind,
            line.message
        );
        self.output.put(text.as_bytes())
    }
}
