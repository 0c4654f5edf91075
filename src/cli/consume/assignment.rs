//! What is to be read of a partition.

use std::sync::Arc;

use crate::cli::consume::plan::ConsumePlan;
use crate::cli::context::Context;
use crate::client::{Assignment, PartitionLog};
use crate::error::Result;
use crate::log::Fetched;
use crate::record::Position;

/// What is to be read of a partition, as it is now; a first offset that is not there any more is told to `told`.
pub(super) fn assignment(
    plan: &ConsumePlan,
    partition: Arc<dyn PartitionLog>,
    told: Option<&Context>,
) -> Result<Assignment> {
    let start = partition.start()?;
    let mut from = match plan.range.from {
        Some(position) => partition.resolve(position, plan.isolation)?,
        None => start,
    };
    if from < start {
        if let (Some(context), Some(Position::Offset(_))) = (told, plan.range.from) {
            context.note(&format!(
                "{}: offset {from} is below the log start offset: reading from {start} on",
                partition.name()
            ));
        }
        from = start;
    }
    let goes_on = plan.end.goes_on();
    let to = match plan.range.to {
        // Where nothing is as late yet, what comes will tell: see `end_in`.
        Some(Position::Time(time)) if goes_on => partition.offset_for_time(time)?,
        Some(position) => Some(partition.resolve(position, plan.isolation)?),
        None => None,
    };
    let to = if goes_on {
        to
    } else {
        let end = partition.readable_end(plan.isolation)?;
        Some(to.map_or(end, |to| to.min(end)))
    };
    Ok(Assignment {
        partition,
        from,
        to,
    })
}

/// Where a follower that is to stop at a time stops, if it is in this batch: before the first record that is as late.
pub(super) fn end_in(
    batch: &Fetched<'_>,
    partition: &dyn PartitionLog,
    plan: &ConsumePlan,
) -> Result<Option<i64>> {
    match plan.range.to {
        Some(Position::Time(time))
            if plan.end.goes_on() && batch.header().max_timestamp >= time =>
        {
            partition.offset_for_time(time)
        }
        _ => Ok(None),
    }
}
