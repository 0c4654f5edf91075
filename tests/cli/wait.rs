//! `wait`: until a topic or a group is as a script needs it.

use std::time::Duration;
use std::{fs, io};

use nix::sys::signal::Signal;

use crate::harness::{Running, Sandbox};

/// One look.
fn once<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&["wait"], args, &["--timeout", "0"]].concat()
}

fn start(sandbox: &Sandbox, args: &[&str]) -> Running {
    sandbox.kafdir([&["wait"], args].concat()).start()
}

#[test]
fn a_topic_that_has_the_records_is_not_waited_for() {
    let sandbox = Sandbox::with_topic("t", 3);
    sandbox.produce("t", "a\nb\nc\n");
    for args in [
        &["topic", "t", "--records", "3"][..],
        &["topic", "t", "-n", "0"],
        &["topic", "t", "-n", "1", "--filter", "value=b"],
        &["topic", "t", "-n", "3", "--offset", "-3"],
        &[
            "topic",
            "t",
            "-n",
            "3",
            "--isolation-level",
            "read_uncommitted",
        ],
    ] {
        sandbox.kafdir(once(args)).exits(0);
    }
    let logs = sandbox.store().join("logs");
    sandbox
        .kafdir(once(&[
            "topic",
            "t",
            "-n",
            "3",
            "--log-dir",
            logs.to_str().unwrap(),
        ]))
        .exits(0);
}

#[test]
fn a_topic_that_has_fewer_is_a_timeout_that_says_how_many() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\nb\n");
    for (args, told) in [
        (&["-n", "3"][..], "topic t has 2 of 3 records"),
        (&["-n", "1", "-o", "end"], "topic t has 0 of 1 record"),
        (
            &["-n", "2", "--filter", "!value=a"],
            "topic t has 1 of 2 records",
        ),
        (&["-n", "2", "--offset", "1"], "topic t has 1 of 2 records"),
    ] {
        let line = once(&[&["topic", "t"], args].concat());
        sandbox.kafdir(line).stderr_has(told).exits(4);
    }
    sandbox
        .kafdir([
            "wait",
            "topic",
            "t",
            "-n",
            "3",
            "--timeout",
            "50ms",
            "--json",
        ])
        .stdout("{\"topic\":\"t\",\"records\":2,\"wanted\":3,\"held\":false}\n")
        .stderr_has("2 of 3")
        .exits(4);
}

#[test]
fn the_last_record_ends_the_wait() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox.produce("t", "a\n");
    let mut waits = start(&sandbox, &["topic", "t", "--records", "3", "--json"]);
    sandbox.produce("t", "b\n");
    assert!(!waits.has_ended());
    sandbox.produce("t", "c\n");
    assert_eq!(
        waits.line(),
        "{\"topic\":\"t\",\"records\":3,\"wanted\":3,\"held\":true}"
    );
    assert_eq!(waits.exits(0), "");
}

#[test]
fn from_now_on() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\nb\n");
    let mut waits = start(&sandbox, &["topic", "t", "-n", "1", "-o", "end"]);
    // When it looks first nobody can see: one of these comes after it.
    let mut number = 0;
    while !waits.has_ended() {
        number += 1;
        sandbox.produce("t", format!("new {number}\n"));
    }
    assert_eq!(waits.exits(0), "");
}

#[test]
fn neither_directory_nor_topic_need_be_there() {
    let sandbox = Sandbox::new();
    let waits = start(&sandbox, &["topic", "t", "-n", "2", "--offset", "end"]);
    sandbox
        .kafdir(once(&["topic", "t", "-n", "0"]))
        .stderr_has("there is no topic t yet")
        .exits(4);
    sandbox
        .kafdir(once(&["group", "g", "--members", "0"]))
        .stderr_has("there is no group g yet")
        .exits(4);
    sandbox.create("other", 1, &[]);
    sandbox
        .kafdir(once(&["topic", "t", "-n", "0"]))
        .any_stderr()
        .exits(4);
    sandbox.create("t", 1, &[]);
    sandbox.produce("t", "a\nb\n");
    assert_eq!(waits.exits(0), "");
}

#[test]
fn what_must_exist_and_does_not_is_an_error_at_once() {
    let sandbox = Sandbox::new();
    let waits = [
        &["wait", "topic", "t", "-n", "1", "--must-exist"][..],
        &["wait", "group", "g", "--lag", "0", "--must-exist"],
    ];
    for args in waits {
        sandbox.kafdir(args).stderr_has("store").exits(1);
    }
    sandbox.create("other", 1, &[]);
    sandbox.kafdir(waits[0]).stderr_has("no topic").exits(1);
    sandbox
        .kafdir(waits[1])
        .stderr_has("no consumer group")
        .exits(1);
}

#[test]
fn a_topic_made_anew_is_counted_anew() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\nb\n");
    let mut waits = start(&sandbox, &["topic", "t", "-n", "3"]);
    sandbox.kafdir(["topic", "delete", "t"]).exits(0);
    sandbox.create("t", 1, &[]);
    sandbox.produce("t", "c\n");
    assert!(!waits.has_ended());
    sandbox.produce("t", "d\ne\n");
    assert_eq!(waits.exits(0), "");
}

#[test]
fn partitions_that_are_added_count() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    let waits = start(&sandbox, &["topic", "t", "-n", "2"]);
    sandbox
        .kafdir(["topic", "alter", "t", "--partitions", "2"])
        .exits(0);
    sandbox
        .kafdir(["produce", "t", "-p", "1"])
        .input("b\n")
        .exits(0);
    assert_eq!(waits.exits(0), "");
}

#[test]
fn a_group_that_catches_up() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox.produce("t", "a\nb\nc\n");
    let consume = || {
        sandbox
            .kafdir(["consume", "t", "-g", "g", "-q"])
            .any_stdout()
            .exits(0);
    };
    let first = start(&sandbox, &["group", "g", "--lag", "0"]);
    consume();
    assert_eq!(first.exits(0), "");
    sandbox.produce("t", "d\ne\n");
    sandbox
        .kafdir(once(&["group", "g", "--lag", "1", "--json"]))
        .stdout("{\"group\":\"g\",\"lag\":2,\"members\":0,\"held\":false}\n")
        .stderr_has("group g has 2 records ahead")
        .exits(4);
    sandbox.kafdir(once(&["group", "g", "--lag", "2"])).exits(0);
    let second = start(&sandbox, &["group", "g", "--lag", "0"]);
    consume();
    assert_eq!(second.exits(0), "");
}

#[test]
fn a_commit_that_fits_no_log_is_an_error() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    sandbox
        .kafdir(["consume", "t", "-g", "g", "-q"])
        .any_stdout()
        .exits(0);
    sandbox.kafdir(["topic", "delete", "t"]).exits(0);
    sandbox
        .kafdir(once(&["group", "g", "--lag", "0"]))
        .stderr_has("reads nothing")
        .exits(4);
    sandbox.create("t", 1, &[]);
    sandbox
        .kafdir(once(&["group", "g", "--lag", "0"]))
        .stderr_has("t-0")
        .stderr_has("earlier topic")
        .exits(1);
}

#[test]
fn members_come_and_are_killed() {
    let sandbox = Sandbox::with_topic("t", 2);
    let two = start(&sandbox, &["group", "g", "--members", "2"]);
    let member = || sandbox.kafdir(["consume", "t", "-f", "-g", "g"]).start();
    let (one, other) = (member(), member());
    assert_eq!(two.exits(0), "");
    sandbox
        .kafdir(once(&["group", "g", "--members", "3"]))
        .stderr_has("group g has 2 of 3 members")
        .exits(4);
    let none = start(&sandbox, &["group", "g", "--members", "0"]);
    for member in [one, other] {
        member.signal(Signal::SIGKILL);
        member.dies_by(Signal::SIGKILL);
    }
    assert_eq!(none.exits(0), "");
}

/// Nobody reads what it prints: that is no reason to say that it holds.
#[test]
fn a_closed_stdout_is_no_success() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .shell("kafdir wait topic t -n 1 --timeout 0 >&-")
        .stderr_has("0 of 1")
        .exits(4);
    sandbox
        .shell(
            "{ kafdir wait topic t -n 1 --timeout 100ms --json || echo $? >code; } | true; cat code",
        )
        .stdout("4\n")
        .stderr_has("0 of 1")
        .exits(0);
}

#[test]
fn a_signal_ends_it() {
    let sandbox = Sandbox::with_topic("t", 1);
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let waits = start(&sandbox, &["topic", "t", "-n", "1"]);
        waits.signal(signal);
        assert_eq!(waits.dies_by(signal), "");
    }
}

/// Who waits sleeps until something happens, or, for a group that is not there, for 25 ms at a time.
#[test]
fn waiting_is_no_work() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.kafdir(["consume", "t", "-g", "g", "-q"]).exits(0);
    for (wait, most) in [
        (&["topic", "t", "-n", "1"][..], 15),
        (&["topic", "missing", "-n", "1"], 15),
        (&["group", "g", "--members", "1"], 15),
        (&["group", "missing", "--lag", "0"], 90),
    ] {
        let mut waits = start(&sandbox, wait);
        waits.is_silent_for(Duration::from_secs(2));
        let slept = sleeps(waits.id());
        assert!((1..=most).contains(&slept), "{wait:?} slept {slept} times");
    }
}

/// How often the threads of a process have gone to sleep, however often others took the processor from them.
fn sleeps(process: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let of_thread = |thread: io::Result<fs::DirEntry>| {
        let status = fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
        let count = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        count.unwrap().trim().parse::<u64>().unwrap()
    };
    threads.map(of_thread).sum()
}
