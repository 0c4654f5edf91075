//! Records there and back.

use nix::sys::signal::Signal;

use crate::cluster::Cluster;
use crate::harness::seq;

/// Everything that a record can have.
const RECORDS: &str = concat!(
    r#"{"key":null,"value":"plain","headers":[],"timestamp":1700000000000}"#,
    "\n",
    r#"{"key":"k","value":null,"headers":[["a","1"],["a",null],["b",{"base64":"/wA="}]],"timestamp":1700000000001}"#,
    "\n",
    r#"{"key_base64":"/wA=","value_base64":"gP8=","headers":[],"timestamp":1700000000002}"#,
    "\n",
    r#"{"key":"","value":"","headers":[["empty",""]],"timestamp":1700000000003}"#,
    "\n",
);

#[test]
fn what_was_put_in_comes_out_again() {
    let cluster = Cluster::with(&[("t", 1)]);
    cluster
        .kafdir(["produce", "t", "--json"])
        .input(RECORDS)
        .exits(0);
    let out = cluster.kafdir(["consume", "t", "--json"]).any_stdout();
    let found = out.exits(0).json_lines();
    let put: Vec<serde_json::Value> = RECORDS
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(found.len(), put.len());
    for (offset, (found, put)) in found.iter().zip(&put).enumerate() {
        assert_eq!(found["offset"], offset, "{found}");
        assert_eq!(found["timestamp_type"], "CreateTime");
        for (name, value) in put.as_object().unwrap() {
            assert_eq!(&found[name], value, "{name} of {found}");
        }
    }
}

#[test]
fn every_codec() {
    let cluster = Cluster::with(&[("t", 1)]);
    let lines = seq(1, 2000);
    let mut all = Vec::new();
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        cluster
            .kafdir(["produce", "t", "-z", codec])
            .input(&lines)
            .exits(0);
        all.extend_from_slice(&lines);
    }
    cluster.kafdir(["consume", "t"]).stdout(&all).exits(0);
}

#[test]
fn keys_go_where_they_go_in_a_directory() {
    let cluster = Cluster::with(&[("t", 7)]);
    let lines: Vec<String> = (0..300).map(|n| format!("key{n}:{n}\n")).collect();
    let lines = lines.concat();
    let placed = |place: &dyn Fn(&[&str]) -> crate::harness::Call| {
        place(&["produce", "t", "-K", ":"]).input(&lines).exits(0);
        let mut found: Vec<String> = place(&["consume", "t", "-F", "%p %k %s\\n"])
            .any_stdout()
            .exits(0)
            .text()
            .lines()
            .map(str::to_owned)
            .collect();
        found.sort_unstable();
        found
    };
    let there = placed(&|args| cluster.kafdir(args));
    cluster.sandbox.create("t", 7, &[]);
    let here = placed(&|args| cluster.sandbox.kafdir(args));
    assert_eq!(there, here);
}

#[test]
fn ranges_and_limits() {
    let cluster = Cluster::with(&[("t", 1)]);
    cluster.produce("t", seq(0, 99));
    for (args, from, to) in [
        (&["-o", "90"][..], 90, 99),
        (&["-o", "-5"], 95, 99),
        (&["-o", "+97"], 97, 99),
        (&["-o", "10:13"], 10, 12),
        (&["--from", "-3", "--to", "-1"], 97, 98),
        (&["-n", "4"], 0, 3),
        (&["-o", "50", "-n", "1"], 50, 50),
    ] {
        let args = [&["consume", "t"], args].concat();
        cluster.kafdir(args).stdout(seq(from, to)).exits(0);
    }
    cluster
        .kafdir(["consume", "t", "-o", "end"])
        .stdout("")
        .exits(0);
    let none = ["consume", "t", "-o", "end", "--fail-if-empty"];
    cluster.kafdir(none).stdout("").exits(3);
}

#[test]
fn a_follower_gets_what_comes() {
    let cluster = Cluster::with(&[("t", 2)]);
    cluster.produce("t", "before\n");
    let mut follower = cluster.kafdir(["consume", "t", "-f"]).start();
    assert_eq!(follower.line(), "before");
    cluster
        .kafdir(["produce", "t", "-p", "1"])
        .input("after\n")
        .exits(0);
    assert_eq!(follower.line(), "after");
    follower.signal(Signal::SIGTERM);
    follower.dies_by(Signal::SIGTERM);
}

#[test]
fn a_follower_outlives_a_broker_that_is_away() {
    let cluster = Cluster::with(&[("t", 1)]);
    cluster.produce("t", "before\n");
    let mut follower = cluster.kafdir(["consume", "t", "-f"]).start();
    assert_eq!(follower.line(), "before");
    cluster.mock.broker_down(1).unwrap();
    follower.says("going on once there is an answer");
    cluster.mock.broker_up(1).unwrap();
    cluster.produce("t", "after\n");
    assert_eq!(follower.line(), "after");
    follower.signal(Signal::SIGTERM);
    follower.dies_by(Signal::SIGTERM);
}

#[test]
fn a_follower_that_retention_overtakes_says_so_and_goes_on() {
    let cluster = Cluster::with(&[("t", 1)]);
    cluster.produce("t", "before\n");
    let mut follower = cluster.kafdir(["consume", "t", "-f"]).start();
    assert_eq!(follower.line(), "before");
    follower.signal(Signal::SIGSTOP);
    // The mock keeps five megabytes of a partition.
    let line = [&[b'x'; 1000][..], b"\n"].concat();
    cluster.produce("t", line.repeat(12_000));
    cluster.produce("t", "after\n");
    follower.signal(Signal::SIGCONT);
    follower.says("kafdir: t-0: offsets 1 to ");
    follower.says(" were deleted before they were read");
    while follower.line() != "after" {}
    follower.signal(Signal::SIGTERM);
    follower.dies_by(Signal::SIGTERM);
}

#[test]
fn a_member_that_retention_overtakes_says_so() {
    let cluster = Cluster::with(&[("t", 1)]);
    cluster.produce("t", "before\n");
    let member = ["consume", "t", "-f", "-g", "g"];
    let mut member = cluster.kafdir(member).any_stderr().start();
    assert_eq!(member.line(), "before");
    member.signal(Signal::SIGSTOP);
    let line = [&[b'x'; 1000][..], b"\n"].concat();
    cluster.produce("t", line.repeat(12_000));
    member.signal(Signal::SIGCONT);
    let said = member.exits(1);
    assert!(said.contains("kafdir: t-0: offsets 1 to "), "{said}");
    assert!(
        said.contains("started again, the group goes on at offset"),
        "{said}"
    );
}

#[test]
fn a_record_that_fits_no_queue_is_refused() {
    let cluster = Cluster::with(&[("t", 1)]);
    let small = ["produce", "t", "-X", "queue.buffering.max.kbytes=1"];
    let large = [&[b'x'; 2000][..], b"\n"].concat();
    cluster
        .kafdir(small)
        .input([b"1\n", &large[..]].concat())
        .stderr_has("a record of 2000 bytes is more than is held to be sent")
        .stderr_has("1 record before it is stored")
        .stderr_has("queue.buffering.max.kbytes")
        .exits(1);
    // More than waits together otherwise is sent alone.
    let larger = [&b"2\n"[..], &vec![b'y'; 20_000_000], b"\n3\n"].concat();
    cluster
        .kafdir(["produce", "t", "--summary"])
        .input(larger)
        .stdout_has(r#""records":3,"#)
        .exits(0);
}

#[test]
fn what_a_name_of_a_header_and_a_timestamp_can_be() {
    let cluster = Cluster::with(&[("t", 1)]);
    let records = concat!(
        r#"{"value":"v","timestamp":-1,"key":null,"headers":[[{"base64":"/w=="},"1"],["a",null]]}"#,
        "\n",
        r#"{"value":"v","timestamp":1,"key":null,"headers":[]}"#,
        "\n",
    );
    let produce = || cluster.kafdir(["produce", "t", "--json"]);
    produce().input(records).exits(0);
    let out = cluster.kafdir(["consume", "t", "--json"]).any_stdout();
    for (found, put) in out.exits(0).json_lines().iter().zip(records.lines()) {
        let put: serde_json::Value = serde_json::from_str(put).unwrap();
        for (name, value) in put.as_object().unwrap() {
            assert_eq!(&found[name], value, "{name} of {found}");
        }
    }
    // The one is no time, the other librdkafka can't send.
    let negative = produce().input(r#"{"value":"v","timestamp":-2}"#);
    negative.stderr_has("is negative").exits(1);
    let first = produce().input(r#"{"value":"v","timestamp":0}"#);
    first.stderr_has("the record's timestamp is 0").exits(1);
    let records = cluster.kafdir(["consume", "t", "-o", "2"]);
    records.stdout("").exits(0);
}

#[test]
fn a_live_pipe_is_let_out_line_by_line() {
    let cluster = Cluster::with(&[("t", 1)]);
    let mut producer = cluster.kafdir(["produce", "t"]).start();
    let mut follower = cluster.kafdir(["consume", "t", "-f"]).start();
    for line in ["one", "two"] {
        producer.send(format!("{line}\n"));
        assert_eq!(follower.line(), line);
    }
    producer.close();
    producer.exits(0);
    follower.signal(Signal::SIGTERM);
    follower.dies_by(Signal::SIGTERM);
}

#[test]
fn the_latest_of_a_key_and_waiting_for_records() {
    let cluster = Cluster::with(&[("t", 3)]);
    let keyed = ["produce", "t", "-K", ":"];
    cluster.kafdir(keyed).input("a:1\nb:1\na:2\n").exits(0);
    cluster.kafdir(["get", "t", "a"]).stdout("2\n").exits(0);
    cluster.kafdir(["get", "t", "z"]).any_stderr().exits(3);
    let wait = |records| {
        [
            "wait",
            "topic",
            "t",
            "--timeout",
            "5s",
            "--records",
            records,
        ]
    };
    cluster.kafdir(wait("3")).exits(0);
    let longer = ["wait", "topic", "t", "--timeout", "1s", "--records", "4"];
    cluster.kafdir(longer).any_stderr().exits(4);
}

#[test]
fn a_copy_there_and_back_is_the_same() {
    let cluster = Cluster::with(&[("t", 2)]);
    let here = &cluster.sandbox;
    here.create("t", 2, &[]);
    let keyed: Vec<String> = (0..500).map(|n| format!("k{n}:v{n}\n")).collect();
    here.kafdir(["produce", "t", "-K", ":"])
        .input(keyed.concat())
        .exits(0);
    let to = format!("kafka:{}", cluster.mock.bootstrap_servers());
    here.kafdir(["copy", "t", "--to", &to]).exits(0);
    let again = here.kafdir(["copy", "t", "--to", &to]);
    again.stderr_has("has records already").exits(1);
    // Where the topic is there already its settings are not asked for.
    let create = ["--dir", "back", "topic", "create", "u", "-p", "2"];
    let call = here.kafdir(create).without_env("KAFDIR");
    call.any_stderr().exits(0);
    cluster
        .kafdir(["copy", "t=u", "--to", "dir:back"])
        .any_stderr()
        .exits(0);
    for partition in ["0", "1"] {
        let records = |topic: &str, dir: &str| {
            let args = [
                "--dir",
                dir,
                "consume",
                topic,
                "-p",
                partition,
                "-F",
                "%o %T %k %s\\n",
            ];
            here.kafdir(args)
                .without_env("KAFDIR")
                .any_stdout()
                .exits(0)
                .text()
        };
        let store = here.store().display().to_string();
        assert_eq!(records("t", &store), records("u", "back"), "{partition}");
    }
}

#[test]
fn two_copies_of_one_name_exclude_each_other() {
    let cluster = Cluster::with(&[("t", 1), ("u", 1)]);
    let here = &cluster.sandbox;
    here.create("t", 1, &[]);
    here.produce("t", "one\n");
    let to = format!("kafka:{}", cluster.mock.bootstrap_servers());
    let ship = |topics| ["copy", topics, "--to", &to, "--name", "ship", "--follow"];
    let mut first = here.kafdir(ship("t")).start();
    let arrived = ["wait", "topic", "t", "--records", "1", "--timeout", "20s"];
    cluster.kafdir(arrived).exits(0);
    here.kafdir(ship("t"))
        .stderr_has("the copy 'ship' is running already")
        .exits(1);
    // Into another topic it is another copy.
    let other = ["copy", "t=u", "--to", &to, "--name", "ship"];
    here.kafdir(other).exits(0);
    assert!(!first.has_ended());
    first.signal(Signal::SIGKILL);
    first.dies_by(Signal::SIGKILL);
    // The mock has kept no position.
    let again = ["copy", "t", "--to", &to, "--name", "ship", "--append"];
    here.kafdir(again).exits(0);
}

#[test]
fn many_partitions_in_the_order_of_time_are_fetched_together() {
    let cluster = Cluster::with(&[("t", 100)]);
    let lines: Vec<String> = (0..500).map(|n| format!("{n}:{n}\n")).collect();
    let produce = cluster.kafdir(["produce", "t", "-K", ":"]);
    produce.input(lines.concat()).exits(0);
    // One after the other they would take most of a minute.
    let consume = ["consume", "t", "--order", "time", "--timeout", "15s"];
    let found = cluster.kafdir(consume).any_stdout().exits(0).text();
    let mut found: Vec<usize> = found.lines().map(|line| line.parse().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, (0..500).collect::<Vec<_>>());
}
