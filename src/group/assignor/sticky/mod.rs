//! `sticky`: as balanced as can be, and what a member had it keeps as far as that allows
//! (<https://github.com/apache/kafka/blob/4.0/clients/src/main/java/org/apache/kafka/clients/consumer/internals/AbstractStickyAssignor.java>).
//!
//! Two algorithms, as in Kafka: where all members subscribe to the same topics a deal by quota, else one that moves
//! partitions one by one as long as the balance gets better.

mod claims;
mod constrained;
mod general;
mod movements;

use super::roster::{Owners, Partition, Roster};
use claims::Claims;

/// What the sticky assignors agree upon.
pub(super) struct Target {
    /// Who gets each partition.
    pub(super) owners: Owners,
    /// What is taken from one member and given to another, if the algorithm knows.
    pub(super) transferred: Option<Vec<Partition>>,
}

pub(super) fn assign(roster: &Roster<'_>) -> Target {
    let claims = Claims::of(roster);
    if subscriptions_are_equal(roster) {
        constrained::assign(roster, &claims)
    } else {
        general::assign(roster, claims)
    }
}

/// By the names subscribed to, those of topics that do not exist included.
fn subscriptions_are_equal(roster: &Roster<'_>) -> bool {
    roster
        .members
        .windows(2)
        .all(|pair| pair[0].topics == pair[1].topics)
}
