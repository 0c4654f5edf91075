//! `dump`: what is shown of a file, wherever it lies and whatever was done to it.

use std::fs;
use std::path::{Path, PathBuf};

use kafdir::record::{Attributes, BatchHeader, HEADER_BYTES};

use crate::batches::Batches;
use crate::harness::{Call, Sandbox, seq};

const FIRST: &str = "00000000000000000000";

/// Two batches of two records each, with key, header and null among them.
fn two_batches() -> Sandbox {
    let sandbox = Sandbox::with_topic("t", 1);
    for input in [
        concat!(
            r#"{"timestamp":1700000000000,"key":"a","value":"one","headers":[["h","x"],["i",null]]}"#,
            "\n",
            r#"{"timestamp":1700000000001,"key":null,"value":null}"#,
            "\n"
        ),
        concat!(
            r#"{"timestamp":1700000000002,"key":"","value":""}"#,
            "\n",
            r#"{"timestamp":1700000000003,"value_base64":"/w=="}"#,
            "\n"
        ),
    ] {
        let file = sandbox.file("input", input);
        let file = file.to_str().unwrap();
        sandbox
            .kafdir(["produce", "-q", "t", "--json", file])
            .exits(0);
    }
    sandbox
}

#[track_caller]
fn dump(sandbox: &Sandbox, flags: &[&str], files: &[&Path]) -> Call {
    sandbox.kafdir(["dump"]).args(flags).args(files)
}

/// The place of batch `index` and its checksum.
fn size_and_crc(batches: &Batches, index: usize) -> (usize, u32) {
    let place = &batches.places[index];
    let crc = &batches.bytes[place.start + 17..place.start + 21];
    (place.len(), u32::from_be_bytes(crc.try_into().unwrap()))
}

fn batch_line(batches: &Batches, index: usize, valid: bool) -> String {
    let (size, crc) = size_and_crc(batches, index);
    let base = 2 * index;
    format!(
        "baseOffset: {base} lastOffset: {} count: 2 baseSequence: -1 lastSequence: -1 producerId: -1 \
         producerEpoch: -1 partitionLeaderEpoch: 0 isTransactional: false isControl: false \
         deleteHorizonMs: OptionalLong.empty position: {} CreateTime: {} size: {size} magic: 2 compresscodec: none \
         crc: {crc} isvalid: {valid}\n",
        base + 1,
        batches.places[index].start,
        1_700_000_000_001_u64 + base as u64,
    )
}

#[test]
fn batches_and_records_are_kafkas_lines() {
    let sandbox = two_batches();
    let log = sandbox.first_log("t-0");
    let batches = Batches::read(&log);
    let heading = format!("Dumping {}\nLog starting offset: 0\n", log.display());
    let (first, second) = (batch_line(&batches, 0, true), batch_line(&batches, 1, true));
    dump(&sandbox, &[], &[&log])
        .stdout(format!("{heading}{first}{second}"))
        .exits(0);
    let records = [
        &b"| offset: 0 CreateTime: 1700000000000 keySize: 1 valueSize: 3 sequence: -1 headerKeys: [h,i] key: a payload: one\n\
          | offset: 1 CreateTime: 1700000000001 keySize: -1 valueSize: -1 sequence: -1 headerKeys: []\n"[..],
        b"| offset: 2 CreateTime: 1700000000002 keySize: 0 valueSize: 0 sequence: -1 headerKeys: [] key:  payload: \n\
          | offset: 3 CreateTime: 1700000000003 keySize: -1 valueSize: 1 sequence: -1 headerKeys: [] payload: \xff\n",
    ];
    let lines = [
        heading.as_bytes(),
        first.as_bytes(),
        records[0],
        second.as_bytes(),
        records[1],
    ]
    .concat();
    for flags in [
        &["--records"][..],
        &["--print-data-log", "--deep-iteration"],
    ] {
        dump(&sandbox, flags, &[&log]).stdout(&lines).exits(0);
    }
}

#[test]
fn json_is_one_object_a_batch_and_its_records_can_be_stored_again() {
    let sandbox = two_batches();
    let log = sandbox.first_log("t-0");
    let lines = dump(&sandbox, &["--json"], &[&log])
        .any_stdout()
        .exits(0)
        .json_lines();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["file"], log.to_str().unwrap());
    assert_eq!(lines[1]["base_offset"], 2);
    assert_eq!(lines[1]["is_valid"], true);
    assert!(lines[1].get("records").is_none());
    let lines = dump(&sandbox, &["--json", "--records"], &[&log])
        .any_stdout()
        .exits(0)
        .json_lines();
    let records: Vec<String> = lines
        .iter()
        .flat_map(|line| line["records"].as_array().unwrap())
        .map(|record| format!("{record}\n"))
        .collect();
    sandbox
        .kafdir(["consume", "t", "--json"])
        .stdout(records.concat())
        .exits(0);
    sandbox.create("u", 1, &[]);
    sandbox
        .kafdir(["produce", "u", "--json"])
        .input(records.concat())
        .exits(0);
    sandbox
        .kafdir(["consume", "u", "--json"])
        .stdout(records.concat().replace("\"t\"", "\"u\""))
        .exits(0);
}

#[test]
fn files_are_known_by_their_names_wherever_they_lie() {
    let sandbox = two_batches();
    let log = sandbox.first_log("t-0");
    for suffix in ["", ".deleted", ".cleaned", ".swap", ".tmp"] {
        let moved = sandbox.path(format!("{FIRST}.log{suffix}"));
        fs::copy(&log, &moved).unwrap();
        let lines = dump(&sandbox, &["--json", "--records"], &[&moved])
            // Neither store nor home nor cluster has anything to do with it.
            .without_env("HOME")
            .without_env("KAFDIR")
            .env("KAFDIR_BOOTSTRAP_SERVER", "127.0.0.1:9")
            .any_stdout()
            .exits(0)
            .json_lines();
        assert_eq!(lines[0]["records"][0]["value"], "one");
        // A directory that is not named after a partition says nothing of topic and partition.
        assert!(lines[0]["records"][0].get("topic").is_none());
    }
    let before = sandbox.tree();
    let stranger = sandbox.file("server.log", "");
    dump(&sandbox, &[], &[&log, &stranger])
        .stderr_has("server.log")
        .exits(2);
    dump(&sandbox, &[], &[&log, &sandbox.first_log("u-0")])
        .stderr_has("u-0")
        .exits(1);
    before.is_unchanged(&sandbox.tree());
}

#[test]
fn a_flipped_bit_spoils_one_batch_and_the_rest_is_shown() {
    let sandbox = two_batches();
    let log = sandbox.first_log("t-0");
    let mut batches = Batches::read(&log);
    batches.bytes[HEADER_BYTES + 8] ^= 1;
    fs::write(&log, &batches.bytes).unwrap();
    let lines = format!(
        "Dumping {}\nLog starting offset: 0\n{}{}",
        log.display(),
        batch_line(&batches, 0, false),
        batch_line(&batches, 1, true)
    );
    let output = dump(&sandbox, &[], &[&log])
        .stdout(lines)
        .stderr_has("CRC-32C")
        .exits(6);
    let said = format!("kafdir: {} is damaged at byte 0: ", log.display());
    assert!(output.stderr.starts_with(&said), "{}", output.stderr);
    let lines = dump(&sandbox, &["--json"], &[&log])
        .any_stdout()
        .stderr_has("byte 0")
        .exits(6)
        .json_lines();
    assert_eq!(lines[0]["is_valid"], false);
    assert!(lines[0]["fault"].as_str().unwrap().contains("CRC-32C"));
    assert!(lines[1].get("fault").is_none());
}

#[test]
fn a_record_that_cannot_be_read_leaves_whole_lines_of_json() {
    let sandbox = two_batches();
    let log = sandbox.first_log("t-0");
    let mut batches = Batches::read(&log);
    let place = batches.places[0].clone();
    // The count in the header, beyond what follows, under a checksum that fits.
    batches.bytes[place.start + 57..place.start + 61].copy_from_slice(&1_i32.to_be_bytes());
    let crc = crc32c::crc32c(&batches.bytes[21..place.end]);
    batches.bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    fs::write(&log, &batches.bytes).unwrap();
    dump(&sandbox, &[], &[&log]).stdout_has("count: 1").exits(0);
    let lines = dump(&sandbox, &["--json", "--records"], &[&log])
        .any_stdout()
        .stderr_has("more bytes follow")
        .exits(6)
        .json_lines();
    assert_eq!(lines[0]["is_valid"], true);
    assert_eq!(lines[0]["records"].as_array().unwrap().len(), 1);
    assert!(lines[0]["fault"].as_str().unwrap().contains("more bytes"));
    assert_eq!(lines[1]["records"].as_array().unwrap().len(), 2);
}

#[test]
fn rubbish_is_named_and_passed_over() {
    let sandbox = two_batches();
    let log = sandbox.first_log("t-0");
    let batches = Batches::read(&log);
    let (first, second) = (&batches.places[0], &batches.places[1]);
    let bytes = [
        &batches.bytes[first.clone()],
        b"rubbish",
        &batches.bytes[second.clone()],
    ]
    .concat();
    fs::write(&log, &bytes).unwrap();
    let lines = dump(&sandbox, &["--json"], &[&log])
        .any_stdout()
        .stderr_has(format!("at byte {}: ", first.end))
        .exits(6)
        .json_lines();
    let offsets: Vec<_> = lines.iter().map(|line| &line["base_offset"]).collect();
    assert_eq!(offsets, [0, 2]);
    // The same batch again: its offsets were there before.
    let again = [&batches.bytes[..], &batches.bytes[second.clone()]].concat();
    fs::write(&log, &again).unwrap();
    let output = dump(&sandbox, &[], &[&log])
        .stdout_has("isvalid: true")
        .stderr_has("begins at offset 2 where 4 was due")
        .exits(6);
    assert_eq!(output.text().matches("isvalid: true").count(), 3);
}

#[test]
fn every_cut_of_the_last_batch_is_told() {
    let sandbox = two_batches();
    let log = sandbox.first_log("t-0");
    let batches = Batches::read(&log);
    let second = batches.places[1].clone();
    for end in second.start + 1..second.end {
        fs::write(&log, &batches.bytes[..end]).unwrap();
        let there = end - second.start;
        // What begins an offset of 2 in eight bytes are zeros for the first seven.
        if there < 8 {
            dump(&sandbox, &[], &[&log])
                .stdout_has("baseOffset: 0")
                .stderr_has(format!("from byte {} on are zero", second.start))
                .exits(0);
            continue;
        }
        dump(&sandbox, &[], &[&log])
            .stdout_has("baseOffset: 0")
            .stderr_has(format!(
                "at byte {}: a batch of which only {there} bytes are there",
                second.start
            ))
            .exits(6);
    }
}

#[test]
fn a_zero_tail_is_no_damage() {
    let sandbox = Sandbox::with_config("t", 1, &["index.interval.bytes=1"]);
    for _ in 0..3 {
        sandbox.produce("t", seq(1, 10));
    }
    for (extension, width) in [(".log", 1), (".index", 8), (".timeindex", 12)] {
        let path = sandbox.partition("t-0").join(format!("{FIRST}{extension}"));
        let bytes = fs::read(&path).unwrap();
        let plain = dump(&sandbox, &[], &[&path]).any_stdout().exits(0).stdout;
        fs::write(&path, [&bytes[..], &vec![0; width * 100_000]].concat()).unwrap();
        dump(&sandbox, &[], &[&path])
            .stdout(&plain)
            .stderr_has(format!("{} bytes", width * 100_000))
            .exits(0);
        dump(&sandbox, &["-q"], &[&path]).stdout(&plain).exits(0);
    }
}

#[test]
fn spoilt_indexes_are_shown_and_named() {
    let sandbox = Sandbox::new();
    let index = |bytes: &[[u8; 8]], rest: &[u8]| -> PathBuf {
        let bytes = [&bytes.concat()[..], rest].concat();
        sandbox.file("00000000000000000100.index", bytes)
    };
    let (low, high) = ([0, 0, 0, 5, 0, 0, 0, 100], [0, 0, 0, 9, 0, 0, 0, 200]);
    let heading = "Dumping 00000000000000000100.index\n";
    let name = Path::new("00000000000000000100.index");
    index(&[low, high], &[]);
    let both = "offset: 105 position: 100\noffset: 109 position: 200\n";
    dump(&sandbox, &[], &[name])
        .stdout(format!("{heading}{both}"))
        .exits(0);
    index(&[low, high], &[0, 0, 1]);
    dump(&sandbox, &[], &[name])
        .stdout(format!("{heading}{both}"))
        .stderr_has("00000000000000000100.index is damaged at byte 16: 3 bytes")
        .exits(6);
    index(&[high, low], &[]);
    dump(&sandbox, &["--json"], &[name])
        .stdout(
            "{\"file\":\"00000000000000000100.index\",\"offset\":109,\"position\":200}\n\
             {\"file\":\"00000000000000000100.index\",\"offset\":105,\"position\":100}\n",
        )
        .stderr_has("at byte 8: ")
        .exits(6);
    index(&[low, [0; 8], high], &[]);
    dump(&sandbox, &[], &[name])
        .stdout(format!("{heading}offset: 105 position: 100\n"))
        .stderr_has("at byte 8: the entry is zero, and others follow it")
        .exits(6);
    // The others are shown all the same.
    let empty = sandbox.file("00000000000000000100.timeindex", "");
    dump(&sandbox, &[], &[name, &empty])
        .stdout_has(format!("{} is empty.\n", empty.display()))
        .stderr_has("at byte 8: ")
        .exits(6);
}

#[test]
fn an_index_is_compared_with_the_log_beside_it() {
    let sandbox = Sandbox::with_config("t", 1, &["index.interval.bytes=1"]);
    for _ in 0..3 {
        sandbox.produce("t", seq(1, 10));
    }
    for (extension, width) in [("index", 8), ("timeindex", 12)] {
        let path = sandbox.first_log("t-0").with_extension(extension);
        let mut bytes = fs::read(&path).unwrap();
        // The last entry's last number: one more than there is.
        *bytes.last_mut().unwrap() += 1;
        let at = bytes.len() - width;
        fs::write(&path, &bytes).unwrap();
        dump(&sandbox, &[], &[&path])
            .stdout_has("offset: ")
            .stderr_has(format!("is damaged at byte {at}: "))
            .exits(6);
        // By itself it is as good as another.
        let alone = sandbox.file(&format!("{FIRST}.{extension}"), &bytes);
        dump(&sandbox, &[], &[&alone])
            .stdout_has("offset: ")
            .exits(0);
    }
}

#[test]
fn transactions_are_shown() {
    let sandbox = Sandbox::new();
    let mut aborted = vec![0, 0];
    for number in [7_i64, 3, 5, 6] {
        aborted.extend(number.to_be_bytes());
    }
    let path = sandbox.file(&format!("{FIRST}.txnindex"), &aborted);
    let heading = format!("Dumping {}\n", path.display());
    let line =
        "version: 0 producerId: 7 firstOffset: 3 lastOffset: 5 lastStableOffset: 6\n".to_owned();
    dump(&sandbox, &[], &[&path])
        .stdout(format!("{heading}{line}"))
        .exits(0);
    let twice = [&aborted[..], &aborted].concat();
    fs::write(&path, twice).unwrap();
    dump(&sandbox, &[], &[&path])
        .stdout(format!("{heading}{line}{line}"))
        .stderr_has("at byte 34: ")
        .exits(6);
    let marker = marker();
    let path = sandbox.file(&format!("{FIRST}.log"), &marker);
    dump(&sandbox, &["--records"], &[&path])
        .stdout_has("producerId: 7 producerEpoch: 2 ")
        .stdout_has("isTransactional: true isControl: true ")
        .stdout_has(
            "\n| offset: 0 CreateTime: 1700000000000 keySize: 4 valueSize: 6 sequence: -1 headerKeys: [] \
             endTxnMarker: ABORT coordinatorEpoch: 9\n",
        )
        .exits(0);
    let record = &dump(&sandbox, &["--records", "--json"], &[&path])
        .any_stdout()
        .exits(0)
        .json()["records"][0];
    assert_eq!(record["control_type"], "ABORT");
    assert_eq!(record["coordinator_epoch"], 9);
}

/// The batch that aborts a transaction of producer 7.
fn marker() -> Vec<u8> {
    let body = [
        // Length, attributes, timestamp and offset deltas; key: version 0, type 0; value: version 0, epoch 9; no headers.
        30, 0, 0, 0, 8, 0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 9, 0,
    ];
    let mut body = body.to_vec();
    body[0] = u8::try_from(2 * (body.len() - 1)).unwrap();
    let mut header = BatchHeader {
        batch_length: i32::try_from(HEADER_BYTES - 12 + body.len()).unwrap(),
        attributes: Attributes::default()
            .with_transactional(true)
            .with_control(true),
        base_timestamp: 1_700_000_000_000,
        max_timestamp: 1_700_000_000_000,
        producer_id: 7,
        producer_epoch: 2,
        records_count: 1,
        ..BatchHeader::default()
    };
    let mut bytes = [0; HEADER_BYTES];
    header.write(&mut bytes);
    header.crc = crc32c::crc32c_append(crc32c::crc32c(&bytes[21..]), &body);
    header.write(&mut bytes);
    [&bytes[..], &body].concat()
}

#[test]
fn what_is_kept_beside_the_batches_is_shown() {
    let sandbox = two_batches();
    let partition = sandbox.partition("t-0");
    let epochs = partition.join("leader-epoch-checkpoint");
    dump(&sandbox, &[], &[&epochs])
        .stdout(format!(
            "Dumping {}\nepoch: 0 startOffset: 0\n",
            epochs.display()
        ))
        .exits(0);
    let id = sandbox
        .kafdir(["topic", "describe", "t", "--json"])
        .any_stdout()
        .exits(0)
        .json()["id"]
        .clone();
    let shown = dump(
        &sandbox,
        &["--json"],
        &[&partition.join("partition.metadata")],
    )
    .any_stdout()
    .exits(0)
    .json();
    assert_eq!(shown["topic_id"], id);
    let offsets = sandbox.file("log-start-offset-checkpoint", "0\n1\nsome-topic 3 42\n");
    dump(&sandbox, &[], &[&offsets])
        .stdout_has("\ntopic: some-topic partition: 3 offset: 42\n")
        .exits(0);
    fs::write(&offsets, "0\n2\nsome-topic 3 42\n").unwrap();
    dump(&sandbox, &[], &[&offsets])
        .any_stdout()
        .stderr_has("log-start-offset-checkpoint is damaged in line")
        .exits(6);
}

#[test]
fn producers_of_a_snapshot_are_shown() {
    let sandbox = Sandbox::new();
    // Written by Apache Kafka 3.9.
    let mut bytes = vec![0, 1, 0x16, 0x3d, 0x56, 0x3d, 0, 0, 0, 1];
    bytes.extend([0; 26]);
    bytes.extend([0, 0, 0x01, 0xa2, 0x07, 0x32, 0x6c, 0x12]);
    bytes.extend([0xff; 12]);
    let path = sandbox.file("00000000000000000001.snapshot", &bytes);
    dump(&sandbox, &[], &[&path])
        .stdout(format!(
            "Dumping {}\nproducerId: 0 producerEpoch: 0 coordinatorEpoch: -1 \
             currentTxnFirstOffset: OptionalLong.empty lastTimestamp: 1795417074706 firstSequence: 0 \
             lastSequence: 0 lastOffset: 0 offsetDelta: 0 timestamp: 1795417074706\n",
            path.display()
        ))
        .exits(0);
    bytes[20] ^= 1;
    fs::write(&path, &bytes).unwrap();
    dump(&sandbox, &[], &[&path])
        .any_stdout()
        .stderr_has("00000000000000000001.snapshot is damaged at byte 0")
        .exits(6);
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_quietly() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 200_000));
    sandbox
        .shell(&format!(
            "set +o pipefail; kafdir dump --records {} | head -2 | tail -1; echo ${{PIPESTATUS[0]}}",
            sandbox.first_log("t-0").display()
        ))
        .stdout("Log starting offset: 0\n0\n")
        .exits(0);
}
