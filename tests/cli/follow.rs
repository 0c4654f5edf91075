//! Followers: a line is seen as soon as it is written, by each of them.

use std::io::Write as _;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::harness::{Running, Sandbox};

fn follower(sandbox: &Sandbox, args: &[&str]) -> Running {
    sandbox
        .kafdir([&["consume", "t", "-f"], args].concat())
        .start()
}

#[test]
fn each_line_is_seen_before_the_next_is_written() {
    const LINES: usize = 200;
    let sandbox = Sandbox::with_topic("t", 1);
    let mut one = follower(&sandbox, &[]);
    let mut two = follower(&sandbox, &["-F", "%o %s\\n"]);
    let mut producer = sandbox.kafdir(["produce", "t", "--acks", "1"]).start();
    let mut each = Vec::new();
    for number in 0..LINES {
        let started = Instant::now();
        producer.send(format!("line {number}\n"));
        assert_eq!(one.line(), format!("line {number}"));
        assert_eq!(two.line(), format!("{number} line {number}"));
        each.push(started.elapsed());
    }
    // A timer would be in most of them, whoever else needs the machine.
    each.sort_unstable();
    assert!(
        each[LINES / 2] < Duration::from_millis(20),
        "{:?} a line: something waits for a timer",
        each[LINES / 2]
    );
    producer.close();
    assert_eq!(producer.exits(0), "");
    for child in [one, two] {
        child.signal(Signal::SIGINT);
        assert_eq!(child.dies_by(Signal::SIGINT), "");
    }
}

/// A time that no record has reached yet is not the end of what is there.
#[test]
fn a_follower_that_is_to_stop_at_a_time_goes_on_until_its_records_are_as_late() {
    let sandbox = Sandbox::with_topic("t", 1);
    let produce = |records: &[(&str, i64)]| {
        let line = |(value, time): &(&str, i64)| {
            format!("{{\"value\":\"{value}\",\"timestamp\":{time}}}\n")
        };
        let lines: String = records.iter().map(line).collect();
        sandbox
            .kafdir(["produce", "t", "--json"])
            .input(lines)
            .exits(0);
    };
    produce(&[("first", 1_700_000_000_000)]);
    let mut running = follower(&sandbox, &["--to", "@1700000060"]);
    assert_eq!(running.line(), "first");
    produce(&[("second", 1_700_000_059_999)]);
    assert_eq!(running.line(), "second");
    produce(&[
        ("third", 1_700_000_010_000),
        ("too late", 1_700_000_060_000),
        ("behind it", 1_700_000_020_000),
    ]);
    assert_eq!(running.line(), "third");
    assert_eq!(running.exits(0), "");
    // What is late enough already is where it stops at once.
    let mut running = follower(&sandbox, &["--from", "1", "--to", "@1700000060"]);
    assert_eq!(running.line(), "second");
    assert_eq!(running.line(), "third");
    assert_eq!(running.exits(0), "");
}

#[test]
fn a_followed_file_reaches_a_follower_of_its_topic() {
    let sandbox = Sandbox::with_topic("t", 1);
    let path = sandbox.file("growing.log", "already there\n");
    let mut out = follower(&sandbox, &[]);
    let tail = sandbox
        .shell("tail -n +1 -f growing.log | exec kafdir produce t")
        .start();
    assert_eq!(out.line(), "already there");
    let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
    for number in 0..5 {
        writeln!(file, "line {number}").unwrap();
        assert_eq!(out.line(), format!("line {number}"));
    }
    drop(tail);
    drop(out);
}

#[test]
fn where_a_follower_begins_is_said_by_its_position() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\nb\nc\n");
    let mut all = follower(&sandbox, &[]);
    let mut last = follower(&sandbox, &["-o", "-1"]);
    assert_eq!(last.line(), "c");
    let mut new = follower(&sandbox, &["-o", "end", "-n", "1"]);
    for value in ["a", "b", "c"] {
        assert_eq!(all.line(), value);
    }
    // Until the new one is seen to be at its post, lines keep coming.
    let mut sent = 0;
    let seen = crate::harness::wait_for("the newest follower has a line", || {
        sent += 1;
        sandbox.produce("t", format!("new {sent}\n"));
        new.try_line()
    });
    assert!(seen.starts_with("new "), "{seen}");
    assert_eq!(new.exits(0), "");
    assert_eq!(all.line(), "new 1");
    assert_eq!(last.line(), "new 1");
}

#[test]
fn a_follower_goes_on_over_rolls() {
    let sandbox = Sandbox::with_config("t", 1, &["segment.bytes=4096"]);
    let mut out = follower(&sandbox, &["-F", "%o %S\\n"]);
    let mut producer = sandbox.kafdir(["produce", "t", "--acks", "1"]).start();
    let line = format!("{}\n", "x".repeat(1000));
    for number in 0..50 {
        producer.send(&line);
        assert_eq!(out.line(), format!("{number} 1000"));
    }
    assert!(sandbox.files("t-0", ".log").len() > 10);
    producer.close();
    producer.exits(0);
    sandbox.is_clean();
}

#[test]
fn a_follower_of_two_topics_sees_both() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox.create("u", 1, &[]);
    let mut out = follower(&sandbox, &["u", "-F", "%t %s\\n"]);
    for (topic, value) in [("t", "1"), ("u", "2"), ("t", "3"), ("t", "4"), ("u", "5")] {
        sandbox.produce(topic, format!("{value}\n"));
        assert_eq!(out.line(), format!("{topic} {value}"));
    }
}

#[test]
fn a_follower_sees_partitions_that_are_added() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    let mut out = follower(&sandbox, &["-F", "%p %s\\n"]);
    assert_eq!(out.line(), "0 a");
    sandbox
        .kafdir(["topic", "alter", "-q", "t", "--partitions", "3"])
        .exits(0);
    sandbox
        .kafdir(["produce", "t", "-p", "2"])
        .input("b\n")
        .exits(0);
    assert_eq!(out.line(), "2 b");
}

#[test]
fn without_file_events_a_follower_polls() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    let possible = sandbox
        .shell("unshare --user --map-root-user sh -c 'echo 0 > /proc/sys/user/max_inotify_instances' 2>/dev/null; echo $?")
        .any_stdout()
        .exits(0);
    if possible.stdout != b"0\n" {
        return;
    }
    let mut out = sandbox
        .shell(
            "exec unshare --user --map-root-user sh -c \
             'echo 0 > /proc/sys/user/max_inotify_instances; exec kafdir consume t -f'",
        )
        .start();
    assert_eq!(out.line(), "a");
    for number in 0..5 {
        sandbox.produce("t", format!("{number}\n"));
        assert_eq!(out.line(), number.to_string());
    }
}

#[test]
fn a_follower_on_a_terminal_or_a_pipe_never_keeps_a_line_back() {
    // A slow producer and a big one: the last line of a burst must come out without another one behind it.
    let sandbox = Sandbox::with_topic("t", 1);
    let mut out = follower(&sandbox, &[]);
    for burst in [1, 10, 1000, 5000] {
        sandbox.produce("t", crate::harness::seq(1, burst));
        for number in 1..=burst {
            assert_eq!(out.line(), number.to_string());
        }
    }
}
