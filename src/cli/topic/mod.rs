//! `kafdir topic`: what concerns topics as a whole.

mod alter;
mod config;
mod create;
mod delete;
mod describe;
mod list;
mod summary;
mod trim;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::global::Invoked;
use crate::error::Result;

/// Create, list, describe, alter, delete and trim topics
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create a topic
    Create(Box<Invoked<create::Args>>),
    /// List the topics, one name a line
    List(Box<Invoked<list::Args>>),
    /// Show partitions, offsets, sizes and settings of topics
    Describe(Box<Invoked<describe::Args>>),
    /// Change a topic's settings, or give it more partitions
    Alter(Box<Invoked<alter::Args>>),
    /// Delete topics and all their records
    Delete(Box<Invoked<delete::Args>>),
    /// Delete the oldest records of a topic: move its log start offset
    Trim(Box<Invoked<trim::Args>>),
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Outcome> {
    match args.command {
        Command::Create(create) => create::run(&context.invoked(*create)?, context),
        Command::List(list) => list::run(&context.invoked(*list)?, context),
        Command::Describe(describe) => describe::run(&context.invoked(*describe)?, context),
        Command::Alter(alter) => alter::run(&context.invoked(*alter)?, context),
        Command::Delete(delete) => delete::run(&context.invoked(*delete)?, context),
        Command::Trim(trim) => trim::run(&context.invoked(*trim)?, context),
    }
}
