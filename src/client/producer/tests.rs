#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::error::Error;
use crate::store::{Patience, SettingMap, StoreOptions, TopicName, TopicPartition};

/// Each open batch has a buffer, however little it holds: thousands of them are to fit the budget, too.
#[test]
fn open_batches_of_many_partitions_stay_within_the_budget() {
    const PARTITIONS: i32 = 4000;
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        chosen_by: "--dir".to_owned(),
        patience: Patience::endless(),
    };
    let store = Arc::new(Store::open_or_create(dir.path(), options).unwrap());
    let name = TopicName::new("t").unwrap();
    store
        .create_topic(&name, 1, &SettingMap::default(), false)
        .unwrap();
    let mut topic = store.topic(&name).unwrap();
    // Those that are not there are missed once a batch goes out, and none does here.
    topic.partition_count = PARTITIONS;
    let mut producer = Producer::open(&store, topic, ProducerOptions::default()).unwrap();
    for partition in 0..PARTITIONS {
        let record = Record {
            timestamp: 1,
            key: None,
            value: Some(b"v"),
            headers: &[],
        };
        producer.send(&record, Some(partition)).unwrap();
    }
    let open = producer
        .lanes
        .iter()
        .filter_map(|(_, lane)| lane.builder.as_ref());
    let taken: usize = open.map(BatchBuilder::room).sum();
    assert!(taken <= BUDGET_BYTES, "{taken} bytes");
    assert_eq!(producer.held_bytes(), taken);
}

/// A sync that failed is not told by the kernel again: who does not hear of it here takes a log with a hole for whole.
#[test]
fn every_partition_whose_sync_failed_is_marked() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        chosen_by: "--dir".to_owned(),
        patience: Patience::endless(),
    };
    let store = Arc::new(Store::open_or_create(dir.path(), options).unwrap());
    let name = TopicName::new("t").unwrap();
    store
        .create_topic(&name, 3, &SettingMap::default(), false)
        .unwrap();
    let topic = store.topic(&name).unwrap();
    let mut producer = Producer::open(&store, topic, ProducerOptions::default()).unwrap();
    for partition in 0..3 {
        let record = Record {
            timestamp: 1,
            key: None,
            value: Some(b"v"),
            headers: &[],
        };
        producer.send(&record, Some(partition)).unwrap();
    }
    producer.flush().unwrap();
    let failed = |why: &str| Err(Error::new(ErrorKind::Damaged, why));
    let outcome = vec![
        (0, 1, failed("first")),
        (1, 1, failed("second")),
        (2, 1, Ok(())),
    ];
    assert_eq!(
        producer.take_outcome(outcome).unwrap_err().to_string(),
        "first"
    );
    let marked = |partition| {
        let partition = TopicPartition::new(name.clone(), partition);
        store.is_marked_failed(&partition).unwrap()
    };
    assert_eq!([0, 1, 2].map(marked), [true, true, false]);
    assert_eq!(producer.acknowledged(2), 1);
}
