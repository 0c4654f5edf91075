//! How long nobody reads a partition after its reader was killed: from the kill to the first record at the new owner,
//! while producers go on writing.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use crate::row::{Goal, Row, Unit};
use crate::sample::{Pairs, median};
use crate::scene::Scene;
use crate::{Result, child};

const KILLS: usize = 50;
const PRODUCERS: usize = 4;
/// What the median of the takeovers should stay under, and the worst of them, in seconds.
const MEDIAN_SECONDS: f64 = 50e-3;
const WORST_SECONDS: f64 = 200e-3;
/// After how long Kafka's coordinator takes a member for dead that was killed, in seconds: the default of
/// session.timeout.ms (<https://kafka.apache.org/39/generated/consumer_config.html>).
const SESSION_SECONDS: f64 = 45.0;
/// After this, something does not work at all.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn measure(scene: &Scene) -> Result<Vec<Row>> {
    scene.create_topic("topic", 2)?;
    let mut writers = (0..PRODUCERS)
        .map(|_| Writer::start(scene))
        .collect::<Result<Vec<_>>>()?;
    let taken = takeovers(scene);
    writers.drain(..).try_for_each(Writer::stop)?;
    let taken = taken?;
    scene.delete_topic("topic")?;
    let worst = taken.iter().copied().fold(0.0, f64::max);
    let what = "kill -9 of a member to the first record at the new owner, beside 4 producers";
    let row = |name: &str, of: &str, seconds, limit| {
        let pairs = Pairs::against(limit, vec![seconds]);
        let what = format!("{what}, {of}");
        Row::new(name, what, Unit::Time, pairs, Goal::AtMost(1.0))
    };
    Ok(vec![
        row(
            "group-takeover-p50",
            "the median of 50 / 50 ms",
            median(&taken),
            MEDIAN_SECONDS,
        ),
        row(
            "group-takeover-worst",
            "the worst of 50 / 200 ms",
            worst,
            WORST_SECONDS,
        ),
        row(
            "group-takeover-kafka",
            "the worst of 50 / Kafka's default session timeout",
            worst,
            SESSION_SECONDS,
        ),
    ])
}

/// Two members share two partitions. The older one is killed, the other takes over, and a new one comes.
fn takeovers(scene: &Scene) -> Result<Vec<f64>> {
    let mut old = Reader::start(scene)?;
    // It has both before it has to give one away.
    old.comes_to_another()?;
    old.comes_to_another()?;
    let mut taken = Vec::with_capacity(KILLS);
    while taken.len() < KILLS {
        let mut new = Reader::start(scene)?;
        new.comes_to_another()?;
        let killed = Instant::now();
        old.child.kill()?;
        let came = new.comes_to_another()?;
        taken.push(came.saturating_duration_since(killed).as_secs_f64());
        old.child.wait()?;
        old = new;
    }
    Ok(taken)
}

/// A member of the group, and when the first record of each partition came out of it.
struct Reader {
    child: Child,
    firsts: Receiver<Instant>,
}

impl Reader {
    fn start(scene: &Scene) -> Result<Self> {
        let follow = [
            "consume", "topic", "-q", "-f", "-g", "takeover", "-F", "%p\\n",
        ];
        let mut child = scene.kafdir(&follow).stdout(Stdio::piped()).spawn()?;
        let output = BufReader::new(child.stdout.take().ok_or("no pipe")?);
        let (sender, firsts) = mpsc::channel();
        std::thread::spawn(move || {
            let mut seen = HashSet::new();
            for line in output.split(b'\n').map_while(std::io::Result::ok) {
                if !seen.contains(&line) {
                    let now = Instant::now();
                    seen.insert(line);
                    if sender.send(now).is_err() {
                        return;
                    }
                }
            }
        });
        Ok(Self { child, firsts })
    }

    /// When the first record came of a partition that this member had none of.
    fn comes_to_another(&mut self) -> Result<Instant> {
        let came = self.firsts.recv_timeout(PATIENCE);
        Ok(came.map_err(|_| "a member got nothing")?)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A producer that gets lines all the time.
struct Writer {
    source: Child,
    producer: Child,
}

impl Writer {
    fn start(scene: &Scene) -> Result<Self> {
        let mut source = child::trickle()?.stdout(Stdio::piped()).spawn()?;
        let lines = source.stdout.take().ok_or("no pipe")?;
        let mut produce = scene.kafdir(&["produce", "topic", "-q", "--acks", "1"]);
        let producer = produce.stdin(lines).spawn()?;
        Ok(Self { source, producer })
    }

    fn stop(mut self) -> Result<()> {
        self.source.kill()?;
        self.source.wait()?;
        crate::pipeline::finish(&mut self.producer)
    }
}
