//! `topic create | list | describe | alter | delete | trim`.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Sandbox, seq};

#[test]
fn a_created_topic_is_listed_and_described() {
    let sandbox = Sandbox::with_config("orders", 3, &["segment.bytes=1048576"]);
    sandbox.create("audit", 1, &[]);
    sandbox
        .kafdir(["topic", "list"])
        .stdout("audit\norders\n")
        .exits(0);

    let described = sandbox
        .kafdir(["topic", "describe", "orders", "--json"])
        .any_stdout()
        .exits(0);
    let topic = described.json();
    assert_eq!(described.json_lines().len(), 1);
    assert_eq!(topic["topic"], "orders");
    assert_eq!(topic["config"], json!({"segment.bytes": "1048576"}));
    let names: Vec<&String> = topic.as_object().unwrap().keys().collect();
    assert_eq!(names, ["topic", "id", "partitions", "config"]);
    for (index, partition) in topic["partitions"].as_array().unwrap().iter().enumerate() {
        assert_eq!(partition["partition"], index);
        assert_eq!(partition["log_start_offset"], 0);
        assert_eq!(partition["log_end_offset"], 0);
        assert_eq!(partition["last_stable_offset"], 0);
        assert_eq!(partition["bytes"], 0);
    }
    assert_eq!(topic["partitions"].as_array().unwrap().len(), 3);
}

#[test]
fn the_topic_id_on_disk_is_the_one_described() {
    let sandbox = Sandbox::with_topic("orders", 1);
    let id = describe(&sandbox, "orders")["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let metadata = fs::read_to_string(sandbox.partition("orders-0").join("partition.metadata"));
    assert_eq!(metadata.unwrap(), format!("version: 0\ntopic_id: {id}"));
    assert_eq!(
        id.len(),
        22,
        "Kafka's form of a topic id is 22 characters: {id}"
    );
}

#[test]
fn several_names_or_none_describe_one_a_line() {
    let sandbox = Sandbox::with_topic("b", 1);
    sandbox.create("a", 2, &[]);
    let all = sandbox
        .kafdir(["topic", "describe", "--json"])
        .any_stdout()
        .exits(0)
        .json_lines();
    assert_eq!(topics_of(&all), ["a", "b"]);
    let both = sandbox
        .kafdir(["topic", "describe", "b", "a", "--json"])
        .any_stdout()
        .exits(0)
        .json_lines();
    assert_eq!(topics_of(&both), ["b", "a"]);
}

#[test]
fn describe_counts_what_was_produced() {
    let sandbox = Sandbox::with_topic("n", 1);
    sandbox.produce("n", seq(1, 10));
    let partition = &describe(&sandbox, "n")["partitions"][0];
    assert_eq!(partition["log_end_offset"], 10);
    assert_eq!(partition["last_stable_offset"], 10);
    assert_eq!(partition["segments"], 1);
    let size = fs::metadata(sandbox.first_log("n-0")).unwrap().len();
    assert_eq!(partition["bytes"], size);
}

#[test]
fn a_topic_that_exists_is_not_created_again() {
    let sandbox = Sandbox::with_topic("orders", 2);
    let before = sandbox.tree();
    sandbox
        .kafdir(["topic", "create", "orders"])
        .stderr_has("orders")
        .stderr_has("exists")
        .exits(1);
    sandbox
        .kafdir(["topic", "create", "-q", "orders", "--if-not-exists"])
        .exits(0);
    before.is_unchanged(&sandbox.tree());
}

#[test]
fn names_that_kafka_would_mix_up_are_refused() {
    let sandbox = Sandbox::with_topic("a.b", 1);
    sandbox
        .kafdir(["topic", "create", "a_b"])
        .stderr_has("a_b")
        .stderr_has("a.b")
        .exits(1);
    sandbox.kafdir(["topic", "list"]).stdout("a.b\n").exits(0);
}

#[test]
fn settings_are_checked_against_kafkas() {
    let sandbox = Sandbox::with_topic("t", 1);
    let before = sandbox.tree();
    for (setting, told) in [
        ("segment.byte=1048576", "segment.bytes"),
        ("segment.bytes=1", "segment.bytes"),
        ("segment.bytes=many", "segment.bytes"),
        ("compression.type=brotli", "zstd"),
        ("cleanup.policy=shred", "compact"),
        ("retention.ms=-2", "retention.ms"),
        ("segment.bytes", "segment.bytes"),
    ] {
        sandbox
            .kafdir(["topic", "create", "u", "--config", setting])
            .stderr_has(told)
            .exits(2);
        sandbox
            .kafdir(["topic", "alter", "t", "--config", setting])
            .stderr_has(told)
            .exits(2);
    }
    before.is_unchanged(&sandbox.tree());
}

#[test]
fn partitions_only_grow() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox
        .kafdir(["topic", "alter", "-q", "t", "--partitions", "5"])
        .exits(0);
    assert_eq!(partition_count(&sandbox, "t"), 5);
    assert!(sandbox.partition("t-4").is_dir());
    let before = sandbox.tree();
    sandbox
        .kafdir(["topic", "alter", "t", "--partitions", "4"])
        .stderr_has("5")
        .exits(1);
    before.is_unchanged(&sandbox.tree());
    sandbox.is_clean();
}

#[test]
fn growing_a_topic_with_keys_says_that_keys_will_land_elsewhere() {
    let sandbox = Sandbox::with_topic("keyed", 1);
    sandbox
        .kafdir(["produce", "keyed", "-k", "user-1"])
        .input("x\n")
        .exits(0);
    sandbox
        .kafdir(["topic", "alter", "keyed", "--partitions", "2"])
        .stderr_has("key")
        .exits(0);
}

#[test]
fn settings_are_altered_and_taken_back() {
    let sandbox = Sandbox::with_config("t", 1, &["retention.ms=1000"]);
    sandbox
        .kafdir(["topic", "alter", "-q", "t", "--config", "segment.ms=5000"])
        .exits(0);
    let config = json!({"retention.ms": "1000", "segment.ms": "5000"});
    assert_eq!(describe(&sandbox, "t")["config"], config);
    sandbox
        .kafdir([
            "topic",
            "alter",
            "-q",
            "t",
            "--delete-config",
            "retention.ms",
        ])
        .exits(0);
    let config = json!({"segment.ms": "5000"});
    assert_eq!(describe(&sandbox, "t")["config"], config);
}

#[test]
fn a_deleted_topic_leaves_nothing_behind() {
    let sandbox = Sandbox::with_topic("kept", 1);
    sandbox.create("gone", 3, &[]);
    sandbox.produce("gone", seq(1, 100));
    let before = sandbox.tree();
    sandbox
        .kafdir(["topic", "delete", "gone", "--dry-run"])
        .any_stdout()
        .any_stderr()
        .exits(0);
    before.is_unchanged(&sandbox.tree());

    sandbox.kafdir(["topic", "delete", "-q", "gone"]).exits(0);
    sandbox.kafdir(["topic", "list"]).stdout("kept\n").exits(0);
    let names = sandbox.tree();
    let left: Vec<&str> = names
        .names()
        .into_iter()
        .filter(|name| name.contains("gone"))
        .filter(|name| !name.starts_with("locks/"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    sandbox.is_clean();
}

#[test]
fn deleting_what_is_not_there_fails_unless_that_is_wanted() {
    let sandbox = Sandbox::with_topic("orders", 1);
    sandbox
        .kafdir(["topic", "delete", "order"])
        .stderr_has("orders")
        .stderr_has(sandbox.store().to_str().unwrap())
        .exits(1);
    sandbox
        .kafdir(["topic", "delete", "-q", "order", "--if-exists"])
        .exits(0);
    sandbox
        .kafdir(["topic", "list"])
        .stdout("orders\n")
        .exits(0);
}

#[test]
fn trim_moves_the_log_start() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 100));
    let before = sandbox.tree();
    sandbox
        .kafdir(["topic", "trim", "t", "--before", "40", "--dry-run"])
        .any_stdout()
        .any_stderr()
        .exits(0);
    before.is_unchanged(&sandbox.tree());

    sandbox
        .kafdir(["topic", "trim", "-q", "t", "--before", "40"])
        .any_stdout()
        .exits(0);
    assert_eq!(sandbox.consume("t").as_bytes(), seq(41, 100));
    let partition = &describe(&sandbox, "t")["partitions"][0];
    assert_eq!(partition["log_start_offset"], 40);
    let checkpoint = sandbox.store().join("logs/log-start-offset-checkpoint");
    assert_eq!(fs::read_to_string(checkpoint).unwrap(), "0\n1\nt 0 40\n");
    sandbox.is_clean();
}

#[test]
fn trim_never_goes_back_and_never_past_the_end() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 100));
    sandbox
        .kafdir(["topic", "trim", "-q", "t", "--before", "50"])
        .any_stdout()
        .exits(0);
    sandbox
        .kafdir(["topic", "trim", "-q", "t", "--before", "10"])
        .any_stdout()
        .any_stderr()
        .exits(0);
    assert_eq!(sandbox.consume("t").as_bytes(), seq(51, 100));
    sandbox
        .kafdir(["topic", "trim", "t", "--before", "101"])
        .stderr_has("100")
        .exits(1);
    sandbox
        .kafdir(["topic", "trim", "-q", "t", "--before", "end"])
        .any_stdout()
        .exits(0);
    assert_eq!(sandbox.consume("t"), "");
    sandbox.produce("t", "next\n");
    sandbox
        .kafdir(["consume", "t", "-F", "%o %s\\n"])
        .stdout("100 next\n")
        .exits(0);
    sandbox.is_clean();
}

#[test]
fn a_number_to_trim_at_belongs_to_one_partition() {
    let sandbox = Sandbox::with_topic("t", 2);
    for partition in ["0", "1"] {
        sandbox
            .kafdir(["produce", "t", "-p", partition])
            .input(seq(1, 10))
            .exits(0);
    }
    let before = sandbox.tree();
    sandbox
        .kafdir(["topic", "trim", "t", "--before", "5"])
        .stderr_has("--partition")
        .exits(2);
    before.is_unchanged(&sandbox.tree());
    sandbox
        .kafdir([
            "topic",
            "trim",
            "-q",
            "t",
            "--before",
            "5",
            "--partition",
            "1",
        ])
        .any_stdout()
        .exits(0);
    let partitions = &describe(&sandbox, "t")["partitions"];
    assert_eq!(partitions[0]["log_start_offset"], 0);
    assert_eq!(partitions[1]["log_start_offset"], 5);
}

#[test]
fn trim_at_a_time_takes_every_partition() {
    let sandbox = Sandbox::with_topic("t", 2);
    for partition in ["0", "1"] {
        for time in ["1700000000000", "1700000001000", "1700000002000"] {
            sandbox
                .kafdir(["produce", "t", "-p", partition, "--timestamp", time])
                .input("x\n")
                .exits(0);
        }
    }
    sandbox
        .kafdir(["topic", "trim", "-q", "t", "--before", "@1700000001000"])
        .any_stdout()
        .exits(0);
    let partitions = &describe(&sandbox, "t")["partitions"];
    assert_eq!(partitions[0]["log_start_offset"], 1);
    assert_eq!(partitions[1]["log_start_offset"], 1);
}

fn describe(sandbox: &Sandbox, topic: &str) -> Value {
    sandbox
        .kafdir(["topic", "describe", topic, "--json"])
        .any_stdout()
        .exits(0)
        .json()
}

fn partition_count(sandbox: &Sandbox, topic: &str) -> usize {
    let described = describe(sandbox, topic);
    described["partitions"].as_array().unwrap().len()
}

fn topics_of(lines: &[Value]) -> Vec<&str> {
    lines
        .iter()
        .map(|line| line["topic"].as_str().unwrap())
        .collect()
}

#[test]
fn another_number_of_partitions_than_was_asked_for_is_said() {
    let sandbox = Sandbox::with_topic("t", 2);
    let create = |count: &str| {
        let create = ["topic", "create", "t", "--if-not-exists", "-p", count];
        sandbox.kafdir(create)
    };
    create("2").exits(0);
    create("4")
        .stderr_has("topic 't' was there, with 2 partitions instead of 4")
        .stderr_has("'kafdir topic alter t --partitions 4'")
        .exits(0);
    create("1").stderr_has("partitions only grow").exits(0);
    create("1").args(["-q"]).exits(0);
}

#[test]
fn a_topic_is_not_made_for_a_partition_that_it_would_not_have() {
    let sandbox = Sandbox::with_topic("t", 1);
    let produce = || sandbox.kafdir(["produce", "new", "-p", "1"]).input("x\n");
    produce()
        .stderr_has("made now, with 1 partition, it would have no partition 1")
        .stderr_has("'kafdir topic create new --partitions 2'")
        .exits(1);
    sandbox.kafdir(["topic", "list"]).stdout("t\n").exits(0);
    let server = sandbox.store().join("server.properties");
    std::fs::write(server, "num.partitions=2\n").unwrap();
    produce().any_stderr().exits(0);
}
