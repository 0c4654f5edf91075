//! Partition directories that a stopped broker can adopt.

use std::path::Path;

use super::Args;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::error::Result;

pub(super) fn run(_args: &Args, _dir: &Path, _context: &mut Context) -> Result<Outcome> {
    todo!()
}
