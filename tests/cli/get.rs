//! `kafdir get`: a log read as a table.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use crate::harness::Sandbox;

/// A topic with these records: partition, key, value (`None`: a tombstone), timestamp in ms.
#[track_caller]
fn with(partitions: u32, records: &[(u32, &str, Option<&str>, i64)]) -> Sandbox {
    let sandbox = Sandbox::with_topic("t", partitions);
    for (partition, key, value, timestamp) in records {
        let record = serde_json::json!({
            "key": key, "value": value, "timestamp": timestamp, "partition": partition,
        });
        sandbox
            .kafdir(["produce", "-q", "t", "--json", "--keep-partition"])
            .input(format!("{record}\n"))
            .exits(0);
    }
    sandbox
}

const TIME: i64 = 1_700_000_000_000;

#[test]
fn the_latest_of_each_key_in_the_order_asked_for() {
    let sandbox = Sandbox::with_topic("t", 3);
    sandbox
        .kafdir(["produce", "-q", "t", "-K", ":"])
        .input("a:1\nb:1\na:2\nc:1\nb:2\na:3\n")
        .exits(0);
    sandbox
        .kafdir(["get", "t", "c", "a", "b", "a"])
        .stdout("1\n3\n2\n3\n")
        .exits(0);
    sandbox.kafdir(["get", "t", "b"]).stdout("2\n").exits(0);
}

#[test]
fn what_is_missing_is_told_and_what_is_all_missing_is_three() {
    let sandbox = with(
        2,
        &[
            (0, "a", Some("1"), TIME),
            (1, "b", Some("x"), TIME),
            (1, "b", None, TIME),
        ],
    );
    sandbox
        .kafdir(["get", "t", "no\n", "a", "b"])
        .stdout("1\n")
        .stderr_has("kafdir: t: no value for 2 of 3 keys: \"no\\n\", \"b\"\n")
        .exits(0);
    sandbox
        .kafdir(["get", "-q", "t", "b", "a"])
        .stdout("1\n")
        .exits(0);
    for keys in [&["b"][..], &["no"], &["b", "no", ""]] {
        sandbox
            .kafdir([&["get", "-q", "t"], keys].concat())
            .exits(3);
    }
}

#[test]
fn what_is_not_there_fails() {
    let sandbox = Sandbox::with_topic("t", 1);
    for args in [
        &["get", "u", "a"][..],
        &["get", "u", "--all"],
        &["get", "t", "a", "-p", "1"],
    ] {
        sandbox.kafdir(args).any_stderr().exits(1);
    }
    Sandbox::new()
        .kafdir(["get", "t", "a"])
        .stderr_has("store")
        .exits(1);
}

/// Producers can name the partition themselves, so a key is looked for in all of them.
#[test]
fn a_key_in_several_partitions_has_the_latest_of_their_last() {
    let sandbox = with(
        3,
        &[
            (2, "a", Some("early, in 2"), TIME),
            (0, "a", Some("late, in 0"), TIME + 5),
            // Of a partition the last record counts, whatever the times say.
            (1, "a", Some("latest, but not the last in 1"), TIME + 9),
            (1, "a", Some("the last in 1"), TIME + 1),
            (0, "gone", Some("x"), TIME),
            (1, "gone", None, TIME + 1),
            (0, "back", None, TIME),
            (2, "back", Some("again"), TIME + 1),
            (0, "tie", Some("0"), TIME),
            (2, "tie", Some("2"), TIME),
        ],
    );
    sandbox
        .kafdir(["get", "-q", "t", "a", "gone", "back", "tie"])
        .stdout("late, in 0\nagain\n2\n")
        .exits(0);
    sandbox
        .kafdir(["get", "t", "--all", "-F", "%p %k %s\n"])
        .stdout("0 a late, in 0\n2 back again\n2 tie 2\n")
        .exits(0);
    sandbox
        .kafdir(["get", "-q", "t:1,2", "a", "gone"])
        .stdout("the last in 1\n")
        .exits(0);
    sandbox
        .kafdir(["get", "t", "gone", "-p", "0"])
        .stdout("x\n")
        .exits(0);
}

#[test]
fn all_are_by_partition_and_offset_without_tombstones_and_null_keys() {
    let sandbox = with(
        2,
        &[
            (1, "z", Some("1"), TIME),
            (0, "b", Some("old"), TIME),
            (0, "a", Some("2"), TIME),
            (0, "b", Some("3"), TIME),
            (0, "c", Some("x"), TIME),
            (0, "c", None, TIME),
            (1, "", Some(""), TIME),
        ],
    );
    sandbox.produce("t", "no key\n");
    sandbox
        .kafdir(["get", "t", "--all", "-K", "="])
        .stdout("a=2\nb=3\nz=1\n=\n")
        .exits(0);
}

#[test]
fn nothing_at_all_is_three_only_where_that_is_asked_for() {
    let sandbox = with(1, &[(0, "a", Some("1"), TIME), (0, "a", None, TIME)]);
    sandbox.kafdir(["get", "t", "--all"]).exits(0);
    sandbox
        .kafdir(["get", "t", "--all", "--fail-if-empty"])
        .exits(3);
}

#[test]
fn keys_are_bytes() {
    let sandbox = Sandbox::with_topic("t", 4);
    let keys: [&[u8]; 4] = [b"\xff\xfe", b"two\nlines", b"", b"-x"];
    for (number, key) in keys.into_iter().enumerate() {
        sandbox
            .kafdir([
                OsStr::new("produce"),
                OsStr::new("-q"),
                OsStr::new("t"),
                OsStr::new("-k"),
            ])
            .args([OsStr::from_bytes(key)])
            .input(format!("{number}\n"))
            .exits(0);
    }
    let call = sandbox.kafdir(["get", "--", "t"]);
    call.args(keys.map(OsStr::from_bytes))
        .stdout("0\n1\n2\n3\n")
        .exits(0);
}

#[test]
fn the_forms_of_consume() {
    let sandbox = with(1, &[(0, "k", Some("{\"a\":1,\"b\":\"x\"}"), TIME)]);
    let consumed = |flags: &[&str]| {
        let call = sandbox.kafdir([&["consume", "t"], flags].concat());
        call.any_stdout().exits(0).text()
    };
    for flags in [
        &["--json"][..],
        &["--json", "--json-values"],
        &["-F", "csv"],
        &["-F", "csv", "--columns", "b,a"],
        &["-F", "%k %o %d{iso} %s\\n"],
        &["-K", "\\t", "-0"],
        &["-D", ";"],
        &["--escape"],
    ] {
        let expected = consumed(flags);
        assert!(!expected.is_empty());
        for what in [&["k"][..], &["--all"]] {
            sandbox
                .kafdir([&["get", "t"], what, flags].concat())
                .stdout(&expected)
                .exits(0);
        }
    }
    // A newline in a value is worth the same warning as with consume.
    sandbox
        .kafdir(["produce", "-q", "t", "-k", "n", "-D", ""])
        .input("1\n2")
        .exits(0);
    sandbox
        .kafdir(["get", "t", "n"])
        .stdout("1\n2\n")
        .stderr_has("contains the delimiter")
        .exits(0);
}

#[test]
fn values_larger_than_all_memory_for_keys_are_no_matter() {
    let sandbox = Sandbox::with_config("t", 1, &["segment.bytes=1048576"]);
    // 96 values of 512 KiB: 48 MiB, of which half is the latest of some key.
    sandbox
        .shell(
            "for round in 1 2; do for key in $(seq 48); do \
               printf '%s:%s-%s' $key $round $key; head -c 524288 /dev/zero | tr '\\0' x; echo; \
             done; done | kafdir produce -q t -K :",
        )
        .exits(0);
    sandbox
        .shell("ulimit -d 65536; kafdir get t 48 1 | cut -dx -f1")
        .stdout("2-48\n2-1\n")
        .exits(0);
    let sums = sandbox
        .shell(
            "ulimit -d 65536; kafdir get t --all | cut -dx -f1 | md5sum; \
             for key in $(seq 48); do echo 2-$key; done | md5sum",
        )
        .any_stdout()
        .exits(0)
        .text();
    let sums: Vec<&str> = sums.lines().collect();
    assert_eq!(sums[0], sums[1]);
}

#[test]
fn too_many_keys_are_an_error_that_says_what_to_do() {
    let sandbox = Sandbox::with_topic("t", 2);
    sandbox
        .shell("seq 1000000 2200000 | sed 's/.*/&&:/' | kafdir produce -q t -K : --acks 1")
        .exits(0);
    sandbox
        .shell("ulimit -d 65536; kafdir get t --all | wc -c; exit ${PIPESTATUS[0]}")
        .stdout("0\n")
        .stderr_has("the keys do not fit in memory")
        .stderr_has("help: take the partitions one after the other with --partition")
        .exits(1);
    sandbox
        .shell("ulimit -d 65536; kafdir get t --all -p 0 | wc -l; kafdir get t 10000001000000 -K :")
        .any_stdout()
        .exits(0);
}

#[test]
fn what_came_after_the_start_is_not_waited_for_and_what_was_trimmed_is_not_found() {
    let sandbox = with(1, &[(0, "a", Some("1"), TIME), (0, "b", Some("2"), TIME)]);
    sandbox
        .kafdir(["topic", "trim", "-q", "t", "--before", "1"])
        .any_stdout()
        .exits(0);
    sandbox
        .kafdir(["get", "-q", "t", "a", "b"])
        .stdout("2\n")
        .exits(0);
    sandbox.kafdir(["get", "-q", "t", "a"]).exits(3);
    sandbox.kafdir(["get", "t", "--all"]).stdout("2\n").exits(0);
}

#[test]
fn damage_is_told() {
    let sandbox = with(1, &[(0, "a", Some("1"), TIME), (0, "a", Some("2"), TIME)]);
    let path = sandbox.first_log("t-0");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[65] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    sandbox
        .kafdir(["get", "t", "a"])
        .stderr_has("00000000000000000000.log")
        .exits(6);
}

#[test]
fn a_reader_that_has_enough_ends_it_quietly() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .shell("seq 100000 | sed 's/.*/&:&/' | kafdir produce -q t -K :")
        .exits(0);
    sandbox
        .shell("set +o pipefail; kafdir get t --all | head -1; echo ${PIPESTATUS[0]}")
        .stdout("1\n0\n")
        .exits(0);
    sandbox
        .shell("kafdir get t 5 >/dev/full")
        .stderr_has("No space left on device")
        .exits(1);
}

#[test]
fn a_log_dir_is_read_in_place() {
    let sandbox = with(1, &[(0, "a", Some("1"), TIME)]);
    let before = sandbox.tree();
    sandbox
        .kafdir(["get", "t", "a", "--log-dir", "store/logs"])
        .without_env("KAFDIR")
        .stdout("1\n")
        .exits(0);
    before.is_unchanged(&sandbox.tree());
}
