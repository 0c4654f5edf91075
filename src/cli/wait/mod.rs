//! `kafdir wait`: until a topic or a group is as a script needs it.
//!
//! What is not there yet is waited for, too, unless the script says that it must be. The kernel tells when something
//! changes; in between nothing runs.

mod count;
mod group;
mod limit;
mod outage;
mod topic;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::global::Invoked;
use crate::error::Result;

/// Wait until a topic has records, or a group has members or has caught up
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Wait until a topic has so many records
    Topic(Box<Invoked<topic::Args>>),
    /// Wait until a group has caught up, or has so many members
    Group(Box<Invoked<group::Args>>),
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Outcome> {
    match args.command {
        Command::Topic(topic) => topic::run(&context.invoked(*topic)?, context),
        Command::Group(group) => group::run(&context.invoked(*group)?, context),
    }
}
