//! What goes wrong, said in one line with its cause.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::cluster::Cluster;
use crate::harness::Sandbox;

/// Nobody listens there.
const NOBODY: &str = "127.0.0.1:1";

#[test]
fn a_broker_that_is_not_there() {
    let sandbox = Sandbox::new();
    let began = Instant::now();
    let call = sandbox.kafdir(["topic", "list", "--timeout", "2s"]);
    call.without_env("KAFDIR")
        .env("KAFDIR_BOOTSTRAP_SERVER", NOBODY)
        .stderr_has("Connection refused")
        .stderr_has(NOBODY)
        .stderr_has("$KAFDIR_BOOTSTRAP_SERVER")
        .exits(4);
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "it took too long"
    );
    let produce = [
        "--bootstrap-server",
        NOBODY,
        "produce",
        "t",
        "--timeout",
        "1s",
    ];
    let call = sandbox.kafdir(produce).without_env("KAFDIR").input("x\n");
    call.stderr_has("Connection refused").exits(4);
}

#[test]
fn a_broker_that_takes_a_connection_and_says_nothing() {
    let sandbox = Sandbox::new();
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = mute.local_addr().unwrap().to_string();
    let list = ["topic", "list", "--bootstrap-server", &address];
    let call = sandbox.kafdir(list).args(["--timeout", "1s"]);
    let said = format!("{address}: cannot ask for topics: no answer");
    call.without_env("KAFDIR").stderr_has(said).exits(4);
}

#[test]
fn a_broker_that_hangs_up_may_want_tls() {
    let broker = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = broker.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in broker.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 100]);
            // A broker's words to who does not speak TLS: an alert, "internal error".
            let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 80]);
        }
    });
    let produce = ["--bootstrap-server", &address, "produce", "t"];
    let sandbox = Sandbox::new();
    let call = sandbox.kafdir(produce).args(["--timeout", "1s"]);
    call.without_env("KAFDIR")
        .input("x\n")
        .stderr_has(format!("{address}: hung up on the first request"))
        .stderr_has("security.protocol=ssl")
        .exits(4);
}

#[test]
fn an_address_wants_its_port() {
    let cluster = Cluster::with(&[("t", 1)]);
    cluster
        .kafdir(["copy", "t=u", "--to", "kafka:host"])
        .stderr_has("HOST:PORT")
        .exits(2);
}

#[test]
fn a_file_of_settings_may_be_a_pipe_but_must_be_text() {
    let cluster = Cluster::with(&[("t", 1)]);
    let list = "echo client.rack=r | kafdir topic list --command-config /dev/stdin";
    cluster.shell(list).stdout("t\n").exits(0);
    let latin = cluster.sandbox.file("latin", b"client.rack=\xe4\n");
    let list = cluster.kafdir(["topic", "list", "--command-config"]);
    let list = list.args([&latin]);
    list.stderr_has("latin: ").stderr_has("UTF-8").exits(2);
}

#[test]
fn a_tab_key_gets_names_from_a_cluster_and_does_not_hang() {
    let cluster = Cluster::with(&[("orders", 1), ("lines", 1)]);
    let complete = |line: &str| cluster.kafdir(["completions", "--line", line]);
    complete("kafdir consume or").stdout("orders\n").exits(0);
    let began = Instant::now();
    let away = format!("kafdir --bootstrap-server {NOBODY} consume ");
    let call = complete(&away);
    call.stderr_has("Connection refused").exits(4);
    assert!(began.elapsed() < Duration::from_secs(10), "the shell hung");
}

#[test]
fn an_error_is_two_lines_and_no_log() {
    let sandbox = Sandbox::new();
    let list = "kafdir --bootstrap-server 127.0.0.1:1 topic list --timeout 1s 2>&1 | wc -l || true";
    let call = sandbox.shell(list).without_env("KAFDIR");
    call.stdout("2\n").exits(0);
}

#[test]
fn what_is_asked_for_with_debug_is_printed() {
    let cluster = Cluster::with(&[("t", 1)]);
    let list = ["-q", "topic", "list", "-X", "debug=broker,metadata"];
    let call = cluster.kafdir(list).stdout("t\n");
    call.stderr_has("kafdir: CONNECT: [thrd:")
        .stderr_has("kafdir: METADATA: ")
        .exits(0);
    cluster.kafdir(["topic", "list"]).stdout("t\n").exits(0);
    let debug = ["-X", "debug=all", "--timeout", "30s"];
    let produce = cluster.kafdir(["produce", "t"]).args(debug);
    produce.input("x\n").stderr_has("PRODUCE: [thrd:").exits(0);
    let consume = cluster.kafdir(["consume", "t"]).args(debug);
    let consume = consume.stdout("x\n").stderr_has("FETCH: [thrd:");
    consume.exits(0);
    let member = cluster.kafdir(["consume", "t", "-g", "g"]).args(debug);
    let member = member.stdout("x\n").stderr_has("JOINGROUP: [thrd:");
    member.exits(0);
}

#[test]
fn what_is_no_address_or_no_setting_is_wrong_usage() {
    let sandbox = Sandbox::new();
    let refused = |args: &[&str], why: &str| {
        let args = [args, &["topic", "list"]].concat();
        let call = sandbox.kafdir(args).without_env("KAFDIR");
        call.stderr_has(why).exits(2);
    };
    refused(&["--bootstrap-server", "localhost"], "HOST:PORT");
    let at = |rest: &[&'static str]| [&["--bootstrap-server", NOBODY], rest].concat();
    refused(&at(&["-X", "no.such=1"]), "no.such");
    refused(&at(&["-X", "batch.size=x"]), "batch.size");
    refused(&at(&["-X", "group.id=g"]), "--group");
    refused(&at(&["--command-config", "missing"]), "missing");
    refused(&["--dir", "d", "-X", "linger.ms=1"], "-X");
    sandbox
        .kafdir(["topic", "list"])
        .env("KAFDIR_BOOTSTRAP_SERVER", NOBODY)
        .stderr_has("both set")
        .exits(2);
}

#[test]
fn what_a_cluster_can_not_do() {
    let cluster = Cluster::with(&[("t", 1)]);
    let file = cluster.sandbox.file("lines", "1\n").display().to_string();
    for args in [
        &["check"][..],
        &["clean"],
        &["group", "evict", "g", "m"],
        &["produce", "t", "--resume", "r", &file],
        &["copy", "t", "--as-log-dir", "logs"],
    ] {
        let call = cluster.kafdir(args);
        call.stderr_has("works on a directory").exits(2);
    }
}

#[test]
fn a_topic_that_is_not_there() {
    let cluster = Cluster::with(&[("t", 1)]);
    for args in [
        &["topic", "describe", "nope"][..],
        &["consume", "nope"],
        &["consume", "nope", "-g", "g"],
        &["produce", "nope", "--no-create"],
    ] {
        let call = cluster.kafdir(args).stderr_has("there is no topic 'nope'");
        call.stderr_has(cluster.mock.bootstrap_servers()).exits(1);
    }
    cluster.kafdir(["topic", "list"]).stdout("t\n").exits(0);
}

#[test]
fn a_topic_that_may_have_been_meant() {
    let cluster = Cluster::with(&[("orders", 1)]);
    let consume = cluster.kafdir(["consume", "order"]);
    consume.stderr_has("; did you mean 'orders'?").exits(1);
}

#[test]
fn a_partition_that_is_not_there() {
    let cluster = Cluster::with(&[("t", 2)]);
    let produce = cluster.kafdir(["produce", "t", "-p", "2"]).input("x\n");
    produce.stderr_has("no partition 2").exits(1);
    let consume = cluster.kafdir(["consume", "t", "-p", "5"]);
    consume.stderr_has("no partition 5").exits(1);
}

/// Its leader was killed, and nobody has taken over yet.
#[test]
fn a_partition_without_a_leader_is_waited_for() {
    let cluster = Cluster::with(&[("t", 1)]);
    cluster.kafdir(["produce", "t"]).input("x\n").exits(0);
    cluster.mock.partition_leader("t", 0, None).unwrap();
    for command in [
        &["consume", "t"][..],
        &["consume", "t", "-o", "@2020-01-01"],
        &["wait", "topic", "t", "--records", "2"],
    ] {
        let told = cluster.kafdir([command, &["--timeout", "1s"]].concat());
        told.stderr_has("t-0").exits(4);
    }
    cluster.mock.partition_leader("t", 0, Some(1)).unwrap();
    cluster.kafdir(["consume", "t"]).stdout("x\n").exits(0);
}

/// Held up by nothing that has an end of its own: neither by what waits to be acknowledged nor by an input that goes on.
#[test]
fn a_producer_told_to_stop_while_the_cluster_is_away_says_what_is_not_stored() {
    for full in [false, true] {
        let cluster = Cluster::with(&[("t", 1)]);
        let mut producer = cluster.kafdir(["produce", "t"]);
        if full {
            producer = producer.args(["-X", "queue.buffering.max.messages=2"]);
        }
        let mut producer = producer.start();
        producer.send("one\n");
        let wait = ["wait", "topic", "t", "--records", "1", "--timeout", "10s"];
        cluster.kafdir(wait).exits(0);
        cluster.mock.broker_down(1).unwrap();
        producer.send("two\nthree\nfour\nfive\n");
        let began = Instant::now();
        producer.signal(Signal::SIGTERM);
        let said = producer.exits(1);
        assert!(said.contains("not known to be stored"), "{said}");
        assert!(said.contains("1 record is stored"), "{said}");
        assert!(began.elapsed() < Duration::from_secs(15), "took too long");
    }
}

#[test]
fn a_mirror_told_to_stop_while_the_cluster_is_away_ends() {
    for name in [&[][..], &["--name", "ship"]] {
        let cluster = Cluster::with(&[("t", 1)]);
        let here = &cluster.sandbox;
        here.create("t", 1, &[]);
        here.produce("t", "one\n");
        let to = format!("kafka:{}", cluster.mock.bootstrap_servers());
        let mirror = here.kafdir(["copy", "t", "--to", &to, "--follow"]);
        let mirror = mirror.args(name).any_stderr().start();
        let wait = ["wait", "topic", "t", "--records", "1", "--timeout", "20s"];
        cluster.kafdir(wait).exits(0);
        cluster.mock.broker_down(1).unwrap();
        here.produce("t", "two\n");
        let began = Instant::now();
        mirror.signal(Signal::SIGTERM);
        // Whether it had read the second record by then is not known.
        let _ = mirror.ended_by(&[1, 143]);
        assert!(began.elapsed() < Duration::from_secs(15), "took too long");
    }
}

#[test]
fn a_broker_that_goes_away_is_named() {
    let cluster = Cluster::with(&[("t", 1)]);
    let mut producer = cluster.kafdir(["produce", "t", "--timeout", "3s"]).start();
    producer.send("one\n");
    let wait = ["wait", "topic", "t", "--records", "1", "--timeout", "10s"];
    cluster.kafdir(wait).exits(0);
    cluster.mock.broker_down(1).unwrap();
    producer.send("two\n");
    producer.close();
    let said = producer.exits(4);
    assert!(said.contains(&cluster.mock.bootstrap_servers()), "{said}");
}
