//! The record as one line of JSON: what `consume --json` prints, `produce --json` takes back bit for bit.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::harness::{Sandbox, scale};

#[derive(Clone, Debug)]
struct Made {
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(String, Option<Vec<u8>>)>,
}

/// Bytes of every kind: text with everything that JSON escapes, invalid UTF-8, nothing.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..40),
        any::<String>().prop_map(String::into_bytes),
        vec(
            prop_oneof![
                Just(b'"'),
                Just(b'\\'),
                Just(b'\n'),
                Just(0),
                Just(0x7f),
                Just(0xed),
                Just(0xa0),
                Just(0x80)
            ],
            0..12
        ),
    ]
}

fn record() -> impl Strategy<Value = Made> {
    let name = prop_oneof!["[ab]", any::<String>(), Just(String::new())];
    let headers = vec((name, option::of(bytes())), 0..5);
    let timestamp = prop_oneof![0..4_000_000_000_000_i64, Just(0), Just(i64::MAX)];
    (timestamp, option::of(bytes()), option::of(bytes()), headers).prop_map(
        |(timestamp, key, value, headers)| Made {
            timestamp,
            key,
            value,
            headers,
        },
    )
}

/// The JSON a program would write that knows nothing but the schema.
fn written(record: &Made) -> String {
    let mut object = serde_json::Map::new();
    object.insert("timestamp".into(), record.timestamp.into());
    insert(&mut object, "key", record.key.as_deref());
    insert(&mut object, "value", record.value.as_deref());
    let headers: Vec<Value> = record
        .headers
        .iter()
        .map(|(name, value)| json!([name, header_value(value.as_deref())]))
        .collect();
    object.insert("headers".into(), headers.into());
    format!("{}\n", Value::Object(object))
}

fn insert(object: &mut serde_json::Map<String, Value>, name: &str, bytes: Option<&[u8]>) {
    match bytes.map(std::str::from_utf8) {
        None => object.insert(name.into(), Value::Null),
        Some(Ok(text)) => object.insert(name.into(), text.into()),
        Some(Err(_)) => object.insert(
            format!("{name}_base64"),
            STANDARD.encode(bytes.unwrap()).into(),
        ),
    };
}

fn header_value(bytes: Option<&[u8]>) -> Value {
    match bytes.map(std::str::from_utf8) {
        None => Value::Null,
        Some(Ok(text)) => text.into(),
        Some(Err(_)) => json!({"base64": STANDARD.encode(bytes.unwrap())}),
    }
}

#[test]
fn what_is_printed_is_taken_back_bit_for_bit() {
    let cases = u32::try_from(scale("KAFDIR_TEST_CASES", 24)).unwrap();
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::with_cases(cases)
    });
    let strategy = (
        vec(record(), 0..30),
        prop_oneof![
            Just("none"),
            Just("gzip"),
            Just("snappy"),
            Just("lz4"),
            Just("zstd")
        ],
    );
    runner
        .run(&strategy, |(records, codec)| {
            round_trip(&records, codec);
            Ok(())
        })
        .unwrap();
}

fn round_trip(records: &[Made], codec: &str) {
    let sandbox = Sandbox::with_topic("a", 1);
    sandbox.create("b", 1, &[]);
    let input: String = records.iter().map(written).collect();
    sandbox
        .kafdir(["produce", "a", "--json", "-z", codec])
        .input(&input)
        .exits(0);
    let printed = sandbox
        .kafdir(["consume", "a", "--json"])
        .any_stdout()
        .exits(0);
    for (index, (made, line)) in records.iter().zip(printed.json_lines()).enumerate() {
        let mut expected: Value = serde_json::from_str(&written(made)).unwrap();
        for (name, value) in [
            ("topic", json!("a")),
            ("partition", json!(0)),
            ("offset", json!(index)),
            ("timestamp_type", json!("CreateTime")),
        ] {
            expected[name] = value;
        }
        assert_eq!(line, expected);
    }
    assert_eq!(printed.json_lines().len(), records.len());

    let again = String::from_utf8(printed.stdout).unwrap();
    sandbox
        .kafdir(["produce", "b", "--json", "-z", codec])
        .input(&again)
        .exits(0);
    sandbox
        .kafdir(["consume", "b", "--json"])
        .stdout(again.replace("{\"topic\":\"a\",", "{\"topic\":\"b\","))
        .exits(0);
}

#[test]
fn the_members_come_in_one_order() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir([
            "produce",
            "t",
            "--timestamp",
            "1700000000000",
            "-k",
            "k",
            "-H",
            "h=1",
        ])
        .input("v\n")
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "--json"])
        .stdout(concat!(
            r#"{"topic":"t","partition":0,"offset":0,"timestamp":1700000000000,"timestamp_type":"CreateTime","#,
            r#""key":"k","value":"v","headers":[["h","1"]]}"#,
            "\n"
        ))
        .exits(0);
}

#[test]
fn what_is_no_record_is_an_error_with_its_line_and_never_half_taken() {
    for (line, told) in [
        ("not json", "line 2"),
        ("{}", "value"),
        (r#"{"value":1}"#, "value"),
        (r#"{"value":"a","value_base64":"YQ=="}"#, "value_base64"),
        (
            r#"{"value":"a","key":"k","key_base64":"YQ=="}"#,
            "key_base64",
        ),
        (r#"{"value":"a","value":"b"}"#, "value"),
        (r#"{"value":"a","extra":1}"#, "extra"),
        (r#"{"value_base64":"%%"}"#, "base64"),
        (r#"{"value":"\ud800"}"#, "line 2"),
        (r#"{"value":"a","headers":{"a":"b"}}"#, "headers"),
        (r#"{"value":"a","headers":[["a"]]}"#, "headers"),
        (r#"{"value":"a","headers":[["a","b","c"]]}"#, "headers"),
        (r#"{"value":"a","timestamp":"now"}"#, "timestamp"),
        (r#"{"value":"a","timestamp":-2}"#, "timestamp"),
        (r#"["value"]"#, "line 2"),
        (r#"{"value":"a"} {"value":"b"}"#, "line 2"),
        (r#"{"value":"a""#, "line 2"),
        ("", "line 2"),
    ] {
        let sandbox = Sandbox::with_topic("t", 1);
        let input = format!("{{\"value\":\"before\"}}\n{line}\n{{\"value\":\"after\"}}\n");
        sandbox
            .kafdir(["produce", "t", "--json"])
            .input(input)
            .stderr_has("line 2")
            .stderr_has(told)
            .exits(1);
        sandbox.kafdir(["consume", "t"]).stdout("before\n").exits(0);
    }
}

#[test]
fn topic_partition_and_offset_are_accepted_and_ignored() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["produce", "t", "--json"])
        .input(concat!(
            r#"{"topic":"else","partition":7,"offset":99,"timestamp_type":"LogAppendTime","value":"x"}"#,
            "\n"
        ))
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "-F", "%t %p %o %s\\n"])
        .stdout("t 0 0 x\n")
        .exits(0);
}

#[test]
fn a_tombstone_and_white_space_are_taken() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["produce", "t", "--input", "json"])
        .input(" { \"key\" : \"k\" , \"value\" : null }\r\n{\"value\":\"\"}")
        .exits(0);
    sandbox
        .kafdir(["consume", "t", "-F", "%K %S\\n"])
        .stdout("1 -1\n-1 0\n")
        .exits(0);
}
