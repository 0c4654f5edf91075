//! Spoilt indexes: never a wrong record, never a failed append; `check` tells, `check --repair` and appending mend.

use std::fs;

use super::snapshot::Spoilt;
use super::{ends, records};

const BATCHES: i64 = 12;

/// A segment of many batches with an index entry each, and values that are offsets.
fn indexed() -> Spoilt {
    let mut spoilt = Spoilt::new(&["index.interval.bytes=1"]);
    for batch in 0..BATCHES {
        spoilt.append_batch(batch * 10);
    }
    spoilt.take_snapshot();
    assert!(
        spoilt.original(".index").len() >= 8 * 10,
        "there was to be an index"
    );
    spoilt
}

/// What is done to an index's bytes; nothing: the file is removed.
type Spoil = fn(&[u8]) -> Option<Vec<u8>>;

/// A kind of damage, and whether `check` must report it.
const DAMAGES: &[(&str, Spoil, bool)] = &[
    ("missing", |_| None, false),
    ("empty", |_| Some(Vec::new()), false),
    (
        "cut to half",
        |bytes| Some(bytes[..bytes.len() / 2].to_vec()),
        true,
    ),
    (
        "cut within an entry",
        |bytes| Some(bytes[..bytes.len() - 3].to_vec()),
        true,
    ),
    (
        "followed by zeros, as a broker leaves it",
        |bytes| Some([bytes, &[0; 4080]].concat()),
        false,
    ),
    ("all zeros", |bytes| Some(vec![0; bytes.len()]), true),
    ("overlong", |bytes| Some([bytes, bytes].concat()), true),
    (
        "followed by rubbish",
        |bytes| Some([bytes, &[0x5a; 240]].concat()),
        true,
    ),
    ("rubbish", |bytes| Some(vec![0x5a; bytes.len()]), true),
    ("ones", |bytes| Some(vec![0xff; bytes.len()]), true),
    (
        "one bit of each byte",
        |bytes| Some(bytes.iter().map(|byte| byte ^ 1).collect()),
        true,
    ),
    (
        "backwards",
        |bytes| Some(bytes.iter().rev().copied().collect()),
        true,
    ),
];

#[test]
fn no_damage_to_an_index_gives_a_wrong_record() {
    let mut spoilt = indexed();
    for suffix in [".index", ".timeindex"] {
        for (name, spoil, _) in DAMAGES {
            spoilt.restore();
            spoil_index(&spoilt, suffix, *spoil);
            for offset in [0, 1, 10, 55, 60, 119] {
                let output = spoilt
                    .run(&[
                        "consume",
                        "-q",
                        "t",
                        "-F",
                        "%o %s\\n",
                        "-o",
                        &offset.to_string(),
                    ])
                    .any_stdout()
                    .exits(0);
                let text = output.text();
                assert_eq!(
                    text,
                    records(offset, BATCHES * 10),
                    "{suffix} {name}, from {offset}"
                );
            }
            let output = spoilt.run(&["consume", "-q", "t", "-F", "%o %s\\n", "-o", "@1h"]);
            output.stdout(records(0, BATCHES * 10)).exits(0);
        }
    }
}

#[test]
fn no_damage_to_an_index_stops_a_producer() {
    let mut spoilt = indexed();
    for restarted in [false, true] {
        for suffix in [".index", ".timeindex"] {
            for (name, spoil, _) in DAMAGES {
                spoilt.restore();
                spoil_index(&spoilt, suffix, *spoil);
                if restarted {
                    spoilt.restart();
                }
                ends(spoilt.append(), &[0]);
                let expected = format!("{}120 new\n", records(0, BATCHES * 10));
                let output = ends(spoilt.consume(), &[0]);
                assert!(output.stdout == expected.as_bytes(), "{suffix} {name}");
                spoilt
                    .run(&["check", "--repair"])
                    .any_stdout()
                    .any_stderr()
                    .exits(0);
                spoilt.is_well();
            }
        }
    }
}

#[test]
fn check_tells_of_a_spoilt_index_and_repair_mends_it() {
    let mut spoilt = indexed();
    for suffix in [".index", ".timeindex"] {
        for (name, spoil, found) in DAMAGES {
            spoilt.restore();
            spoil_index(&spoilt, suffix, *spoil);
            let output = ends(spoilt.run(&["check"]), if *found { &[6] } else { &[0] });
            if *found {
                let text = String::from_utf8(output.stdout).unwrap();
                let file = format!("00000000000000000000{suffix}");
                assert!(text.contains(&file), "{suffix} {name}: {text}");
            }
            spoilt
                .run(&["check", "--repair"])
                .any_stdout()
                .any_stderr()
                .exits(0);
            spoilt.run(&["check"]).any_stdout().any_stderr().exits(0);
            let output = ends(spoilt.consume(), &[0]);
            assert!(
                output.stdout == records(0, BATCHES * 10).as_bytes(),
                "{suffix} {name}"
            );
        }
    }
}

fn spoil_index(spoilt: &Spoilt, suffix: &str, spoil: Spoil) {
    let path = spoilt.file(suffix);
    match spoil(spoilt.original(suffix)) {
        Some(bytes) => fs::write(path, bytes).unwrap(),
        None => fs::remove_file(path).unwrap(),
    }
}
