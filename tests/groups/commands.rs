//! `consume -g GROUP -- COMMAND`: what COMMAND is given, and that the offsets move only when it exits 0.

use std::fs;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness::{Sandbox, seq, wait_for};
use crate::offsets::committed;

/// A call of `consume t -g g` with more arguments and a shell script as COMMAND.
#[track_caller]
fn consume(sandbox: &Sandbox, args: &str, script: &str) -> crate::harness::Call {
    sandbox
        .kafdir(["consume", "-q", "t", "-g", "g"])
        .args(args.split_ascii_whitespace())
        .args(["--", "sh", "-c", script])
}

#[test]
fn each_run_gets_a_batch_and_is_told_what_it_is() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 1200));
    let script = r#"
        lines=$(wc -l)
        echo "$KAFDIR_GROUP $KAFDIR_TOPIC $KAFDIR_PARTITION $KAFDIR_FIRST_OFFSET $KAFDIR_LAST_OFFSET $KAFDIR_COUNT \
$KAFDIR_ATTEMPT $lines"
    "#;
    consume(&sandbox, "", script)
        .stdout("g t 0 0 499 500 1 500\ng t 0 500 999 500 1 500\ng t 0 1000 1199 200 1 200\n")
        .exits(0);
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(1200));
    // All is done: the next run has nothing to do, and says so where it is asked to.
    consume(&sandbox, "", script).exits(0);
    consume(&sandbox, "--fail-if-empty", script).exits(3);
    sandbox.produce("t", "more\n");
    consume(&sandbox, "--batch 7 --fail-if-empty", script)
        .stdout("g t 0 1200 1200 1 1 1\n")
        .exits(0);
    sandbox.is_clean();
}

#[test]
fn batches_are_as_large_as_asked_for_and_of_one_partition() {
    let sandbox = Sandbox::with_topic("t", 3);
    for partition in ["0", "1", "2"] {
        let args = ["produce", "-q", "t", "-p", partition];
        sandbox.kafdir(args).input(seq(1, 10)).exits(0);
    }
    let script = r#"echo "$KAFDIR_PARTITION $KAFDIR_FIRST_OFFSET $KAFDIR_COUNT $(tr '\n' ' ')""#;
    let out = consume(&sandbox, "--batch 4", script)
        .any_stdout()
        .exits(0)
        .text();
    let mut lines: Vec<&str> = out.lines().collect();
    lines.sort_unstable();
    let of = |p: u8| {
        [
            format!("{p} 0 4 1 2 3 4 "),
            format!("{p} 4 4 5 6 7 8 "),
            format!("{p} 8 2 9 10 "),
        ]
    };
    let expected: Vec<String> = (0..3).flat_map(of).collect();
    assert_eq!(lines, expected);
}

#[test]
fn everything_up_to_the_end_goes_to_one_run() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 300_000));
    // More is added while it runs: that is for the next time.
    let script =
        r#"echo more | kafdir produce -q t; echo "$KAFDIR_COUNT $KAFDIR_LAST_OFFSET"; cat"#;
    let out = consume(&sandbox, "--batch 0", script).any_stdout().exits(0);
    let expected = [b"300000 299999\n", &seq(1, 300_000)[..]].concat();
    assert!(out.stdout == expected, "not what was produced");
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(300_000));
    consume(&sandbox, "--batch 0", "cat")
        .stdout("more\n")
        .exits(0);
}

#[test]
fn a_failed_batch_is_read_through_again_at_every_attempt() {
    let sandbox = Sandbox::with_config("t", 1, &["compression.type=zstd"]);
    // Too much to be kept, and in batches of the log that expand to more than is read ahead.
    sandbox.produce("t", seq(1, 400_000));
    let args = "--batch 0 --max-attempts 2 --backoff 1ms";
    let out = consume(&sandbox, args, r#"cat; [ "$KAFDIR_ATTEMPT" = 2 ]"#)
        .any_stdout()
        .exits(0);
    assert!(
        out.stdout == seq(1, 400_000).repeat(2),
        "not twice what was produced"
    );
}

#[test]
fn the_store_is_handed_on_as_an_absolute_path() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    let script =
        r#"cd / && echo "$KAFDIR ${KAFDIR_BOOTSTRAP_SERVER-unset}" && kafdir produce -q copies"#;
    sandbox
        .kafdir(["consume", "-q", "--dir", "./store", "t", "-g", "g"])
        .args(["--", "sh", "-c", script])
        .env("KAFDIR", "/nowhere")
        .env("KAFDIR_BOOTSTRAP_SERVER", "")
        .stdout(format!("{} unset\n", sandbox.path("./store").display()).replace("/./", "/"))
        .exits(0);
    assert_eq!(sandbox.consume("copies"), "a\n");
}

#[test]
fn a_single_record_is_in_the_environment_too() {
    let sandbox = Sandbox::with_topic("t", 1);
    let long = "x".repeat(70_000);
    let records = [
        r#"{"key":"k1","value":"v1","timestamp":1700000000000,"headers":[["Trace-Id","a"],["Trace-Id","b"]]}"#,
        r#"{"value":"v2","timestamp":1700000000001,"headers":[["trace-id",null]]}"#,
        &format!(
            r#"{{"key":"a\u0000b","value":"v3","timestamp":1,"headers":[["big","{long}"],["ok",""]]}}"#
        ),
    ];
    sandbox
        .kafdir(["produce", "-q", "t", "--json"])
        .input(records.join("\n"))
        .exits(0);
    let script = r#"
        read -r value
        echo "$value $KAFDIR_OFFSET $KAFDIR_TIMESTAMP $KAFDIR_COUNT ${KAFDIR_KEY-unset} \
${KAFDIR_HEADER_TRACE_ID-unset} ${KAFDIR_HEADER_OK-unset} ${KAFDIR_OMITTED-unset}"
    "#;
    consume(&sandbox, "--each", script)
        // What another COMMAND was given is no business of ours.
        .env("KAFDIR_HEADER_TRACE_ID", "old")
        .env("KAFDIR_KEY", "old")
        .env("KAFDIR_OMITTED", "old")
        .stdout(
            "v1 0 1700000000000 1 k1 b unset unset\n\
             v2 1 1700000000001 1 unset unset unset unset\n\
             v3 2 1 1 unset unset  KAFDIR_KEY KAFDIR_HEADER_BIG\n",
        )
        .exits(0);
}

#[test]
fn records_come_in_the_form_that_was_asked_for() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\nb\n");
    consume(&sandbox, "--no-commit -F %o=%s;", "cat")
        .stdout("0=a;1=b;")
        .exits(0);
    consume(&sandbox, "--no-commit -0", "tr '\\000' '!'")
        .stdout("a!b!")
        .exits(0);
    let out = consume(&sandbox, "--json", "cat").any_stdout().exits(0);
    let offsets: Vec<_> = out
        .json_lines()
        .iter()
        .map(|line| line["offset"].clone())
        .collect();
    assert_eq!(offsets, [0, 1]);
}

#[test]
fn a_command_that_fails_loses_nothing_and_the_group_stands_before_the_batch() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox.produce("t", seq(1, 2000));
    // Every third run fails, after it has read all; what it did counts only if it succeeds.
    let script = r#"
        echo x >> runs
        if [ $(( $(wc -l < runs) % 3 )) = 0 ]; then
            cat > /dev/null; echo "$KAFDIR_PARTITION $KAFDIR_FIRST_OFFSET" > failed; exit 1
        fi
        cat
    "#;
    let mut all = Vec::new();
    let mut failures = 0;
    loop {
        let out = consume(&sandbox, "--batch 50", script)
            .any_stdout()
            .any_stderr()
            .exits_with_one_of(&[0, 5]);
        all.extend(out.stdout);
        if out.stderr.is_empty() {
            break;
        }
        failures += 1;
        let failed = fs::read_to_string(sandbox.path("failed")).unwrap();
        let (partition, offset) = failed.trim().split_once(' ').unwrap();
        let stands = format!("t-{partition} offset");
        assert!(out.stderr.contains(&stands), "{}", out.stderr);
        assert!(
            out.stderr
                .contains(&format!("stands right before, at {offset}")),
            "{}",
            out.stderr
        );
        let before = committed(&sandbox, "g", "t", partition.parse().unwrap()).unwrap_or(0);
        assert_eq!(before, offset.parse::<i64>().unwrap());
    }
    assert!(failures > 5, "{failures} failures");
    let text = String::from_utf8(all).unwrap();
    let mut numbers: Vec<usize> = text.lines().map(|line| line.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=2000).collect::<Vec<_>>());
}

#[test]
fn attempts_are_counted_and_then_it_is_over() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 10));
    let script = r#"echo "$KAFDIR_FIRST_OFFSET $KAFDIR_ATTEMPT $(wc -l)"; exit 9"#;
    consume(&sandbox, "--batch 5 --max-attempts 3 --backoff 1ms", script)
        .stdout("0 1 5\n0 2 5\n0 3 5\n")
        .stderr_has("kafdir: sh failed on t-0 offsets 0 to 4 at attempt 3 (exit code 9)")
        .stderr_has("stands right before, at 0")
        .exits(5);
    assert_eq!(committed(&sandbox, "g", "t", 0).unwrap_or(0), 0);
    // One that succeeds at last is as good as any.
    let script = r#"[ "$KAFDIR_ATTEMPT" = 3 ] && cat"#;
    consume(&sandbox, "--batch 5 --max-attempts 3 --backoff 1ms", script)
        .stdout(seq(1, 10))
        .exits(0);
}

#[test]
fn a_command_that_cannot_be_run_is_told_at_once() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    let file = sandbox.file("not-executable", "");
    for (command, said) in [
        (
            vec!["no-such-command"],
            "cannot start no-such-command: No such file",
        ),
        (vec![file.to_str().unwrap()], "Permission denied"),
        (
            vec!["sh", "-c", "no-such-command 2>/dev/null"],
            "exit code 127",
        ),
        (vec!["sh", "-c", "exit 126"], "exit code 126"),
    ] {
        sandbox
            .kafdir(["consume", "-q", "t", "-g", "g", "--max-attempts", "5", "--"])
            .args(command)
            .stderr_has(said)
            .stderr_has("t-0 offset 0")
            .stderr_has("stands right before, at 0")
            .exits(5);
    }
    // With nothing to do it is not started, and not missed.
    sandbox.create("empty", 1, &[]);
    sandbox
        .kafdir(["consume", "-q", "empty", "-g", "g", "--", "no-such-command"])
        .exits(0);
}

#[test]
fn a_command_need_not_read() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 200_000));
    consume(&sandbox, "-n 500", "true").exits(0);
    consume(&sandbox, "--batch 0", "exec <&-; echo $KAFDIR_COUNT")
        .stdout("199500\n")
        .exits(0);
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(200_000));
    sandbox
        .kafdir([
            "consume", "-q", "t", "-g", "other", "--batch", "0", "--", "head", "-2",
        ])
        .stdout("1\n2\n")
        .exits(0);
    assert_eq!(committed(&sandbox, "other", "t", 0), Some(200_000));
}

#[test]
fn so_many_records_are_handed_over_and_no_more() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 20));
    consume(&sandbox, "-n 7 --batch 5", "wc -l")
        .stdout("5\n2\n")
        .exits(0);
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(7));
    // A second attempt is no further record.
    let script = r#"[ "$KAFDIR_ATTEMPT" = 2 ] && cat"#;
    consume(&sandbox, "-n 3 --max-attempts 2 --backoff 1ms", script)
        .stdout(seq(8, 10))
        .exits(0);
    consume(&sandbox, "-n 0", "cat").exits(0);
    consume(&sandbox, "", "cat").stdout(seq(11, 20)).exits(0);
}

#[test]
fn a_follower_hands_over_what_comes_as_it_comes() {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut follower = consume(&sandbox, "-f", r#"echo "$KAFDIR_COUNT $(tr '\n' ' ')""#).start();
    sandbox.produce("t", "a\nb\n");
    assert_eq!(follower.line(), "2 a b ");
    sandbox.produce("t", "c\n");
    assert_eq!(follower.line(), "1 c ");
    wait_for("the commit", || {
        (committed(&sandbox, "g", "t", 0) == Some(3)).then_some(())
    });
    follower.signal(Signal::SIGTERM);
    follower.dies_by(Signal::SIGTERM);
}

#[test]
fn a_follower_waits_for_a_batch_to_fill() {
    let sandbox = Sandbox::with_topic("t", 1);
    let script = r#"echo "$KAFDIR_COUNT $(tr '\n' ' ')""#;
    let mut follower = consume(&sandbox, "-f --batch 3 --batch-wait 1h", script).start();
    for line in ["a\n", "b\n", "c\n", "d\n"] {
        sandbox.produce("t", line);
    }
    assert_eq!(follower.line(), "3 a b c ");
    // One that waits has handed over nothing: a stop leaves it for the next run.
    follower.signal(Signal::SIGTERM);
    follower.dies_by(Signal::SIGTERM);
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(3));
    let mut follower = consume(&sandbox, "-f --batch 3 --batch-wait 1ms", script).start();
    assert_eq!(follower.line(), "1 d ");
    follower.signal(Signal::SIGTERM);
    follower.dies_by(Signal::SIGTERM);
}

#[test]
fn a_killed_kafdir_takes_its_command_along_and_the_batch_comes_again() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    let script = r#"
        echo "begin $$" >> runs
        touch begun
        while [ ! -e go ]; do read -t 0.01 -r _ <> fifo || :; done
        echo "end $$" >> runs
    "#;
    nix::unistd::mkfifo(&sandbox.path("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let run = || {
        sandbox
            .kafdir(["consume", "-q", "t", "-g", "g", "--", "bash", "-c", script])
            .start()
    };
    let mut last = 0;
    for _ in 0..5 {
        let first = run();
        wait_for("the run", || fs::remove_file(sandbox.path("begun")).ok());
        first.signal(Signal::SIGKILL);
        first.dies_by(Signal::SIGKILL);
        let runs = fs::read_to_string(sandbox.path("runs")).unwrap();
        let pid: i32 = runs
            .split_ascii_whitespace()
            .next_back()
            .unwrap()
            .parse()
            .unwrap();
        assert_ne!(pid, last);
        last = pid;
        wait_for("the end of the run that nobody waits for", || {
            kill(Pid::from_raw(pid), None).is_err().then_some(())
        });
    }
    fs::write(sandbox.path("go"), "").unwrap();
    run().exits(0);
    let runs = fs::read_to_string(sandbox.path("runs")).unwrap();
    let lines: Vec<&str> = runs.lines().collect();
    assert_eq!(lines.len(), 7, "{runs}");
    assert!(
        lines[..6].iter().all(|line| line.starts_with("begin")),
        "{runs}"
    );
    assert_eq!(lines[6].replace("end", "begin"), lines[5]);
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(1));
}

#[test]
fn partitions_that_are_not_worked_on_are_let_go_while_a_command_runs() {
    let sandbox = Sandbox::with_topic("t", 4);
    for partition in 0..4 {
        sandbox
            .kafdir(["produce", "-q", "t", "-p", &partition.to_string()])
            .input("a\nb\n")
            .exits(0);
    }
    // The first member is stuck in its first batch; the second joins, is to have two partitions, and gets at least one
    // of them at once.
    let script = r#"echo "$KAFDIR_PARTITION"; until [ -e go ]; do sleep 0.01; done"#;
    let mut first = consume(&sandbox, "-f", script).start();
    let busy: i32 = first.line().parse().unwrap();
    let mut second = consume(&sandbox, "-f", r#"echo "$KAFDIR_PARTITION $(tr '\n' ' ')""#).start();
    let line = second.line();
    let (other, records) = line.split_once(' ').unwrap();
    let other: i32 = other.parse().unwrap();
    assert_eq!(records, "a b ");
    assert_ne!(other, busy);
    wait_for("the second's commit", || {
        (committed(&sandbox, "g", "t", other) == Some(2)).then_some(())
    });
    assert_eq!(committed(&sandbox, "g", "t", busy).unwrap_or(0), 0);
    // A join elsewhere does not keep a long run from its commit.
    fs::write(sandbox.path("go"), "").unwrap();
    for partition in 0..4 {
        wait_for("all commits", || {
            (committed(&sandbox, "g", "t", partition) == Some(2)).then_some(())
        });
    }
    for mut member in [first, second] {
        member.signal(Signal::SIGTERM);
        while member.line_or_end().is_some() {}
        member.dies_by(Signal::SIGTERM);
    }
}

#[test]
fn a_member_that_is_put_out_ends_its_command_and_commits_nothing() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    let mut member = consume(&sandbox, "-f", "echo $$; exec sleep 1000").start();
    let pid: i32 = member.line().parse().unwrap();
    let described = sandbox
        .kafdir(["group", "describe", "g", "--json"])
        .any_stdout()
        .exits(0);
    let id = described.json()["members"][0]["member_id"]
        .as_str()
        .unwrap()
        .to_owned();
    sandbox
        .kafdir(["group", "evict", "-q", "g", &id])
        .any_stdout()
        .exits(0);
    let stderr = member.exits(1);
    assert!(stderr.contains(&id), "{stderr}");
    wait_for("the end of its command", || {
        kill(Pid::from_raw(pid), None).is_err().then_some(())
    });
    assert_eq!(committed(&sandbox, "g", "t", 0).unwrap_or(0), 0);
    consume(&sandbox, "", "cat").stdout("a\n").exits(0);
}

#[test]
fn a_run_is_bounded_in_time_between_its_attempts() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    consume(
        &sandbox,
        "--timeout 200ms --max-attempts 9 --backoff 1h",
        "exit 1",
    )
    .stderr_has("timed out after 0 records")
    .exits(4);
    consume(&sandbox, "--timeout 200ms -f -n 5 --batch-wait 1h", "cat")
        .stderr_has("timed out after 0 records")
        .exits(4);
    assert_eq!(committed(&sandbox, "g", "t", 0).unwrap_or(0), 0);
    // A run that has begun is not cut short.
    consume(&sandbox, "--timeout 100ms", "sleep 0.5; cat")
        .stdout("a\n")
        .any_stderr()
        .exits_with_one_of(&[0, 4]);
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(1));
}

#[test]
fn a_topic_that_is_deleted_ends_the_reading() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    let script = "cat; kafdir topic delete -q t";
    consume(&sandbox, "-f", script)
        .stdout("a\n")
        .stderr_has("topic t was deleted")
        .exits(1);
}

#[test]
fn flags_of_a_command_want_one() {
    let sandbox = Sandbox::with_topic("t", 1);
    for args in [
        "--batch 5",
        "--each",
        "--dead-letter d",
        "-P 2",
        "--max-attempts 2",
    ] {
        sandbox
            .kafdir(["consume", "t", "-g", "g"])
            .args(args.split(' '))
            .any_stderr()
            .exits(2);
    }
    sandbox
        .kafdir(["consume", "t", "--", "cat"])
        .stderr_has("--group")
        .exits(2);
}

#[test]
fn a_command_that_was_left_out_is_no_command_to_print() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    let before = sandbox.tree();
    for command in ["consume t -g g -- $HANDLER", "consume t -- $HANDLER"] {
        sandbox
            .shell(&format!("HANDLER=; kafdir {command}"))
            .stderr_has("no COMMAND stands behind --")
            .exits(2);
    }
    before.is_unchanged(&sandbox.tree());
}

#[test]
fn what_is_filtered_out_keeps_nobody_from_the_time_limit() {
    let sandbox = Sandbox::with_topic("t", 1);
    // Beyond ASCII the search for a word's end is a slow one.
    let line = format!("{}\n", "xé".repeat(100_000));
    sandbox.produce("t", line.repeat(20));
    let scan = |group: &str, limit: Option<Duration>, command: &[&str]| {
        let limit = limit.map(|limit| format!("{}ms", limit.as_millis().max(1)));
        let flags = limit.iter().flat_map(|limit| ["--timeout", limit.as_str()]);
        sandbox
            .kafdir([
                "consume",
                "-q",
                "t",
                "-g",
                group,
                "--filter",
                "value~\\bx.*é\\b.*z$",
            ])
            .args(flags)
            .args(command)
    };
    for (group, command) in [("a", &[][..]), ("b", &["--", "true"])] {
        let began = Instant::now();
        scan(group, None, command).exits(0);
        let third = began.elapsed() / 3;
        scan(&format!("{group}2"), Some(third), command)
            .stderr_has("timed out after 0 records")
            .exits(4);
    }
}
