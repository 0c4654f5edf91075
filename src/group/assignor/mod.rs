//! Which member of a group reads which partition: Kafka's four classic assignors, to the partition.
//!
//! Pure functions over names and numbers. The results are Kafka's own, so that who knows Kafka can predict them and
//! moving a group to a real cluster surprises nobody; where Kafka's depend on the order in which a Java `HashMap` is
//! walked, that order is reproduced here. Two things differ, and only where the input is at odds with itself: a
//! partition that does not exist is never assigned, and no member gets a partition of a topic it does not subscribe to
//! (Kafka's assignors can give it a claim of long ago, or a share in what all the others read, for an empty
//! subscription).
//!
//! Static members come first where Kafka says so; racks are not known on one host.

mod cooperative_sticky;
mod java_hash;
mod member_order;
mod range;
mod roster;
mod round_robin;
mod sticky;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use crate::error::{Error, Result};
use crate::store::{TopicName, TopicPartition};
use roster::Roster;

/// The algorithm that divides the partitions among a group's members; displayed by Kafka's name for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Assignor {
    /// Each topic by itself, in contiguous ranges.
    Range,
    /// All partitions in a row, dealt out one by one.
    RoundRobin,
    /// Balanced, and what a member had it keeps as far as balance allows.
    Sticky,
    /// As [`Assignor::Sticky`], but what another member still owns is withheld until that one has let it go.
    #[default]
    CooperativeSticky,
}

/// A member as an assignor sees it.
#[derive(Debug, Clone)]
pub struct Subscriber<'a> {
    /// Unique in the group (`member.id`).
    pub member_id: &'a str,
    /// A name that stays the same when the member returns with another id (`group.instance.id`).
    pub instance_id: Option<&'a str>,
    /// Sorted, each once.
    pub topics: &'a [TopicName],
    /// What it says it owns; the sticky assignors take it for the past assignment.
    pub owned: Vec<TopicPartition>,
    /// The generation in which it got that; of two claims to a partition the later counts, and none counts least.
    pub generation: Option<i64>,
}

impl Assignor {
    /// All of them, the default last.
    pub const ALL: [Self; 4] = [
        Self::Range,
        Self::RoundRobin,
        Self::Sticky,
        Self::CooperativeSticky,
    ];

    /// Kafka's name, as in `partition.assignment.strategy`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::RoundRobin => "roundrobin",
            Self::Sticky => "sticky",
            Self::CooperativeSticky => "cooperative-sticky",
        }
    }

    /// The assignor of that name; the error's help names all there are.
    pub fn parse(name: &str) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|known| known.name() == name);
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::usage(format!("there is no assignor '{}'", name.escape_debug()))
                .help(format!("the assignors are {names}"))
        })
    }

    /// Divides `partitions` (topics with their partition counts) among `members`. Every member is in the result, those
    /// without a share too; shares are sorted. The order of `members` makes no difference.
    #[must_use]
    pub fn assign(
        self,
        partitions: &BTreeMap<TopicName, i32>,
        members: &[Subscriber<'_>],
    ) -> BTreeMap<String, Vec<TopicPartition>> {
        let roster = Roster::new(partitions, members);
        let owners = match self {
            Self::Range => range::assign(&roster),
            Self::RoundRobin => round_robin::assign(&roster),
            Self::Sticky => sticky::assign(&roster).owners,
            Self::CooperativeSticky => cooperative_sticky::assign(&roster),
        };
        roster.shares(&owners)
    }
}

impl fmt::Display for Assignor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
