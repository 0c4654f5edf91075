//! What a single record costs from a shell, and reading a topic that holds next to nothing: mostly starts of programs.

use std::process::{Command, Stdio};

use crate::pipeline::{feed, run};
use crate::row::{Goal, Row, Unit};
use crate::sample::Pairs;
use crate::scene::{Scene, appending, cat};
use crate::{Benchmark, Result};

/// A start of a program takes about a millisecond, so there can be many.
const STARTS: usize = 200;
const LINE: &[u8] = b"a record, as a script would write it\n";

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    vec![
        Benchmark::new("record-acks-1", |scene| one(scene, "1")),
        Benchmark::new("record-acks-all", |scene| one(scene, "all")),
        Benchmark::new("read-empty", |scene| read(scene, "read-empty", false)),
        Benchmark::new("read-small", |scene| read(scene, "read-small", true)),
    ]
}

/// `tee -a FILE`, and the same with a sync of the file, which here costs no second process.
fn one(scene: &Scene, acks: &str) -> Result<Vec<Row>> {
    let path = scene.path("tee");
    let file = appending(&path)?;
    scene.create_topic("topic", 1)?;
    feed(&mut scene.kafdir(&["produce", "topic"]), LINE)?;
    let synced = acks == "all";
    let pairs = Pairs::alternate(
        STARTS,
        || {
            let began = std::time::Instant::now();
            feed(
                Command::new("tee")
                    .arg("-a")
                    .arg(&path)
                    .stdout(Stdio::null()),
                LINE,
            )?;
            if synced {
                file.sync_data()?;
            }
            Ok(began.elapsed().as_secs_f64())
        },
        || {
            feed(
                &mut scene.kafdir(&["produce", "topic", "--acks", acks]),
                LINE,
            )
        },
    )?;
    scene.delete_topic("topic")?;
    scene.remove("tee")?;
    let limit = if synced { " + fdatasync" } else { "" };
    Ok(vec![Row::new(
        format!("record-acks-{acks}"),
        format!("echo | kafdir produce topic --acks {acks} / echo | tee -a FILE{limit}"),
        Unit::Time,
        pairs,
        Goal::AtMost(1.5),
    )])
}

fn read(scene: &Scene, name: &str, small: bool) -> Result<Vec<Row>> {
    let path = scene.path("small");
    std::fs::write(&path, if small { LINE } else { &[] })?;
    scene.create_topic("topic", 1)?;
    if small {
        feed(&mut scene.kafdir(&["produce", "topic"]), LINE)?;
    }
    let pairs = Pairs::alternate(
        STARTS,
        || run(cat(Some(&path)).stdout(Stdio::null())),
        || run(scene.kafdir(&["consume", "topic"]).stdout(Stdio::null())),
    )?;
    scene.delete_topic("topic")?;
    Ok(vec![Row::new(
        name,
        "kafdir consume topic / cat of a file as small",
        Unit::Time,
        pairs,
        Goal::AtMost(3.0),
    )])
}
