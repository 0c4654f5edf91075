//! `copy`: a topic with everything in it, under another name or in another directory.

use proptest::prelude::*;
use serde_json::Value;

use crate::harness::{Sandbox, Tree, seq};

/// What `consume --json` shows, without what differs between a topic and its copy.
fn records(sandbox: &Sandbox, topic: &str) -> Vec<Value> {
    let lines = sandbox
        .kafdir(["consume", topic, "--json"])
        .any_stdout()
        .exits(0)
        .json_lines();
    let strip = |mut record: Value| {
        let members = record.as_object_mut().unwrap();
        members.remove("topic");
        members.remove("timestamp_type");
        record
    };
    lines.into_iter().map(strip).collect()
}

fn in_order(mut records: Vec<Value>) -> Vec<Value> {
    records.sort_by_key(|record| (record["partition"].as_i64(), record["offset"].as_i64()));
    records
}

const RECORDS: &str = r#"{"value":"plain","timestamp":1000}
{"key":"k","value":null,"timestamp":500,"headers":[["a","1"],["a",null],["b",{"base64":"/w=="}]]}
{"key_base64":"gA==","value_base64":"AP8=","timestamp":2000,"headers":[]}
{"key":"","value":"","timestamp":0}
"#;

#[test]
fn everything_stays_as_it_is() {
    let sandbox = Sandbox::with_config(
        "t",
        3,
        &[
            "compression.type=zstd",
            "retention.ms=-1",
            "message.timestamp.before.max.ms=1000000000000000",
        ],
    );
    sandbox
        .kafdir(["produce", "t", "--json"])
        .input(RECORDS)
        .exits(0);
    sandbox.kafdir(["copy", "t=u"]).exits(0);
    assert_eq!(
        in_order(records(&sandbox, "u")),
        in_order(records(&sandbox, "t"))
    );
    let config = |topic| {
        let described = sandbox
            .kafdir(["topic", "describe", topic, "--json"])
            .any_stdout()
            .exits(0);
        described.json()["config"].clone()
    };
    assert_eq!(config("u"), config("t"));
    sandbox.is_clean();
}

#[test]
fn into_another_directory_and_back() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox.produce("t", seq(1, 1000));
    sandbox
        .kafdir(["copy", "t", "--to", "dir:other"])
        .stderr_has("other")
        .exits(0);
    sandbox
        .kafdir(["--dir", "other", "copy", "t=back", "--to", "dir:store", "--json"])
        .stdout("{\"topic\":\"t\",\"partitions\":2,\"to\":\"back\",\"to_partitions\":2,\"records\":1000,\"dry_run\":false}\n")
        .exits(0);
    assert_eq!(
        in_order(records(&sandbox, "back")),
        in_order(records(&sandbox, "t"))
    );
    let logs = sandbox.store().join("logs");
    sandbox
        .kafdir([
            "--log-dir",
            logs.to_str().unwrap(),
            "copy",
            "t=read",
            "--to",
            "dir:other",
        ])
        .exits(0);
}

#[test]
fn keys_decide_where_the_number_of_partitions_changes() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox.create("fresh", 5, &[]);
    let lines: String = (0..500).map(|n| format!("key {}:{n}\n", n % 17)).collect();
    for topic in ["t", "fresh"] {
        sandbox
            .kafdir(["produce", topic, "-K", ":"])
            .input(&lines)
            .exits(0);
    }
    sandbox
        .kafdir(["copy", "t=u", "--partitions", "5"])
        .exits(0);
    let by_partition = |topic: &str| {
        let call = sandbox.kafdir(["consume", topic, "--format", "%p %k %s\\n"]);
        let mut lines: Vec<String> = call
            .any_stdout()
            .exits(0)
            .text()
            .lines()
            .map(str::to_owned)
            .collect();
        // Of each key in the order in which it was produced: the sort is stable.
        lines.sort_by_key(|line| line.split(' ').take(3).collect::<Vec<_>>().join(" "));
        lines
    };
    assert_eq!(by_partition("u"), by_partition("fresh"));
}

#[test]
fn records_without_a_key_keep_the_order_of_their_partition() {
    let sandbox = Sandbox::with_topic("t", 2);
    for partition in ["0", "1"] {
        sandbox
            .kafdir(["produce", "t", "-p", partition])
            .input(seq(1, 300))
            .exits(0);
    }
    sandbox
        .kafdir(["copy", "t=u", "--partitions", "7"])
        .exits(0);
    let expected = String::from_utf8(seq(1, 300)).unwrap();
    assert_eq!(sandbox.consume("u:0"), expected);
    assert_eq!(sandbox.consume("u:1"), expected);
}

#[test]
fn a_topic_that_stamps_its_records_keeps_their_times() {
    let sandbox = Sandbox::with_config("t", 1, &["message.timestamp.type=LogAppendTime"]);
    sandbox.produce("t", "a\n");
    let before = records(&sandbox, "t");
    sandbox.kafdir(["copy", "t=u"]).exits(0);
    assert_eq!(records(&sandbox, "u"), before);
    sandbox
        .kafdir(["produce", "u", "--timestamp", "2020-01-01"])
        .input("b\n")
        .exits(0);
    assert_ne!(
        records(&sandbox, "u")[1]["timestamp"],
        1_577_836_800_000_i64
    );
}

#[test]
fn offsets_begin_at_zero_whatever_was_trimmed() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 10));
    sandbox
        .kafdir(["topic", "trim", "t", "--before", "4"])
        .any_stdout()
        .exits(0);
    sandbox.kafdir(["copy", "t=u"]).exits(0);
    sandbox
        .kafdir(["consume", "u", "--format", "%o=%s\\n", "-n", "1"])
        .stdout("0=5\n")
        .exits(0);
}

#[test]
fn what_would_mix_or_go_nowhere_is_refused() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox.create("full", 2, &[]);
    sandbox.produce("t", "a\n");
    sandbox.produce("full", "b\n");
    std::os::unix::fs::symlink(sandbox.store(), sandbox.path("same")).unwrap();
    let before = Tree::of(&sandbox.path("."));
    for (args, code, told) in [
        (&["t"][..], 2, "onto itself"),
        (&["t=t"], 2, "onto itself"),
        (&["t", "--to", "dir:same"], 2, "onto itself"),
        (&["t=u", "full=u"], 2, "two topics"),
        (&["t=u", "u=v"], 2, "copied from and copied to"),
        (&["t=u", "--to", "elsewhere"], 2, "dir:PATH"),
        (&["t=../u"], 2, "../u"),
        (&["t=full"], 1, "has records already"),
        (
            &["t=full", "--append", "--partitions", "3"],
            1,
            "2 partitions",
        ),
        (&["t=u", "missing=v"], 1, "missing"),
    ] {
        let line = [&["copy"], args].concat();
        sandbox.kafdir(line).stderr_has(told).exits(code);
    }
    before.is_unchanged(&Tree::of(&sandbox.path(".")));
    sandbox.kafdir(["copy", "t=full", "--append"]).exits(0);
    assert_eq!(records(&sandbox, "full").len(), 2);
}

#[test]
fn a_dry_run_changes_nothing() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox
        .kafdir([
            "copy",
            "t=u",
            "--partitions",
            "3",
            "--dry-run",
            "--to",
            "dir:other",
        ])
        .stdout("would copy topic t (2 partitions) to u (3 partitions)\n")
        .exits(0);
    assert!(!sandbox.path("other").exists());
}

#[test]
fn what_the_target_refuses_is_named_and_the_rest_is_there() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.create("small", 1, &["max.message.bytes=200"]);
    sandbox
        .kafdir(["produce", "t"])
        .input(format!("a\n{}\nb\n", "x".repeat(500)))
        .exits(0);
    sandbox
        .kafdir(["copy", "t=small"])
        .stderr_has("t-0, offset 1")
        .stderr_has("1 record of topic t copied to small")
        .exits(1);
    assert_eq!(sandbox.consume("small"), "a\n");
}

fn bytes() -> impl Strategy<Value = Option<Vec<u8>>> {
    proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn whatever_the_records_are(
        all in proptest::collection::vec((bytes(), bytes(), proptest::collection::vec(("[a-z]{0,3}", bytes()), 0..4)), 1..30)
    ) {
        use base64::Engine as _;
        let encode = |bytes: &Option<Vec<u8>>| {
            bytes.as_ref().map(|bytes| base64::engine::general_purpose::STANDARD.encode(bytes))
        };
        let mut lines = String::new();
        for (key, value, headers) in &all {
            let headers: Vec<Value> = headers
                .iter()
                .map(|(name, value)| match encode(value) {
                    Some(text) => serde_json::json!([name, {"base64": text}]),
                    None => serde_json::json!([name, null]),
                })
                .collect();
            let record = serde_json::json!({
                "key_base64": encode(key), "value_base64": encode(value), "headers": headers, "timestamp": 7
            });
            lines += &format!("{record}\n");
        }
        let sandbox = Sandbox::with_topic("t", 3);
        sandbox.kafdir(["produce", "t", "--json"]).input(&lines).exits(0);
        sandbox.kafdir(["copy", "t=u"]).exits(0);
        prop_assert_eq!(in_order(records(&sandbox, "u")), in_order(records(&sandbox, "t")));
    }
}
