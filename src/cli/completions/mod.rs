//! `kafdir completions`: the scripts in completions/, which a test keeps current.
//!
//! The scripts know commands and flags by heart. Names of topics, groups and members they ask for with a hidden flag, by
//! which this program, too, decides whether there is a name to be completed at all: one judge for all shells.

mod line;
mod names;
mod place;

use std::ffi::OsString;

use clap::{CommandFactory as _, ValueEnum};

use crate::cli::Cli;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::error::Result;
use line::Line;

/// Print the completion script for a shell
///
/// Besides commands and flags, the scripts complete the names of topics, groups and members that are in the directory,
/// or of those that a cluster tells within a second.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_name = "SHELL", value_enum, required_unless_present = "line")]
    shell: Option<Shell>,

    /// A command line up to the cursor: print the names that fit there, or exit with 3 if no name belongs there
    #[arg(
        long,
        hide = true,
        allow_hyphen_values = true,
        conflicts_with = "shell"
    )]
    line: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir completions bash > ~/.local/share/bash-completion/completions/kafdir
  kafdir completions zsh > \"${fpath[1]}/_kafdir\"
  kafdir completions fish > ~/.config/fish/completions/kafdir.fish

Exit status:
  0  done
  1  standard output could not be written
  2  the command line is wrong";

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    if let Some(line) = &args.line {
        return candidates(line, context);
    }
    let script = match args.shell {
        Some(Shell::Bash) => include_str!("../../../completions/kafdir.bash"),
        Some(Shell::Zsh) => include_str!("../../../completions/_kafdir"),
        Some(Shell::Fish) | None => include_str!("../../../completions/kafdir.fish"),
    };
    context.output.put(script.as_bytes())?;
    Ok(Outcome::Done)
}

/// Prints the names that begin as the word at the cursor does, one a line.
fn candidates(line: &str, context: &mut Context) -> Result<Outcome> {
    let home = std::env::var("HOME").ok();
    let line = Line::cut(line, home.as_deref());
    let is_assignment = |word: &&String| {
        let name = word.split_once('=').map(|(name, _)| name);
        name.is_some_and(|name| !name.is_empty() && !name.contains(['/', '-']))
    };
    let assigned = line.before.iter().take_while(is_assignment).count();
    let (assignments, words) = line.before.split_at(assigned);
    let words = words.get(1..).unwrap_or_default();
    let mut command = Cli::command();
    command.build();
    let Some(place) = place::place(&command, words, &line.current) else {
        return Ok(Outcome::NothingThere);
    };
    let variable = |name: &str| {
        let mut assigned = assignments.iter().rev();
        let own = assigned.find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        own.map(OsString::from).or_else(|| std::env::var_os(name))
    };
    let start = line.current.strip_prefix(&place.prefix).unwrap_or_default();
    let names = names::names(&place.names, words, variable)?;
    for name in names {
        // A name with a line break can't be told from two.
        if name.starts_with(start) && !name.contains('\n') {
            let line = format!("{}{name}\n", place.prefix);
            context.output.put(line.as_bytes())?;
        }
    }
    Ok(Outcome::Done)
}
