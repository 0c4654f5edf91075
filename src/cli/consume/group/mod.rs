//! `kafdir consume -g`: records for the members of a consumer group.
//!
//! What was handed over, and what of it counts as taken, is decided here; which partitions are ours, from where they
//! are read and what is committed, by the group's consumer below.

mod args;
mod plan;

pub(super) use args::{CommandArgs, GroupArgs};
pub(super) use plan::GroupPlan;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::error::{Error, Result};

/// Runs the plan.
pub(super) fn run(plan: GroupPlan, _context: &mut Context) -> Result<Outcome> {
    Err(Error::failed(format!("{plan:?}")))
}
