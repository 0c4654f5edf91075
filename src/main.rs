//! The `kafdir` program: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    kafdir::cli::run(std::env::args_os())
}
