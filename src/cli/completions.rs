//! `kafdir completions`: the scripts in completions/, which a test keeps current.

use clap::ValueEnum;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::error::Result;

/// Print the completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
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
    let script = match args.shell {
        Shell::Bash => include_str!("../../completions/kafdir.bash"),
        Shell::Zsh => include_str!("../../completions/_kafdir"),
        Shell::Fish => include_str!("../../completions/kafdir.fish"),
    };
    context.output.put(script.as_bytes())?;
    Ok(Outcome::Done)
}
