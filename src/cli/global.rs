//! The flags that every command has, and how commands get them.

use clap::{ArgMatches, Args, Command, FromArgMatches};

use crate::cli::choice::StoreArgs;
use crate::cli::cluster_args::ClusterArgs;
use crate::error::Result;

// Flags of every command; they may stand before the command's name or after it. (A doc comment here would become
// the description of every command.)
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,

    #[command(flatten)]
    pub(crate) cluster: ClusterArgs,

    /// Write no notes to stderr; errors are always written
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

impl GlobalArgs {
    /// What was said before the command's name, and what was said after it.
    pub(crate) fn and(self, after: Self) -> Result<Self> {
        let store = self.store.and(after.store)?;
        let cluster = self.cluster.and(after.cluster)?;
        if let Some(flag @ ("--dir" | "--log-dir")) = store.given()? {
            cluster.refuse(flag)?;
        }
        Ok(Self {
            store,
            cluster,
            quiet: self.quiet || after.quiet,
        })
    }
}

/// The arguments `T` of a command, and the global ones after its name.
///
/// Both are defined only once the command is invoked: a start pays for the flags of one command instead of those of
/// all, and parsing is the largest part of a start. So what stands in the list of commands must be said where this
/// is used; `T`'s own words come too late for it.
#[derive(Debug)]
pub(crate) struct Invoked<T> {
    pub(crate) args: T,
    pub(crate) global: GlobalArgs,
}

/// Each takes its own out of what was matched; to leave it there would be to copy all of it, twice.
impl<T: FromArgMatches> FromArgMatches for Invoked<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Self::from_arg_matches_mut(&mut matches.clone())
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self {
            args: T::from_arg_matches_mut(matches)?,
            global: GlobalArgs::from_arg_matches_mut(matches)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.update_from_arg_matches_mut(&mut matches.clone())
    }

    fn update_from_arg_matches_mut(&mut self, matches: &mut ArgMatches) -> Result<(), clap::Error> {
        self.args.update_from_arg_matches_mut(matches)?;
        self.global.update_from_arg_matches_mut(matches)
    }
}

impl<T: Args> Args for Invoked<T> {
    fn augment_args(command: Command) -> Command {
        command.defer(|command| GlobalArgs::augment_args(T::augment_args(command)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(|command| {
            GlobalArgs::augment_args_for_update(T::augment_args_for_update(command))
        })
    }
}
