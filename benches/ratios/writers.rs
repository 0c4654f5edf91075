//! Many writers on one partition: what they store together, and how long one more waits for the lock.

use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kafdir::store::{LockFile, Patience, TopicName, TopicPartition};

use crate::Result;
use crate::input::Lines;
use crate::pipeline::finish;
use crate::row::{Goal, Row, Unit};
use crate::sample::Pairs;
use crate::scene::Scene;

const WRITERS: u64 = 16;
/// How long the probe does something else before it asks for the lock again.
const PAUSE: Duration = Duration::from_micros(200);
/// The longest that anyone should wait for the lock, in seconds.
const WORST_SECONDS: f64 = 20e-3;

pub(crate) fn measure(scene: &Scene) -> Result<Vec<Row>> {
    let part = scene.path("part");
    let bytes = Lines::plain(100).write_file(&part, scene.bytes / WRITERS)?;
    let name = part.display().to_string();
    // As much in all: by one, from one file after the other, and by all at the same time.
    let arguments = |files: usize| {
        let mut arguments = vec!["produce", "topic", "--acks", "1"];
        arguments.extend(std::iter::repeat_n(name.as_str(), files));
        arguments
    };
    let mut worst = Vec::new();
    let pairs = Pairs::alternate(
        scene.runs,
        || {
            timed(scene, |scene| {
                Ok(vec![scene.kafdir(&arguments(16)).spawn()?])
            })
        },
        || {
            let seconds = timed(scene, |scene| all(scene, &arguments(1)))?;
            worst.push(worst_wait(scene, &arguments(4))?);
            Ok(seconds)
        },
    )?;
    scene.remove("part")?;
    worst.remove(0);
    #[expect(clippy::cast_precision_loss, reason = "the size of a file")]
    let total = (bytes * WRITERS) as f64;
    Ok(vec![
        Row::new(
            "writers",
            "16 of 'kafdir produce topic FILE --acks 1' at the same time / 1 of 16 FILEs",
            Unit::Rate,
            pairs.into_rates(total),
            Goal::AtLeast(1.0),
        ),
        Row::new(
            "writers-worst-wait",
            "the longest wait for the lock of one more, beside 16 writers / 20 ms",
            Unit::Time,
            Pairs::against(WORST_SECONDS, worst),
            Goal::AtMost(1.0),
        ),
    ])
}

fn all(scene: &Scene, arguments: &[&str]) -> Result<Vec<Child>> {
    (0..WRITERS)
        .map(|_| Ok(scene.kafdir(arguments).spawn()?))
        .collect()
}

fn timed(scene: &Scene, start: impl Fn(&Scene) -> Result<Vec<Child>>) -> Result<f64> {
    scene.create_topic("topic", 1)?;
    let began = Instant::now();
    for child in &mut start(scene)? {
        finish(child)?;
    }
    let seconds = began.elapsed().as_secs_f64();
    scene.delete_topic("topic")?;
    Ok(seconds)
}

/// The longest wait for the append lock while 16 processes write, in seconds, as one sees it that asks again and again.
fn worst_wait(scene: &Scene, arguments: &[&str]) -> Result<f64> {
    scene.create_topic("topic", 1)?;
    let tp = TopicPartition::new(TopicName::new("topic")?, 0);
    let path = scene.store()?.layout().append_lock(&tp);
    let mut lock = LockFile::open(&path)?;
    let mut children = all(scene, arguments)?;
    let running = AtomicBool::new(true);
    let worst = std::thread::scope(|scope| {
        let probe = scope.spawn(|| -> std::result::Result<f64, kafdir::error::Error> {
            let mut worst = 0.0_f64;
            while running.load(Ordering::Relaxed) {
                let asked = Instant::now();
                let guard = lock.lock(&Patience::endless())?.yielding();
                worst = worst.max(asked.elapsed().as_secs_f64());
                drop(guard);
                std::thread::sleep(PAUSE);
            }
            Ok(worst)
        });
        let finished = children.iter_mut().try_for_each(finish);
        running.store(false, Ordering::Relaxed);
        let worst = probe.join().map_err(|_| "the probe panicked")??;
        finished.map(|()| worst)
    })?;
    scene.delete_topic("topic")?;
    Ok(worst)
}
