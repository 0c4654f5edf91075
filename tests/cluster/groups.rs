//! Groups: to the end and out again, and committed when COMMAND is done.
//!
//! The mock's coordinator waits for a member that has left until its session is nearly over: it is given a short one. The
//! first member of a group waits three seconds, which has to be less.

use std::time::{Duration, Instant};

use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use crate::cluster::Cluster;
use crate::harness::{seq, wait_for};

/// The settings of a short session.
const SHORT: [&str; 4] = [
    "-X",
    "session.timeout.ms=4000",
    "-X",
    "heartbeat.interval.ms=500",
];

#[test]
fn a_second_run_has_nothing_to_do() {
    let cluster = Cluster::with(&[("t", 1)]);
    cluster.produce("t", seq(1, 50));
    let consume = [&SHORT[..], &["consume", "t", "-g", "g"]].concat();
    cluster
        .kafdir(&consume)
        .stderr_has("50 records lie ahead")
        .stdout(seq(1, 50))
        .exits(0);
    let empty = [&consume[..], &["--fail-if-empty"]].concat();
    cluster.kafdir(empty).stdout("").exits(3);
    cluster.produce("t", seq(51, 52));
    cluster.kafdir(consume).stdout(seq(51, 52)).exits(0);
}

#[test]
fn so_many_records_are_committed_and_no_more() {
    let cluster = Cluster::with(&[("t", 1)]);
    cluster.produce("t", seq(1, 9));
    let some = [&SHORT[..], &["consume", "t", "-g", "g", "-n", "4"]].concat();
    let call = cluster.kafdir(&some).any_stderr();
    call.stdout(seq(1, 4)).exits(0);
    cluster.kafdir(some).stdout(seq(5, 8)).exits(0);
}

#[test]
fn a_command_that_fails_loses_nothing() {
    let cluster = Cluster::with(&[("t", 1)]);
    cluster.produce("t", seq(1, 9));
    let consume = format!(
        "kafdir {} consume t -g g --batch 3 -- sh -c",
        SHORT.join(" ")
    );
    cluster
        .shell(&format!("{consume} 'grep -qx 5 && exit 7; exit 0'"))
        .stderr_has("offsets 3 to 5")
        .exits(5);
    cluster
        .shell(&format!(
            "{consume} 'cat; echo $KAFDIR_BOOTSTRAP_SERVER >&2'"
        ))
        .stderr_has(cluster.mock.bootstrap_servers())
        .stdout(seq(4, 9))
        .exits(0);
}

#[test]
fn a_cluster_that_went_away_is_told_in_time_when_it_comes_to_the_commit() {
    let cluster = Cluster::with(&[("t", 1)]);
    cluster.produce("t", seq(1, 3));
    let go_on = cluster.sandbox.path("go-on");
    let mut running = cluster
        .kafdir([
            "consume",
            "t",
            "-g",
            "g",
            "--timeout",
            "6s",
            "--",
            "sh",
            "-c",
        ])
        .args(["cat; until [ -e go-on ]; do sleep 0.01; done"])
        .any_stderr()
        .start();
    for line in ["1", "2", "3"] {
        assert_eq!(running.line(), line);
    }
    cluster.mock.broker_down(1).unwrap();
    let began = Instant::now();
    std::fs::write(go_on, "").unwrap();
    let said = running.exits(4);
    assert!(said.contains("cannot commit in group 'g'"), "{said}");
    // What other tests start meanwhile inherits the mock's sockets: then nobody refuses, and nobody answers.
    let causes = ["Connection refused", "Request timed out"];
    assert!(causes.iter().any(|cause| said.contains(cause)), "{said}");
    // A session lasts 45 s.
    assert!(began.elapsed() < Duration::from_secs(30), "took too long");
}

#[test]
fn a_batch_is_full_however_its_records_come() {
    let cluster = Cluster::with(&[("t", 1)]);
    cluster
        .kafdir(["-X", "batch.num.messages=1", "produce", "t"])
        .input(seq(1, 8))
        .exits(0);
    // One record with each answer.
    let consume = format!(
        "kafdir {} -X fetch.message.max.bytes=1 consume t -g g --batch 3 -- sh -c 'paste -sd \"+\"'",
        SHORT.join(" ")
    );
    cluster
        .shell(&consume)
        .any_stderr()
        .stdout("1+2+3\n4+5+6\n7+8\n")
        .exits(0);
}

#[test]
fn what_can_not_be_processed_moves_to_the_dead_letters() {
    let cluster = Cluster::with(&[("t", 1), ("t.dlq", 1)]);
    cluster.produce("t", "good\nbad\nfine\n");
    cluster
        .shell("kafdir consume t -g g --dead-letter t.dlq -- sh -c '! grep -q bad'")
        .stderr_has("2 processed, 1 to t.dlq")
        .exits(0);
    cluster
        .kafdir(["consume", "t.dlq"])
        .stdout("bad\n")
        .exits(0);
}

#[test]
fn a_commit_that_meets_a_rebalance_is_made_again() {
    let cluster = Cluster::with(&[("t", 1)]);
    cluster.produce("t", seq(1, 9));
    // Others are joining: what is ours stays ours, and the coordinator takes no commit for a moment.
    let refused = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS; 2];
    cluster
        .mock
        .request_errors(RDKafkaApiKey::OffsetCommit, &refused);
    let consume = [
        &SHORT[..],
        &["consume", "t", "-g", "g", "--batch", "3", "--", "cat"],
    ]
    .concat();
    cluster
        .kafdir(&consume)
        .stderr_has("9 records lie ahead")
        .stdout(seq(1, 9))
        .exits(0);
    cluster.kafdir(consume).stdout("").any_stderr().exits(0);
}

/// librdkafka goes on after a rebalance behind what it handed out last: that the end was reached is no record.
#[test]
fn a_member_that_stands_at_the_end_stays_there_as_another_joins() {
    let cluster = Cluster::with(&[("t", 2)]);
    let follow = ["-q", "consume", "t", "-f", "-g", "g", "-F", "%s\\n"];
    let follow = [&SHORT[..], &follow].concat();
    let send = |line: &str| {
        for partition in ["0", "1"] {
            let produce = cluster.kafdir(["produce", "t", "-p", partition]);
            produce.input(line).exits(0);
        }
    };
    let mut first = cluster.kafdir(&follow).start();
    send("old\n");
    assert_eq!([first.line(), first.line()], ["old", "old"]);
    let told = ["-X", "debug=cgrp"];
    let mut second = cluster.kafdir(follow).args(told).start();
    wait_for("the second is given one, or what the first had", || {
        let said = second.stderr();
        let given = |count| said.contains(&format!("incremental assign of {count} partition"));
        (given(1) || given(2)).then_some(())
    });
    send("new\n");
    // Whoever has a partition by then: the mock puts a member out that is slow to join again.
    let mut new = 0;
    wait_for("both new lines", || {
        assert!(!first.has_ended(), "{}", first.stderr());
        for member in [&mut first, &mut second] {
            new += usize::from(member.try_line().is_some_and(|line| line == "new"));
        }
        (new == 2).then_some(())
    });
}

#[test]
fn who_was_put_out_reads_what_is_left_once_it_is_in_again() {
    let cluster = Cluster::with(&[("t", 1)]);
    cluster.produce("t", seq(1, 9));
    let unknown = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID];
    cluster
        .mock
        .request_errors(RDKafkaApiKey::OffsetCommit, &unknown);
    // What was not committed comes again.
    let consume = format!("kafdir {} consume t -g g --batch 3 -- cat", SHORT.join(" "));
    cluster
        .shell(&format!("set -o pipefail; {consume} | sort -nu"))
        .stderr_has("taken from this member")
        .stdout(seq(1, 9))
        .exits(0);
}
