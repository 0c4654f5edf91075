//! `group list`, `describe`, `evict` and `delete`: what is told of groups and their members.

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::harness::{Running, Sandbox, seq, wait_for};
use crate::inside;
use crate::stopping::stop;

fn described(sandbox: &Sandbox, group: &str) -> Value {
    let args = ["group", "describe", group, "--json"];
    sandbox.kafdir(args).any_stdout().exits(0).json()
}

#[test]
fn a_store_without_groups() {
    let sandbox = Sandbox::with_topic("t", 1);
    for args in [
        &["list"][..],
        &["list", "--json"],
        &["describe"],
        &["describe", "--json"],
    ] {
        sandbox.kafdir(["group"]).args(args).exits(0);
    }
    sandbox
        .kafdir(["group", "list", "-l"])
        .stdout("GROUP  STATE  MEMBERS  ASSIGNOR  GENERATION\n")
        .exits(0);
    let nowhere = Sandbox::new();
    nowhere
        .kafdir(["group", "list"])
        .stderr_has("there is no directory")
        .exits(1);
}

#[test]
fn a_group_without_members() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox
        .kafdir(["produce", "-q", "t", "-p", "0"])
        .input(seq(1, 10))
        .exits(0);
    for group in ["b", "a"] {
        sandbox
            .kafdir(["group", "commit", "-q", group, "t:0=4"])
            .exits(0);
    }
    sandbox.kafdir(["group", "list"]).stdout("a\nb\n").exits(0);
    sandbox
        .kafdir(["group", "describe", "a"])
        .stdout(
            "GROUP  TOPIC  PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG  CONSUMER-ID  HOST  CLIENT-ID\n\
             a      t              0               4              10    6  -            -     -\n",
        )
        .stderr_has("Consumer group 'a' has no active members.")
        .exits(0);
    let report = described(&sandbox, "a");
    let expected = json!({"group": "a", "state": "Empty", "assignor": null,
        "generation": report["generation"], "members": [],
        "partitions": [{"topic": "t", "partition": 0, "current_offset": 4, "log_end_offset": 10,
            "last_stable_offset": 10, "lag": 6, "member_id": null}]});
    assert_eq!(report, expected);
    let all = sandbox.kafdir(["group", "describe", "--json"]);
    let all = all.any_stdout().exits(0).json_lines();
    assert_eq!(all.len(), 2);
    sandbox
        .kafdir(["group", "describe", "-q", "a", "b", "--state"])
        .stdout_has("GROUP  ASSIGNMENT-STRATEGY  STATE  #MEMBERS  GENERATION\na      -                    Empty         0")
        .exits(0);
}

#[test]
fn members_and_what_they_hold() {
    let sandbox = Sandbox::with_topic("t", 3);
    sandbox
        .kafdir(["produce", "-q", "t", "-p", "0"])
        .input(seq(1, 10))
        .exits(0);
    let mut one = inside::join(&sandbox, "g", "one", "t");
    let report = described(&sandbox, "g");
    assert_eq!(report["state"], "Stable");
    assert_eq!(report["assignor"], "cooperative-sticky");
    let member = &report["members"][0];
    assert_eq!(member["member_id"], one.id());
    assert_eq!(member["client_id"], "one");
    assert_eq!(member["pid"], std::process::id());
    assert_eq!(member["behind"], false);
    assert_eq!(member["partitions"].as_array().unwrap().len(), 3);
    let since = member["since"].as_i64().unwrap();
    assert!(since > 1_600_000_000_000, "ms since the epoch: {since}");
    assert!(member["last_progress"].as_i64().unwrap() >= since - 1_000);
    // Nothing is committed: the lag is what it would read.
    assert_eq!(
        report["partitions"][0],
        json!({"topic": "t", "partition": 0, "current_offset": null, "log_end_offset": 10,
            "last_stable_offset": 10, "lag": 10, "member_id": one.id()})
    );

    // A second one has come, and the first has not done its part yet.
    let mut two = inside::join(&sandbox, "g", "two", "t");
    let report = described(&sandbox, "g");
    assert_eq!(report["state"], "PreparingRebalance");
    assert_eq!(report["members"][0]["behind"], true);
    sandbox
        .kafdir(["group", "describe", "g"])
        .any_stdout()
        .stderr_has("Warning: Consumer group 'g' is rebalancing.")
        .exits(0);
    sandbox
        .kafdir(["group", "describe", "g", "--members", "--verbose"])
        .stdout_has("PID")
        .stdout_has("t(0,1,2)")
        .any_stderr()
        .exits(0);
    let changes = one.sync().unwrap();
    one.release(&changes.revoked).unwrap();
    // A child that another test is just starting has copies of our locks until it has become another program.
    let report = wait_for("the second one has its share", || {
        two.sync().unwrap();
        one.sync().unwrap();
        let report = described(&sandbox, "g");
        (report["state"] == "Stable").then_some(report)
    });
    let counts: Vec<usize> = report["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| member["partitions"].as_array().unwrap().len())
        .collect();
    assert_eq!(counts, [2, 1]);
    sandbox
        .kafdir(["group", "list", "--long"])
        .stdout_has("g      Stable        2  cooperative-sticky")
        .exits(0);
}

#[test]
fn eviction_frees_what_a_member_holds() {
    let sandbox = Sandbox::with_topic("t", 2);
    let mut member = inside::join(&sandbox, "g", "worker", "t");
    let report = sandbox
        .kafdir(["group", "evict", "g", member.id(), "--json"])
        .any_stdout()
        .exits(0)
        .json();
    assert_eq!(
        report,
        json!({"group": "g", "member_id": member.id(),
            "partitions": [{"topic": "t", "partition": 0}, {"topic": "t", "partition": 1}]})
    );
    assert!(member.sync().unwrap().evicted);
    assert_eq!(described(&sandbox, "g")["members"], json!([]));
    sandbox
        .kafdir(["group", "evict", "g", member.id()])
        .stderr_has("has no member")
        .exits(1);
    let other = inside::join(&sandbox, "g", "other", "t");
    sandbox
        .kafdir(["group", "evict", "g", other.id()])
        .stdout(format!("evicted {}, which held t-0, t-1\n", other.id()))
        .exits(0);
}

#[test]
fn deleting_groups() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox.create("u", 1, &[]);
    for group in ["a", "b"] {
        sandbox
            .kafdir(["group", "commit", "-q", group, "t:0=0", "t:1=0", "u:0=0"])
            .exits(0);
    }
    let before = sandbox.tree();
    sandbox
        .kafdir(["group", "delete", "a", "b", "--dry-run"])
        .stdout("would delete group a\nwould delete group b\n")
        .exits(0);
    sandbox
        .kafdir(["group", "delete", "a", "--topic", "t", "--dry-run"])
        .stdout("would delete 2 offsets of group a: t-0, t-1\n")
        .exits(0);
    sandbox
        .kafdir(["group", "delete", "a", "none"])
        .stderr_has("'none'")
        .exits(1);
    before.is_unchanged(&sandbox.tree());
    let report = sandbox
        .kafdir([
            "group", "delete", "a", "--topic", "t:1", "--topic", "u", "--json",
        ])
        .any_stdout()
        .exits(0)
        .json();
    assert_eq!(
        report,
        json!({"group": "a", "partitions": [{"topic": "t", "partition": 1}, {"topic": "u", "partition": 0}],
            "deleted": true})
    );
    let left = described(&sandbox, "a");
    assert_eq!(left["partitions"].as_array().unwrap().len(), 1);
    let report = sandbox
        .kafdir(["group", "delete", "a", "b", "--json"])
        .any_stdout()
        .exits(0)
        .json_lines();
    assert_eq!(report[1], json!({"group": "b", "deleted": true}));
    sandbox.kafdir(["group", "list"]).exits(0);
    sandbox.is_clean();
}

/// A process that reads `t` as a member of `g`, once it holds partitions.
fn follower(sandbox: &Sandbox, client: &str) -> Running {
    let args = ["consume", "t", "-g", "g", "-f", "--client-id", client];
    let running = sandbox.kafdir(args).start();
    wait_for("the member holds something", || {
        let members = described(sandbox, "g")["members"].clone();
        let holds =
            |member: &&Value| member["client_id"] == client && member["partitions"] != json!([]);
        members.as_array().unwrap().iter().find(holds).map(|_| ())
    });
    running
}

#[test]
fn a_stopped_member_is_shown_as_behind_with_its_last_progress() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox
        .kafdir(["group", "commit", "-q", "g", "t:0=0"])
        .exits(0);
    let mut stopped = follower(&sandbox, "stopped");
    sandbox.produce("t", "one\n");
    assert_eq!(stopped.line(), "one");
    stop(&sandbox, &stopped);
    let before = described(&sandbox, "g")["members"][0].clone();
    assert_eq!(before["pid"], stopped.id());
    // Another one comes; the stopped one does not do its part, and nobody reads what it holds.
    let args = ["consume", "t", "-g", "g", "-f", "--client-id", "other"];
    let other = sandbox.kafdir(args).start();
    let report = wait_for("the stopped one is behind", || {
        let report = described(&sandbox, "g");
        (report["members"][0]["behind"] == true).then_some(report)
    });
    assert_eq!(report["state"], "PreparingRebalance");
    assert_eq!(
        report["members"][0]["partitions"].as_array().unwrap().len(),
        2
    );
    assert_eq!(report["members"][1]["partitions"], json!([]));
    assert_eq!(
        report["members"][0]["last_progress"],
        before["last_progress"]
    );
    sandbox
        .kafdir(["group", "describe", "g", "--members"])
        .stdout_has("  yes\n")
        .any_stderr()
        .exits(0);
    // Refused as long as it lives, and it does.
    sandbox
        .kafdir(["group", "reset", "g", "--topic", "t", "--to-earliest"])
        .stderr_has("the current state is PreparingRebalance.")
        .exits(1);

    let id = before["member_id"].as_str().unwrap();
    sandbox
        .kafdir(["group", "evict", "g", id])
        .stdout(format!("evicted {id}, which held t-0, t-1\n"))
        .exits(0);
    wait_for("the other one has both", || {
        let report = described(&sandbox, "g");
        let held = report["members"][0]["partitions"].as_array().unwrap().len();
        (report["members"][0]["pid"] == other.id() && held == 2).then_some(())
    });
    stopped.signal(Signal::SIGCONT);
}
