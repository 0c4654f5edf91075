//! `--parallel N`: several members in one call.

use std::fs;

use nix::sys::signal::Signal;

use crate::harness::{Call, Sandbox, wait_for};
use crate::offsets::committed;

/// A topic of `partitions` with the lines 1 to `lines` in each of them.
fn filled(partitions: u32, lines: usize) -> Sandbox {
    let sandbox = Sandbox::with_topic("t", partitions);
    for partition in 0..partitions {
        sandbox
            .kafdir(["produce", "-q", "t", "-p", &partition.to_string()])
            .input(crate::harness::seq(1, lines))
            .exits(0);
    }
    sandbox
}

#[track_caller]
fn consume(sandbox: &Sandbox, args: &str, script: &str) -> Call {
    sandbox
        .kafdir(["consume", "t", "-g", "g"])
        .args(args.split_ascii_whitespace())
        .args(["--", "bash", "-c", script])
}

/// Waits until so many runs have come so far at the same time.
const TOGETHER: &str = r#"
    together() { touch "at.$$"; until [ "$(ls at.* | wc -l)" -ge "$1" ]; do sleep 0.01; done; }
"#;

#[test]
fn members_work_at_the_same_time() {
    let sandbox = filled(4, 10);
    let script = format!(r#"{TOGETHER} together 4; echo "$KAFDIR_PARTITION $(wc -l)""#);
    let out = consume(&sandbox, "-q -P 4", &script)
        .any_stdout()
        .exits(0)
        .text();
    let mut lines: Vec<&str> = out.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["0 10", "1 10", "2 10", "3 10"]);
    for partition in 0..4 {
        assert_eq!(committed(&sandbox, "g", "t", partition), Some(10));
    }
}

#[test]
fn members_without_a_partition_are_told_of() {
    let sandbox = filled(2, 3);
    let out = consume(&sandbox, "-P 5", "cat > /dev/null")
        .stderr_has("5 members for 2 partitions: 3 will have nothing to do")
        .stderr_has("'kafdir topic alter t --partitions 5'")
        .exits(0);
    // What all of them would say is said once.
    assert_eq!(
        out.stderr.matches("group g is new").count(),
        1,
        "{}",
        out.stderr
    );
}

#[test]
fn all_finish_their_batch_when_one_fails_and_the_highest_code_counts() {
    let sandbox = filled(3, 4);
    let script = format!(
        r#"{TOGETHER} together 3
        [ "$KAFDIR_PARTITION" = 1 ] && {{ touch failed; exit 7; }}
        until [ -e failed ]; do sleep 0.01; done
        sleep 0.3; echo "$KAFDIR_PARTITION" >> done"#
    );
    consume(&sandbox, "-q -P 3 --batch 2", &script)
        .stderr_has("failed on t-1 offsets 0 to 1 (exit code 7)")
        .exits(5);
    let done = fs::read_to_string(sandbox.path("done")).unwrap();
    let mut done: Vec<&str> = done.lines().collect();
    done.sort_unstable();
    // One batch each, and no other is begun.
    assert_eq!(done, ["0", "2"]);
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(2));
    assert_eq!(committed(&sandbox, "g", "t", 1).unwrap_or(0), 0);
    assert_eq!(committed(&sandbox, "g", "t", 2), Some(2));
}

#[test]
fn a_stop_lets_all_finish_their_batch() {
    let sandbox = filled(3, 4);
    let script = format!("{TOGETHER} together 3; echo here; until [ -e go ]; do sleep 0.01; done");
    let mut call = consume(&sandbox, "-q -f -P 3 --batch 2", &script).start();
    for _ in 0..3 {
        assert_eq!(call.line(), "here");
    }
    call.signal(Signal::SIGTERM);
    fs::write(sandbox.path("go"), "").unwrap();
    assert_eq!(call.dies_by(Signal::SIGTERM), "");
    for partition in 0..3 {
        assert_eq!(committed(&sandbox, "g", "t", partition), Some(2));
    }
}

#[test]
fn a_second_signal_reaches_all_runs() {
    let sandbox = filled(3, 4);
    let script = format!("{TOGETHER} together 3; echo here; exec sleep 1000");
    let mut call = consume(&sandbox, "-q -f -P 3", &script).start();
    for _ in 0..3 {
        assert_eq!(call.line(), "here");
    }
    call.signal(Signal::SIGTERM);
    call.is_silent_for(std::time::Duration::from_millis(50));
    call.signal(Signal::SIGTERM);
    assert_eq!(call.dies_by(Signal::SIGTERM), "");
}

#[test]
fn the_limit_of_records_is_one_for_all() {
    for limit in [1, 5, 23, 39, 40, 100] {
        let sandbox = filled(4, 10);
        let args = format!("-q -P 4 --batch 3 -n {limit}");
        let out = consume(&sandbox, &args, "cat").any_stdout().exits(0).text();
        assert_eq!(out.lines().count(), limit.min(40), "-n {limit}");
        let total: i64 = (0..4)
            .filter_map(|p| committed(&sandbox, "g", "t", p))
            .sum();
        assert_eq!(usize::try_from(total).unwrap(), limit.min(40), "-n {limit}");
    }
}

#[test]
fn a_group_is_shared_with_other_calls() {
    let sandbox = filled(4, 0);
    let script = r#"echo "$KAFDIR_PARTITION $(tr '\n' ' ')""#;
    let mut first = consume(&sandbox, "-q -f -P 2 --batch 1", script).start();
    let mut second = consume(&sandbox, "-q -f -P 2 --batch 1", script).start();
    let mut lines = Vec::new();
    let mut rounds = 0;
    // Until each call has got two partitions, whatever the joins took.
    let shares = wait_for("both share the partitions", || {
        rounds += 1;
        for partition in 0..4 {
            sandbox
                .kafdir(["produce", "-q", "t", "-p", &partition.to_string()])
                .input(format!("{rounds}\n"))
                .exits(0);
        }
        let (mut to_first, mut to_second) = (0, 0);
        while to_first + to_second < 4 {
            std::thread::park_timeout(std::time::Duration::from_millis(1));
            for (call, count) in [(&mut first, &mut to_first), (&mut second, &mut to_second)] {
                if let Some(line) = call.try_line() {
                    *count += 1;
                    lines.push(line);
                }
            }
        }
        (to_first == 2 && to_second == 2).then_some((to_first, to_second))
    });
    assert_eq!(shares, (2, 2));
    lines.sort_unstable();
    let mut expected: Vec<String> = (0..4)
        .flat_map(|partition| (1..=rounds).map(move |round| format!("{partition} {round}")))
        .collect();
    expected.sort_unstable();
    assert_eq!(lines, expected);
    for call in [first, second] {
        call.signal(Signal::SIGTERM);
        call.dies_by(Signal::SIGTERM);
    }
}
