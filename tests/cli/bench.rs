//! `bench`: what it counts, in which form it says so, and how it ends; never how long anything took.

use nix::sys::signal::Signal;

use crate::harness::{Sandbox, seq, wait_for};

/// The number called `name` in a report, or among its latencies.
fn number(json: &str, name: &str) -> f64 {
    let report: serde_json::Value = serde_json::from_str(json).unwrap();
    let places = [&report, &report["latency_ms"], &report["latency_us"]];
    let found = places.iter().find_map(|place| place[name].as_f64());
    found.unwrap_or_else(|| panic!("no number {name} in {json}"))
}

/// Percentiles ascend, and the largest is the last.
fn are_ordered(json: &str) {
    let values = ["p50", "p95", "p99", "p99_9", "max"].map(|name| number(json, name));
    assert!(values.is_sorted(), "{json}");
    assert!(
        number(json, "avg") > 0.0 && number(json, "avg") <= values[4],
        "{json}"
    );
}

#[test]
fn produce_stores_what_it_counts_and_says_so_in_words_and_in_json() {
    let sandbox = Sandbox::with_topic("t", 3);
    for (acks, codec) in [("all", "none"), ("1", "zstd"), ("0", "lz4")] {
        let json = sandbox
            .kafdir(["bench", "produce", "t", "--records", "2000", "--size", "50"])
            .args(["--acks", acks, "-z", codec, "--json"])
            .any_stdout()
            .exits(0)
            .text();
        assert!(
            json.starts_with("{\"topic\":\"t\",\"records\":2000,\"bytes\":100000,"),
            "{json}"
        );
        assert!(number(&json, "records_per_second") > 0.0, "{json}");
        assert!(json.contains("\"latency_ms\":{\"avg\":"), "{json}");
        are_ordered(&json);
    }
    let records = sandbox.consume("t");
    assert_eq!(records.lines().count(), 6000);
    let is_letters =
        |line: &str| line.len() == 50 && line.bytes().all(|byte| byte.is_ascii_uppercase());
    assert!(records.lines().all(is_letters));
    // Each partition had its turns.
    for partition in ["0", "1", "2"] {
        sandbox
            .kafdir(["consume", "t", "-p", partition, "--fail-if-empty"])
            .any_stdout()
            .exits(0);
    }
    let words = sandbox
        .kafdir(["bench", "produce", "t", "--records", "10"])
        .any_stdout()
        .exits(0)
        .text();
    assert!(words.starts_with("10 records sent, "), "{words}");
    for part in [
        " records/sec (",
        " MB/sec), ",
        " ms avg latency, ",
        " ms max latency, ",
        " ms 50th, ",
        " ms 99.9th.\n",
    ] {
        assert!(words.contains(part), "no {part:?} in {words}");
    }
    sandbox.is_clean();
}

#[test]
fn a_topic_that_is_not_there_is_made_with_a_note() {
    let sandbox = Sandbox::new();
    for command in ["produce", "latency"] {
        sandbox
            .kafdir(["bench", command, command, "--records", "3"])
            .any_stdout()
            .stderr_has(format!("created topic '{command}'"))
            .exits(0);
        assert_eq!(sandbox.consume(command).lines().count(), 3);
    }
    sandbox
        .kafdir(["bench", "consume", "no-such"])
        .stderr_has("no-such")
        .exits(1);
}

#[test]
fn values_are_the_lines_of_a_file_in_turn() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.file("values", "one\n\nthree");
    let json = sandbox
        .kafdir([
            "bench",
            "produce",
            "t",
            "--records",
            "5",
            "--payload-file",
            "values",
            "--json",
        ])
        .any_stdout()
        .exits(0)
        .text();
    assert_eq!(sandbox.consume("t"), "one\n\nthree\none\n\n");
    assert!(json.contains("\"records\":5,\"bytes\":11,"), "{json}");
    sandbox.file("empty", "");
    for file in ["empty", "no-such", "."] {
        sandbox
            .kafdir(["bench", "produce", "t", "--payload-file", file])
            .stderr_has(file)
            .exits(1);
    }
    assert_eq!(sandbox.consume("t").lines().count(), 5);
}

#[test]
fn a_rate_is_kept() {
    let sandbox = Sandbox::with_topic("t", 2);
    let json = sandbox
        .kafdir([
            "bench",
            "produce",
            "t",
            "--records",
            "50",
            "--throughput",
            "200",
            "--json",
        ])
        .any_stdout()
        .exits(0)
        .text();
    // The last of them is due 245 ms after the first. What a busy machine adds only lowers the rate.
    assert!(number(&json, "seconds") >= 0.24, "{json}");
    assert!(number(&json, "records_per_second") <= 209.0, "{json}");
    are_ordered(&json);
    assert_eq!(sandbox.consume("t").lines().count(), 50);
}

#[test]
fn consume_counts_records_and_the_bytes_of_keys_and_values() {
    let sandbox = Sandbox::with_topic("t", 2);
    let empty = "{\"topic\":\"t\",\"records\":0,\"bytes\":0,\"mb\":0.0,\"seconds\":";
    sandbox
        .kafdir(["bench", "consume", "t", "--json"])
        .stdout_has(empty)
        .exits(0);
    sandbox.produce("t", seq(1, 1000));
    sandbox
        .kafdir(["produce", "t", "-k", "abc", "--tombstone"])
        .exits(0);
    for (args, records, bytes) in [
        (&[][..], 1001, 2896),
        (&["-n", "2000"], 1001, 2896),
        (&["-n", "10"], 10, 0),
    ] {
        let json = sandbox
            .kafdir([&["bench", "consume", "t", "--json"], args].concat())
            .any_stdout()
            .exits(0)
            .text();
        assert!(
            json.contains(&format!("\"records\":{records},")),
            "{args:?}: {json}"
        );
        let counted = format!("\"bytes\":{bytes},");
        assert!(bytes == 0 || json.contains(&counted), "{args:?}: {json}");
    }
    sandbox
        .kafdir(["bench", "consume", "t"])
        .stdout_has("1001 records consumed, ")
        .exits(0);
    // A foreign directory is read in place.
    sandbox
        .kafdir(["bench", "consume", "t", "--log-dir", "store/logs"])
        .stdout_has("1001 records consumed, ")
        .exits(0);
}

#[test]
fn latency_awaits_every_record_among_those_of_others() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox.produce("t", seq(1, 100));
    for acks in ["1", "all"] {
        let json = sandbox
            .kafdir([
                "bench",
                "latency",
                "t",
                "--records",
                "200",
                "--size",
                "10",
                "--acks",
                acks,
                "--json",
            ])
            .any_stdout()
            .exits(0)
            .text();
        assert!(
            json.starts_with("{\"topic\":\"t\",\"records\":200,\"latency_us\":{\"avg\":"),
            "{json}"
        );
        are_ordered(&json);
    }
    sandbox
        .kafdir(["bench", "latency", "t", "--records", "1"])
        .stdout_has("1 record there and back, ")
        .exits(0);
    assert_eq!(sandbox.consume("t").lines().count(), 501);
}

#[test]
fn a_damaged_topic_is_reported_as_such() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 100));
    sandbox.produce("t", seq(1, 100));
    let path = sandbox.first_log("t-0");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[80] ^= 4;
    std::fs::write(&path, bytes).unwrap();
    sandbox
        .kafdir(["bench", "consume", "t"])
        .stderr_has("t-0")
        .exits(6);
}

#[test]
fn a_measurement_that_is_stopped_reports_what_it_has_and_dies_by_the_signal() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        for command in [
            "produce t --records 1000000000 --throughput 1000",
            "produce t --records 1000000000 --acks 1",
            "latency t --records 1000000000",
        ] {
            let sandbox = Sandbox::with_topic("t", 1);
            let running = sandbox
                .shell(&format!("exec kafdir bench {command} --json > report"))
                .start();
            wait_for("something is stored", || {
                let log = sandbox.first_log("t-0").metadata();
                (log.map_or(0, |log| log.len()) > 1000).then_some(())
            });
            running.signal(signal);
            assert_eq!(running.dies_by(signal), "");
            let json = std::fs::read_to_string(sandbox.path("report")).unwrap();
            let stored = sandbox.consume("t").lines().count();
            assert!(
                json.contains(&format!("\"records\":{stored},")) || command.starts_with("latency"),
                "{stored} in {json}"
            );
            are_ordered(&json);
            sandbox.is_clean();
        }
    }
}
