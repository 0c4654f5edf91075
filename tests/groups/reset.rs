//! `group reset` and `group commit`: moving a group by hand.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Sandbox, seq, wait_for};
use crate::inside;

/// Partition 0 of `t` has offsets 3 to 10, partition 1 has 0 to 4; group `g` stands at 5 in partition 0.
fn scene() -> Sandbox {
    let sandbox = Sandbox::with_topic("t", 2);
    for (partition, count) in [("0", 10), ("1", 4)] {
        sandbox
            .kafdir(["produce", "-q", "t", "-p", partition])
            .input(seq(1, count))
            .exits(0);
    }
    let trim = ["topic", "trim", "t", "-p", "0", "--before", "3"];
    sandbox.kafdir(trim).any_stdout().exits(0);
    sandbox
        .kafdir(["group", "commit", "-q", "g", "t:0=5"])
        .exits(0);
    sandbox
}

/// The committed offsets of group `g` in the partitions of `t`.
fn offsets(sandbox: &Sandbox) -> Vec<Value> {
    let described = sandbox
        .kafdir(["group", "describe", "g", "--json"])
        .any_stdout()
        .exits(0)
        .json();
    let partitions = described["partitions"].as_array().unwrap();
    let offset = |partition: &Value| json!([partition["partition"], partition["current_offset"]]);
    partitions.iter().map(offset).collect()
}

#[test]
fn every_way_to_say_where() {
    for (target, zero, one) in [
        (&["--to-earliest"][..], 3, 0),
        (&["--to-latest"], 10, 4),
        (&["--to-current"], 5, 4),
        (&["--to-offset", "4"], 4, 4),
        (&["--to", "start"], 3, 0),
        (&["--to", "-2"], 8, 2),
        (&["--to", "+1"], 4, 1),
        (&["--to", "@1h"], 3, 0),
        (&["--to-datetime", "2020-01-01T00:00:00"], 3, 0),
        (&["--to-datetime", "2100-01-01T00:00:00.000"], 10, 4),
        (&["--by-duration", "PT1H"], 3, 0),
        (&["--by-duration", "0s"], 10, 4),
    ] {
        let sandbox = scene();
        let args = ["group", "reset", "g", "--topic", "t"];
        sandbox.kafdir(args).args(target).any_stdout().exits(0);
        let expected = [json!([0, zero]), json!([1, one])];
        assert_eq!(offsets(&sandbox), expected, "{target:?}");
        sandbox.is_clean();
    }
}

#[test]
fn what_was_and_what_is_now_is_shown() {
    let sandbox = scene();
    sandbox
        .kafdir(["group", "reset", "g", "--topic", "t", "--to-latest"])
        .stdout(
            "GROUP  TOPIC  PARTITION  PREVIOUS-OFFSET  NEW-OFFSET\n\
             g      t              0                5          10\n\
             g      t              1                -           4\n",
        )
        .exits(0);
    let lines = sandbox
        .kafdir(["group", "reset", "g", "--topic", "t:1", "--shift-by", "-3"])
        .args(["--json", "--execute"])
        .any_stdout()
        .exits(0)
        .json_lines();
    let line = json!({"group": "g", "topic": "t", "partition": 1, "previous_offset": 4,
        "new_offset": 1, "dry_run": false});
    assert_eq!(lines, [line]);
    assert_eq!(offsets(&sandbox), [json!([0, 10]), json!([1, 1])]);
}

#[test]
fn a_dry_run_changes_nothing() {
    let sandbox = scene();
    let before = sandbox.tree();
    sandbox
        .kafdir(["group", "reset", "g", "--topic", "t", "--to-earliest"])
        .args(["--dry-run", "--save-previous", "p.csv"])
        .stdout_has("g      t              0                5           3\n")
        .stderr_has("p.csv is not written")
        .exits(0);
    before.is_unchanged(&sandbox.tree());
    assert!(!sandbox.path("p.csv").exists());
}

#[test]
fn offsets_that_the_log_does_not_have_are_moved_with_a_warning() {
    let sandbox = scene();
    sandbox
        .kafdir(["group", "reset", "g", "--topic", "t", "--to-offset", "7"])
        .any_stdout()
        .stderr_has("warning: New offset (7) is higher than latest offset for topic partition t-1. Value will be set to 4")
        .exits(0);
    assert_eq!(offsets(&sandbox), [json!([0, 7]), json!([1, 4])]);
    sandbox
        .kafdir(["group", "reset", "g", "--all-topics", "--shift-by", "-5"])
        .any_stdout()
        .stderr_has("New offset (2) is lower than earliest offset for topic partition t-0. Value will be set to 3")
        .stderr_has("New offset (-1) is lower than earliest offset for topic partition t-1. Value will be set to 0")
        .exits(0);
    assert_eq!(offsets(&sandbox), [json!([0, 3]), json!([1, 0])]);
    sandbox
        .kafdir([
            "group",
            "reset",
            "-q",
            "g",
            "--topic",
            "t",
            "--to-offset",
            "99",
        ])
        .any_stdout()
        .exits(0);
    assert_eq!(offsets(&sandbox), [json!([0, 10]), json!([1, 4])]);
}

#[test]
fn what_was_saved_is_taken_back() {
    let sandbox = scene();
    sandbox
        .kafdir([
            "group",
            "reset",
            "g",
            "--topic",
            "t",
            "--to-latest",
            "--export",
        ])
        .args(["--save-previous", "before.csv"])
        .stdout("t,0,10\nt,1,4\n")
        .stderr_has("before.csv holds 1 of 2 partitions: nothing was committed for the others")
        .exits(0);
    let saved = fs::read_to_string(sandbox.path("before.csv")).unwrap();
    assert_eq!(saved, "t,0,5\n");
    sandbox
        .kafdir(["group", "reset", "g", "--from-file", "before.csv"])
        .stdout_has("g      t              0               10           5\n")
        .exits(0);
    assert_eq!(offsets(&sandbox), [json!([0, 5]), json!([1, 4])]);
}

#[test]
fn several_groups_share_a_file() {
    let sandbox = scene();
    sandbox
        .kafdir(["group", "commit", "-q", "a, \"b\"", "t:1=2"])
        .exits(0);
    let export = sandbox
        .kafdir(["group", "reset", "g", "a, \"b\"", "--all-topics"])
        .args(["--to-current", "--export"])
        .stdout("g,t,0,5\n\"a, \"\"b\"\"\",t,1,2\n")
        .exits(0)
        .stdout;
    let file = sandbox.file("both.csv", export);
    sandbox
        .kafdir([
            "group",
            "reset",
            "g",
            "a, \"b\"",
            "--all-topics",
            "--to-latest",
        ])
        .any_stdout()
        .exits(0);
    sandbox
        .kafdir(["group", "reset", "g", "--from-file"])
        .args([&file])
        .stderr_has("it has offsets of group 'a, \"b\"', which is not to be reset")
        .exits(1);
    sandbox
        .kafdir(["group", "reset", "g", "a, \"b\"", "--from-file"])
        .args([&file])
        .any_stdout()
        .exits(0);
    assert_eq!(offsets(&sandbox), [json!([0, 5])]);
}

#[test]
fn a_file_that_is_wrong_changes_nothing() {
    let sandbox = scene();
    let before = sandbox.tree();
    for (text, words) in [
        ("t,0,3\nt,1\n", "line 2: 2 values"),
        ("t,0,3\nt,1,x\n", "line 2: \"x\" is no offset"),
        ("t,0,3\nt,0,4\n", "line 2: partition t-0 is there twice"),
        ("t,0,3\nu,0,3\n", "there is no topic 'u'"),
        ("t,0,3\nt,2,3\n", "topic 't' has no partition 2"),
        ("", "it has no offset of group 'g'"),
    ] {
        sandbox.file("wrong.csv", text);
        sandbox
            .kafdir(["group", "reset", "g", "--from-file", "wrong.csv"])
            .stderr_has(words)
            .exits(1);
    }
    sandbox
        .kafdir(["group", "reset", "g", "--from-file", "none.csv"])
        .stderr_has("cannot read none.csv")
        .exits(1);
    before.is_unchanged(&sandbox.tree());
}

#[test]
fn a_group_with_members_stays_where_it_is() {
    let sandbox = scene();
    let member = inside::join(&sandbox, "g", "worker", "t");
    let before = fs::read(sandbox.store().join("groups/g/offsets.json")).unwrap();
    let refusal = "Assignments can only be reset if the group 'g' is inactive, but the current state is Stable.";
    for args in [
        &["reset", "g", "--topic", "t", "--to-earliest"][..],
        &["reset", "g", "--topic", "t", "--to-earliest", "--dry-run"],
        &["commit", "g", "t:0=3"],
    ] {
        let call = sandbox.kafdir(["group"]).args(args);
        call.stderr_has(refusal).stderr_has(member.id()).exits(1);
    }
    sandbox
        .kafdir(["group", "delete", "g"])
        .stderr_has("Group 'g' could not be deleted: The group is not empty.")
        .exits(1);
    sandbox
        .kafdir(["group", "delete", "g", "--topic", "t"])
        .stderr_has("subscribed to topic 't'")
        .exits(1);
    let after = fs::read(sandbox.store().join("groups/g/offsets.json")).unwrap();
    assert_eq!(before, after);
    member.leave().unwrap();
    sandbox
        .kafdir(["group", "reset", "g", "--topic", "t", "--to-earliest"])
        .any_stdout()
        .exits(0);
}

#[test]
fn a_member_that_died_is_no_member() {
    let sandbox = scene();
    // Its locks are gone with it; its place in group.json is not.
    drop(inside::join(&sandbox, "g", "worker", "t"));
    // A child that another test is just starting has copies of its locks until it has become another program.
    wait_for("the member is gone", || {
        let described = ["group", "describe", "-q", "g", "--state"];
        let text = sandbox.kafdir(described).any_stdout().exits(0).text();
        text.contains("Empty").then_some(())
    });
    sandbox
        .kafdir(["group", "reset", "g", "--topic", "t", "--to-earliest"])
        .any_stdout()
        .exits(0);
    assert_eq!(offsets(&sandbox), [json!([0, 3]), json!([1, 0])]);
}

#[test]
fn what_can_not_be_done_is_an_error() {
    let sandbox = scene();
    let before = sandbox.tree();
    for (args, code, words) in [
        (
            &["--topic", "t", "--shift-by", "1"][..],
            1,
            "Cannot shift offset for partition t-1 since there is no current committed offset",
        ),
        (&["--topic", "u", "--to-latest"], 1, "there is no topic 'u'"),
        (
            &["--topic", "t:7", "--to-latest"],
            1,
            "topic 't' has no partition 7",
        ),
        (&["--topic", "t"], 2, "--to-earliest"),
        (&["--to-latest"], 2, "neither --topic nor --all-topics"),
        (
            &["--topic", "t", "--all-topics", "--to-latest"],
            2,
            "--all-topics",
        ),
        (
            &["--topic", "t", "--to-latest", "--to-earliest"],
            2,
            "--to-earliest",
        ),
        (
            &["--topic", "t", "--from-file", "x.csv"],
            2,
            "--from-file names its partitions itself",
        ),
        (
            &["--topic", "t:x", "--to-latest"],
            2,
            "\"t:x\" names no partitions",
        ),
        (
            &["--topic", "t", "--to-datetime", "soon"],
            2,
            "--to-datetime: \"soon\" is not a time",
        ),
        (
            &["--topic", "t", "--by-duration", "P1M"],
            2,
            "--by-duration: \"P1M\"",
        ),
        (
            &["--topic", "t", "--to-latest", "--dry-run", "--execute"],
            2,
            "--execute",
        ),
        (
            &["--topic", "t", "--to-latest", "--json", "--export"],
            2,
            "--json",
        ),
    ] {
        let call = sandbox.kafdir(["group", "reset", "g"]).args(args);
        call.stderr_has(words).exits(code);
    }
    sandbox
        .kafdir(["group", "reset", "new", "--topic", "t", "--to-latest"])
        .stderr_has("there is no consumer group 'new'")
        .stderr_has("'kafdir group commit new TOPIC:PARTITION=OFFSET'")
        .exits(1);
    before.is_unchanged(&sandbox.tree());
}

#[test]
fn a_previous_file_that_can_not_be_written_stops_the_reset() {
    let sandbox = scene();
    let before = sandbox.tree();
    for path in ["no/such/dir.csv", "/dev/full"] {
        sandbox
            .kafdir(["group", "reset", "g", "--topic", "t", "--to-latest"])
            .args(["--save-previous", path])
            .stderr_has(path)
            .any_stderr()
            .exits(1);
    }
    before.is_unchanged(&sandbox.tree());
}

#[test]
fn commits_by_hand() {
    let sandbox = scene();
    sandbox
        .kafdir(["group", "commit", "g", "t:0=10", "t:1=1"])
        .exits(0);
    assert_eq!(offsets(&sandbox), [json!([0, 10]), json!([1, 1])]);
    let lines = sandbox
        .kafdir(["group", "commit", "g", "t:1=0", "--json"])
        .any_stdout()
        .exits(0)
        .json_lines();
    let line =
        json!({"group": "g", "topic": "t", "partition": 1, "previous_offset": 1, "new_offset": 0});
    assert_eq!(lines, [line]);
    sandbox
        .kafdir(["group", "commit", "new", "t:1=2"])
        .stderr_has("created group new")
        .exits(0);
    let before = sandbox.tree();
    for (args, code, words) in [
        (&["g", "t:1=5"][..], 1, "t-1 ends at offset 4, before 5"),
        (&["g", "t:2=0"], 1, "topic 't' has no partition 2"),
        (&["g", "u:0=0"], 1, "there is no topic 'u'"),
        (&["newer", "u:0=0"], 1, "there is no topic 'u'"),
        (&["g", "t:0"], 2, "is no TOPIC:P=OFFSET"),
        (&["g", "t:0=-1"], 2, "is no TOPIC:P=OFFSET"),
        (&["g", "t:0=1", "t:0=2"], 2, "partition t-0 is given twice"),
        (&["g"], 2, "TOPIC:P=OFFSET"),
    ] {
        let call = sandbox.kafdir(["group", "commit"]).args(args);
        call.stderr_has(words).exits(code);
    }
    before.is_unchanged(&sandbox.tree());
}
