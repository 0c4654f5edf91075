//! All partitions as one sequence, ordered by time, up to the end as it is at the start.

use std::time::Instant;

use crate::cli::consume::assignment::assignment;
use crate::cli::consume::plan::ConsumePlan;
use crate::cli::consume::run::{Ended, outcome, tell_held_back};
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::client::{Assignment, Engine, Merge, count_records};
use crate::error::Result;
use crate::log::Isolation;
use crate::record::Position;
use crate::text::Losses;

/// Runs the plan.
pub(super) fn run(
    mut plan: ConsumePlan,
    engine: &dyn Engine,
    context: &mut Context,
    deadline: Option<Instant>,
) -> Result<Outcome> {
    let mut assignments = assignments(&plan, engine, context)?;
    let skip = match plan.range.from {
        Some(Position::FromEnd(last)) => {
            let last = last.unsigned_abs();
            let found = widen(&mut assignments, last, plan.isolation)?;
            found.saturating_sub(last)
        }
        _ => 0,
    };
    let mut merge = Merge::new(assignments, plan.isolation);
    plan.form.begin(context.output.buffer());
    let mut count = 0;
    let ended = read(&mut plan, &mut merge, skip, &mut count, deadline, context);
    if let Some(warning) = plan.form.losses().and_then(Losses::warning) {
        context.note(&warning);
    }
    tell_held_back(merge.held_back(), context);
    outcome(&ended?, count, &plan.end, context)
}

fn assignments(
    plan: &ConsumePlan,
    engine: &dyn Engine,
    context: &Context,
) -> Result<Vec<Assignment>> {
    let mut assignments = Vec::new();
    for selection in &plan.topics {
        let topic = engine.topic(&selection.topic)?;
        let all: Vec<i32> = topic.partition_numbers().collect();
        for &number in selection.partitions.as_ref().unwrap_or(&all) {
            let partition = engine.partition(&topic, number)?;
            assignments.push(assignment(plan, partition, Some(context))?);
        }
    }
    Ok(assignments)
}

/// Lets each partition begin so early that it has `last` records, if there are so many: those that are the last of all
/// are then among them. Offsets need not do for that, since markers and gaps take some. Says how many it is in all.
fn widen(assignments: &mut [Assignment], last: u64, isolation: Isolation) -> Result<u64> {
    let mut found = 0;
    for assignment in assignments {
        let start = assignment.partition.start()?;
        let to = assignment.to.unwrap_or(i64::MAX);
        let mut span = i64::try_from(last).unwrap_or(i64::MAX);
        loop {
            assignment.from = to.saturating_sub(span).max(start);
            let looked_at = Assignment {
                partition: assignment.partition.clone(),
                from: assignment.from,
                to: assignment.to,
            };
            let count = count_records(looked_at, isolation)?;
            if count >= last || assignment.from == start {
                found += count;
                break;
            }
            span = span.saturating_mul(2);
        }
    }
    Ok(found)
}

fn read(
    plan: &mut ConsumePlan,
    merge: &mut Merge,
    mut skip: u64,
    count: &mut u64,
    deadline: Option<Instant>,
    context: &mut Context,
) -> Result<Ended> {
    let limit = plan.end.max_messages.unwrap_or(u64::MAX);
    while *count < limit {
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Ok(Ended::TimedOut);
        }
        let Some(merged) = merge.next_record()? else {
            break;
        };
        if skip > 0 {
            skip -= 1;
            continue;
        }
        let out = context.output.buffer();
        if plan
            .form
            .write(merged.partition, merged.batch, merged.record, out)?
        {
            *count += 1;
            context.output.pace()?;
        }
    }
    Ok(Ended::Done)
}
