//! Where one record ends and the next begins, in both directions.

use crate::harness::{Sandbox, scale, seq};

#[test]
fn delimiters_are_cut_and_put_back() {
    for (delimiter, input, values) in [
        (",", "a,b,,c", vec!["a", "b", "", "c"]),
        (",", "a,b,", vec!["a", "b"]),
        ("\\t", "a\tb\n\t", vec!["a", "b\n"]),
        ("\\0", "a\0b\nc\0", vec!["a", "b\nc"]),
        ("\\x00", "a\0b\0", vec!["a", "b"]),
        ("\\r\\n", "a\r\nb\nc\rd\r\n", vec!["a", "b\nc\rd"]),
        ("--", "a--b---c", vec!["a", "b", "-c"]),
        ("aab", "aaab|aabaab", vec!["a", "|", ""]),
        ("\\\\", "a\\b", vec!["a", "b"]),
        ("\\x41B", "1AB2ABB", vec!["1", "2", "B"]),
        ("ü", "1ü2ü", vec!["1", "2"]),
    ] {
        let sandbox = Sandbox::with_topic("t", 1);
        sandbox
            .kafdir(["produce", "t", &format!("--delimiter={delimiter}")])
            .input(input)
            .exits(0);
        let records = sandbox
            .kafdir(["consume", "t", "--json"])
            .any_stdout()
            .exits(0)
            .json_lines();
        let found: Vec<&str> = records
            .iter()
            .map(|record| record["value"].as_str().unwrap())
            .collect();
        assert_eq!(found, values, "{input:?} cut by {delimiter}");
    }
}

#[test]
fn an_empty_delimiter_takes_all_input_as_one_record() {
    for input in ["a\nb\n", "\n", "one"] {
        let sandbox = Sandbox::with_topic("t", 1);
        sandbox
            .kafdir(["produce", "t", "-D", ""])
            .input(input)
            .exits(0);
        let output = sandbox
            .kafdir(["consume", "t", "-D", ""])
            .stdout(input)
            .exits(0);
        assert_eq!(output.stderr, "");
        let record = sandbox
            .kafdir(["consume", "t", "--json"])
            .any_stdout()
            .exits(0)
            .json();
        assert_eq!(record["value"], input);
    }
}

#[test]
fn an_empty_delimiter_makes_each_file_a_record() {
    let sandbox = Sandbox::with_topic("t", 1);
    let one = sandbox.file("one", "first\nfile");
    let two = sandbox.file("two", "second\n");
    sandbox
        .kafdir(["produce", "t", "-D", ""])
        .args([one, two])
        .exits(0);
    let records = sandbox
        .kafdir(["consume", "t", "--json"])
        .any_stdout()
        .exits(0)
        .json_lines();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0]["value"], "first\nfile");
    assert_eq!(records[1]["value"], "second\n");
}

#[test]
fn what_is_no_escape_is_refused() {
    let sandbox = Sandbox::with_topic("t", 1);
    for delimiter in ["\\", "\\x", "\\x4", "\\xZZ", "\\q", "a\\"] {
        for command in ["produce", "consume"] {
            sandbox
                .kafdir([command, "t", &format!("--delimiter={delimiter}")])
                .stderr_has("delimiter")
                .exits(2);
        }
    }
}

#[test]
fn nul_goes_with_find_and_xargs() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .shell(
            "mkdir in; touch 'in/a b' $'in/new\\nline' in/c
             find in -type f -print0 | sort -z | kafdir produce t -0
             kafdir consume t -0 | xargs -0 -n1 printf '[%s]'",
        )
        .stdout("[in/a b][in/c][in/new\nline]")
        .exits(0);
}

#[test]
fn a_delimiter_across_any_two_reads_is_found() {
    // Each write is a read of its own for the program: the delimiter is cut at every place.
    let sandbox = Sandbox::with_topic("t", 1);
    let mut running = sandbox.kafdir(["produce", "t", "-D", "<=>"]).start();
    let mut follower = sandbox.kafdir(["consume", "t", "-f", "-n", "6"]).start();
    for (sent, expected) in [("a<", None), ("=>b<=", Some("a")), (">c<=>d", Some("b"))] {
        running.send(sent);
        if let Some(value) = expected {
            assert_eq!(follower.line(), value);
        }
    }
    assert_eq!(follower.line(), "c");
    running.send("<=<=>=>");
    assert_eq!(follower.line(), "d<=");
    running.send("e<=>");
    assert_eq!(follower.line(), "=>e");
    running.send("f");
    running.close();
    assert_eq!(follower.line(), "f");
    assert_eq!(running.exits(0), "");
    assert_eq!(follower.exits(0), "");
}

#[test]
fn random_bytes_cut_by_three_bytes_come_back() {
    let sandbox = Sandbox::with_topic("t", 1);
    let size = scale("KAFDIR_TEST_RANDOM_BYTES", 10_000_000);
    let random = random_bytes(size);
    let path = sandbox.file("random", &random);
    sandbox
        .kafdir(["produce", "t", "-D", "\\x01\\xff\\x80"])
        .input_file(&path)
        .exits(0);
    let output = sandbox
        .kafdir(["consume", "-q", "t", "-D", "\\x01\\xff\\x80"])
        .any_stdout()
        .exits(0);
    let mut expected = random;
    if !expected.ends_with(b"\x01\xff\x80") {
        expected.extend(b"\x01\xff\x80");
    }
    assert!(output.stdout == expected, "the bytes differ");
    let count = sandbox
        .kafdir(["consume", "t", "-F", "%o\\n"])
        .any_stdout()
        .exits(0)
        .text()
        .lines()
        .count();
    assert!(count > size / 2_000_000, "{count} records");
    sandbox.is_clean();
}

#[test]
fn nul_delimited_lines_come_back() {
    let count = scale("KAFDIR_TEST_LINES", 100_000);
    let mut lines = seq(1, count);
    for byte in &mut lines {
        if *byte == b'\n' {
            *byte = 0;
        }
    }
    let sandbox = Sandbox::with_topic("n", 1);
    sandbox
        .kafdir(["produce", "n", "-0"])
        .input(&lines)
        .exits(0);
    let output = sandbox.kafdir(["consume", "n", "-0"]).any_stdout().exits(0);
    assert!(output.stdout == lines, "the records differ");
}

/// Bytes without a pattern (xorshift), with the three of the delimiter sown in, about every 32 KiB.
fn random_bytes(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
        if state.trailing_zeros() >= 12 {
            bytes.extend(b"\x01\xff\x80");
        }
    }
    bytes
}
