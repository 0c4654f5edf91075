//! Stores for tests, of this room and of those above it.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;

use super::{Patience, SettingMap, Store, StoreOptions, TopicName};

/// An empty store in a directory of its own, which goes with the first of the two.
pub(crate) fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    (dir, store)
}

/// The store in `root`, made if it is not there, as one more process opens it.
pub(crate) fn open(root: &Path) -> Store {
    let options = StoreOptions {
        chosen_by: "the test".to_owned(),
        patience: Patience::endless(),
    };
    Store::open_or_create(root, options).unwrap()
}

pub(crate) fn name(text: &str) -> TopicName {
    TopicName::new(text).unwrap()
}

/// Settings of a topic, each as NAME=VALUE.
pub(crate) fn settings(assignments: &[&str]) -> SettingMap {
    let mut map = SettingMap::default();
    for assignment in assignments {
        map.assign(assignment).unwrap();
    }
    map
}
