//! What a reset shows: each partition's old offset and its new one.

use serde::Serialize;

use super::plan::GroupPlan;
use crate::cli::context::Context;
use crate::cli::table::{Table, cell};
use crate::error::Result;

#[derive(Serialize)]
struct Line<'a> {
    group: &'a str,
    topic: &'a str,
    partition: i32,
    previous_offset: Option<i64>,
    new_offset: i64,
    dry_run: bool,
}

pub(super) fn table() -> Table {
    Table::new(&[
        "GROUP",
        "TOPIC",
        "PARTITION",
        "PREVIOUS-OFFSET",
        "NEW-OFFSET",
    ])
}

pub(super) fn rows(plan: &GroupPlan, table: &mut Table) {
    for reset in plan.resets() {
        let previous = reset.previous;
        table.row([
            plan.group().to_string(),
            reset.partition.topic.to_string(),
            reset.partition.partition.to_string(),
            cell(previous),
            reset.new.to_string(),
        ]);
    }
}

pub(super) fn json(plan: &GroupPlan, dry_run: bool, context: &mut Context) -> Result<()> {
    for reset in plan.resets() {
        context.output.put_json(&Line {
            group: plan.group().as_str(),
            topic: reset.partition.topic.as_str(),
            partition: reset.partition.partition,
            previous_offset: reset.previous,
            new_offset: reset.new,
            dry_run,
        })?;
    }
    Ok(())
}
