//! Records in the shapes that scripts have: rows, documents, files, escaped lines; filters; the order of time.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::harness::{Sandbox, scale};

#[test]
fn a_key_with_the_separator_in_it_stops_lines() {
    let sandbox = Sandbox::with_topic("t", 1);
    let input = "{\"key\":\"a\",\"value\":\"1\"}\n{\"key\":\"b:c\",\"value\":\"2\"}\n";
    sandbox
        .kafdir(["produce", "t", "--json"])
        .input(input)
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "-K", ":"])
        .stdout("a:1\n")
        .stderr_has("t-0, offset 1: the key contains the key separator")
        .stderr_has("--escape")
        .exits(1);
    sandbox
        .kafdir(["consume", "t", "-K", ":", "--escape"])
        .stdout("a:1\nb\\x3ac:2\n")
        .exits(0);
}

/// As rpk's: to a group's members and to what a COMMAND is given, too; not where partitions take turns record by record.
#[test]
fn a_format_tells_how_far_the_log_reaches() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.kafdir(["produce", "t"]).input("a\nb\nc\n").exits(0);
    sandbox
        .kafdir(["topic", "trim", "t", "--before", "1"])
        .stdout_has("NEW-START")
        .exits(0);
    let form = ["-F", "%o %[ %| %]\n"];
    let told = "1 1 3 3\n2 1 3 3\n";
    sandbox
        .kafdir(["consume", "t"].iter().chain(&form))
        .stdout(told)
        .exits(0);
    sandbox
        .kafdir(
            ["consume", "-q", "t", "-g", "g", "--no-commit"]
                .iter()
                .chain(&form),
        )
        .stdout(told)
        .exits(0);
    sandbox
        .kafdir(
            ["consume", "-q", "t", "-g", "g"]
                .iter()
                .chain(&form)
                .chain(&["--", "cat"]),
        )
        .stdout(told)
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "--order", "time"].iter().chain(&form))
        .stderr_has("--order time does not go with a format")
        .exits(2);
    sandbox
        .kafdir(["get", "t", "k"].iter().chain(&form))
        .stderr_has("'kafdir get' does not go with a format")
        .exits(2);
}

#[test]
fn strict_refuses_what_is_a_warning_otherwise() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["produce", "t", "-D", ";"])
        .input("a;b\nc;d\ne")
        .exits(0);
    sandbox
        .kafdir(["consume", "t"])
        .stdout("a\nb\nc\nd\ne\n")
        .stderr_has("2 records contain the delimiter")
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "--strict"])
        .stdout("a\n")
        .stderr_has("t-0, offset 1: the record contains the delimiter")
        .exits(1);
    sandbox
        .kafdir(["consume", "t", "--strict", "-0"])
        .stdout("a\0b\nc\0d\ne\0")
        .exits(0);
}

#[test]
fn escaped_lines_come_back_as_they_were() {
    let sandbox = Sandbox::with_topic("a", 1);
    sandbox.create("b", 1, &[]);
    let odd = r#"{"key":null,"value":"\\N\n\t\\","timestamp":7}
{"key":"\t\n","value":null,"timestamp":7}
{"key":"","value_base64":"AP/+XAA=","timestamp":7}
"#;
    sandbox
        .kafdir(["produce", "a", "--json"])
        .input(odd)
        .exits(0);
    sandbox
        .shell("kafdir consume a --escape -K '\\t' | kafdir produce b --escape -K '\\t' --timestamp 1970-01-01T00:00:00.007Z")
        .exits(0);
    let fields = "%k{json} %v{json} %d\n";
    let was = sandbox
        .kafdir(["consume", "a", "-F", fields])
        .any_stdout()
        .exits(0);
    sandbox
        .kafdir(["consume", "b", "-F", fields])
        .stdout(was.stdout)
        .exits(0);
    sandbox
        .kafdir(["produce", "b", "--escape"])
        .input("good\nba\\d\n")
        .stderr_has("line 2: \\d is not an escape")
        .stderr_has("1 record before it is stored")
        .exits(1);
}

#[test]
fn each_file_is_a_record() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.file("a.txt", b"one\n\0\xff");
    sandbox.file("empty", b"");
    sandbox
        .kafdir(["produce", "t", "--input", "file", "a.txt", "empty", "-"])
        .input("from\nstdin")
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "-F", "%k{json}:%v{json};"])
        .stdout("\"a.txt\":{\"base64\":\"b25lCgD/\"};\"empty\":\"\";null:\"from\\nstdin\";")
        .exits(0);
    sandbox
        .kafdir(["produce", "t", "-i", "file", "-k", "fixed", "a.txt"])
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "-o", "-1", "-F", "%k %S"])
        .stdout("fixed 6")
        .exits(0);
}

/// A file's name: any bytes that a name may have.
fn file_name() -> impl Strategy<Value = Vec<u8>> {
    let any_name = vec(
        any::<u8>().prop_filter("not in names", |byte| ![0, b'/'].contains(byte)),
        1..40,
    );
    let odd = prop_oneof![Just("-"), Just("--json"), Just(" "), Just("*"), Just("\n")];
    prop_oneof![any_name, odd.prop_map(|name| name.as_bytes().to_vec())]
        .prop_filter("directories", |name| name != b"." && name != b"..")
}

/// What a member of record JSON holds, in bytes.
fn member(record: &Value, name: &str) -> Vec<u8> {
    if let Some(text) = record[name].as_str() {
        return text.into();
    }
    let encoded = record[format!("{name}_base64")].as_str();
    STANDARD.decode(encoded.unwrap()).unwrap()
}

#[test]
fn files_of_any_name_and_content_come_back_as_they_were() {
    let cases = u32::try_from(scale("KAFDIR_TEST_CASES", 24)).unwrap();
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    });
    let content = prop_oneof![
        4 => vec(any::<u8>(), 0..100),
        1 => vec(any::<u8>(), 70_000..200_000),
    ];
    let files = btree_map(file_name(), content, 1..8);
    runner
        .run(&files, |files| {
            come_back(&files);
            Ok(())
        })
        .unwrap();
}

#[track_caller]
fn come_back(files: &BTreeMap<Vec<u8>, Vec<u8>>) {
    let sandbox = Sandbox::with_topic("t", 1);
    fs::create_dir(sandbox.path("in")).unwrap();
    let names: Vec<_> = files
        .keys()
        .map(|name| Path::new("in").join(OsStr::from_bytes(name)))
        .collect();
    for (name, content) in names.iter().zip(files.values()) {
        fs::write(sandbox.path(name), content).unwrap();
    }
    sandbox
        .kafdir(["produce", "t", "-i", "file", "--"])
        .args(&names)
        .exits(0);
    let records = sandbox
        .kafdir(["consume", "t", "--json"])
        .any_stdout()
        .exits(0)
        .json_lines();
    assert_eq!(records.len(), files.len());
    for ((record, name), content) in records.iter().zip(&names).zip(files.values()) {
        assert_eq!(member(record, "key"), name.as_os_str().as_bytes());
        assert!(member(record, "value") == *content, "{record}");
    }
    // A value alone is the file again, byte for byte.
    let first = sandbox
        .kafdir(["consume", "t", "-n", "1", "-D", ""])
        .any_stdout()
        .exits(0);
    assert!(Some(&first.stdout) == files.values().next());
}

#[test]
fn filters_come_before_the_count() {
    let sandbox = Sandbox::with_topic("t", 1);
    let mut input = String::new();
    for number in 1..=30 {
        let header = if number % 3 == 0 {
            "[[\"kind\",\"third\"]]"
        } else {
            "[]"
        };
        let _ = writeln!(
            input,
            "{{\"key\":\"k{}\",\"value\":\"n{number}\",\"headers\":{header}}}",
            number % 2
        );
    }
    sandbox
        .kafdir(["produce", "t", "--json"])
        .input(input)
        .exits(0);
    let filtered = |filters: &[&str], more: &[&str], lines: &str| {
        let filters = filters.iter().flat_map(|filter| ["--filter", filter]);
        let args = ["consume", "t"]
            .into_iter()
            .chain(filters)
            .chain(more.iter().copied());
        sandbox.kafdir(args).stdout(lines).exits(0);
    };
    filtered(&["key=k1"], &["-n", "2"], "n1\nn3\n");
    filtered(&["value~^n[0-9]$", "!key=k1"], &[], "n2\nn4\nn6\nn8\n");
    filtered(
        &["header:kind=third", "value*=2"],
        &[],
        "n12\nn21\nn24\nn27\n",
    );
    filtered(&["!header:kind"], &["-n", "3"], "n1\nn2\nn4\n");
    filtered(&["!value"], &[], "");
    sandbox
        .kafdir(["consume", "t", "--filter", "value=none", "--fail-if-empty"])
        .exits(3);
    sandbox
        .kafdir(["consume", "t", "--filter", "id=7"])
        .stderr_has("--filter: filter \"id=7\"")
        .exits(2);
}

#[test]
fn headers_are_dropped_by_their_names() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["produce", "t", "--json", "--drop-header", "trace*", "--drop-header", "b", "-H", "trace=new"])
        .input("{\"value\":\"v\",\"headers\":[[\"trace-id\",\"1\"],[\"a\",\"2\"],[\"b\",null],[\"ab\",\"\"]]}\n")
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "-F", "%h"])
        .stdout("a=2,ab=,trace=new")
        .exits(0);
}

/// Six records in three partitions, one a second.
fn in_turns() -> Sandbox {
    let sandbox = Sandbox::with_topic("t", 3);
    for number in 0..6 {
        let time = (1_700_000_000_000_i64 + number * 1000).to_string();
        let partition = (number % 3).to_string();
        sandbox
            .kafdir(["produce", "t", "-p", &partition, "--timestamp", &time])
            .input(number.to_string())
            .exits(0);
    }
    sandbox
}

#[test]
fn partitions_are_merged_by_time() {
    let sandbox = in_turns();
    let ordered = |more: &[&str], lines: &str| {
        let args = ["consume", "t", "--order", "time"];
        sandbox
            .kafdir(args.iter().chain(more))
            .stdout(lines)
            .exits(0);
    };
    ordered(&[], "0\n1\n2\n3\n4\n5\n");
    ordered(&["-n", "2"], "0\n1\n");
    ordered(&["-o", "-2"], "4\n5\n");
    ordered(&["-o", "-100"], "0\n1\n2\n3\n4\n5\n");
    ordered(&["-o", "-0"], "");
    ordered(&["-o", "@1700000001:@1700000004"], "1\n2\n3\n");
    ordered(&["-p", "2,0", "-o", "-3"], "2\n3\n5\n");
    ordered(&["--filter", "value~[135]", "-n", "2"], "1\n3\n");
    sandbox
        .kafdir(["consume", "t", "--order", "time", "--follow"])
        .any_stderr()
        .exits(2);
}

#[test]
fn the_header_row_comes_once() {
    let sandbox = in_turns();
    let out = sandbox
        .kafdir(["consume", "t", "-F", "csv"])
        .any_stdout()
        .exits(0)
        .text();
    assert_eq!(out.matches("timestamp_type").count(), 1);
    assert_eq!(out.lines().count(), 7);
    sandbox.create("empty", 1, &[]);
    sandbox
        .kafdir(["consume", "empty", "-F", "csv", "--columns", "a,b"])
        .stdout("a,b\n")
        .exits(0);
}

/// A single line far beyond what a record may have ends with an error, in little memory.
#[test]
fn endless_lines_end_at_the_limit() {
    let sandbox = Sandbox::with_topic("t", 1);
    for flags in [
        "",
        "--json",
        "--key-from /id",
        "-i csv",
        "-i file",
        "--escape",
    ] {
        let script = format!(
            "ulimit -v 400000; {{ printf 'first'; head -c 1000000000 /dev/zero | tr '\\0' x; }} | kafdir produce t {flags}"
        );
        sandbox
            .shell(&script)
            .stderr_has("line 1 is longer than")
            .exits(1);
    }
    sandbox.kafdir(["consume", "t"]).exits(0);
}
