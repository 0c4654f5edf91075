//! The parts this program plays in its own pipelines, in processes of their own.

use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};

use crate::Result;
use crate::input::Lines;
use crate::pipeline;

/// The first argument of such a process.
pub(crate) const FLAG: &str = "--play";

/// How much a trickle brings at a time, and how often.
const TRICKLE_BYTES: u64 = 2000;
const TRICKLE_PAUSE: Duration = Duration::from_millis(1);

/// A process that writes so many bytes of lines.
pub(crate) fn lines(bytes: u64) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([FLAG, "lines"]).arg(bytes.to_string());
    Ok(command)
}

/// A process that writes a few lines every millisecond until nobody reads them.
pub(crate) fn trickle() -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([FLAG, "trickle"]);
    Ok(command)
}

/// A process that runs `command` and writes into the file `report` how much memory it used at most, in KiB.
///
/// It stands between because the kernel keeps one such number for all children that a process ever had.
pub(crate) fn weigh(report: &Path, command: &Command) -> Result<Command> {
    let mut weighing = Command::new(std::env::current_exe()?);
    weighing.args([FLAG, "weigh"]).arg(report);
    weighing.arg(command.get_program()).args(command.get_args());
    Ok(weighing)
}

/// Plays the part that the arguments name.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    match arguments {
        [part, bytes] if part == "lines" => {
            let mut out = BufWriter::with_capacity(64 * 1024, std::io::stdout());
            Lines::plain(100).write(&mut out, bytes.parse()?)?;
            Ok(out.flush()?)
        }
        [part] if part == "trickle" => {
            let mut lines = Vec::new();
            Lines::plain(100).write(&mut lines, TRICKLE_BYTES)?;
            loop {
                std::io::stdout().write_all(&lines)?;
                std::thread::sleep(TRICKLE_PAUSE);
            }
        }
        [part, report, program, rest @ ..] if part == "weigh" => {
            pipeline::run(Command::new(program).args(rest))?;
            let kibibytes = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();
            Ok(std::fs::write(report, kibibytes.to_string())?)
        }
        _ => Err(format!("there is no part {arguments:?}").into()),
    }
}
