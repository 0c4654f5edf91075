//! Eight processes write into one topic of four partitions while two consumers follow it: every line arrives exactly
//! once at each consumer, each producer's order is kept within a partition, and offsets have no hole.

use std::path::PathBuf;

use crate::harness::{Running, Sandbox, scale};
use crate::ledger::{Ledger, lines_of};

const WRITERS: usize = 8;

/// Lines a writer writes: 200,000 in the full run.
fn lines_each() -> usize {
    scale("KAFDIR_TEST_WRITER_LINES", 20_000)
}

fn run(sandbox: &Sandbox, more: &[&str]) {
    let each = lines_each();
    let total = (WRITERS * each).to_string();
    let followers: Vec<(Running, PathBuf)> = ["one", "two"]
        .into_iter()
        .map(|name| {
            let path = sandbox.path(name);
            let args = [
                "consume",
                "t",
                "-f",
                "-F",
                "%p %o %s\\n",
                "-n",
                &total,
                "--timeout",
                "110s",
            ];
            (sandbox.kafdir(args).start_into(&path), path)
        })
        .collect();
    let writers: Vec<Running> = (0..WRITERS)
        .map(|number| {
            let input = sandbox.file(
                &format!("in{number}"),
                lines_of(&format!("w{number}"), each),
            );
            sandbox
                .kafdir([&["produce", "t"], more].concat())
                .args([input])
                .start()
        })
        .collect();
    for writer in writers {
        assert_eq!(writer.exits(0), "");
    }
    for (follower, path) in followers {
        assert_eq!(follower.exits(0), "");
        let ledger = Ledger::read(&path);
        for number in 0..WRITERS {
            ledger.has_all(&format!("w{number}"), each);
        }
        assert_eq!(ledger.count().to_string(), total);
    }
    sandbox.is_clean();
}

#[test]
fn every_line_arrives_once() {
    run(&Sandbox::with_topic("t", 4), &[]);
}

#[test]
fn every_line_arrives_once_without_syncs() {
    run(&Sandbox::with_topic("t", 4), &["--acks", "1"]);
}

#[test]
fn every_line_arrives_once_while_segments_roll() {
    // In proportion to the lines: some hundred rolls in the full run, a few dozen in the short one.
    let segment = if lines_each() >= 200_000 {
        1_048_576
    } else {
        65_536
    };
    let setting = format!("segment.bytes={segment}");
    let sandbox = Sandbox::with_config("t", 4, &[&setting]);
    run(&sandbox, &[]);
    assert!(
        sandbox.files("t-0", ".log").len() > 1,
        "no segment was rolled"
    );
}

#[test]
fn every_line_arrives_once_from_slow_pipes_in_small_batches() {
    let sandbox = Sandbox::with_config("t", 1, &["segment.bytes=16384"]);
    let each = lines_each() / 40;
    let total = (WRITERS * each).to_string();
    let path = sandbox.path("one");
    let follower = sandbox
        .kafdir([
            "consume",
            "t",
            "-f",
            "-F",
            "%p %o %s\\n",
            "-n",
            &total,
            "--timeout",
            "110s",
        ])
        .start_into(&path);
    let writers: Vec<Running> = (0..WRITERS)
        .map(|number| {
            // A write a line: batches of one or a few.
            let script = format!("for ((i = 1; i <= {each}; i++)); do echo w{number} $i; done");
            sandbox
                .shell(&format!("{script} | kafdir produce t --acks 1"))
                .start()
        })
        .collect();
    for writer in writers {
        assert_eq!(writer.exits(0), "");
    }
    assert_eq!(follower.exits(0), "");
    let ledger = Ledger::read(&path);
    for number in 0..WRITERS {
        ledger.has_all(&format!("w{number}"), each);
    }
    sandbox.is_clean();
}
