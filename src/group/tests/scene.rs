//! A store, a group, members.

use std::sync::Arc;

use tempfile::TempDir;

use crate::error::Result;
use crate::group::{Assignor, Changes, Group, GroupState, Joining, Lost, Member, Subscription};
use crate::log::Appender;
use crate::record::{BatchBuilder, Compression, Record};
use crate::store::{
    GroupName, Patience, SettingMap, Store, StoreOptions, TopicName, TopicPartition,
};

pub(super) struct Scene {
    pub(super) root: TempDir,
    pub(super) store: Arc<Store>,
    pub(super) group: Group,
}

pub(super) fn topic(name: &str) -> TopicName {
    TopicName::new(name).unwrap()
}

pub(super) fn tp(name: &str, partition: i32) -> TopicPartition {
    TopicPartition::new(topic(name), partition)
}

/// What a member is told of a partition that it has lost.
pub(super) fn lost(name: &str, partition: i32, deleted: bool) -> Lost {
    Lost {
        partition: tp(name, partition),
        deleted,
    }
}

impl Scene {
    /// With these topics, and as many partitions of each.
    pub(super) fn new(topics: &[(&str, i32)]) -> Self {
        let root = tempfile::tempdir().unwrap();
        let store = Self::open(root.path(), Patience::endless());
        let name = GroupName::new("g").unwrap();
        let group = Group::open_or_create(&store, &name).unwrap();
        let scene = Self { root, store, group };
        for (name, partitions) in topics {
            scene.create(name, *partitions);
        }
        scene
    }

    /// The same directory, opened once more.
    pub(super) fn open(root: &std::path::Path, patience: Patience) -> Arc<Store> {
        let options = StoreOptions {
            chosen_by: "the test".to_owned(),
            patience,
        };
        Arc::new(Store::open_or_create(root, options).unwrap())
    }

    pub(super) fn create(&self, name: &str, partitions: i32) {
        self.store
            .create_topic(&topic(name), partitions, &SettingMap::default(), false)
            .unwrap();
    }

    pub(super) fn joining(topics: &[&str]) -> Joining {
        Joining {
            client_id: "test".to_owned(),
            assignor: Assignor::CooperativeSticky,
            subscription: Subscription::parse(topics.iter().copied()).unwrap(),
            exclusive: false,
        }
    }

    pub(super) fn try_join(&self, topics: &[&str]) -> Result<Member> {
        self.group.join(&Self::joining(topics))
    }

    pub(super) fn join(&self, topics: &[&str]) -> Member {
        self.try_join(topics).unwrap()
    }

    /// Appends records to a partition, each in a batch of its own.
    pub(super) fn append(&self, name: &str, partition: i32, count: usize) {
        let topic = self.store.topic(&topic(name)).unwrap();
        let mut appender = Appender::open(&self.store, &topic, partition).unwrap();
        let mut builder = BatchBuilder::new(1 << 16);
        for _ in 0..count {
            assert!(builder.append(&Record {
                timestamp: 1,
                key: None,
                value: Some(b"value"),
                headers: &[],
            }));
            let mut batch = builder.seal(Compression::None).unwrap();
            appender.append(&mut batch, 1).unwrap();
            builder.clear();
        }
    }

    pub(super) fn state(&self) -> GroupState {
        self.group.view().unwrap().state
    }

    /// The committed offset.
    pub(super) fn committed(&self, name: &str, partition: i32) -> Option<i64> {
        let committed = self.group.committed().unwrap();
        committed.get(&tp(name, partition)).map(|at| at.offset)
    }

    /// Lets every member look and let go of what is revoked, until nothing changes any more.
    pub(super) fn settle(&self, members: &mut [&mut Member]) {
        for _ in 0..100 {
            let mut quiet = true;
            for member in &mut *members {
                member.rouse();
                let changes = member.sync().unwrap();
                member.release(&changes.revoked).unwrap();
                quiet &= changes.revoked.is_empty()
                    && changes.taken.is_empty()
                    && changes.waiting.is_empty()
                    && !changes.generation_changed;
            }
            if quiet {
                return;
            }
        }
        panic!("not settled: {:?}", self.group.view());
    }
}

/// What a member holds, as `t-0`.
pub(super) fn held(member: &Member) -> Vec<String> {
    member.partitions().map(ToString::to_string).collect()
}

/// What was taken.
pub(super) fn taken(changes: &Changes) -> Vec<(String, Option<i64>)> {
    changes
        .taken
        .iter()
        .map(|claimed| {
            let name = TopicPartition::new(claimed.topic.name.clone(), claimed.partition);
            (name.to_string(), claimed.committed.map(|at| at.offset))
        })
        .collect()
}
