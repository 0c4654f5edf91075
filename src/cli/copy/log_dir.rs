//! Putting topics into the log.dir of a broker that is stopped.

use std::path::Path;

use super::plan::CopyPlan;
use super::{Args, Copied, tell};
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::client::Adoption;
use crate::count::counted_with;
use crate::error::Result;

/// Runs the command.
pub(super) fn run(args: &Args, log_dir: &Path, context: &mut Context) -> Result<Outcome> {
    let plan = CopyPlan::new(args)?;
    let store = context.store_for_reading(args.lock.deadline()?)?;
    let adoption = Adoption::begin(log_dir)?;
    // All of them before the first is touched: none is, if one can't be.
    let mut copies = Vec::with_capacity(plan.copies.len());
    for copy in &plan.copies {
        let topic = store.topic(&copy.from)?;
        adoption.check(&topic, &copy.to)?;
        copies.push((topic, &copy.to));
    }
    for (topic, name) in copies {
        if !args.dry_run {
            let bytes = adoption.place(&store, &topic, name)?;
            context.note(&format!(
                "topic {name}: {} in {}; the broker looks through all of its logs when it starts next",
                counted_with(bytes, "byte", "is", "are"),
                log_dir.display()
            ));
        }
        let copied = Copied {
            topic: topic.name.to_string(),
            partitions: topic.partition_count,
            to: name.to_string(),
            to_partitions: topic.partition_count,
            records: None,
            dry_run: args.dry_run,
        };
        tell(&copied, args, context)?;
    }
    Ok(Outcome::Done)
}
