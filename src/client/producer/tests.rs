#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::store::{Patience, SettingMap, StoreOptions, TopicName};

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
