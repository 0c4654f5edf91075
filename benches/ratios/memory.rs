//! How much memory produce and consume use for a stream of any length.

use std::process::Stdio;

use crate::Result;
use crate::child;
use crate::pipeline::pipe;
use crate::row::{Goal, Row, Unit};
use crate::sample::Pairs;
use crate::scene::{Scene, cat};

const MOST_BYTES: f64 = 16.0 * 1024.0 * 1024.0;

pub(crate) fn measure(scene: &Scene) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for partitions in [1, 8] {
        scene.create_topic("topic", partitions)?;
        let report = scene.path("report");
        pipe(
            &mut child::lines(scene.stream_bytes)?,
            &mut child::weigh(&report, &scene.kafdir(&["produce", "topic"]))?,
        )?;
        rows.push(row(&report, &format!("memory-produce-{partitions}"))?);
        pipe(
            &mut child::weigh(&report, &scene.kafdir(&["consume", "topic"]))?,
            cat(None).stdout(Stdio::null()),
        )?;
        rows.push(row(&report, &format!("memory-consume-{partitions}"))?);
        scene.delete_topic("topic")?;
    }
    Ok(rows)
}

fn row(report: &std::path::Path, name: &str) -> Result<Row> {
    let kibibytes: f64 = std::fs::read_to_string(report)?.parse()?;
    Ok(Row::new(
        name,
        "largest resident set during the stream / 16 MiB",
        Unit::Size,
        Pairs::against(MOST_BYTES, vec![kibibytes * 1024.0]),
        Goal::AtMost(1.0),
    ))
}
