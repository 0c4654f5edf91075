//! `kafdir topic`: what concerns topics as a whole.

mod alter;
mod create;
mod delete;
mod describe;
mod list;
mod trim;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::error::Result;

/// Create, list, describe, alter, delete and trim topics
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Create(create::Args),
    List(list::Args),
    Describe(describe::Args),
    Alter(alter::Args),
    Delete(delete::Args),
    Trim(trim::Args),
}

pub(crate) fn run(command: Command, context: &mut Context) -> Result<Outcome> {
    match command {
        Command::Create(args) => create::run(&args, context),
        Command::List(args) => list::run(&args, context),
        Command::Describe(args) => describe::run(&args, context),
        Command::Alter(args) => alter::run(&args, context),
        Command::Delete(args) => delete::run(&args, context),
        Command::Trim(args) => trim::run(&args, context),
    }
}
