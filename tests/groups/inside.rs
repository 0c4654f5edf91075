//! A member inside the test's own process: for what is told of members, and refused because of them.

use std::sync::Arc;

use kafdir::group::{Assignor, Group, Joining, Member, Subscription};
use kafdir::store::{GroupName, Patience, Store, StoreOptions, TopicName};

use crate::harness::Sandbox;

/// Joins as `client` and takes what it is given of `topic`. The member lives as long as the value.
pub(crate) fn join(sandbox: &Sandbox, group: &str, client: &str, topic: &str) -> Member {
    let options = StoreOptions {
        chosen_by: "the test".to_owned(),
        patience: Patience::endless(),
    };
    let store = Arc::new(Store::open(&sandbox.store(), options).unwrap());
    let group = Group::open_or_create(&store, &GroupName::new(group).unwrap()).unwrap();
    let topics = vec![TopicName::new(topic).unwrap()];
    let mut member = group
        .join(&Joining {
            client_id: client.to_owned(),
            assignor: Assignor::CooperativeSticky,
            subscription: Subscription::new(topics, Vec::new()).unwrap(),
            exclusive: false,
        })
        .unwrap();
    member.sync().unwrap();
    member
}
