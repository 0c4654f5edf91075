//! What a group costs a reader that is alone in it: from the start of the process to the first record.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::pipeline::{feed, finish, run};
use crate::row::{Goal, Row, Unit};
use crate::sample::Pairs;
use crate::scene::Scene;
use crate::{Benchmark, Result};

const STARTS: usize = 100;
const LINES: &[u8] = b"one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n";
const GOAL: Goal = Goal::AtMost(3.0);

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    vec![
        Benchmark::new("group-start-committed", committed),
        Benchmark::new("group-start-new", new),
    ]
}

/// A group that goes on where it was.
fn committed(scene: &Scene) -> Result<Vec<Row>> {
    scene.create_topic("topic", 1)?;
    feed(&mut scene.kafdir(&["produce", "topic", "-q"]), LINES)?;
    let first = ["consume", "topic", "-q", "-g", "old", "-n", "5"];
    run(scene.kafdir(&first).stdout(Stdio::null()))?;
    // What a commit at the end costs does not keep the first record back; without it each run reads the same.
    let ours = ["consume", "topic", "-q", "-g", "old", "--no-commit"];
    let pairs = Pairs::alternate(
        STARTS,
        || to_first(&mut scene.kafdir(&["consume", "topic", "-q", "-o", "5"])),
        || to_first(&mut scene.kafdir(&ours)),
    )?;
    scene.delete_topic("topic")?;
    Ok(vec![row(
        "group-start-committed",
        "in a group that goes on",
        pairs,
    )])
}

/// A group that begins, and has to be made.
fn new(scene: &Scene) -> Result<Vec<Row>> {
    scene.create_topic("topic", 1)?;
    feed(&mut scene.kafdir(&["produce", "topic", "-q"]), LINES)?;
    let mut number = 0;
    let pairs = Pairs::alternate(
        STARTS,
        || to_first(&mut scene.kafdir(&["consume", "topic", "-q"])),
        || {
            number += 1;
            let group = format!("new-{number}");
            to_first(&mut scene.kafdir(&["consume", "topic", "-q", "-g", &group]))
        },
    )?;
    scene.delete_topic("topic")?;
    Ok(vec![row("group-start-new", "in a new group", pairs)])
}

fn row(name: &str, what: &str, pairs: Pairs) -> Row {
    let what = format!(
        "kafdir consume topic -g, alone {what}, to its first record / kafdir consume topic"
    );
    Row::new(name, what, Unit::Time, pairs, GOAL)
}

/// The seconds until something comes out.
fn to_first(command: &mut Command) -> Result<f64> {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut output = child.stdout.take().ok_or("no pipe")?;
    let mut bytes = [0; 64];
    let read = output.read(&mut bytes)?;
    let seconds = began.elapsed().as_secs_f64();
    if read == 0 {
        return Err("nothing was read".into());
    }
    std::io::copy(&mut output, &mut std::io::sink())?;
    finish(&mut child)?;
    Ok(seconds)
}
