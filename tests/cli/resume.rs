//! Imports that go on where the last run stopped, whatever stopped it.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use nix::sys::signal::Signal;

use crate::harness::{Sandbox, seq, wait_for};

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn import(sandbox: &Sandbox, file: &Path) {
    sandbox
        .kafdir(["produce", "t", "--resume", "app"])
        .args([file])
        .exits(0);
}

#[test]
fn each_run_stores_what_is_new_and_leaves_an_unfinished_line() {
    let sandbox = Sandbox::with_topic("t", 1);
    let log = sandbox.file("app.log", "one\ntwo\nthr");
    import(&sandbox, &log);
    assert_eq!(sandbox.consume("t"), "one\ntwo\n");
    import(&sandbox, &log);
    append(&log, "ee\nfour\n");
    import(&sandbox, &log);
    import(&sandbox, &log);
    assert_eq!(sandbox.consume("t"), "one\ntwo\nthree\nfour\n");
    sandbox.is_clean();
}

#[test]
fn renamed_and_truncated_files_are_finished_first() {
    let sandbox = Sandbox::with_topic("t", 1);
    let log = sandbox.file("app.log", "1\n2\n");
    import(&sandbox, &log);
    append(&log, "3\n");
    fs::rename(&log, sandbox.path("app.log.1")).unwrap();
    fs::write(&log, "4\n5\n").unwrap();
    import(&sandbox, &log);
    append(&log, "6\n");
    fs::copy(&log, sandbox.path("app.log.0")).unwrap();
    fs::write(&log, "7\n").unwrap();
    import(&sandbox, &log);
    assert_eq!(sandbox.consume("t"), "1\n2\n3\n4\n5\n6\n7\n");
}

#[test]
fn what_can_not_be_read_any_more_is_named() {
    let sandbox = Sandbox::with_topic("t", 1);
    let log = sandbox.file("app.log", "1\nunfinished");
    import(&sandbox, &log);
    fs::remove_file(&log).unwrap();
    fs::write(&log, "2\n").unwrap();
    sandbox
        .kafdir(["produce", "t", "--resume", "app"])
        .args([&log])
        .stderr_has("bytes 2 to 12 of the file with inode")
        .exits(0);
    assert_eq!(sandbox.consume("t"), "1\n2\n");
}

#[test]
fn a_second_run_of_the_same_name_is_refused_and_can_wait() {
    let sandbox = Sandbox::with_topic("t", 1);
    let log = sandbox.file("app.log", "1\n");
    let first = sandbox
        .kafdir(["produce", "t", "-f", "--resume", "app"])
        .args([&log])
        .start();
    wait_for("the first line is stored", || {
        (sandbox.consume("t") == "1\n").then_some(())
    });
    let again = || {
        sandbox
            .kafdir(["produce", "t", "--resume", "app"])
            .args([&log])
    };
    again().stderr_has("is running already").exits(1);
    again().args(["--timeout", "10ms"]).any_stderr().exits(4);
    append(&log, "2\n");
    wait_for("the second line is followed", || {
        (sandbox.consume("t") == "1\n2\n").then_some(())
    });
    first.signal(Signal::SIGTERM);
    first.dies_by(Signal::SIGTERM);
    again().exits(0);
    assert_eq!(sandbox.consume("t"), "1\n2\n");
}

#[test]
fn another_topic_or_other_records_are_another_import() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.create("u", 1, &[]);
    let log = sandbox.file("app.log", "a:1\n");
    import(&sandbox, &log);
    let run = |arguments: &[&str], says: &str| {
        sandbox
            .kafdir(arguments)
            .args([&log])
            .stderr_has(says)
            .exits(1);
    };
    run(&["produce", "u", "--resume", "app"], "into the topic t");
    run(
        &["produce", "t", "--resume", "app", "-K", ":"],
        "--key-separator",
    );
    sandbox.kafdir(["topic", "delete", "t"]).exits(0);
    sandbox.create("t", 1, &[]);
    run(&["produce", "t", "--resume", "app"], "created again");
}

#[test]
fn a_bad_line_stops_the_import_there_and_nothing_is_stored_twice() {
    let sandbox = Sandbox::with_topic("t", 3);
    let log = sandbox.file("app.log", "a:1\nb:2\nnothing\nc:3\n");
    for _ in 0..2 {
        sandbox
            .kafdir(["produce", "t", "--resume", "app", "-K", ":"])
            .args([&log])
            .any_stderr()
            .exits(1);
    }
    let mut values: Vec<String> = sandbox.consume("t").lines().map(str::to_owned).collect();
    values.sort();
    assert_eq!(values, ["1", "2"]);
}

/// Killed at any moment, started again, over partitions that are added in between.
#[test]
fn killed_at_any_moment_each_line_is_stored_once() {
    let sandbox = Sandbox::with_config("t", 2, &["segment.bytes=100000"]);
    let log = sandbox.file("app.log", seq(1, 300_000));
    for round in 0..20 {
        let running = sandbox
            .kafdir(["produce", "t", "--resume", "app"])
            .args([&log])
            .any_stderr()
            .start();
        let least = round * 2_000;
        wait_for("some of it is stored", || {
            let bytes: u64 = ["t-0", "t-1"]
                .iter()
                .map(|partition| {
                    fs::read_dir(sandbox.partition(partition))
                        .unwrap()
                        .filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len()))
                        .sum::<u64>()
                })
                .sum();
            (bytes >= least).then_some(())
        });
        running.signal(Signal::SIGKILL);
        drop(running);
        if round == 9 {
            sandbox
                .kafdir(["topic", "alter", "t", "--partitions", "3"])
                .any_stderr()
                .exits(0);
        }
    }
    sandbox
        .kafdir(["produce", "t", "--resume", "app"])
        .args([&log])
        .any_stderr()
        .exits(0);
    let mut stored: Vec<u32> = sandbox
        .consume("t")
        .lines()
        .map(|line| line.parse().unwrap())
        .collect();
    stored.sort_unstable();
    assert!(stored.into_iter().eq(1..=300_000));
    sandbox.is_clean();
}
