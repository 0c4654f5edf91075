//! Produce and consume: whole inputs through a pipe, against `cat` doing the same with plain files.

use std::process::Stdio;

use crate::input::Lines;
use crate::narrow;
use crate::pipeline::{pipe, run};
use crate::row::{Goal, Row, Unit};
use crate::sample::Pairs;
use crate::scene::{Scene, appending, cat};
use crate::{Benchmark, Result};

/// What a narrow pipe's reader gets before the clock starts: more than the pipe is born with, in whole lines.
const HEAD_BYTES: u64 = 64 * 1024;

/// A way to move an input.
#[derive(Debug, Clone, Copy)]
struct Flow {
    lines: Lines,
    partitions: i32,
    /// Through a pipe of 64 KiB rather than one that may be enlarged.
    narrow: bool,
    /// Synced before it counts.
    synced: bool,
}

impl Flow {
    const fn of(lines: Lines) -> Self {
        Self {
            lines,
            partitions: 1,
            narrow: false,
            synced: false,
        }
    }
}

/// Every way that is measured, with the goal of producing and, where that is measured, of consuming.
fn flows() -> [(&'static str, Flow, f64, Option<f64>); 8] {
    let plain = Flow::of(Lines::plain(100));
    let synced = Flow {
        synced: true,
        ..plain
    };
    let narrow = Flow {
        narrow: true,
        ..plain
    };
    let keyed = Flow::of(Lines::keyed(100));
    let eight = |flow| Flow {
        partitions: 8,
        ..flow
    };
    [
        ("100", plain, 0.7, Some(0.7)),
        ("100-acks-all", synced, 0.5, None),
        ("100-narrow", narrow, 0.5, Some(0.5)),
        ("10", Flow::of(Lines::plain(10)), 0.4, Some(0.5)),
        ("10k", Flow::of(Lines::plain(10_000)), 0.7, Some(0.7)),
        ("keyed", keyed, 0.7, Some(0.7)),
        ("8-partitions", eight(plain), 0.6, Some(0.6)),
        ("8-keyed", eight(keyed), 0.6, Some(0.6)),
    ]
}

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    let mut all = Vec::new();
    for (name, flow, goal, _) in flows() {
        let name = format!("produce-{name}");
        all.push(Benchmark::new(name.clone(), move |scene| {
            produce(scene, &name, flow, goal).map(|row| vec![row])
        }));
    }
    for (name, flow, _, goal) in flows() {
        let Some(goal) = goal else { continue };
        let name = format!("consume-{name}");
        all.push(Benchmark::new(name.clone(), move |scene| {
            consume(scene, &name, flow, goal).map(|row| vec![row])
        }));
    }
    all
}

fn produce(scene: &Scene, name: &str, flow: Flow, goal: f64) -> Result<Row> {
    let (input, bytes) = scene.input(flow.lines)?;
    let acks = if flow.synced { "all" } else { "1" };
    let mut arguments = vec!["produce", "topic", "--acks", acks];
    if flow.lines.keyed {
        arguments.extend(["-K", ":"]);
    }
    let head = head_of(flow.lines)?;
    let pairs = Pairs::alternate(
        scene.runs,
        || {
            let copy = scene.path("copy");
            let mut file = appending(&copy)?;
            let mut second = cat(None);
            let mut seconds = pipe(&mut cat(Some(&input)), second.stdout(file.try_clone()?))?;
            if flow.synced {
                let began = std::time::Instant::now();
                file.sync_all()?;
                seconds += began.elapsed().as_secs_f64();
            }
            drop((second, &mut file));
            scene.remove("copy")?;
            Ok(seconds)
        },
        || {
            scene.create_topic("topic", flow.partitions)?;
            let mut kafdir = scene.kafdir(&arguments);
            let seconds = if flow.narrow {
                narrow::into_reader(&mut cat(Some(&input)), &mut kafdir, &head)?
            } else {
                pipe(&mut cat(Some(&input)), &mut kafdir)?
            };
            scene.delete_topic("topic")?;
            Ok(seconds)
        },
    )?;
    let limit = if flow.synced { " + sync" } else { "" };
    let what = format!(
        "cat FILE | kafdir {} / cat FILE | cat >> COPY{limit}",
        arguments.join(" ")
    );
    let pairs = pairs.into_rates(to_float(bytes));
    Ok(Row::new(name, what, Unit::Rate, pairs, Goal::AtLeast(goal)))
}

fn consume(scene: &Scene, name: &str, flow: Flow, goal: f64) -> Result<Row> {
    let (input, bytes) = scene.input(flow.lines)?;
    scene.create_topic("topic", flow.partitions)?;
    let keyed: &[&str] = if flow.lines.keyed { &["-K", ":"] } else { &[] };
    let arguments = [&["consume", "topic"], keyed].concat();
    run(scene
        .kafdir(&[&["produce", "topic"], keyed].concat())
        .arg(&input))?;
    let pairs = Pairs::alternate(
        scene.runs,
        || {
            let seconds = pipe(&mut cat(Some(&input)), cat(None).stdout(Stdio::null()))?;
            Ok(to_float(bytes) / seconds)
        },
        || {
            let mut kafdir = scene.kafdir(&arguments);
            let mut reader = cat(None);
            reader.stdout(Stdio::null());
            let (seconds, before) = if flow.narrow {
                narrow::from_writer(&mut kafdir, &mut reader)?
            } else {
                (pipe(&mut kafdir, &mut reader)?, 0)
            };
            Ok(to_float(bytes - before) / seconds)
        },
    )?;
    scene.delete_topic("topic")?;
    let what = format!(
        "kafdir {} | cat > /dev/null / cat FILE | cat > /dev/null",
        arguments.join(" ")
    );
    Ok(Row::new(name, what, Unit::Rate, pairs, Goal::AtLeast(goal)))
}

/// Whole lines, a little more than a pipe of its first size takes.
fn head_of(lines: Lines) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    lines.write(&mut head, HEAD_BYTES + lines.bytes as u64)?;
    Ok(head)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sizes of files are far below what a float counts exactly"
)]
fn to_float(bytes: u64) -> f64 {
    bytes as f64
}
