//! `roundrobin`: all partitions of all topics in a row, dealt to the members in a circle; who does not subscribe to a
//! partition's topic is passed over. The circle goes on from topic to topic
//! (<https://github.com/apache/kafka/blob/4.0/clients/src/main/java/org/apache/kafka/clients/consumer/RoundRobinAssignor.java>).

use super::roster::{Member, Owners, Roster};

pub(super) fn assign(roster: &Roster<'_>) -> Owners {
    let ranks = roster.ranks();
    let mut circle: Vec<Member> = (0..ranks.len()).collect();
    circle.sort_unstable_by_key(|&member| ranks[member]);
    let mut turns = circle.into_iter().cycle();
    let mut owners = vec![None; roster.partitions()];
    for topic in &roster.topics {
        for owner in &mut owners[topic.row()] {
            // Somebody subscribes to every topic of a roster, so the circle ends.
            *owner = turns.find(|&member| topic.is_subscribed_by(member));
        }
    }
    owners
}
