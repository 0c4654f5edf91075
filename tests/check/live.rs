//! A checker at work while everybody else is: it finds nothing, since there is nothing.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use kafdir::client;
use kafdir::log::{Appender, Finding};
use kafdir::record::{BatchBuilder, Compression, Record};
use kafdir::store::{Patience, SettingMap, Store, StoreOptions, TopicName};

/// Batches that are appended meanwhile.
const BATCHES: u32 = 4000;
/// Topics that are made and deleted meanwhile.
const TOPICS: u32 = 40;

fn open(dir: &std::path::Path) -> Arc<Store> {
    let options = StoreOptions {
        chosen_by: "the test".to_owned(),
        patience: Patience::endless(),
    };
    Arc::new(Store::open_or_create(dir, options).unwrap())
}

fn check(store: &Arc<Store>) -> Vec<Finding> {
    let mut findings = Vec::new();
    client::check(store, &[], &mut |finding| {
        findings.push(finding);
        Ok(())
    })
    .unwrap();
    findings
}

/// Appends batches of all sizes as fast as it goes, with rolls and retention, until there are enough.
fn produce(dir: &std::path::Path, partition: i32, appended: &AtomicU32) {
    let store = open(dir);
    let topic = store.topic(&TopicName::new("busy").unwrap()).unwrap();
    let mut appender = Appender::open(&store, &topic, partition).unwrap();
    let mut builder = BatchBuilder::new(1 << 20);
    let value = [b'v'; 1000];
    while appended.load(Ordering::Relaxed) < BATCHES {
        let round = usize::try_from(appended.fetch_add(1, Ordering::Relaxed)).unwrap();
        for index in 0..=(round * 37) % 300 {
            let appended = builder.append(&Record {
                timestamp: 1_700_000_000_000 + i64::try_from(round).unwrap(),
                key: None,
                value: Some(&value[..(index * 91) % 1000]),
                headers: &[],
            });
            assert!(appended);
        }
        let mut batch = builder.seal(Compression::None).unwrap();
        appender.append(&mut batch, 1).unwrap();
        builder.clear();
    }
}

#[test]
fn nothing_is_found_under_producers_that_roll_and_delete() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut settings = SettingMap::default();
    for setting in [
        "segment.bytes=700000",
        "retention.bytes=2000000",
        "index.interval.bytes=1000",
    ] {
        settings.assign(setting).unwrap();
    }
    let name = TopicName::new("busy").unwrap();
    store.create_topic(&name, 2, &settings, false).unwrap();
    let appended = AtomicU32::new(0);
    let mut found = Vec::new();
    thread::scope(|scope| {
        for producer in 0..4 {
            let (dir, appended) = (dir.path(), &appended);
            scope.spawn(move || produce(dir, producer % 2, appended));
        }
        while appended.load(Ordering::Relaxed) < BATCHES {
            found.extend(check(&store));
        }
    });
    assert_eq!(found, []);
    assert_eq!(check(&store), []);
}

/// Whoever sets a segment aside may have to wait for the machine between two of its files.
#[test]
fn a_segment_that_is_set_aside_slowly_lacks_no_index() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut settings = SettingMap::default();
    settings.assign("segment.bytes=700000").unwrap();
    let name = TopicName::new("busy").unwrap();
    store.create_topic(&name, 2, &settings, false).unwrap();
    let appended = AtomicU32::new(BATCHES - 20);
    produce(dir.path(), 0, &appended);
    let first = |extension: &str| {
        let name = format!("{:020}.{extension}", 0);
        dir.path().join("logs/busy-0").join(name)
    };
    let set_aside = |extension| {
        let aside = first(&format!("{extension}.deleted"));
        fs::rename(first(extension), aside).unwrap();
    };
    set_aside("timeindex");
    let found = thread::scope(|scope| {
        let checking = scope.spawn(|| check(&store));
        // Time enough to see it, if it is not taken for what it is.
        thread::park_timeout(Duration::from_millis(300));
        set_aside("index");
        set_aside("log");
        checking.join().unwrap()
    });
    assert_eq!(found, []);
}

#[test]
fn no_damage_is_found_while_topics_come_and_go() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let made = AtomicU32::new(0);
    let mut found = Vec::new();
    thread::scope(|scope| {
        let (dir, made) = (dir.path(), &made);
        scope.spawn(move || {
            let store = open(dir);
            let name = TopicName::new("fleeting").unwrap();
            while made.fetch_add(1, Ordering::Relaxed) < TOPICS {
                store
                    .create_topic(&name, 3, &SettingMap::default(), false)
                    .unwrap();
                store.delete_topic(&name).unwrap();
            }
        });
        while made.load(Ordering::Relaxed) < TOPICS {
            found.extend(check(&store));
        }
    });
    // That a topic is being made or deleted is told.
    found.retain(|finding| !finding.harmless);
    assert_eq!(found, []);
    assert_eq!(check(&store), []);
}
