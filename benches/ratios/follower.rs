//! From a line's way in to its way out, through a process that writes it and one that follows.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::pipeline::finish;
use crate::row::{Goal, Row, Unit};
use crate::sample::{Pairs, quantile};
use crate::scene::{Scene, appending, cat};

const LINES: usize = 1000;
/// A line comes when the one before is long through.
const PACE: Duration = Duration::from_millis(1);
/// The 99th percentile of a follower, in seconds.
const P99_SECONDS: f64 = 300e-6;

pub(crate) fn measure(scene: &Scene) -> Result<Vec<Row>> {
    let path = scene.path("followed");
    let mut rows = Vec::new();
    for acks in ["1", "all"] {
        let file = appending(&path)?;
        let mut plain = Line::start(
            cat(None).stdout(file),
            Command::new("tail").args(["-n", "+1", "-f"]).arg(&path),
        )?;
        scene.create_topic("topic", 1)?;
        let mut ours = Line::start(
            &mut scene.kafdir(&["produce", "topic", "--acks", acks]),
            &mut scene.kafdir(&["consume", "topic", "--follow"]),
        )?;
        let mut times = Vec::with_capacity(LINES);
        let pairs = Pairs::alternate(
            LINES,
            || plain.pass(),
            || {
                let seconds = ours.pass()?;
                times.push(seconds);
                Ok(seconds)
            },
        )?;
        plain.stop()?;
        ours.stop()?;
        scene.delete_topic("topic")?;
        scene.remove("followed")?;
        let what = format!("kafdir produce --acks {acks} and consume -f");
        rows.push(Row::new(
            format!("follower-{acks}-p50"),
            format!("{what} / cat >> F and tail -f F"),
            Unit::Time,
            pairs,
            Goal::AtMost(2.0),
        ));
        rows.push(Row::new(
            format!("follower-{acks}-p99"),
            format!("{what}, the 99th percentile / 300 us"),
            Unit::Time,
            Pairs::against(P99_SECONDS, vec![quantile(&times, 100)]),
            Goal::AtMost(1.0),
        ));
    }
    Ok(rows)
}

/// A writer and a follower.
struct Line {
    writer: Child,
    follower: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    got: String,
}

impl Line {
    fn start(writer: &mut Command, follower: &mut Command) -> Result<Self> {
        let mut writer = writer.stdin(Stdio::piped()).spawn()?;
        let mut follower = follower.stdout(Stdio::piped()).spawn()?;
        let input = writer.stdin.take().ok_or("no pipe")?;
        let output = BufReader::new(follower.stdout.take().ok_or("no pipe")?);
        let mut line = Self {
            writer,
            follower,
            input,
            output,
            got: String::new(),
        };
        // Both have begun when the first line is through.
        line.pass()?;
        Ok(line)
    }

    /// Sends a line through; the seconds it takes.
    fn pass(&mut self) -> Result<f64> {
        std::thread::sleep(PACE);
        self.got.clear();
        let began = Instant::now();
        self.input.write_all(b"a line, as a program logs it\n")?;
        self.output.read_line(&mut self.got)?;
        let seconds = began.elapsed().as_secs_f64();
        if self.got.is_empty() {
            return Err("the follower has gone".into());
        }
        Ok(seconds)
    }

    fn stop(self) -> Result<()> {
        let Self {
            mut writer,
            mut follower,
            input,
            ..
        } = self;
        drop(input);
        finish(&mut writer)?;
        follower.kill()?;
        follower.wait()?;
        Ok(())
    }
}
