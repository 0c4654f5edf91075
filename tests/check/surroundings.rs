//! What lies around the partitions: names, settings, states, checkpoints, locks.
//!
//! | what | check | repair |
//! |---|---|---|
//! | a stray file in the root, logs/, topics/, groups/, locks/ | found | left |
//! | a temporary file there | harmless | removed |
//! | a missing partition directory | found | made anew, empty |
//! | a topic that is half made or half deleted | harmless | finished |
//! | a topic's file, server.properties or meta.properties that can't be read | found | left |
//! | directories of ours without a topic's file | found | left |
//! | a checkpoint that can't be read | found | written anew from what can |
//! | a checkpoint's line of a partition that is not there | harmless | removed |

use std::fs;

use kafdir::log::{Finding, FindingKind};

use crate::bench::{Bench, RECORDS, Verdict, has};

fn bench() -> Bench {
    Bench::new(&[], 3)
}

#[test]
fn stray_files() {
    let bench = bench();
    for dir in [
        "",
        "logs",
        "topics",
        "groups",
        "locks",
        "locks/partitions",
        "locks/failed",
        "locks/segments",
    ] {
        bench.restore();
        fs::create_dir_all(bench.path(dir)).unwrap();
        let path = bench.path(dir).join("Not one of ours");
        fs::write(&path, "").unwrap();
        let found = bench.ordeal(dir, Verdict::Left, 3 * RECORDS, |_| true);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((&found[0].path, found[0].kind), (&path, FindingKind::Stray));
    }
}

#[test]
fn temporary_files() {
    let bench = bench();
    for dir in ["", "logs", "topics", "locks/failed", "locks/segments"] {
        bench.restore();
        fs::create_dir_all(bench.path(dir)).unwrap();
        fs::write(bench.path(dir).join(".x.0123456789abcdef.tmp"), "").unwrap();
        let found = bench.ordeal(dir, Verdict::Harmless, 3 * RECORDS, |_| true);
        assert_eq!(found[0].kind, FindingKind::Leftover);
        assert_eq!(bench.check(), []);
    }
}

#[test]
fn a_missing_partition_directory() {
    let bench = bench();
    fs::remove_dir_all(bench.file("")).unwrap();
    let found = bench.check();
    assert!(has(&found, FindingKind::MissingPartition), "{found:?}");
    assert_eq!(bench.repair().0, []);
    assert_eq!(bench.read().unwrap(), []);
    // In this boot it is known how far the log went.
    assert_eq!(bench.append(3 * RECORDS).unwrap(), 3 * RECORDS);
    assert_eq!(bench.check(), []);

    bench.restore();
    bench.restart();
    fs::remove_dir_all(bench.file("")).unwrap();
    assert_eq!(bench.repair().0, []);
    assert_eq!(bench.append(0).unwrap(), 0);
    assert_eq!(bench.check(), []);
}

#[test]
fn half_made_and_half_deleted_topics() {
    let bench = bench();
    let path = bench.path("topics/t.json");
    let text = String::from_utf8(bench.good(&path).to_vec()).unwrap();
    for state in ["creating", "deleting"] {
        bench.restore();
        fs::write(&path, text.replace("ready", state)).unwrap();
        let found = bench.check();
        assert!(
            has(&found, FindingKind::UnfinishedTopic) && found[0].harmless,
            "{found:?}"
        );
        assert!(
            fs::read_to_string(&path).unwrap().contains(state),
            "check changed it"
        );
        assert_eq!(bench.repair().0, []);
        assert_eq!(path.exists(), state == "creating");
        assert_eq!(bench.file("").exists(), state == "creating");
        assert_eq!(bench.check(), []);
    }
}

#[test]
fn what_can_not_be_read() {
    let bench = bench();
    for (file, text) in [
        ("topics/t.json", "{"),
        (
            "topics/t.json",
            r#"{"id":"x","partitions":1,"state":"ready"}"#,
        ),
        ("server.properties", "num.partitions=none\n"),
        ("meta.properties", "version=7\ncluster.id=x\n"),
    ] {
        bench.restore();
        fs::write(bench.path(file), text).unwrap();
        let found = bench.check();
        let damage = |finding: &Finding| {
            finding.kind == FindingKind::BadSettings && finding.path == bench.path(file)
        };
        assert!(found.iter().any(damage), "{file}: {found:?}");
        assert!(bench.repair().0.iter().any(damage), "{file}");
    }
}

#[test]
fn directories_without_a_topic() {
    let bench = bench();
    fs::remove_file(bench.path("topics/t.json")).unwrap();
    assert!(has(&bench.check(), FindingKind::LeftoverPartition));
    assert!(has(&bench.repair().0, FindingKind::LeftoverPartition));
}

#[test]
fn directories_of_another_topic() {
    let bench = bench();
    let id = "version: 0\ntopic_id: ASNFZ4mrze8BI0VniavN7w";
    fs::write(bench.file("partition.metadata"), id).unwrap();
    assert!(has(&bench.check(), FindingKind::TopicId));
    assert!(has(&bench.repair().0, FindingKind::TopicId));
}

#[test]
fn checkpoints() {
    let bench = bench();
    let path = bench.path("logs/log-start-offset-checkpoint");
    fs::write(&path, "0\n2\nt 0 3\nt 0 x\n").unwrap();
    assert!(has(&bench.check(), FindingKind::BadFile));
    assert_eq!(bench.repair().0, []);
    assert_eq!(fs::read_to_string(&path).unwrap(), "0\n1\nt 0 3\n");
    assert_eq!(bench.read().unwrap()[0].0, 3);

    fs::write(&path, "0\n1\ngone 7 3\n").unwrap();
    let found = bench.check();
    assert!(
        has(&found, FindingKind::Checkpoint) && found[0].harmless,
        "{found:?}"
    );
    assert_eq!(bench.repair().0, []);
    assert_eq!(fs::read_to_string(&path).unwrap(), "0\n0\n");
    assert_eq!(bench.check(), []);
}
