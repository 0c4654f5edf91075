//! Topics and their records for tests of one partition.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;
use std::sync::Arc;

use super::Appender;
use crate::record::{BatchBuilder, Compression, Record};
use crate::store::testing::{name, open, settings};
use crate::store::{Store, Topic};

/// A topic of one partition with these settings, in the store in `root`.
pub(super) fn topic(root: &Path, assignments: &[&str]) -> (Arc<Store>, Topic) {
    let store = Arc::new(open(root));
    let name = name("t");
    store
        .create_topic(&name, 1, &settings(assignments), false)
        .unwrap();
    let topic = store.topic(&name).unwrap();
    (store, topic)
}

/// Appends `count` records of 100 bytes, each in a batch of its own, and syncs nothing.
pub(super) fn append(appender: &mut Appender, count: usize) {
    let mut builder = BatchBuilder::new(1 << 16);
    for _ in 0..count {
        assert!(builder.append(&Record {
            timestamp: 1,
            key: None,
            value: Some(&[b'x'; 100]),
            headers: &[],
        }));
        let mut batch = builder.seal(Compression::None).unwrap();
        appender.append(&mut batch, 1).unwrap();
        builder.clear();
    }
}
