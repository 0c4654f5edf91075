//! Sticky where all subscriptions are equal: everybody gets the quota, some one more, and keeps of what it had up to that.

use std::collections::VecDeque;

use super::super::roster::{Member, Owners, Partition, Roster};
use super::Target;
use super::claims::Claims;

pub(super) fn assign(roster: &Roster<'_>, claims: &Claims) -> Target {
    if roster.members.is_empty() {
        return Target {
            owners: Vec::new(),
            transferred: Some(Vec::new()),
        };
    }
    let mut deal = Deal::new(roster);
    for &member in &claims.order {
        deal.keep(member, believed(roster, claims, member));
    }
    deal.under.sort_unstable();
    deal.exact.make_contiguous().sort_unstable();
    let mut transferred = Vec::new();
    for partition in 0..roster.partitions() {
        if deal.owners[partition].is_some() {
            continue;
        }
        let member = deal.give(partition);
        let was_anothers = claims.owners[partition].is_some_and(|owner| owner != member);
        if was_anothers || claims.disputed[partition] {
            transferred.push(partition);
        }
    }
    Target {
        owners: deal.owners,
        transferred: Some(transferred),
    }
}

/// What the member owns beyond dispute, by number and then topic: in this order it keeps partitions.
fn believed(roster: &Roster<'_>, claims: &Claims, member: Member) -> Vec<Partition> {
    let mut mine: Vec<Partition> = roster
        .owned(member)
        .filter(|&partition| {
            claims.owners[partition] == Some(member) && !claims.disputed[partition]
        })
        .collect();
    mine.sort_unstable_by_key(|&partition| (roster.number(partition), partition));
    mine.dedup();
    mine
}

struct Deal {
    owners: Owners,
    /// How many each member has by now.
    counts: Vec<usize>,
    quota: usize,
    /// How many members may get one more than the quota.
    extras: usize,
    /// How many have it.
    extras_kept: usize,
    /// Those below the quota.
    under: Vec<Member>,
    /// Whose turn it is among them.
    turn: usize,
    /// Those that have just the quota and may get one more.
    exact: VecDeque<Member>,
}

impl Deal {
    fn new(roster: &Roster<'_>) -> Self {
        let members = roster.members.len();
        Self {
            owners: vec![None; roster.partitions()],
            counts: vec![0; members],
            quota: roster.partitions() / members,
            extras: roster.partitions() % members,
            extras_kept: 0,
            under: Vec::new(),
            turn: 0,
            exact: VecDeque::new(),
        }
    }

    /// The member keeps of what it has as much as it may.
    fn keep(&mut self, member: Member, mut mine: Vec<Partition>) {
        if mine.len() < self.quota {
            self.under.push(member);
        } else if mine.len() > self.quota && self.extras_kept < self.extras {
            self.extras_kept += 1;
            if self.extras_kept == self.extras {
                self.exact.clear();
            }
            mine.truncate(self.quota + 1);
        } else {
            mine.truncate(self.quota);
            if self.extras_kept < self.extras {
                self.exact.push_back(member);
            }
        }
        self.counts[member] = mine.len();
        for partition in mine {
            self.owners[partition] = Some(member);
        }
    }

    /// The partition goes to the next in turn: those below the quota in a circle, then those that have it.
    fn give(&mut self, partition: Partition) -> Member {
        let member = if self.under.is_empty() {
            // As many are left as members may still get one more, and those are all here.
            let next = self.exact.pop_front();
            next.expect("the quotas add up to the number of partitions")
        } else {
            self.turn %= self.under.len();
            self.under[self.turn]
        };
        self.owners[partition] = Some(member);
        self.counts[member] += 1;
        if self.counts[member] == self.quota {
            self.under.remove(self.turn);
            self.exact.push_back(member);
        } else {
            self.turn += 1;
        }
        member
    }
}
