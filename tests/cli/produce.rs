//! `produce`: what becomes a record, where it goes, and what is said about it.

use serde_json::json;

use crate::harness::{Sandbox, scale, seq};

#[test]
fn what_goes_in_comes_out() {
    for input in [
        "a\nb\n",
        "a\n\n\nb\n",
        "no newline at the end",
        "\n",
        "a\r\nb\r\n",
        "ü\0\x7f\n",
    ] {
        let sandbox = Sandbox::with_topic("t", 1);
        sandbox.kafdir(["produce", "t"]).input(input).exits(0);
        let newline = if input.ends_with('\n') { "" } else { "\n" };
        sandbox
            .kafdir(["consume", "t"])
            .stdout(format!("{input}{newline}"))
            .exits(0);
    }
}

#[test]
fn empty_input_is_a_success_with_no_record() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.kafdir(["produce", "t"]).exits(0);
    sandbox.kafdir(["consume", "t"]).exits(0);
    let files = sandbox.files("t-0", ".log");
    assert!(files.is_empty() || sandbox.first_log("t-0").metadata().unwrap().len() == 0);
    sandbox.is_clean();
}

#[test]
fn a_million_lines_through_every_codec() {
    let count = scale("KAFDIR_TEST_LINES", 100_000);
    let lines = seq(1, count);
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let sandbox = Sandbox::with_topic("n", 1);
        sandbox
            .kafdir(["produce", "n", "-z", codec])
            .input(&lines)
            .exits(0);
        let output = sandbox.kafdir(["consume", "n"]).any_stdout().exits(0);
        assert!(output.stdout == lines, "the lines of {codec} differ");
        sandbox.is_clean();
    }
}

#[test]
fn seven_partitions_hold_what_one_holds() {
    let count = scale("KAFDIR_TEST_LINES", 100_000);
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let sandbox = Sandbox::with_topic("n", 7);
        sandbox
            .kafdir(["produce", "n", "-z", codec])
            .input(seq(1, count))
            .exits(0);
        let text = sandbox.consume("n");
        let mut numbers: Vec<usize> = text.lines().map(|line| line.parse().unwrap()).collect();
        numbers.sort_unstable();
        assert!(
            numbers.into_iter().eq(1..=count),
            "the lines of {codec} differ"
        );
    }
}

#[test]
fn keys_are_cut_from_lines() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["produce", "t", "-K", ":"])
        .input("a:1\nb:2:3\n:4\nc:\n")
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "-F", "[%k] [%s]\\n"])
        .stdout("[a] [1]\n[b] [2:3]\n[] [4]\n[c] []\n")
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "-K", "=>"])
        .stdout("a=>1\nb=>2:3\n=>4\nc=>\n")
        .exits(0);
}

#[test]
fn a_line_without_the_separator_stops_at_its_line() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["produce", "t", "-K", "\\t"])
        .input("a\t1\nb\t2\nno tab\nc\t3\n")
        .stderr_has("line 3")
        .stderr_has("2 records")
        .exits(1);
    sandbox.kafdir(["consume", "t"]).stdout("1\n2\n").exits(0);
}

#[test]
fn one_key_headers_and_a_timestamp_for_all() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir([
            "produce", "t", "-k", "user 7", "-H", "b=2", "-H", "a", "-H", "b=", "-H", "b=x=y",
        ])
        .args(["--timestamp", "1700000000123"])
        .input("x\n")
        .exits(0);
    let record = sandbox
        .kafdir(["consume", "t", "--json"])
        .any_stdout()
        .exits(0)
        .json();
    let expected = json!({
        "topic": "t", "partition": 0, "offset": 0,
        "timestamp": 1_700_000_000_123_i64, "timestamp_type": "CreateTime",
        "key": "user 7", "value": "x",
        "headers": [["b", "2"], ["a", null], ["b", ""], ["b", "x=y"]],
    });
    assert_eq!(record, expected);
}

#[test]
fn a_tombstone_is_a_key_with_no_value_and_reads_no_input() {
    let sandbox = Sandbox::with_topic("t", 1);
    let running = sandbox
        .kafdir(["produce", "t", "-k", "gone", "--tombstone"])
        .start();
    assert_eq!(
        running.exits(0),
        "",
        "its input is open and was not waited for"
    );
    let record = sandbox
        .kafdir(["consume", "t", "--json"])
        .any_stdout()
        .exits(0)
        .json();
    assert_eq!(record["key"], "gone");
    assert_eq!(record["value"], json!(null));
}

#[test]
fn the_null_marker_stands_for_null_both_ways() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["produce", "t", "-K", "|", "--null-marker", "NULL"])
        .input("a|NULL\nNULL|v\nb|nULL\n")
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "-F", "%K %S\\n"])
        .stdout("1 -1\n-1 1\n1 4\n")
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "-K", "|", "--null-marker", "~"])
        .stdout("a|~\n~|v\nb|nULL\n")
        .exits(0);
}

#[test]
fn files_come_in_order_with_standard_input_among_them() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.file("one", "1\n2");
    sandbox.file("-dash", "5\n");
    sandbox
        .kafdir(["produce", "t", "one", "-", "--", "-dash"])
        .input("3\n4\n")
        .exits(0);
    sandbox
        .kafdir(["consume", "t"])
        .stdout("1\n2\n3\n4\n5\n")
        .exits(0);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.file("one", "1\n");
    sandbox
        .kafdir(["produce", "t", "one", "two"])
        .stderr_has("two")
        .exits(1);
    // What can be known before anything is stored should be: but what the first file held may be there already.
    let text = sandbox.consume("t");
    assert!(["", "1\n"].contains(&text.as_str()), "{text}");
}

#[test]
fn a_record_too_large_is_named_by_its_line_and_all_before_it_is_stored() {
    let sandbox = Sandbox::with_config("t", 1, &["max.message.bytes=1000"]);
    let mut input = seq(1, 20);
    input.extend([b'x'; 2000]);
    input.extend(b"\nlast\n");
    sandbox
        .kafdir(["produce", "t"])
        .input(input)
        .stderr_has("line 21")
        .stderr_has("max.message.bytes")
        .stderr_has("20 records")
        .exits(1);
    sandbox.kafdir(["consume", "t"]).stdout(seq(1, 20)).exits(0);
    sandbox.is_clean();
}

#[test]
fn an_unknown_topic_is_created_and_said() {
    let sandbox = Sandbox::with_topic("orders", 1);
    sandbox
        .kafdir(["produce", "order"])
        .input("x\n")
        .stderr_has("order")
        .stderr_has("orders")
        .exits(0);
    sandbox
        .kafdir(["topic", "list"])
        .stdout("order\norders\n")
        .exits(0);
}

#[test]
fn no_create_means_it() {
    let sandbox = Sandbox::with_topic("orders", 1);
    let before = sandbox.tree();
    sandbox
        .kafdir(["produce", "order", "--no-create"])
        .input("x\n")
        .stderr_has("orders")
        .stderr_has(sandbox.store().to_str().unwrap())
        .stderr_has("KAFDIR")
        .exits(1);
    before.is_unchanged(&sandbox.tree());
}

#[test]
fn the_summary_counts_what_went_where() {
    let sandbox = Sandbox::with_topic("t", 2);
    for (partition, count) in [("0", 3), ("1", 5)] {
        let summary = sandbox
            .kafdir(["produce", "t", "-p", partition, "--summary"])
            .input(seq(1, count))
            .any_stdout()
            .exits(0)
            .json();
        assert_eq!(summary["topic"], "t");
        assert_eq!(summary["records"], count);
    }
    sandbox
        .kafdir(["consume", "t:0"])
        .stdout(seq(1, 3))
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "-p", "1"])
        .stdout(seq(1, 5))
        .exits(0);
}

#[test]
fn verbose_says_how_many_went_where() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["produce", "t", "-v"])
        .input(seq(1, 7))
        .stderr_has("7 records")
        .exits(0);
}

#[test]
fn a_partition_that_is_not_there_is_refused() {
    let sandbox = Sandbox::with_topic("t", 2);
    let before = sandbox.tree();
    sandbox
        .kafdir(["produce", "t", "-p", "2"])
        .input("x\n")
        .stderr_has("2")
        .exits(1);
    before.is_unchanged(&sandbox.tree());
}

#[test]
fn every_ack_level_stores() {
    for acks in ["0", "1", "all"] {
        let sandbox = Sandbox::with_topic("t", 1);
        sandbox
            .kafdir(["produce", "t", "--acks", acks])
            .input(seq(1, 1000))
            .exits(0);
        sandbox
            .kafdir(["consume", "t"])
            .stdout(seq(1, 1000))
            .exits(0);
    }
}

#[test]
fn keys_land_where_kafkas_partitioner_puts_them() {
    // Kafka's own vectors for murmur2 (UtilsTest.testMurmur2), as partitions of 7.
    let vectors: [(&str, i32); 6] = [
        ("21", -973_932_308),
        ("foobar", -790_332_482),
        ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        (
            "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
            -58_897_971,
        ),
        ("abc", 479_470_107),
    ];
    let sandbox = Sandbox::with_topic("t", 7);
    for (key, hash) in vectors {
        sandbox
            .kafdir(["produce", "t", "-k", key])
            .input("x\n")
            .exits(0);
        let partition = (hash & 0x7fff_ffff) % 7;
        let selected = format!("t:{partition}");
        let keys = sandbox
            .kafdir(["consume", &selected, "-F", "%k\\n"])
            .any_stdout()
            .exits(0)
            .text();
        assert!(
            keys.lines().any(|line| line == key),
            "{key} is not in partition {partition}: {keys}"
        );
    }
}

#[test]
fn null_keys_go_round_robin_when_told_to() {
    let sandbox = Sandbox::with_topic("t", 3);
    sandbox
        .kafdir(["produce", "t", "--partitioner", "roundrobin"])
        .input(seq(1, 9))
        .exits(0);
    for partition in ["t:0", "t:1", "t:2"] {
        let text = sandbox.consume(partition);
        assert_eq!(text.lines().count(), 3, "{partition}: {text}");
    }
}

/// Who takes the error for one of storing stores everything again.
#[test]
fn a_summary_that_cannot_be_printed_says_that_the_records_are_stored() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .shell("seq 3 | kafdir produce t --summary >/dev/full")
        .stderr_has("No space left on device (os error 28); 3 records are stored")
        .exits(1);
    sandbox
        .kafdir(["consume", "t"])
        .stdout("1\n2\n3\n")
        .exits(0);
    sandbox
        .shell("seq 3 | kafdir produce t --summary >&-")
        .stderr_has("cannot write standard output")
        .exits(1);
    sandbox
        .kafdir(["consume", "t"])
        .stdout("1\n2\n3\n")
        .exits(0);
}
