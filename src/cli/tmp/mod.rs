//! `kafdir tmp`: a COMMAND with a directory of its own, made before it starts and deleted when it has ended.
//!
//! It stands for COMMAND: same process group, same terminal, same standard input and outputs, and in the end the same
//! exit code or the same death by a signal. So it can be put before any command of a script or a CI job.

mod directory;
mod sentry;

use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use crate::cli::choice::{CLUSTER_VARIABLE, DIR_VARIABLE};
use crate::cli::context::{Context, note};
use crate::cli::exit::{self, Outcome};
use crate::cli::launcher::Launcher;
use crate::error::{Error, Result};
use directory::Directory;
use sentry::Sentry;

/// Run a COMMAND with a directory of its own, which is deleted afterwards
///
/// The directory is new, below $TMPDIR or /tmp, and for nobody else to look into. COMMAND finds it in KAFDIR, so every
/// kafdir in it works there, and on no cluster. Standard input and both outputs are COMMAND's. A
/// SIGINT, SIGTERM, SIGHUP or SIGQUIT that did not come from the terminal, which tells COMMAND itself, is passed on to it;
/// what it does then decides the end, and the directory is deleted in any case. Only kill -9 leaves it behind.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Keep the directory if COMMAND fails or is ended by a signal, and say on stderr where it is
    #[arg(long)]
    keep_on_failure: bool,

    /// What to run, with its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir tmp -- make check
  kafdir tmp --keep-on-failure -- ./integration-test.sh
  kafdir tmp -- sh -c 'seq 10 | kafdir produce n && kafdir consume n | tail -1'

Environment of COMMAND:
  KAFDIR                   the directory, as an absolute path
  KAFDIR_BOOTSTRAP_SERVER  not set

Environment:
  TMPDIR  where the directory is made; without it /tmp

Exit status:
  2    the command line is wrong, a --dir, --log-dir or --bootstrap-server included; COMMAND was not run
  125  kafdir tmp itself failed: the directory could not be made, or not be deleted after a COMMAND that exited with 0
  126  COMMAND was found, and can't be run
  127  COMMAND was not found
  Otherwise the exit code of COMMAND. The signal that ends COMMAND ends kafdir too, which a shell shows as 128 and its
  number.";

/// The exit code for a failure of our own, and those for a COMMAND that can't be run: as env(1) has them.
const OWN_FAILURE: u8 = 125;
const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> Result<Outcome> {
    context.refuse_store("tmp")?;
    Ok(run_within(args).unwrap_or_else(|error| failed(&error, Outcome::Done)))
}

/// Reports a failure of our own: it decides the exit code of a run that went well otherwise.
fn failed(error: &Error, outcome: Outcome) -> Outcome {
    exit::report(error);
    match outcome {
        Outcome::Done | Outcome::Exited(0) => Outcome::Exited(OWN_FAILURE),
        worse => worse,
    }
}

/// From before the directory is there until after it is gone, no signal ends us.
fn run_within(args: &Args) -> Result<Outcome> {
    let launcher = Launcher::new(&args.command);
    let sentry = Sentry::new()?;
    let directory = Directory::new(&std::env::temp_dir())?;
    let mut command = launcher.command();
    command
        .env(DIR_VARIABLE, directory.path())
        .env_remove(CLUSTER_VARIABLE);
    let told = sentry.told();
    let child = match launcher.start(command) {
        Ok(child) => child,
        Err(error) => {
            let outcome = not_run(&launcher, error);
            return Ok(deleted(&directory, outcome));
        }
    };
    // Without its end there is no telling whether the directory is in use: then it stays.
    let outcome = outcome(sentry.wait(child, &told)?);
    if args.keep_on_failure && outcome != Outcome::Exited(0) {
        note(&format!("kept {}", directory.path().display()));
        return Ok(outcome);
    }
    Ok(deleted(&directory, outcome))
}

fn deleted(directory: &Directory, outcome: Outcome) -> Outcome {
    match directory.delete() {
        Ok(()) => outcome,
        Err(error) => failed(&error, outcome),
    }
}

fn outcome(status: ExitStatus) -> Outcome {
    match (status.code(), status.signal()) {
        (Some(code), _) => Outcome::Exited(u8::try_from(code).unwrap_or(u8::MAX)),
        (None, signal) => Outcome::Killed(signal.unwrap_or_default()),
    }
}

fn not_run(launcher: &Launcher, error: io::Error) -> Outcome {
    let code = if error.kind() == io::ErrorKind::NotFound {
        NOT_FOUND
    } else {
        NOT_EXECUTABLE
    };
    let name = launcher.name();
    exit::report(&Error::io("run", name.as_ref(), error));
    Outcome::Exited(code)
}
