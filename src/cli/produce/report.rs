//! What a producer says of what it stored.

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::produce::plan::ProducePlan;
use crate::client::Produced;
use crate::count::counted;
use crate::error::Result;
use crate::store::TopicName;

/// The object that `--summary` prints.
#[derive(Serialize)]
struct Summary<'a> {
    topic: &'a str,
    records: u64,
    partitions: Vec<Part>,
}

/// One partition of it.
#[derive(Serialize)]
struct Part {
    partition: i32,
    records: u64,
    first_offset: i64,
    last_offset: i64,
}

/// Says how many records went where, if the plan asks for it. Where that can't be said they are stored all the same, and
/// who stored them again would have them twice.
pub(super) fn tell(
    plan: &ProducePlan,
    topic: &TopicName,
    produced: &[Produced],
    context: &mut Context,
) -> Result<()> {
    let stored = produced.iter().map(|part| part.records).sum();
    report(plan, topic, produced, context).map_err(|error| error.and(are_stored(stored, "")))
}

/// How many records are stored, in words.
pub(super) fn are_stored(stored: u64, which: &str) -> String {
    let verb = if stored == 1 { "is" } else { "are" };
    format!("{}{which} {verb} stored", counted(stored, "record"))
}

fn report(
    plan: &ProducePlan,
    topic: &TopicName,
    produced: &[Produced],
    context: &mut Context,
) -> Result<()> {
    if plan.verbose {
        for part in produced {
            context.note(&format!(
                "{topic}-{}: {}, offsets {} to {}",
                part.partition,
                counted(part.records, "record"),
                part.first_offset,
                part.last_offset
            ));
        }
        let total = produced.iter().map(|part| part.records).sum::<u64>();
        context.note(&format!("{topic}: {}", counted(total, "record")));
    }
    if plan.summary {
        context.output.put_json(&Summary {
            topic: topic.as_str(),
            records: produced.iter().map(|part| part.records).sum(),
            partitions: produced.iter().map(Part::from).collect(),
        })?;
        return context.output.flush();
    }
    Ok(())
}

impl From<&Produced> for Part {
    fn from(produced: &Produced) -> Self {
        let Produced {
            partition,
            records,
            first_offset,
            last_offset,
        } = *produced;
        Self {
            partition,
            records,
            first_offset,
            last_offset,
        }
    }
}
