//! Opening, seeking and describing: the same among 10 segments or partitions and among very many.

use std::process::Stdio;

use kafdir::record::{BatchBuilder, Compression, Record};
use kafdir::store::names::segment_file_name;
use kafdir::store::{SegmentFile, Topic};

use crate::pipeline::{feed, run};
use crate::row::{Goal, Row, Unit};
use crate::sample::Pairs;
use crate::scene::Scene;
use crate::{Benchmark, Result};

const FEW: i32 = 10;
const STARTS: usize = 50;
/// "The same", as far as starts of a program can show it.
const FLAT: f64 = 1.25;
const LINE: &[u8] = b"one more\n";
/// A time before that of the first record, in ms: the records' times are a second apart.
const FIRST_TIMESTAMP: i64 = 1_700_000_000_000;

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    vec![
        Benchmark::new("open-segments", segments),
        Benchmark::new("open-partitions", partitions),
    ]
}

fn segments(scene: &Scene) -> Result<Vec<Row>> {
    for (name, count) in [("few", FEW), ("many", scene.many)] {
        let topic = scene.create_topic(name, 1)?;
        fill(scene, &topic, count)?;
        // The first append after the files came to be looks at them all; what counts is every other.
        feed(&mut scene.kafdir(&["produce", name]), LINE)?;
    }
    let half = |count: i32| (count / 2).to_string();
    let time = |count: i32| format!("@{}", FIRST_TIMESTAMP + i64::from(count / 2) * 1000);
    let rows = vec![
        row(scene, "open-segments-append", |name, _| {
            arguments(&["produce", name, "--acks", "1"])
        })?,
        row(scene, "open-segments-last", |name, _| {
            arguments(&["consume", name, "--offset", "-1"])
        })?,
        row(scene, "open-segments-offset", |name, count| {
            arguments(&["consume", name, "-n", "1", "--offset", &half(count)])
        })?,
        row(scene, "open-segments-time", |name, count| {
            arguments(&["consume", name, "-n", "1", "--offset", &time(count)])
        })?,
        row(scene, "open-segments-describe", |name, _| {
            arguments(&["topic", "describe", name, "--json"])
        })?,
    ];
    scene.delete_topic("few")?;
    scene.delete_topic("many")?;
    Ok(rows)
}

fn partitions(scene: &Scene) -> Result<Vec<Row>> {
    for (name, count) in [("few", FEW), ("many", scene.many)] {
        scene.create_topic(name, count)?;
        feed(&mut scene.kafdir(&["produce", name, "-p", "5"]), LINE)?;
    }
    let mut rows = vec![
        row(scene, "open-partitions-append", |name, _| {
            arguments(&["produce", name, "--acks", "1", "-p", "5"])
        })?,
        row(scene, "open-partitions-last", |name, _| {
            arguments(&["consume", name, "-p", "5", "--offset", "-1"])
        })?,
    ];
    scene.delete_topic("many")?;
    // Beside a topic of many partitions another one is described as fast as beside none.
    let describe = ["topic", "describe", "few", "--json"];
    let alone = Pairs::alternate(STARTS, || Ok(1.0), || start(scene, &describe))?;
    scene.create_topic("many", scene.many)?;
    let beside = Pairs::alternate(STARTS, || Ok(alone.figure()), || start(scene, &describe))?;
    scene.delete_topic("few")?;
    scene.delete_topic("many")?;
    rows.push(Row::new(
        "open-partitions-describe",
        "kafdir topic describe of one topic, beside one of many partitions / alone",
        Unit::Time,
        beside,
        Goal::AtMost(FLAT),
    ));
    Ok(rows)
}

/// Measures a command on the topic `many` against the same on the topic `few`.
fn row(scene: &Scene, name: &str, command: impl Fn(&str, i32) -> Vec<String>) -> Result<Row> {
    let one = |topic, count| {
        let arguments = command(topic, count);
        start(
            scene,
            &arguments.iter().map(String::as_str).collect::<Vec<_>>(),
        )
    };
    let pairs = Pairs::alternate(STARTS, || one("few", FEW), || one("many", scene.many))?;
    let what = format!(
        "kafdir {} / the same among {FEW}",
        command("many", scene.many).join(" ")
    );
    Ok(Row::new(name, what, Unit::Time, pairs, Goal::AtMost(FLAT)))
}

fn start(scene: &Scene, arguments: &[&str]) -> Result<f64> {
    let mut command = scene.kafdir(arguments);
    command.stdout(Stdio::null());
    if arguments[0] == "produce" {
        feed(&mut command, LINE)
    } else {
        run(&mut command)
    }
}

fn arguments(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// Gives a partition so many segments of one record each, as a writer leaves them whose segments are that small.
fn fill(scene: &Scene, topic: &Topic, count: i32) -> Result<()> {
    let store = scene.store()?;
    let dir = store.layout().partition_dir(&topic.partition(0)?);
    let mut builder = BatchBuilder::new(1024);
    for number in 0..count {
        let offset = i64::from(number);
        builder.clear();
        builder.append(&Record {
            timestamp: FIRST_TIMESTAMP + offset * 1000,
            key: None,
            value: Some(b"a record"),
            headers: &[],
        });
        let mut batch = builder.seal(Compression::None)?;
        batch.stamp(offset, 0, None);
        let file = |file| dir.join(segment_file_name(offset, file));
        std::fs::write(file(SegmentFile::Log), batch.bytes())?;
        std::fs::write(file(SegmentFile::Index), [])?;
        std::fs::write(file(SegmentFile::TimeIndex), time_entry(offset))?;
    }
    Ok(())
}

/// The entry that closes a time index: the largest timestamp, and the relative offset of its record.
fn time_entry(offset: i64) -> Vec<u8> {
    let mut entry = (FIRST_TIMESTAMP + offset * 1000).to_be_bytes().to_vec();
    entry.extend(0_i32.to_be_bytes());
    entry
}
