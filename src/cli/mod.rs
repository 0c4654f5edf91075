//! The command line: one file per command, with its arguments and its run.
//!
//! A command line passes three stages. `Args` structs hold what was typed and do no I/O; a plan is made of them,
//! in which every contradiction has been refused; then the plan runs. So a wrong command line has changed nothing.

mod check;
mod choice;
mod clean;
mod completions;
mod consume;
mod context;
mod dump;
mod exit;
mod lock_args;
mod output;
mod produce;
mod progress;
mod signals;
mod table;
mod topic;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::Result;
use choice::StoreArgs;
use context::Context;
use exit::Outcome;

/// Kafka's model in a directory: topics, partitions, offsets, producers and consumers over plain files, with no
/// server
///
/// Processes on one host are the producers and the consumers; the files are Apache Kafka's own, and the kernel's
/// file locks keep the processes apart. Nothing has to be started or stopped.
#[derive(Debug, Parser)]
#[command(name = "kafdir", version, after_long_help = AFTER_HELP, propagate_version = false)]
pub struct Cli {
    #[command(flatten)]
    store: StoreArgs,

    /// Write no notes to stderr; errors are always written
    #[arg(short, long, global = true, help_heading = "Global options")]
    quiet: bool,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(subcommand)]
    Topic(topic::Command),
    Produce(Box<produce::Args>),
    Consume(Box<consume::Args>),
    Clean(clean::Args),
    Check(check::Args),
    Dump(dump::Args),
    Completions(completions::Args),
}

const AFTER_HELP: &str = "\
Examples:
  seq 1 1000000 | kafdir produce numbers
  kafdir consume numbers | tail -3
  kafdir topic create orders --partitions 4
  tail -f access.log | kafdir produce access --acks 1
  kafdir consume access --follow --offset end

Environment:
  KAFDIR                   the directory to work on, where --dir does not say it
  KAFDIR_BOOTSTRAP_SERVER  the Kafka cluster to work on; setting both is an error
  XDG_DATA_HOME, HOME      without either of them: $XDG_DATA_HOME/kafdir, else $HOME/.local/share/kafdir
  TZ                       the time zone of times given without one

  A flag beats any variable; an empty variable is an unset one.

Exit status:
  0    done; everything that was to be stored is on disk
  1    failed, an unknown topic included
  2    the command line or a setting is wrong; nothing was changed
  3    nothing there: no record with --fail-if-empty
  4    timed out
  5    the COMMAND that was to handle records failed
  6    damaged data
  125  kafdir tmp itself failed

  After SIGINT or SIGTERM and a clean stop the same signal ends the process, which a shell shows as 130 or 143.
  A closed standard output ends a command quietly, with 0.";

/// Runs the program with `args`, the program's own name first, and gives its exit code.
///
/// A run that was asked to stop by a signal does not return: it dies by that signal.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(answer) => return exit::answer(&answer),
    };
    let mut context = Context::new(cli.store, cli.quiet);
    let result = dispatch(cli.command, &mut context);
    // What was read before an error is still the user's; only a second error is not worth more words.
    let finished = context.output.finish();
    exit::conclude(
        result.and_then(|outcome| finished.map(|()| outcome)),
        context.signals.as_ref(),
    )
}

fn dispatch(command: Command, context: &mut Context) -> Result<Outcome> {
    context.check_flags()?;
    match command {
        Command::Topic(command) => topic::run(command, context),
        Command::Produce(args) => produce::run(&args, context),
        Command::Consume(args) => consume::run(&args, context),
        Command::Clean(args) => clean::run(&args, context),
        Command::Check(args) => check::run(&args, context),
        Command::Dump(args) => dump::run(&args, context),
        Command::Completions(args) => completions::run(&args, context),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definitions_agree_with_each_other() {
        Cli::command().debug_assert();
    }
}
