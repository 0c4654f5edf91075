//! `consume`: what is read, how it is printed, and when it ends.

use std::time::Duration;

use crate::harness::{Sandbox, seq};

#[test]
fn it_reads_to_the_end_and_exits() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.kafdir(["consume", "t"]).exits(0);
    sandbox.produce("t", "a\nb\n");
    sandbox.kafdir(["consume", "t"]).stdout("a\nb\n").exits(0);
}

#[test]
fn the_end_is_pinned_when_it_starts() {
    let sandbox = Sandbox::with_topic("t", 1);
    // More than any pipe holds, so that the consumer is still at it while the end moves.
    sandbox.produce("t", seq(1, 300_000));
    let out = sandbox
        .shell("kafdir consume t | { read -r first; seq 300001 300100 | kafdir produce t; echo $first; cat; }")
        .any_stdout()
        .exits(0);
    assert!(out.stdout == seq(1, 300_000));
}

#[test]
fn partitions_are_chosen_by_topic_or_for_all() {
    let sandbox = Sandbox::with_topic("a", 3);
    sandbox.create("b", 3, &[]);
    for topic in ["a", "b"] {
        for partition in ["0", "1", "2"] {
            sandbox
                .kafdir(["produce", topic, "-p", partition])
                .input(format!("{topic}{partition}\n"))
                .exits(0);
        }
    }
    for (args, expected) in [
        (vec!["a:1"], "a1"),
        (vec!["a:0,2"], "a0 a2"),
        (vec!["a:2", "b:0"], "a2 b0"),
        (vec!["a", "b", "-p", "1"], "a1 b1"),
        (vec!["a", "-p", "0,2"], "a0 a2"),
        (vec!["a", "b"], "a0 a1 a2 b0 b1 b2"),
    ] {
        let output = sandbox
            .kafdir([&["consume"], args.as_slice()].concat())
            .any_stdout()
            .exits(0);
        let text = output.text();
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines.join(" "), expected, "{args:?}");
    }
}

#[test]
fn within_a_partition_order_is_exact() {
    let sandbox = Sandbox::with_topic("t", 4);
    sandbox
        .kafdir(["produce", "t", "--partitioner", "roundrobin"])
        .input(seq(1, 4000))
        .exits(0);
    let output = sandbox
        .kafdir(["consume", "t", "-F", "%p %o %s\\n"])
        .any_stdout()
        .exits(0);
    let text = output.text();
    let mut next = [0_i64; 4];
    let mut last = [0_i64; 4];
    for line in text.lines() {
        let fields: Vec<i64> = line.split(' ').map(|word| word.parse().unwrap()).collect();
        let partition = usize::try_from(fields[0]).unwrap();
        assert_eq!(fields[1], next[partition], "{line}");
        assert!(fields[2] > last[partition], "{line}");
        next[partition] += 1;
        last[partition] = fields[2];
    }
    assert_eq!(next.iter().sum::<i64>(), 4000);
}

#[test]
fn so_many_and_no_more() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 100));
    for name in ["-n", "--max-messages"] {
        sandbox
            .kafdir(["consume", "t", name, "7"])
            .stdout(seq(1, 7))
            .exits(0);
    }
    // The end is the end, also of a wish for more.
    sandbox
        .kafdir(["consume", "t", "-n", "101"])
        .stdout(seq(1, 100))
        .exits(0);
}

#[test]
fn the_format_language_is_kcats() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir([
            "produce",
            "t",
            "-k",
            "K",
            "-H",
            "a=1",
            "-H",
            "b",
            "--timestamp",
            "1700000000123",
        ])
        .input("value\n")
        .exits(0);
    for (format, expected) in [
        ("%t/%p@%o\\n", "t/0@0\n"),
        ("%k=%s %K %S %T\\n", "K=value 1 5 1700000000123\n"),
        ("%s%%\\t\\x41\\0", "value%\tA\0"),
        ("%h\\n", "a=1,b=NULL\n"),
        ("%R%s", "\0\0\0\u{5}value"),
    ] {
        sandbox
            .kafdir(["consume", "t", "-F", format])
            .stdout(expected)
            .exits(0);
    }
    for format in ["no token", "%z", "", "%s\\q"] {
        sandbox
            .kafdir(["consume", "t", "-F", format])
            .stderr_has("format")
            .exits(2);
    }
    sandbox
        .kafdir(["consume", "t", "-F", "lines"])
        .stdout("value\n")
        .exits(0);
}

#[test]
fn nulls_that_print_as_nothing_are_counted_in_one_warning() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["produce", "t", "--null-marker", "NULL"])
        .input("NULL\na\nNULL\n")
        .exits(0);
    let output = sandbox
        .kafdir(["consume", "t"])
        .stdout("\na\n\n")
        .stderr_has("2")
        .stderr_has("null")
        .exits(0);
    assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
    sandbox
        .kafdir(["consume", "t", "--null-marker", "~"])
        .stdout("~\na\n~\n")
        .exits(0);
}

#[test]
fn values_that_hold_the_delimiter_are_counted_in_one_warning() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["produce", "t", "-0"])
        .input("one\ntwo\0three\0")
        .exits(0);
    let output = sandbox
        .kafdir(["consume", "t"])
        .stdout("one\ntwo\nthree\n")
        .stderr_has("1")
        .stderr_has("delimiter")
        .exits(0);
    assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
    sandbox
        .kafdir(["consume", "-q", "t"])
        .stdout("one\ntwo\nthree\n")
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "-0"])
        .stdout("one\ntwo\0three\0")
        .exits(0);
}

#[test]
fn an_unknown_topic_names_the_directory_and_what_chose_it() {
    let sandbox = Sandbox::with_topic("orders", 1);
    let store = sandbox.store();
    sandbox
        .kafdir(["consume", "ordres"])
        .stderr_has("ordres")
        .stderr_has(store.to_str().unwrap())
        .stderr_has("KAFDIR")
        .stderr_has("orders")
        .exits(1);
    sandbox
        .kafdir(["consume", "--dir", store.to_str().unwrap(), "ordres"])
        .without_env("KAFDIR")
        .stderr_has("--dir")
        .exits(1);
}

#[test]
fn a_partition_that_is_not_there_is_named() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox.kafdir(["consume", "t:2"]).stderr_has("2").exits(1);
    sandbox
        .kafdir(["consume", "t", "-p", "0,5"])
        .stderr_has("5")
        .exits(1);
}

#[test]
fn it_goes_on_past_the_end_until_nothing_came_for_a_while() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    let mut running = sandbox
        .kafdir(["consume", "t", "--idle-timeout", "2s"])
        .start();
    assert_eq!(running.line(), "a");
    sandbox.produce("t", "b\n");
    assert_eq!(running.line(), "b");
    assert_eq!(running.exits(0), "");
}

#[test]
fn a_bounded_run_tells_whether_it_got_what_it_wanted() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    sandbox
        .kafdir(["consume", "t", "-f", "--timeout", "100ms"])
        .stdout("a\n")
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "-f", "-n", "1", "--timeout", "60s"])
        .stdout("a\n")
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "-f", "-n", "2", "--timeout", "100ms"])
        .stdout("a\n")
        .stderr_has("timed out")
        .exits(4);
    sandbox
        .kafdir(["consume", "t", "--timeout", "60s"])
        .stdout("a\n")
        .exits(0);
}

#[test]
fn nothing_there_is_an_exit_code_of_its_own() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["consume", "t", "--fail-if-empty"])
        .any_stderr()
        .exits(3);
    sandbox.produce("t", "a\n");
    sandbox
        .kafdir(["consume", "t", "--fail-if-empty"])
        .stdout("a\n")
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "--fail-if-empty", "-o", "end"])
        .any_stderr()
        .exits(3);
}

#[test]
fn a_topic_can_be_waited_for() {
    let sandbox = Sandbox::with_topic("other", 1);
    let mut running = sandbox
        .kafdir(["consume", "late", "-f", "--wait-topic", "-n", "1"])
        .start();
    sandbox.create("late", 1, &[]);
    sandbox.produce("late", "here\n");
    assert_eq!(running.line(), "here");
    running.exits(0);
    sandbox
        .kafdir([
            "consume",
            "never",
            "-f",
            "--wait-topic",
            "--timeout",
            "100ms",
        ])
        .any_stderr()
        .exits(4);
}

/// Neither a topic nor a directory that never comes is waited for longer than anything else is.
#[test]
fn a_topic_that_does_not_come_is_idleness() {
    let sandbox = Sandbox::with_topic("other", 1);
    let nowhere = sandbox.path("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    let wait = ["-f", "--wait-topic", "--idle-timeout", "100ms"];
    let group = [&["-q", "-g", "g"][..], &["-q", "-g", "g", "--", "cat"]];
    for (place, members) in [
        (&[][..], &[][..]),
        (&[], group[0]),
        (&["--dir", nowhere], &[]),
        (&["--dir", nowhere], group[0]),
        (&["--dir", nowhere], group[1]),
    ] {
        let consume = |args: &[&str]| {
            let consume = sandbox.kafdir(["consume", "other", "never"]);
            consume.args(place).args(wait).args(args).args(members)
        };
        consume(&[]).exits(0);
        consume(&["--fail-if-empty"]).exits(3);
    }
}

/// What happens in the directory meanwhile ends one wait, and not every one.
#[test]
fn who_waits_for_a_topic_costs_nothing() {
    let sandbox = Sandbox::with_topic("other", 1);
    let mut running = sandbox
        .kafdir(["consume", "other", "late", "-f", "--wait-topic"])
        .start();
    sandbox.produce("other", "a\n");
    sandbox.create("another", 1, &[]);
    let used = cpu_ticks(running.id());
    running.is_silent_for(Duration::from_secs(1));
    let spent = cpu_ticks(running.id()) - used;
    assert!(
        spent <= 5,
        "{spent} ticks of CPU time in a second of waiting"
    );
    sandbox.create("late", 1, &[]);
    assert_eq!(running.line(), "a");
}

#[test]
fn partitions_are_begun_in_their_order() {
    let sandbox = Sandbox::with_topic("t", 3);
    for partition in ["0", "1", "2"] {
        sandbox
            .kafdir(["produce", "t", "-p", partition])
            .input(partition)
            .exits(0);
    }
    sandbox
        .kafdir(["consume", "t"])
        .stdout("0\n1\n2\n")
        .exits(0);
    sandbox
        .kafdir(["consume", "t:1,2", "-n", "1"])
        .stdout("1\n")
        .exits(0);
}

#[test]
fn both_isolation_levels_read_plain_records() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 10));
    for level in ["read_committed", "read_uncommitted"] {
        sandbox
            .kafdir(["consume", "t", "--isolation-level", level])
            .stdout(seq(1, 10))
            .exits(0);
    }
}

#[test]
fn an_idle_follower_costs_nothing() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    let mut running = sandbox.kafdir(["consume", "t", "-f"]).start();
    assert_eq!(running.line(), "a");
    let used = cpu_ticks(running.id());
    running.is_silent_for(Duration::from_secs(1));
    let spent = cpu_ticks(running.id()) - used;
    assert!(
        spent <= 2,
        "{spent} ticks of CPU time in a second of waiting"
    );
}

/// User and system time a process has used, in clock ticks (a hundredth of a second).
fn cpu_ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split(' ').collect();
    fields[12].parse::<u64>().unwrap() + fields[13].parse::<u64>().unwrap()
}
