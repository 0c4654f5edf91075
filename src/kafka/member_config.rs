//! The settings of a client that is a member of a group.

use rdkafka::ClientConfig;

use super::cluster::Shared;
use crate::group::{Assignor, Joining};
use crate::log::Isolation;
use crate::store::GroupName;

/// How often it is looked for new partitions, and whether topics are still there; librdkafka does it every five minutes.
const LOOK_FOR_PARTITIONS: (&str, &str) = ("topic.metadata.refresh.interval.ms", "5000");

/// The settings of a member.
pub(super) fn config(
    shared: &Shared,
    group: &GroupName,
    joining: &Joining,
    isolation: Isolation,
) -> ClientConfig {
    let mut config = shared.reading_config(isolation);
    config.set("group.id", group.as_str());
    config.set("client.id", &joining.client_id);
    config.set("partition.assignment.strategy", strategy(joining.assignor));
    let (name, value) = LOOK_FOR_PARTITIONS;
    if !shared.is_set(name) {
        config.set(name, value);
    }
    config
}

/// librdkafka's names; it has no sticky assignor that is not cooperative.
fn strategy(assignor: Assignor) -> &'static str {
    match assignor {
        Assignor::Range => "range",
        Assignor::RoundRobin => "roundrobin",
        Assignor::Sticky | Assignor::CooperativeSticky => "cooperative-sticky",
    }
}
