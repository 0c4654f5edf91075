//! Positions and ranges: one grammar, on every partition alike.

use crate::harness::{Sandbox, seq};

const FIRST: i64 = 1_700_000_000_000;

/// Ten records with the values 0 to 9, one second apart, trimmed to start at 2.
fn ten_from_two() -> Sandbox {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut input = String::new();
    for number in 0..10 {
        let timestamp = FIRST + number * 1000;
        input += &format!("{{\"value\":\"{number}\",\"timestamp\":{timestamp}}}\n");
    }
    sandbox
        .kafdir(["produce", "t", "--json"])
        .input(input)
        .exits(0);
    sandbox
        .kafdir(["topic", "trim", "-q", "t", "--before", "2"])
        .any_stdout()
        .exits(0);
    sandbox
}

#[track_caller]
fn reads(sandbox: &Sandbox, args: &[&str], expected: &str) {
    let lines: String = expected.chars().map(|digit| format!("{digit}\n")).collect();
    sandbox
        .kafdir([&["consume", "t"], args].concat())
        .stdout(lines)
        .exits(0);
}

#[test]
fn one_position_is_where_to_begin() {
    let sandbox = ten_from_two();
    for (position, expected) in [
        ("start", "23456789"),
        ("end", ""),
        ("5", "56789"),
        ("9", "9"),
        ("10", ""),
        ("-3", "789"),
        ("-100", "23456789"),
        ("+3", "56789"),
        ("+100", ""),
        ("@1700000004000", "456789"),
        ("@1700000004001", "56789"),
        ("@1700000004", "456789"),
        ("@1600000000000", "23456789"),
        ("@1800000000000", ""),
        ("@2023-11-14T22:13:24Z", "456789"),
        ("@2023-11-14T22:13:24.001Z", "56789"),
        ("@2023-11-14T23:13:24+01:00", "456789"),
        ("earliest", "23456789"),
        ("latest", ""),
        ("beginning", "23456789"),
    ] {
        reads(&sandbox, &["-o", position], expected);
        reads(&sandbox, &["--from", position], expected);
        // A separate word that begins with a dash or none: both are positions.
        reads(&sandbox, &[&format!("--from={position}")], expected);
    }
    reads(&sandbox, &["--from-beginning"], "23456789");
}

#[test]
fn a_range_is_half_open() {
    let sandbox = ten_from_two();
    for (range, expected) in [
        ("3:6", "345"),
        ("3:", "3456789"),
        (":6", "2345"),
        ("-5:", "56789"),
        ("-5:-2", "567"),
        ("+1:+3", "34"),
        ("start:end", "23456789"),
        ("5:5", ""),
        ("5:100", "56789"),
        ("@1700000004000:@1700000007000", "456"),
        ("@2023-11-14T22:13:24Z:@2023-11-14T22:13:27Z", "456"),
        ("@2023-11-14T22:13:24Z:", "456789"),
        (":@2023-11-14T22:13:24Z", "23"),
        ("3:@1700000005000", "34"),
        ("@1700000004:-1", "45678"),
    ] {
        reads(&sandbox, &["-o", range], expected);
    }
    reads(&sandbox, &["--from", "3", "--to", "6"], "345");
    reads(&sandbox, &["--to", "6"], "2345");
    reads(&sandbox, &["--from", "-5", "--to", "-2"], "567");
}

#[test]
fn an_offset_below_the_log_start_is_an_error_that_names_it() {
    let sandbox = ten_from_two();
    for position in ["1", "0:5"] {
        let call = sandbox
            .kafdir(["consume", "t", "-o", position])
            .any_stdout()
            .any_stderr();
        let output = call.exits_with_one_of(&[0, 1]);
        // What was trimmed away is never taken for what was asked: it is an error, or said.
        assert!(output.stderr.contains('2'), "{}", output.stderr);
    }
}

#[test]
fn an_offset_past_the_end_is_no_record() {
    let sandbox = ten_from_two();
    let output = sandbox
        .kafdir(["consume", "t", "-o", "11"])
        .any_stderr()
        .exits_with_one_of(&[0, 1]);
    assert!(output.stdout.is_empty());
}

#[test]
fn what_is_no_position_is_refused() {
    let sandbox = ten_from_two();
    for position in [
        "",
        "x",
        "1.5",
        "--3",
        "@",
        "@yesterday",
        "1:2:3",
        "@17:@18:@19",
        "+-1",
        "99999999999999999999",
        "@2023-13-01",
        "@2023-02-30",
        "1-2",
    ] {
        sandbox
            .kafdir(["consume", "t", "-o", position])
            .stderr_has("--offset")
            .exits(2);
    }
}

#[test]
fn a_range_that_ends_before_it_begins_is_refused() {
    let sandbox = ten_from_two();
    for range in ["6:3", "@1700000007:@1700000004", "-2:-5", "+3:+1"] {
        sandbox
            .kafdir(["consume", "t", "-o", range])
            .stderr_has("range")
            .exits(2);
    }
}

#[test]
fn each_partition_counts_for_itself() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox
        .kafdir(["produce", "t", "-p", "0"])
        .input(seq(1, 5))
        .exits(0);
    sandbox
        .kafdir(["produce", "t", "-p", "1"])
        .input(seq(11, 12))
        .exits(0);
    let text = sandbox
        .kafdir(["consume", "t", "-o", "-3"])
        .any_stdout()
        .exits(0)
        .text();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["11", "12", "3", "4", "5"]);
}

#[test]
fn times_out_of_order_find_the_first_at_or_after() {
    let sandbox = Sandbox::with_topic("t", 1);
    for (value, second) in [("a", 5), ("b", 2), ("c", 9), ("d", 7), ("e", 9)] {
        let line = format!(
            "{{\"value\":\"{value}\",\"timestamp\":{}}}\n",
            FIRST + second * 1000
        );
        sandbox
            .kafdir(["produce", "t", "--json"])
            .input(line)
            .exits(0);
    }
    for (second, expected) in [(1, "abcde"), (5, "abcde"), (6, "cde"), (9, "cde"), (10, "")] {
        reads(
            &sandbox,
            &["-o", &format!("@{}", FIRST + second * 1000)],
            expected,
        );
    }
}

#[test]
fn positions_hold_over_many_segments_and_batches() {
    let sandbox =
        Sandbox::with_config("t", 1, &["segment.bytes=16384", "index.interval.bytes=512"]);
    for batch in 0..200_i64 {
        let mut input = String::new();
        for number in batch * 10..batch * 10 + 10 {
            let timestamp = FIRST + number * 1000;
            input += &format!("{{\"value\":\"{number:040}\",\"timestamp\":{timestamp}}}\n");
        }
        sandbox
            .kafdir(["produce", "t", "--json", "--acks", "1"])
            .input(input)
            .exits(0);
    }
    assert!(sandbox.files("t-0", ".log").len() > 3);
    for offset in [0, 1, 9, 10, 11, 999, 1000, 1001, 1777, 1999] {
        for position in [
            offset.to_string(),
            format!("@{}", FIRST + offset * 1000),
            format!("@{}", FIRST + offset * 1000 - 999),
            format!("-{}", 2000 - offset),
        ] {
            sandbox
                .kafdir(["consume", "t", "-n", "1", "-F", "%o %T\\n", "-o", &position])
                .stdout(format!("{offset} {}\n", FIRST + offset * 1000))
                .exits(0);
        }
    }
    sandbox.is_clean();
}
