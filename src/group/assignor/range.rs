//! `range`: topic by topic, each member gets a contiguous range, the first ones by one partition longer where the number
//! does not divide. Equal numbers of several topics go to the same member; so do the leftovers
//! (<https://github.com/apache/kafka/blob/4.0/clients/src/main/java/org/apache/kafka/clients/consumer/RangeAssignor.java>).

use super::roster::{Owners, Roster};

pub(super) fn assign(roster: &Roster<'_>) -> Owners {
    let ranks = roster.ranks();
    let mut owners = vec![None; roster.partitions()];
    for topic in &roster.topics {
        let mut subscribers = topic.subscribers.clone();
        subscribers.sort_unstable_by_key(|&member| ranks[member]);
        let each = topic.partitions / subscribers.len();
        let longer = topic.partitions % subscribers.len();
        let mut next = topic.first;
        for (place, member) in subscribers.into_iter().enumerate() {
            let end = next + each + usize::from(place < longer);
            owners[next..end].fill(Some(member));
            next = end;
        }
    }
    owners
}
