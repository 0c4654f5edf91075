//! The command line: one file per command, with its arguments and its run.
//!
//! A command line passes three stages. `Args` structs hold what was typed and do no I/O; a plan is made of them,
//! in which every contradiction has been refused; then the plan runs. So a wrong command line has changed nothing.

mod bench;
mod check;
mod choice;
mod clean;
mod cluster_args;
mod completions;
mod consume;
mod context;
mod copy;
mod csv_flags;
mod dump;
mod exit;
mod flag;
mod form;
mod get;
mod global;
mod group;
mod input;
mod launcher;
mod lock_args;
mod output;
mod produce;
mod progress;
mod selection;
mod signals;
mod standard_streams;
mod table;
#[cfg(test)]
mod testing;
mod tmp;
mod topic;
mod wait;

use std::ffi::OsString;
use std::mem::ManuallyDrop;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::error::Result;
use context::Context;
use exit::Outcome;
use global::{GlobalArgs, Invoked};

/// Kafka's model in a directory: topics, partitions, offsets, producers and consumers over plain files, with no
/// server
///
/// Processes on one host are the producers and the consumers; the files are Apache Kafka's own, and the kernel's
/// file locks keep the processes apart. Nothing has to be started or stopped.
#[derive(Debug, Parser)]
#[command(name = "kafdir", version, after_long_help = AFTER_HELP, propagate_version = false)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    global: GlobalArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create, list, describe, alter, delete and trim topics
    Topic(Box<Invoked<topic::Args>>),
    /// Store records in a topic
    Produce(Box<Invoked<produce::Args>>),
    /// Print the records of topics
    Consume(Box<Invoked<consume::Args>>),
    /// Print the latest record of each key
    Get(Box<Invoked<get::Args>>),
    /// List, describe, reset, commit, delete consumer groups, and evict their members
    Group(Box<Invoked<group::Args>>),
    /// Wait until a topic has records, or a group has members or has caught up
    Wait(Box<Invoked<wait::Args>>),
    /// Copy topics to other names, or to another place: a directory or a Kafka cluster
    Copy(Box<Invoked<copy::Args>>),
    /// Apply retention: delete the segments that retention.ms and retention.bytes give up
    Clean(Box<Invoked<clean::Args>>),
    /// Verify a directory: checksums, offsets, indexes, names, settings
    Check(Box<Invoked<check::Args>>),
    /// Show what segment files hold: .log, .index, .timeindex, .txnindex, .snapshot
    Dump(Box<Invoked<dump::Args>>),
    /// Measure rates and latencies: of producing, of consuming, and from one end to the other
    Bench(Box<Invoked<bench::Args>>),
    /// Run a COMMAND with a directory of its own, which is deleted afterwards
    Tmp(Box<Invoked<tmp::Args>>),
    /// Print the completion script for a shell
    Completions(Box<Invoked<completions::Args>>),
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
  Once the reader of standard output has gone a command ends quietly, with 0; one that was started without (>&-) fails
  as soon as it has something to print.";

/// Runs the program with `args`, the program's own name first, and gives its exit code.
///
/// A run that was asked to stop by a signal does not return: it dies by that signal.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let lacks_command = args.last().is_some_and(|last| last == "--");
    let cli = match parse(args) {
        Ok(cli) => cli,
        Err(answer) => return exit::answer(answer),
    };
    signals::survive_file_size_limit();
    let mut context = Context::new(cli.global, lacks_command);
    let result = dispatch(cli.command, &mut context);
    // What was read before an error is still the user's; only a second error is not worth more words.
    let finished = context.output.finish();
    let result = result.and_then(|outcome| finished.map(|()| outcome));
    exit::conclude(&result, context.signals.as_ref())
}

/// Parses the command line. What clap built for it is left to the end of the process: to take a tree of commands apart
/// costs a one-line run as much as its append does.
fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut command = ManuallyDrop::new(Cli::command());
    let mut matches = ManuallyDrop::new(command.try_get_matches_from_mut(args)?);
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

fn dispatch(command: Command, context: &mut Context) -> Result<Outcome> {
    match command {
        Command::Topic(topic) => topic::run(context.invoked(*topic)?, context),
        Command::Produce(produce) => produce::run(&context.invoked(*produce)?, context),
        Command::Consume(consume) => consume::run(&context.invoked(*consume)?, context),
        Command::Get(get) => get::run(&context.invoked(*get)?, context),
        Command::Group(group) => group::run(context.invoked(*group)?, context),
        Command::Wait(wait) => wait::run(context.invoked(*wait)?, context),
        Command::Copy(copy) => copy::run(&context.invoked(*copy)?, context),
        Command::Clean(clean) => clean::run(&context.invoked(*clean)?, context),
        Command::Check(check) => check::run(&context.invoked(*check)?, context),
        Command::Dump(dump) => dump::run(&context.invoked(*dump)?, context),
        Command::Bench(bench) => bench::run(context.invoked(*bench)?, context),
        Command::Tmp(tmp) => tmp::run(&context.invoked(*tmp)?, context),
        Command::Completions(shell) => completions::run(&context.invoked(*shell)?, context),
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

    /// What a deferred command says of itself comes too late for the list; both have to say the same.
    #[test]
    fn commands_are_listed_under_their_own_words() {
        let abouts = |command: &clap::Command| -> Vec<(String, Option<String>)> {
            let about = |child: &clap::Command| child.get_about().map(ToString::to_string);
            let commands = command
                .get_subcommands()
                .filter(|child| child.get_name() != "help");
            commands
                .map(|child| (child.get_name().to_owned(), about(child)))
                .collect()
        };
        let listed = Cli::command();
        let mut built = Cli::command();
        built.build();
        assert_eq!(abouts(&listed), abouts(&built));
    }
}
