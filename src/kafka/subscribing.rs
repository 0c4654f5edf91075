//! The topics that a member is subscribed to: those that are there of the ones that it wants.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::KafkaResult;

use super::cluster::Cluster;
use crate::error::{ErrorKind, Result};
use crate::group::Subscription;
use crate::store::TopicName;

/// How often it is looked for new topics that a pattern matches.
const LOOK_FOR_TOPICS: Duration = Duration::from_secs(2);

/// The topics of a member.
pub(super) struct Subscribing {
    wanted: Subscription,
    names: Vec<TopicName>,
    looked: Instant,
}

impl Subscribing {
    pub(super) fn new(wanted: Subscription) -> Self {
        Self {
            wanted,
            names: Vec::new(),
            looked: Instant::now(),
        }
    }

    /// Whether it is to be looked for topics again.
    pub(super) fn is_due(&self) -> bool {
        self.wanted.has_patterns() && self.looked.elapsed() >= LOOK_FOR_TOPICS
    }

    /// The topics that are there and wanted.
    pub(super) fn look(&mut self, cluster: &Cluster) -> Result<Vec<TopicName>> {
        self.looked = Instant::now();
        let mut wanted = self.wanted.topics().to_vec();
        if self.wanted.has_patterns() {
            let all = match cluster.topic_names() {
                // Those that are known are read on; which there are is asked again.
                Err(error) if error.kind() == ErrorKind::Unanswered && !self.names.is_empty() => {
                    return Ok(self.names.clone());
                }
                found => found?,
            };
            wanted.extend(
                all.into_iter()
                    .filter(|name| self.wanted.matches_pattern(name)),
            );
            wanted.sort_unstable();
            wanted.dedup();
        }
        Ok(wanted)
    }

    /// Those that are subscribed to without these, where one of their names is found by a pattern and subscribed to again.
    pub(super) fn without(&mut self, gone: impl Fn(&TopicName) -> bool) -> Vec<TopicName> {
        let mut names = self.names.clone();
        if self.wanted.has_patterns() {
            self.looked = Instant::now();
            names.retain(|name| !gone(name));
        }
        names
    }

    /// Subscribes to these, where they are others than before.
    pub(super) fn set<C: ConsumerContext>(
        &mut self,
        client: &BaseConsumer<C>,
        names: Vec<TopicName>,
    ) -> KafkaResult<()> {
        if names == self.names {
            return Ok(());
        }
        if names.is_empty() {
            client.unsubscribe();
        } else {
            let texts: Vec<&str> = names.iter().map(TopicName::as_str).collect();
            client.subscribe(&texts)?;
        }
        self.names = names;
        Ok(())
    }
}
