//! Segments that are missing, swapped, doubled or empty, and the other files of a partition.
//!
//! | what | check | repair | read |
//! |---|---|---|---|
//! | the first segment missing | clean: that is what retention leaves | - | the others |
//! | one in the middle missing | found | offsets filled | the others |
//! | the last one missing, same boot | found | offsets filled | the others |
//! | two swapped | found | renamed | all |
//! | one twice, under a later name | found | kept beside | all |
//! | all missing, same boot | found | goes on where it was | nothing |
//! | a mark of a failed sync | found | written anew, mark gone | all |
//! | `.snapshot`, `.txnindex`, leader epochs spoilt | found | set aside, or built anew | all |
//! | `partition.metadata` missing or spoilt | found | written anew | all |
//! | an unfinished file, an index without its log | harmless | removed, set aside | all |
//! | a stray file, a directory, a link | found | left | all |

use std::fs;

use kafdir::log::FindingKind;
use kafdir::store::{OffsetCheckpoint, OffsetCheckpointFile, TopicName, TopicPartition};

use crate::bench::{Bench, RECORDS, Verdict, has};

const SEGMENTS: i64 = 4;
const END: i64 = SEGMENTS * RECORDS;

/// A segment a batch.
fn bench() -> Bench {
    let bench = Bench::new(&["segment.bytes=150"], SEGMENTS);
    assert!(bench.file("00000000000000000012.log").exists());
    bench
}

#[test]
fn missing_ones() {
    let bench = bench();
    for (base, verdict) in [
        (0, Verdict::Clean),
        (4, Verdict::Mended),
        (8, Verdict::Mended),
        (12, Verdict::Mended),
    ] {
        bench.restore();
        for extension in ["log", "index", "timeindex"] {
            fs::remove_file(bench.file(&format!("{base:020}.{extension}"))).unwrap();
        }
        let what = format!("segment {base} missing");
        let survives = |offset: i64| !(base..base + RECORDS).contains(&offset);
        let found = bench.ordeal(&what, verdict, END, survives);
        assert_eq!(
            has(&found, FindingKind::Gap),
            base == 4 || base == 8,
            "{what}"
        );
    }
}

#[test]
fn all_missing() {
    let bench = bench();
    for entry in fs::read_dir(bench.file("")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with('0') {
            fs::remove_file(path).unwrap();
        }
    }
    assert!(has(&bench.check(), FindingKind::MissingRecords));
    assert_eq!(bench.repair().0, []);
    assert_eq!(bench.read().unwrap(), []);
    assert_eq!(bench.append(END).unwrap(), END);
    assert_eq!(bench.check(), []);
}

#[test]
fn swapped_and_doubled() {
    let bench = Bench::new(&["segment.bytes=200"], 8);
    let second = bench.file("00000000000000000008.log");
    assert_eq!(bench.logs()[1], second, "two batches a segment");
    fs::write(bench.log(), bench.good(&second)).unwrap();
    fs::write(&second, bench.good(&bench.log())).unwrap();
    let found = bench.ordeal("swapped", Verdict::Mended, 8 * RECORDS, |_| true);
    assert!(has(&found, FindingKind::SegmentName), "{found:?}");
    assert!(!bench.file("00000000000000000008.log.0.0.cut").exists());

    bench.restore();
    bench.restart();
    let copy = bench.file("00000000000000000032.log");
    fs::write(&copy, bench.good(&bench.log())).unwrap();
    bench.ordeal("doubled", Verdict::Mended, 8 * RECORDS, |_| true);
    assert!(bench.file("00000000000000000032.log.0.0.cut").exists());

    bench.restore();
    fs::rename(&second, bench.file("00000000000000000006.log")).unwrap();
    bench.ordeal("renamed", Verdict::Mended, 8 * RECORDS, |_| true);
}

#[test]
fn a_failed_sync() {
    let bench = bench();
    let tp = TopicPartition::new(TopicName::new("t").unwrap(), 0);
    for in_this_boot in [false, true] {
        bench.restore();
        let store = bench.store();
        if in_this_boot {
            let mut appender = kafdir::log::Appender::open(&store, &bench.topic(), 0).unwrap();
            appender.mark_failed().unwrap();
        } else {
            store.mark_failed(&tp).unwrap();
            bench.restart();
        }
        assert!(bench.append(END).is_err(), "appended after a failed sync");
        let before = fs::metadata(bench.file("00000000000000000012.log")).unwrap();
        let found = bench.ordeal("a failed sync", Verdict::Mended, END, |_| true);
        assert!(has(&found, FindingKind::FailedSync));
        let after = fs::metadata(bench.file("00000000000000000012.log")).unwrap();
        let inode = std::os::unix::fs::MetadataExt::ino;
        let rewritten = inode(&before) != inode(&after);
        // In this boot everything was synced before the mark was made.
        assert_eq!(rewritten, !in_this_boot, "this boot: {in_this_boot}");
        assert!(!store.is_marked_failed(&tp).unwrap());
    }
}

#[test]
fn files_beside_the_logs() {
    let bench = bench();
    let rubbish = || Some(b"rubbish".to_vec());
    let cases: [(&str, Option<Vec<u8>>, Verdict); 12] = [
        ("00000000000000000004.snapshot", rubbish(), Verdict::Mended),
        ("00000000000000000099.snapshot", rubbish(), Verdict::Mended),
        ("00000000000000000004.txnindex", rubbish(), Verdict::Mended),
        ("leader-epoch-checkpoint", rubbish(), Verdict::Mended),
        (
            "leader-epoch-checkpoint",
            Some(b"0\n2\n0 0\n3 77\n".to_vec()),
            Verdict::Mended,
        ),
        ("partition.metadata", rubbish(), Verdict::Mended),
        ("partition.metadata", None, Verdict::Mended),
        ("00000000000000000004.log.tmp", rubbish(), Verdict::Harmless),
        (
            ".partition.metadata.0123456789abcdef.tmp",
            rubbish(),
            Verdict::Harmless,
        ),
        ("00000000000000000005.index", rubbish(), Verdict::Harmless),
        ("notes.txt", rubbish(), Verdict::Left),
        ("0.log", rubbish(), Verdict::Left),
    ];
    for (name, bytes, verdict) in cases {
        bench.restore();
        let path = bench.file(name);
        match bytes {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let found = bench.ordeal(name, verdict, END, |_| true);
        assert!(
            found.iter().all(|finding| finding.path == path),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn set_aside_and_kept_files_are_no_findings() {
    let bench = bench();
    for name in [
        "00000000000000000000.log.deleted",
        "00000000000000000000.log.7.0.cut",
    ] {
        fs::write(bench.file(name), "what was there").unwrap();
    }
    assert_eq!(bench.check(), []);
}

#[test]
fn things_that_are_no_files() {
    let bench = bench();
    for name in [
        "00000000000000000099.index",
        "leader-epoch-checkpoint",
        "00000000000000000004.index",
    ] {
        let path = bench.file(name);
        for kind in ["link", "fifo", "directory"] {
            bench.restore();
            let _ = fs::remove_file(&path);
            match kind {
                "link" => std::os::unix::fs::symlink("/etc/passwd", &path).unwrap(),
                "fifo" => nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap(),
                _ => fs::create_dir(&path).unwrap(),
            }
            let found = bench.check();
            assert!(
                has(&found, FindingKind::NotAFile),
                "{name}, {kind}: {found:?}"
            );
            match kind {
                "directory" => fs::remove_dir(&path).unwrap(),
                _ => fs::remove_file(&path).unwrap(),
            }
        }
    }
}

#[test]
fn checkpoints_beyond_the_end() {
    let bench = bench();
    let tp = TopicPartition::new(TopicName::new("t").unwrap(), 0);
    let layout = bench.layout();
    for file in [
        OffsetCheckpointFile::LogStart,
        OffsetCheckpointFile::Cleaner,
    ] {
        bench.restore();
        let mut checkpoint = OffsetCheckpoint::default();
        checkpoint.set(&tp, 1000);
        checkpoint.write(&layout.offset_checkpoint(file)).unwrap();
        let found = bench.check();
        assert!(has(&found, FindingKind::Checkpoint), "{found:?}");
        assert_eq!(bench.repair().0, []);
        let expected = (file == OffsetCheckpointFile::Cleaner).then_some(END);
        let checkpoint = OffsetCheckpoint::read(&layout.offset_checkpoint(file)).unwrap();
        assert_eq!(checkpoint.get(&tp), expected);
        assert_eq!(bench.read().unwrap().len(), usize::try_from(END).unwrap());
        assert_eq!(bench.append(END).unwrap(), END);
        assert_eq!(bench.check(), []);
    }
}

/// What was synced is gone: its offsets are not given out again.
#[test]
fn a_recovery_point_beyond_the_end() {
    let bench = bench();
    let tp = TopicPartition::new(TopicName::new("t").unwrap(), 0);
    let path = bench
        .layout()
        .offset_checkpoint(OffsetCheckpointFile::RecoveryPoint);
    for (point, end) in [(END + 5, END + 5), (i64::MAX / 2, END)] {
        bench.restore();
        bench.restart();
        let mut checkpoint = OffsetCheckpoint::default();
        checkpoint.set(&tp, point);
        checkpoint.write(&path).unwrap();
        assert!(has(&bench.check(), FindingKind::Checkpoint));
        assert_eq!(bench.repair().0, []);
        assert_eq!(bench.append(end).unwrap(), end);
        assert_eq!(bench.check(), []);
    }
}

/// A log that is cut below its start goes on at its start.
#[test]
fn a_tail_that_is_cut_below_the_log_start() {
    let bench = Bench::new(&[], 3);
    let tp = TopicPartition::new(TopicName::new("t").unwrap(), 0);
    bench.store().set_log_start(&tp, 3 * RECORDS - 1).unwrap();
    bench.restart();
    let log = bench.log();
    let mut bytes = bench.good(&log).to_vec();
    for place in bench.places(&log) {
        bytes[place.start + 70] ^= 1;
    }
    fs::write(&log, bytes).unwrap();
    assert_eq!(bench.repair().0, []);
    assert_eq!(bench.read().unwrap(), []);
    assert_eq!(bench.append(3 * RECORDS - 1).unwrap(), 3 * RECORDS - 1);
    assert_eq!(bench.check(), []);
}

/// Where compaction may have left gaps, a gap is no finding, and a wrong offset still is one.
#[test]
fn where_gaps_are_allowed() {
    let bench = Bench::new(&["cleanup.policy=compact"], 4);
    let log = bench.log();
    let places = bench.places(&log);
    let without_second = [
        &bench.good(&log)[..places[1].start],
        &bench.good(&log)[places[2].start..],
    ]
    .concat();
    fs::write(&log, &without_second).unwrap();
    let others = |offset: i64| !(RECORDS..2 * RECORDS).contains(&offset);
    bench.ordeal("a gap", Verdict::Clean, END, others);
    for bit in 0..64 {
        bench.restore();
        let mut bytes = without_second.clone();
        bytes[places[1].start + bit / 8] ^= 1 << (bit % 8);
        fs::write(&log, bytes).unwrap();
        // Behind a gap nothing proves what the offset was.
        let fewer = |offset: i64| !(RECORDS..3 * RECORDS).contains(&offset);
        bench.ordeal(&format!("bit {bit}"), Verdict::Mended, END, fewer);
    }
}
