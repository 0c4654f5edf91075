//! Dead letters: exactly the records that fail are moved, with the reason; and what is not a record's fault moves none.

use std::fmt::Write as _;
use std::fs;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::harness::{Call, Sandbox, seq, wait_for};
use crate::offsets::committed;

/// A call of `consume t -g g --dead-letter t.dlq` with more arguments and a shell script as COMMAND.
#[track_caller]
fn consume(sandbox: &Sandbox, args: &str, script: &str) -> Call {
    sandbox
        .kafdir(["consume", "t", "-g", "g", "--dead-letter", "t.dlq"])
        .args(args.split_ascii_whitespace())
        .args(["--", "sh", "-c", script])
}

/// Notes of every file of a topic: its records as JSON.
#[track_caller]
fn records(sandbox: &Sandbox, topic: &str) -> Vec<Value> {
    let call = sandbox.kafdir(["consume", topic, "--json"]).any_stdout();
    call.exits(0).json_lines()
}

/// Fails where a line holds `bad`; prints what it processed, and says why it did not.
const FAILS_ON_BAD: &str = r#"
    cat > in.$$
    if grep -q bad in.$$; then
        echo "looking" >&2; echo "cannot parse $(grep -m1 bad in.$$)" >&2; rm in.$$; exit 3
    fi
    cat in.$$; rm in.$$
"#;

#[test]
fn exactly_the_failing_records_are_moved_with_their_reasons() {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut lines = String::new();
    for number in 0..700 {
        let bad = if [0, 5, 6, 499, 500, 699].contains(&number) {
            "bad"
        } else {
            "good"
        };
        writeln!(lines, "{bad} {number}").unwrap();
    }
    sandbox.produce("t", &lines);
    let out = consume(&sandbox, "--max-attempts 3 --backoff 1ms", FAILS_ON_BAD)
        .any_stdout()
        .stderr_has("cannot parse bad 499")
        .exits(0);
    assert_eq!(
        out.stderr.lines().next_back(),
        Some("kafdir: 694 processed, 6 to t.dlq")
    );
    let mut good: Vec<&str> = lines.lines().filter(|line| !line.contains("bad")).collect();
    good.push("");
    assert_eq!(out.text(), good.join("\n"));
    let letters = records(&sandbox, "t.dlq");
    let found: Vec<Value> = letters
        .iter()
        .map(|letter| json!([letter["value"], letter["headers"]]))
        .collect();
    let expected: Vec<Value> = [0, 5, 6, 499, 500, 699]
        .iter()
        .map(|number| {
            json!([
                format!("bad {number}"),
                [
                    ["kafdir.dlq.topic", "t"],
                    ["kafdir.dlq.partition", "0"],
                    ["kafdir.dlq.offset", number.to_string()],
                    ["kafdir.dlq.attempts", "3"],
                    ["kafdir.dlq.exit", "3"],
                    ["kafdir.dlq.error", format!("cannot parse bad {number}")],
                ]
            ])
        })
        .collect();
    assert_eq!(found, expected);
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(700));
    sandbox.is_clean();
}

#[test]
fn keys_headers_times_and_nulls_move_along_and_older_marks_do_not() {
    let sandbox = Sandbox::with_topic("t", 1);
    let record = r#"{"key":"k","value":null,"timestamp":1700000000000,"headers":[["a","1"],["kafdir.dlq.error","old"],["kafdir.dlq.offset","7"]]}"#;
    sandbox
        .kafdir(["produce", "-q", "t", "--json"])
        .input(record)
        .exits(0);
    consume(&sandbox, "-q", "cat > /dev/null; kill -9 $$").exits(0);
    let letter = records(&sandbox, "t.dlq").pop().unwrap();
    let expected = json!({
        "topic": "t.dlq", "partition": 0, "offset": 0, "timestamp": 1_700_000_000_000_i64,
        "timestamp_type": "CreateTime", "key": "k", "value": null, "headers": [
            ["a", "1"],
            ["kafdir.dlq.topic", "t"],
            ["kafdir.dlq.partition", "0"],
            ["kafdir.dlq.offset", "0"],
            ["kafdir.dlq.attempts", "1"],
            ["kafdir.dlq.exit", "137"],
            ["kafdir.dlq.error", ""],
        ]
    });
    assert_eq!(letter, expected);
}

#[test]
fn a_run_that_went_well_says_nothing_when_told_to_be_quiet() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    consume(&sandbox, "-q", "cat").stdout("a\n").exits(0);
    // The topic is there from the start on: nobody has to make it.
    sandbox.kafdir(["consume", "t.dlq"]).exits(0);
}

#[test]
fn without_splitting_the_batch_goes_as_a_whole() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\nbad\nb\nc\nd\n");
    let out = consume(&sandbox, "--batch 3 --no-split", FAILS_ON_BAD)
        .stdout("c\nd\n")
        .any_stderr()
        .exits(0);
    assert!(
        out.stderr.ends_with("kafdir: 2 processed, 3 to t.dlq\n"),
        "{}",
        out.stderr
    );
    let letters = records(&sandbox, "t.dlq");
    let offsets: Vec<_> = letters
        .iter()
        .map(|letter| letter["headers"][2][1].clone())
        .collect();
    assert_eq!(offsets, ["0", "1", "2"]);
}

#[test]
fn each_record_alone_is_moved_alone() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\nbad\nb\n");
    consume(&sandbox, "-q --each", FAILS_ON_BAD)
        .stdout("a\nb\n")
        .stderr_has("cannot parse bad")
        .exits(0);
    assert_eq!(records(&sandbox, "t.dlq").len(), 1);
}

#[test]
fn a_halved_batch_is_described_to_each_run() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\nb\nbad\nc\n");
    let script = r#"
        echo "$KAFDIR_FIRST_OFFSET $KAFDIR_LAST_OFFSET $KAFDIR_COUNT $KAFDIR_ATTEMPT" >> runs
        ! grep -q bad
    "#;
    consume(&sandbox, "-q --max-attempts 2 --backoff 1ms", script).exits(0);
    let runs = fs::read_to_string(sandbox.path("runs")).unwrap();
    assert_eq!(
        runs,
        "0 3 4 1\n0 3 4 2\n0 1 2 2\n2 3 2 2\n2 2 1 2\n3 3 1 2\n"
    );
}

#[test]
fn what_is_not_a_records_fault_moves_nothing() {
    let cases = [
        ("exit 75", "exit code 75"),
        ("exit 126", "exit code 126"),
        ("no-such-command", "exit code 127"),
        ("kill -TERM $$", "SIGTERM"),
        ("exit 143", "exit code 143"),
    ];
    for (script, said) in cases {
        let sandbox = Sandbox::with_topic("t", 1);
        sandbox.produce("t", seq(1, 4));
        consume(
            &sandbox,
            "--max-attempts 2 --backoff 1ms",
            &format!("echo $KAFDIR_ATTEMPT >> runs; {script}"),
        )
        .stderr_has(said)
        .stderr_has("0 processed, 0 to t.dlq")
        .exits(5);
        assert_eq!(sandbox.consume("t.dlq"), "", "{script}");
        assert_eq!(committed(&sandbox, "g", "t", 0).unwrap_or(0), 0, "{script}");
        let runs = fs::read_to_string(sandbox.path("runs")).unwrap();
        let retried = !script.contains("126") && !script.contains("no-such");
        assert_eq!(runs, if retried { "1\n2\n" } else { "1\n" }, "{script}");
    }
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    sandbox
        .kafdir([
            "consume",
            "-q",
            "t",
            "-g",
            "g",
            "--dead-letter",
            "t.dlq",
            "--",
            "misspelt",
        ])
        .stderr_has("cannot start misspelt")
        .exits(5);
    assert_eq!(sandbox.consume("t.dlq"), "");
}

#[test]
fn a_reader_that_has_gone_moves_nothing() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 100_000));
    let script = r#"
        kafdir consume -q t -g g --dead-letter t.dlq --batch 0 -- cat | head -1
        echo "${PIPESTATUS[0]}"
    "#;
    sandbox
        .shell(&format!("set +o pipefail; {script}"))
        .stdout("1\n5\n")
        .stderr_has("SIGPIPE")
        .exits(0);
    assert_eq!(sandbox.consume("t.dlq"), "");
    assert_eq!(committed(&sandbox, "g", "t", 0).unwrap_or(0), 0);
}

#[test]
fn a_piece_that_is_only_late_is_waited_for() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "bad\nlate\n");
    // The batch fails, its first half too; the second says "later" once, and then succeeds.
    let script = r"
        cat > in
        grep -q bad in && exit 1
        [ -e once ] || { touch once; exit 75; }
        cat in
    ";
    consume(&sandbox, "-q --max-attempts 2 --backoff 1ms", script)
        .stdout("late\n")
        .exits(0);
    assert_eq!(records(&sandbox, "t.dlq").len(), 1);
}

#[test]
fn too_many_in_a_row_are_no_accident() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 1000));
    let out = consume(&sandbox, "", "cat > /dev/null; exit 1")
        .any_stderr()
        .exits(5);
    assert!(
        out.stderr.contains("after 10 dead letters in a row"),
        "{}",
        out.stderr
    );
    assert!(
        out.stderr.contains("stands right before, at 10"),
        "{}",
        out.stderr
    );
    assert!(
        out.stderr.contains("0 processed, 10 to t.dlq"),
        "{}",
        out.stderr
    );
    assert_eq!(records(&sandbox, "t.dlq").len(), 10);
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(10));
    consume(
        &sandbox,
        "-q --max-dead-letters 3",
        "cat > /dev/null; exit 1",
    )
    .stderr_has("after 3 dead letters in a row")
    .exits(5);
    assert_eq!(committed(&sandbox, "g", "t", 0), Some(13));
    // As many as that are accidents, and a success between them begins anew.
    sandbox.create("u", 1, &[]);
    sandbox.produce("u", "bad\nbad\ngood\nbad\nbad\n");
    sandbox
        .kafdir([
            "consume",
            "-q",
            "u",
            "-g",
            "g",
            "--dead-letter",
            "t.dlq",
            "--max-dead-letters",
            "2",
        ])
        .args(["--", "sh", "-c", "! grep bad"])
        .any_stdout()
        .exits(0);
    assert_eq!(committed(&sandbox, "g", "u", 0), Some(5));
}

#[test]
fn the_topic_is_looked_at_before_anything_runs() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\n");
    sandbox.create("compacted", 1, &["cleanup.policy=compact"]);
    sandbox.create("small", 1, &["max.message.bytes=1000"]);
    let cases = [
        (
            vec!["t", "--dead-letter", "t"],
            2,
            "one of the topics that are read",
        ),
        (
            vec!["^t.*", "--dead-letter", "t.dlq"],
            2,
            "one of the topics that are read",
        ),
        (vec!["t", "--dead-letter", "no/name"], 2, "--dead-letter"),
        (
            vec!["t", "--dead-letter", "compacted"],
            1,
            "compacted by key",
        ),
        (
            vec!["t", "--dead-letter", "small"],
            1,
            "kafdir topic alter small --config max.message.bytes=",
        ),
        (
            vec!["t", "--dead-letter", "d", "--no-commit"],
            2,
            "--no-commit",
        ),
    ];
    for (args, code, said) in cases {
        sandbox
            .kafdir(["consume", "-q", "-g", "g"])
            .args(&args)
            .args(["--", "touch", "ran"])
            .stderr_has(said)
            .exits(code);
        assert!(!sandbox.path("ran").exists(), "{args:?}");
    }
    fs::write(
        sandbox.store().join("server.properties"),
        "auto.create.topics.enable=false\n",
    )
    .unwrap();
    sandbox
        .kafdir([
            "consume",
            "-q",
            "t",
            "-g",
            "g",
            "--dead-letter",
            "new",
            "--",
            "touch",
            "ran",
        ])
        .stderr_has("'kafdir topic create new'")
        .exits(1);
    assert!(!sandbox.path("ran").exists());
}

#[test]
fn a_record_of_the_largest_size_has_room_for_its_headers() {
    let sandbox = Sandbox::with_config("t", 1, &["max.message.bytes=2000"]);
    let largest = "x".repeat(1900);
    sandbox.produce("t", format!("{largest}\n"));
    let script = r"cat > /dev/null; printf '%01500d\n' 7 >&2; exit 1";
    consume(&sandbox, "-q", script).any_stderr().exits(0);
    let letter = records(&sandbox, "t.dlq").pop().unwrap();
    assert_eq!(letter["value"].as_str(), Some(largest.as_str()));
    assert_eq!(letter["headers"][5][1].as_str().map(str::len), Some(1000));
    // One that has no more room than its source: what COMMAND said gives way, and a record that is too large still stays
    // where it is.
    sandbox.create("tight", 1, &["max.message.bytes=2000"]);
    sandbox.create("u", 1, &["max.message.bytes=2000"]);
    sandbox.produce("u", format!("{}\n{largest}\n", "y".repeat(1000)));
    sandbox
        .kafdir([
            "consume",
            "-q",
            "u",
            "-g",
            "g",
            "--dead-letter",
            "tight",
            "--",
            "sh",
            "-c",
            script,
        ])
        .stderr_has("and the move to tight failed too")
        .stderr_has("'kafdir topic alter tight --config max.message.bytes=N'")
        .stderr_has("stands right before, at 1")
        .exits(5);
    let letters = records(&sandbox, "tight");
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0]["headers"][5][1], "");
    assert_eq!(committed(&sandbox, "g", "u", 0), Some(1));
}

#[test]
fn a_stop_in_the_middle_moves_nothing() {
    // As systemd does: COMMAND is told to stop as well, and ends as it likes.
    for end in ["kill -TERM $$", "exit 1", "exit 3"] {
        let sandbox = Sandbox::with_topic("t", 1);
        sandbox.produce("t", seq(1, 100));
        let script =
            format!("cat > /dev/null; echo begun; trap '{end}' USR1; while :; do sleep 0.01; done");
        let mut worker = consume(
            &sandbox,
            "-q -f --max-attempts 3",
            &format!("echo $$; {script}"),
        )
        .start();
        let pid: i32 = worker.line().parse().unwrap();
        assert_eq!(worker.line(), "begun");
        worker.signal(Signal::SIGTERM);
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), Signal::SIGUSR1).unwrap();
        worker.dies_by(Signal::SIGTERM);
        assert_eq!(sandbox.consume("t.dlq"), "", "{end}");
        assert_eq!(committed(&sandbox, "g", "t", 0).unwrap_or(0), 0, "{end}");
    }
}

#[test]
fn dead_letters_can_be_processed_later() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", "a\nbad\nb\n");
    consume(&sandbox, "-q", FAILS_ON_BAD)
        .stdout("a\nb\n")
        .any_stderr()
        .exits(0);
    sandbox
        .kafdir(["consume", "-q", "t.dlq", "-g", "redrive", "--json", "--"])
        .args(["kafdir", "produce", "-q", "t", "--json"])
        .exits(0);
    assert_eq!(sandbox.consume("t"), "a\nbad\nb\nbad\n");
    // It fails once more, and its marks are those of its second life.
    consume(&sandbox, "-q", FAILS_ON_BAD).any_stderr().exits(0);
    let letters = records(&sandbox, "t.dlq");
    let offsets: Vec<_> = letters
        .iter()
        .map(|letter| letter["headers"][2].clone())
        .collect();
    assert_eq!(
        offsets,
        [
            json!(["kafdir.dlq.offset", "1"]),
            json!(["kafdir.dlq.offset", "3"])
        ]
    );
    assert_eq!(letters[1]["headers"].as_array().unwrap().len(), 6);
}

#[test]
fn a_record_is_moved_before_the_offset_and_never_lost_between() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 3));
    // The topic can't take anything any more once COMMAND has run.
    let script = "cat > /dev/null; kafdir topic delete -q t.dlq; exit 1";
    consume(&sandbox, "-q --each", script)
        .stderr_has("and the move to t.dlq failed too")
        .exits(5);
    assert_eq!(committed(&sandbox, "g", "t", 0).unwrap_or(0), 0);
    consume(&sandbox, "-q --each", "cat > /dev/null; exit 1").exits(0);
    wait_for("all letters", || {
        (sandbox.consume("t.dlq") == "1\n2\n3\n").then_some(())
    });
}

/// What it says and its end reach us at the same time, or one before the other.
#[test]
fn the_last_words_of_a_run_are_always_heard() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 40));
    for _ in 0..40 {
        consume(&sandbox, "-q --each -n 1", "echo one >&2; echo two >&2")
            .stderr_has("one\ntwo\n")
            .exits(0);
    }
}
