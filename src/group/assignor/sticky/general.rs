//! Sticky where subscriptions differ: everybody keeps what it had, the rest goes to who has least, and then partitions
//! move one by one from who has more to who has at least two fewer.

use super::super::roster::{Member, Owners, Partition, Roster, RosterTopic};
use super::Target;
use super::claims::Claims;
use super::movements::Movements;

pub(super) fn assign(roster: &Roster<'_>, claims: Claims) -> Target {
    let mut balance = Balance::new(roster, claims);
    let revoked = balance.drop_unsubscribed();
    let had_nothing = balance.counts.iter().all(|&count| count == 0);
    let row = scarcest_first(roster);
    let new = balance.fill(&row);
    let movable = |partition: &Partition| roster.topic_of(*partition).subscribers.len() > 1;
    let new: Vec<_> = new.into_iter().filter(movable).collect();
    let row: Vec<_> = row.into_iter().filter(movable).collect();
    let participants = balance.participants();
    let before = balance.counts.clone();
    let owners_before = balance.owners.clone();
    if !revoked {
        balance.improve(&new);
    }
    let moved = balance.improve(&row);
    let after = spread(&participants, &balance.counts);
    if !had_nothing && moved && after >= spread(&participants, &before) {
        balance.owners = owners_before;
    }
    Target {
        owners: balance.owners,
        transferred: None,
    }
}

/// All partitions, those of the topics with fewest subscribers first, then by topic and number.
fn scarcest_first(roster: &Roster<'_>) -> Vec<Partition> {
    let mut topics: Vec<&RosterTopic<'_>> = roster.topics.iter().collect();
    topics.sort_by_key(|topic| topic.subscribers.len());
    topics.into_iter().flat_map(RosterTopic::row).collect()
}

/// The sum of the differences of all pairs: 0 is a perfect balance.
fn spread(members: &[Member], counts: &[usize]) -> usize {
    let differences = members.iter().enumerate().flat_map(|(place, &a)| {
        members[..place]
            .iter()
            .map(move |&b| counts[a].abs_diff(counts[b]))
    });
    differences.sum()
}

struct Balance<'r, 'a> {
    roster: &'r Roster<'a>,
    owners: Owners,
    counts: Vec<usize>,
    previous: Owners,
    movements: Movements<'r, 'a>,
}

impl<'r, 'a> Balance<'r, 'a> {
    fn new(roster: &'r Roster<'a>, claims: Claims) -> Self {
        let mut counts = vec![0; roster.members.len()];
        for owner in claims.owners.iter().flatten() {
            counts[*owner] += 1;
        }
        Self {
            roster,
            owners: claims.owners,
            counts,
            previous: claims.previous,
            movements: Movements::new(roster),
        }
    }

    /// Whether anybody lost what it does not subscribe to any more.
    fn drop_unsubscribed(&mut self) -> bool {
        let mut revoked = false;
        for partition in 0..self.owners.len() {
            let topic = self.roster.topic_of(partition);
            let stranger = self.owners[partition].filter(|&owner| !topic.is_subscribed_by(owner));
            if let Some(owner) = stranger {
                self.owners[partition] = None;
                self.counts[owner] -= 1;
                revoked = true;
            }
        }
        revoked
    }

    /// Gives away what nobody owns, and says what that was.
    fn fill(&mut self, row: &[Partition]) -> Vec<Partition> {
        let mut new = Vec::new();
        for &partition in row {
            if self.owners[partition].is_none() {
                if let Some(member) = self.poorest(partition) {
                    self.owners[partition] = Some(member);
                    self.counts[member] += 1;
                }
                new.push(partition);
            }
        }
        new
    }

    /// Who has least of those who could have this partition, by id among equals.
    fn poorest(&self, partition: Partition) -> Option<Member> {
        let subscribers = &self.roster.topic_of(partition).subscribers;
        subscribers
            .iter()
            .copied()
            .min_by_key(|&member| self.counts[member])
    }

    /// Who could get or lose something: all but those that have all they can get and share none of it.
    fn participants(&self) -> Vec<Member> {
        let mut takes_part = vec![false; self.counts.len()];
        for topic in &self.roster.topics {
            if topic.partitions > 0 && topic.subscribers.len() > 1 {
                for &member in &topic.subscribers {
                    takes_part[member] = true;
                }
            }
        }
        (0..takes_part.len())
            .filter(|&member| takes_part[member])
            .collect()
    }

    /// Walks over the partitions again and again until none can move to somebody who has at least two fewer than its
    /// owner; whether any moved.
    fn improve(&mut self, row: &[Partition]) -> bool {
        // Taking a move back can make the balance worse, and then Kafka's assignor can go round in circles. Far more moves
        // than any other group needs, and no more is taken back: from then on each move makes the balance better.
        let most = row.len() * self.counts.len();
        let mut moves = 0;
        loop {
            let before = moves;
            for &partition in row {
                moves += usize::from(self.improve_one(partition, moves < most));
            }
            if moves == before {
                return moves > 0;
            }
        }
    }

    fn improve_one(&mut self, partition: Partition, take_back: bool) -> bool {
        let (Some(owner), Some(poorest)) = (self.owners[partition], self.poorest(partition)) else {
            return false;
        };
        let topic = self.roster.topic_of(partition);
        let gains = |to: Member| self.counts[owner] > self.counts[to] + 1;
        let previous = self.previous[partition]
            .filter(|&previous| topic.is_subscribed_by(previous) && gains(previous));
        let to = previous.or_else(|| gains(poorest).then_some(poorest));
        let Some(to) = to else {
            return false;
        };
        let moving = if take_back {
            self.movements.actual(partition, owner, to)
        } else {
            partition
        };
        self.give(moving, owner, to);
        true
    }

    fn give(&mut self, partition: Partition, owner: Member, to: Member) {
        let from = self.owners[partition].unwrap_or(owner);
        self.movements.note(partition, from, to);
        self.owners[partition] = Some(to);
        self.counts[from] -= 1;
        self.counts[to] += 1;
    }
}
