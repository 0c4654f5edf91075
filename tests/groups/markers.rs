//! Transactions as a broker writes them: a group gets past their markers, and no further than those that are open.

use std::fs;

use crate::harness::Sandbox;
use crate::offsets::committed;

const TRANSACTIONAL: u8 = 0x10;
const CONTROL: u8 = 0x20;
const PRODUCER_ID: i64 = 7;

/// A topic `f` from elsewhere, with a batch for each of `batches`: its record in JSON, and its attributes.
fn sandbox(batches: &[(&str, u8)]) -> Sandbox {
    let sandbox = Sandbox::with_topic("t", 1);
    for (record, _) in batches {
        sandbox
            .kafdir(["produce", "-q", "--json", "t"])
            .input(format!("{record}\n"))
            .exits(0);
    }
    let mut log = fs::read(sandbox.first_log("t-0")).unwrap();
    let mut at = 0;
    for (_, attributes) in batches {
        let length = u32::from_be_bytes(log[at + 8..at + 12].try_into().unwrap());
        let end = at + 12 + usize::try_from(length).unwrap();
        if *attributes != 0 {
            log[at + 22] |= attributes;
            log[at + 43..at + 51].copy_from_slice(&PRODUCER_ID.to_be_bytes());
            log[at + 51..at + 53].copy_from_slice(&[0, 0]);
            let crc = crc32c::crc32c(&log[at + 21..end]);
            log[at + 17..at + 21].copy_from_slice(&crc.to_be_bytes());
        }
        at = end;
    }
    fs::create_dir(sandbox.partition("f-0")).unwrap();
    fs::write(sandbox.first_log("f-0"), log).unwrap();
    sandbox
}

/// The marker that commits a transaction.
const COMMIT: &str = r#"{"key_base64":"AAAAAQ==","value_base64":"AAAAAAAA"}"#;

#[test]
fn a_group_that_has_read_all_stands_behind_the_last_marker() {
    let sandbox = sandbox(&[
        (r#"{"value":"a"}"#, 0),
        (r#"{"value":"b"}"#, TRANSACTIONAL),
        (COMMIT, TRANSACTIONAL | CONTROL),
    ]);
    for _ in 0..2 {
        let at = committed(&sandbox, "g", "f", 0);
        let expected = if at.is_none() { "a\nb\n" } else { "" };
        sandbox
            .kafdir(["consume", "f", "-q", "-g", "g"])
            .stdout(expected)
            .exits(0);
        assert_eq!(committed(&sandbox, "g", "f", 0), Some(3));
    }
}

#[test]
fn an_open_transaction_holds_a_group_back_and_is_named() {
    let sandbox = sandbox(&[
        (r#"{"value":"a"}"#, 0),
        (r#"{"value":"b"}"#, TRANSACTIONAL),
        (r#"{"value":"c"}"#, 0),
    ]);
    for expected in ["a\n", ""] {
        sandbox
            .kafdir(["consume", "f", "-g", "g"])
            .stdout(expected)
            .stderr_has("f-0: held back at offset 1 by an open transaction of producer id 7")
            .exits(0);
        assert_eq!(committed(&sandbox, "g", "f", 0), Some(1));
    }
    sandbox
        .kafdir(["consume", "f", "-q", "-g", "all"])
        .args(["--isolation-level", "read_uncommitted"])
        .stdout("a\nb\nc\n")
        .exits(0);
    assert_eq!(committed(&sandbox, "all", "f", 0), Some(3));
}
