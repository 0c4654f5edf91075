//! `kafdir group`: what concerns consumer groups as a whole.

mod commit;
mod delete;
mod describe;
mod evict;
mod list;
mod lookup;
mod reset;
mod scope;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::global::Invoked;
use crate::error::Result;

/// List, describe, reset, commit, delete consumer groups, and evict their members
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the consumer groups, one name a line
    List(Box<Invoked<list::Args>>),
    /// Show the offsets, lag and members of groups
    Describe(Box<Invoked<describe::Args>>),
    /// Move a group to other offsets
    Reset(Box<Invoked<reset::Args>>),
    /// Commit offsets for a group by hand
    Commit(Box<Invoked<commit::Args>>),
    /// Delete groups, or what they have committed of some topics
    Delete(Box<Invoked<delete::Args>>),
    /// Take its partitions from a member that hangs
    Evict(Box<Invoked<evict::Args>>),
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Outcome> {
    match args.command {
        Command::List(list) => list::run(&context.invoked(*list)?, context),
        Command::Describe(describe) => describe::run(&context.invoked(*describe)?, context),
        Command::Reset(reset) => reset::run(&context.invoked(*reset)?, context),
        Command::Commit(commit) => commit::run(&context.invoked(*commit)?, context),
        Command::Delete(delete) => delete::run(&context.invoked(*delete)?, context),
        Command::Evict(evict) => evict::run(&context.invoked(*evict)?, context),
    }
}
