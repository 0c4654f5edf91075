//! How near kafdir comes to what the machine can do: `cargo bench`, or `cargo bench -- NAME` for the rows whose name
//! holds NAME.
//!
//! Every row is a ratio of two things measured in turn in the same run, so that it means the same on any machine: what
//! kafdir takes, and what plain tools take for moving the same bytes, or a budget that does not depend on the machine.
//! Figures are medians; after the ratio stands the range in which its single runs lay, which tells how quiet the
//! machine was.
//!
//! `KAFDIR_BENCH_MB` (default 256) scales the inputs, `KAFDIR_BENCH_STREAM_MB` (default 512; 5120 for the real thing)
//! the streams whose memory is measured, `KAFDIR_BENCH_RUNS` (default 7) the repetitions, `KAFDIR_BENCH_MANY` (default
//! 10000) the segments and partitions that are many. `KAFDIR_BENCH_DIR` chooses where the files lie, which should be
//! a disk; by default it is Cargo's directory for temporary files.

mod child;
mod completion;
mod follower;
mod forms;
mod group_curve;
mod group_start;
mod group_takeover;
mod input;
mod memory;
mod narrow;
mod opening;
mod pipeline;
mod record;
mod row;
mod sample;
mod scene;
mod throughput;
mod writers;

use std::io::Write as _;
use std::process::ExitCode;

use crate::row::Row;
use crate::scene::Scene;

/// Whatever stops a benchmark.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What measures some rows.
type Measure = Box<dyn Fn(&Scene) -> Result<Vec<Row>>>;

/// A benchmark: the names of the rows it may give, and what gives them.
struct Benchmark {
    name: String,
    measure: Measure,
}

impl Benchmark {
    fn new(
        name: impl Into<String>,
        measure: impl Fn(&Scene) -> Result<Vec<Row>> + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            measure: Box::new(measure),
        }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = if arguments.first().is_some_and(|first| first == child::FLAG) {
        child::run(&arguments[1..])
    } else if arguments.iter().any(|argument| argument == "--bench") {
        run(&arguments)
    } else {
        say("Nothing is measured without 'cargo bench': other builds are not fast.")
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "ratios: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let wanted: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let scene = Scene::new()?;
    say(&scene.describe())?;
    say(&row::heading())?;
    let mut missed = 0;
    for benchmark in benchmarks() {
        if !wanted.is_empty() && !wanted.iter().any(|name| benchmark.name.contains(*name)) {
            continue;
        }
        for row in (benchmark.measure)(&scene)? {
            missed += usize::from(!row.is_met());
            say(&row.to_string())?;
        }
    }
    say(&match missed {
        0 => "Every goal is met.".to_owned(),
        _ => format!("Goals not met: {missed}."),
    })
}

fn benchmarks() -> Vec<Benchmark> {
    let mut all = throughput::benchmarks();
    all.extend(record::benchmarks());
    all.extend(forms::benchmarks());
    all.push(Benchmark::new("follower", follower::measure));
    all.push(Benchmark::new("writers", writers::measure));
    all.push(Benchmark::new("memory", memory::measure));
    all.extend(opening::benchmarks());
    all.extend(group_start::benchmarks());
    all.push(Benchmark::new("group-takeover", group_takeover::measure));
    all.extend(group_curve::benchmarks());
    all.push(Benchmark::new("completion", completion::measure));
    all
}

fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
