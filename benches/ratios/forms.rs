//! Records as JSON and as CSV, against lines and against Python's module for CSV.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::input::Lines;
use crate::pipeline::{pipe, run};
use crate::row::{Goal, Row, Unit};
use crate::sample::Pairs;
use crate::scene::{Scene, cat};
use crate::{Benchmark, Result};

/// What Python is given to do with rows: to take them apart and put them together, in both directions the same.
const PYTHON: &str = "import csv, sys
sys.stdin.reconfigure(newline='')
sys.stdout.reconfigure(newline='')
csv.writer(sys.stdout, lineterminator='\\n').writerows(csv.reader(sys.stdin))";

const NAMES: [&str; 4] = ["consume-json", "produce-json", "consume-csv", "produce-csv"];

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    NAMES
        .into_iter()
        .map(|name| {
            Benchmark::new(name, move |scene| {
                measure(scene, name).map(|row| row.into_iter().collect())
            })
        })
        .collect()
}

fn measure(scene: &Scene, name: &'static str) -> Result<Option<Row>> {
    let is_csv = name.ends_with("csv");
    if is_csv && !has_python() {
        return Ok(None);
    }
    let (input, _) = scene.input(Lines::plain(100))?;
    scene.create_topic("lines", 1)?;
    run(scene
        .kafdir(&["produce", "lines", "--acks", "1"])
        .arg(&input))?;
    let form = if is_csv { "csv" } else { "json" };
    let written = scene.path("written");
    let consume = ["consume", "lines", "--format", form];
    run(scene
        .kafdir(&consume)
        .stdout(std::fs::File::create(&written)?))?;
    let seconds = |form: Option<&str>, file: &Path| -> Result<f64> {
        if name.starts_with("consume") {
            let mut kafdir = scene.kafdir(&["consume", "lines"]);
            kafdir.args(form.iter().flat_map(|form| ["--format", form]));
            return pipe(&mut kafdir, cat(None).stdout(Stdio::null()));
        }
        scene.create_topic("topic", 1)?;
        let mut kafdir = scene.kafdir(&["produce", "topic", "--acks", "1"]);
        kafdir.args(form.iter().flat_map(|form| ["--input", form]));
        let seconds = pipe(&mut cat(Some(file)), &mut kafdir)?;
        scene.delete_topic("topic")?;
        Ok(seconds)
    };
    // The same records in each: the rate is that of their values.
    let pairs = Pairs::alternate(
        scene.runs,
        || {
            if is_csv {
                pipe(&mut cat(Some(&written)), python().stdout(Stdio::null()))
            } else {
                seconds(None, &input)
            }
        },
        || seconds(Some(form), &written),
    )?;
    scene.delete_topic("lines")?;
    scene.remove("written")?;
    let (what, goal) = if is_csv {
        (
            format!("kafdir {name} of 100-byte records / Python's csv module on the same rows"),
            1.0,
        )
    } else {
        (
            format!("kafdir {name} of 100-byte records / the same as lines"),
            0.1,
        )
    };
    let pairs = pairs.into_rates(f64::from(u32::try_from(scene.bytes)?));
    Ok(Some(Row::new(
        name,
        what,
        Unit::Rate,
        pairs,
        Goal::AtLeast(goal),
    )))
}

fn python() -> Command {
    let mut python = Command::new("python3");
    python.args(["-c", PYTHON]);
    python
}

fn has_python() -> bool {
    let found = Command::new("python3")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    found.is_ok_and(|status| status.success())
}
