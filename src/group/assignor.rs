//! How partitions are dealt to members.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::store::{TopicName, TopicPartition};

/// How partitions are dealt to members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignor {
    /// Kafka's `range`.
    Range,
    /// Kafka's `roundrobin`.
    RoundRobin,
    /// Kafka's `sticky`.
    Sticky,
    /// Kafka's `cooperative-sticky`.
    CooperativeSticky,
}

/// A member, as assignors see it.
#[derive(Debug, Clone)]
pub struct Subscriber<'a> {
    /// Its id.
    pub member_id: &'a str,
    /// The topics it wants, sorted.
    pub topics: &'a [TopicName],
    /// What it had.
    pub owned: Vec<TopicPartition>,
    /// Since which generation.
    pub generation: Option<i64>,
}

impl Assignor {
    /// Kafka's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::RoundRobin => "roundrobin",
            Self::Sticky => "sticky",
            Self::CooperativeSticky => "cooperative-sticky",
        }
    }

    /// The one of this name.
    pub fn parse(name: &str) -> Result<Self> {
        [
            Self::Range,
            Self::RoundRobin,
            Self::Sticky,
            Self::CooperativeSticky,
        ]
        .into_iter()
        .find(|assignor| assignor.name() == name)
        .ok_or_else(|| {
            Error::usage(format!("there is no assignor '{name}'"))
                .help("the assignors are range, roundrobin, sticky and cooperative-sticky")
        })
    }

    /// Who gets what.
    #[must_use]
    pub fn assign(
        self,
        partitions: &BTreeMap<TopicName, i32>,
        members: &[Subscriber<'_>],
    ) -> BTreeMap<String, Vec<TopicPartition>> {
        let mut assignment: BTreeMap<String, Vec<TopicPartition>> = members
            .iter()
            .map(|member| (member.member_id.to_owned(), Vec::new()))
            .collect();
        for (topic, &count) in partitions {
            let mut ids: Vec<&str> = members
                .iter()
                .filter(|member| member.topics.contains(topic))
                .map(|member| member.member_id)
                .collect();
            ids.sort_unstable();
            for partition in 0..count {
                let place = usize::try_from(partition).unwrap_or(0) * ids.len()
                    / usize::try_from(count).unwrap_or(1);
                if let Some(owned) = ids.get(place).and_then(|&id| assignment.get_mut(id)) {
                    owned.push(TopicPartition::new(topic.clone(), partition));
                }
            }
        }
        assignment
    }
}
