//! `check`, `clean` and `dump`: what is told about a directory.

use std::collections::BTreeSet;
use std::fs;

use crate::harness::{Sandbox, seq};

#[test]
fn check_of_a_good_store_finds_nothing() {
    let sandbox = Sandbox::with_topic("t", 3);
    sandbox.produce("t", seq(1, 10_000));
    let before = sandbox.tree();
    sandbox.kafdir(["check"]).any_stdout().any_stderr().exits(0);
    sandbox
        .kafdir(["check", "t"])
        .any_stdout()
        .any_stderr()
        .exits(0);
    sandbox.kafdir(["check", "u"]).stderr_has("u").exits(1);
    before.is_unchanged(&sandbox.tree());
}

#[test]
fn check_names_the_topic_it_was_asked_about_only() {
    let sandbox = Sandbox::with_topic("good", 1);
    sandbox.create("bad", 1, &[]);
    for topic in ["good", "bad"] {
        sandbox.produce(topic, seq(1, 100));
        sandbox.produce(topic, seq(1, 100));
    }
    let path = sandbox.first_log("bad-0");
    let mut bytes = fs::read(&path).unwrap();
    bytes[80] ^= 4;
    fs::write(&path, bytes).unwrap();
    sandbox
        .kafdir(["check", "good"])
        .any_stdout()
        .any_stderr()
        .exits(0);
    sandbox
        .kafdir(["check", "bad"])
        .stdout_has("bad-0/00000000000000000000.log")
        .any_stderr()
        .exits(6);
    sandbox
        .kafdir(["check"])
        .stdout_has("bad-0")
        .any_stderr()
        .exits(6);
    sandbox
        .kafdir(["check", "--json"])
        .stdout_has("bad")
        .any_stderr()
        .exits(6);
}

#[test]
fn clean_applies_retention_and_a_dry_run_only_tells() {
    let sandbox = Sandbox::with_config("t", 1, &["segment.bytes=4096", "retention.ms=3600000"]);
    for day in [3, 2, 1] {
        sandbox
            .kafdir(["produce", "t", "--timestamp", &format!("{day}d")])
            .input(seq(1, 500))
            .exits(0);
    }
    sandbox.produce("t", "new\n");
    let before = sandbox.tree();
    sandbox
        .kafdir(["clean", "--dry-run"])
        .any_stdout()
        .any_stderr()
        .exits(0);
    before.is_unchanged(&sandbox.tree());
    sandbox.kafdir(["clean", "-q"]).any_stdout().exits(0);
    let text = sandbox.consume("t");
    assert!(text.ends_with("new\n"));
    assert!(text.lines().count() < 1501, "nothing was removed");
    sandbox.is_clean();
}

#[test]
fn a_lost_or_spoilt_time_index_makes_no_record_older() {
    for spoilt in [
        None,
        Some(Vec::new()),
        Some(vec![0; 24]),
        Some([0, 0, 0, 1].repeat(12)),
    ] {
        let settings = ["segment.bytes=4096", "retention.ms=3600000"];
        let sandbox = Sandbox::with_config("t", 1, &settings);
        sandbox.produce("t", seq(1, 2000));
        for name in sandbox.files("t-0", ".timeindex") {
            let path = sandbox.partition("t-0").join(name);
            match &spoilt {
                None => fs::remove_file(path).unwrap(),
                Some(bytes) => fs::write(path, bytes).unwrap(),
            }
        }
        sandbox.kafdir(["clean", "-q"]).any_stdout().exits(0);
        assert_eq!(sandbox.consume("t").as_bytes(), seq(1, 2000), "{spoilt:?}");
    }
}

#[test]
fn what_was_begun_and_never_finished_is_swept_away() {
    let sandbox = Sandbox::with_config("t", 1, &["segment.bytes=4096"]);
    sandbox.produce("t", seq(1, 2000));
    let leftovers = [
        "00000000000000000000.log.deleted",
        "00000000000000000000.timeindex.deleted",
    ];
    for name in leftovers {
        fs::write(sandbox.partition("t-0").join(name), "left").unwrap();
    }
    sandbox.kafdir(["clean", "-q"]).any_stdout().exits(0);
    for name in leftovers {
        assert!(!sandbox.partition("t-0").join(name).exists(), "{name}");
    }
    assert_eq!(sandbox.consume("t").as_bytes(), seq(1, 2000));
    sandbox.is_clean();
}

#[test]
fn nothing_is_removed_unless_asked() {
    let sandbox = Sandbox::with_config("t", 1, &["segment.bytes=4096"]);
    sandbox
        .kafdir(["produce", "t", "--timestamp", "1000000000000"])
        .input(seq(1, 2000))
        .exits(0);
    sandbox.kafdir(["clean", "-q"]).any_stdout().exits(0);
    assert_eq!(sandbox.consume("t").lines().count(), 2000);
}

#[test]
fn clean_says_that_it_does_not_compact() {
    let sandbox = Sandbox::with_config("t", 1, &["cleanup.policy=compact"]);
    sandbox
        .kafdir(["clean"])
        .any_stdout()
        .stderr_has("compact")
        .exits(0);
}

#[test]
fn a_record_without_a_key_is_refused_by_a_compacted_topic() {
    let sandbox = Sandbox::with_config("t", 1, &["cleanup.policy=compact"]);
    sandbox
        .kafdir(["produce", "t"])
        .input("x\n")
        .stderr_has("key")
        .exits(1);
    sandbox
        .kafdir(["produce", "t", "-k", "a"])
        .input("x\n")
        .exits(0);
}

#[test]
fn dump_shows_batches_records_and_entries() {
    let sandbox = Sandbox::with_config("t", 1, &["index.interval.bytes=1"]);
    for value in ["one\n", "two\n", "three\n"] {
        sandbox
            .kafdir([
                "produce",
                "t",
                "-k",
                "the-key",
                "--timestamp",
                "1700000000000",
            ])
            .input(value)
            .exits(0);
    }
    let log = sandbox.first_log("t-0");
    let index = log.with_extension("index");
    let before = sandbox.tree();
    let text = sandbox
        .kafdir([&"dump".into(), &log])
        .any_stdout()
        .exits(0)
        .text();
    for part in [
        "baseOffset: 2",
        "lastOffset: 2",
        "count: 1",
        "position: 0",
        "magic: 2",
        "isvalid: true",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    let text = sandbox
        .kafdir([&"dump".into(), &index])
        .any_stdout()
        .exits(0)
        .text();
    assert!(
        text.contains("offset: 1") && text.contains("position: "),
        "{text}"
    );
    before.is_unchanged(&sandbox.tree());
    sandbox
        .kafdir(["dump", "no-such.log"])
        .any_stdout()
        .stderr_has("no-such.log")
        .exits(1);
}

#[test]
fn completions_are_for_three_shells() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish"] {
        sandbox
            .kafdir(["completions", shell])
            .stdout_has("kafdir")
            .exits(0);
    }
    sandbox
        .kafdir(["completions", "tcsh"])
        .any_stderr()
        .exits(2);
    assert!(!sandbox.store().exists());
}

/// Who writes a script has the manual, and no need to guess from an output what the next one may hold.
#[test]
fn every_member_of_a_report_is_in_the_manual() {
    let sandbox = Sandbox::new();
    sandbox.create("old", 2, &["segment.bytes=14000", "retention.ms=1"]);
    let scripts = [
        (
            "produce",
            "seq 9000 | kafdir produce old -p 0 --summary --timestamp 2020-01-01",
        ),
        (
            "consume",
            "printf '\\377' | kafdir produce old -H a=b -k $'\\377' -p 1; kafdir consume old -p 1 --json",
        ),
        ("topic-create", "kafdir topic create new --json"),
        ("topic-list", "kafdir topic list --json"),
        ("topic-describe", "kafdir topic describe --json"),
        (
            "topic-alter",
            "kafdir topic alter new --partitions 2 --json",
        ),
        ("topic-trim", "kafdir topic trim old --before +1 --json"),
        ("topic-delete", "kafdir topic delete new --dry-run --json"),
        ("group-commit", "kafdir group commit -q g old:1=0 --json"),
        ("group-list", "kafdir group list --json"),
        (
            "group-describe",
            "seq 3 | kafdir produce new; kafdir consume new -g g --no-commit -- kafdir group describe g --json",
        ),
        (
            "group-reset",
            "kafdir group reset g --all-topics --to-latest --json",
        ),
        (
            "group-delete",
            "kafdir group delete g --topic old --dry-run --json",
        ),
        (
            "wait-topic",
            "kafdir wait topic new --records 3 --json --timeout 10s",
        ),
        (
            "wait-group",
            "kafdir wait group g --lag 0 --json --timeout 10s",
        ),
        ("copy", "kafdir copy new=copied --json"),
        (
            "bench-produce",
            "kafdir bench produce new --records 5 --json",
        ),
        ("bench-consume", "kafdir bench consume new --json"),
        (
            "bench-latency",
            "kafdir bench latency new --records 5 --json",
        ),
        (
            "dump",
            "cd store/logs; kafdir dump --json --records old-0/*[gx] old-0/*h-checkpoint old-0/*data *start*",
        ),
        (
            "clean",
            "seq 9 | kafdir produce old -p 0 --timestamp 2020-01-01; kafdir clean old --json",
        ),
        (
            "check",
            "touch store/topics/stray; kafdir check --json || true",
        ),
    ];
    for (page, script) in scripts {
        let output = sandbox.shell(script).any_stderr().any_stdout().exits(0);
        let reports = output.json_lines();
        assert!(
            !reports.is_empty(),
            "{script} printed nothing: {}",
            output.stderr
        );
        let manual = format!("{}/man/kafdir-{page}.1", env!("CARGO_MANIFEST_DIR"));
        let manual = fs::read_to_string(manual).unwrap();
        let (_, json) = manual.split_once(".SH \"JSON\"").expect(page);
        let (json, _) = json.split_once(".SH").expect(page);
        let known: Vec<&str> = json
            .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .collect();
        let mut members = BTreeSet::new();
        for report in &reports {
            add_members(report, &mut members);
        }
        for member in members {
            assert!(
                known.contains(&member.as_str()),
                "kafdir-{page}(1) does not say what {member} is"
            );
        }
    }
}

/// All names of members, but for those that are settings' names.
fn add_members(value: &serde_json::Value, members: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (name, value) in object {
                members.insert(name.clone());
                if name != "config" {
                    add_members(value, members);
                }
            }
        }
        serde_json::Value::Array(values) => {
            for value in values {
                add_members(value, members);
            }
        }
        _ => {}
    }
}
