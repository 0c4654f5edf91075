//! What holds for every group: all partitions are assigned, each once, to who subscribes; shares are balanced; and what
//! need not move stays.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Assignor, BTreeMap, Subscriber, TopicName, TopicPartition};

type Shares = BTreeMap<String, Vec<TopicPartition>>;

#[derive(Debug, Clone)]
struct Joined {
    id: String,
    topics: Vec<TopicName>,
    owned: Vec<TopicPartition>,
    generation: Option<i64>,
}

#[derive(Debug, Clone)]
struct Group {
    topics: BTreeMap<TopicName, i32>,
    members: Vec<Joined>,
}

impl Group {
    fn assign(&self, assignor: Assignor) -> Shares {
        let members: Vec<_> = self.members.iter().map(subscriber).collect();
        assignor.assign(&self.topics, &members)
    }

    /// All members say they own what `shares` gave them.
    fn settled(&self, shares: &Shares, generation: i64) -> Self {
        let mut group = self.clone();
        for member in &mut group.members {
            member.owned = shares.get(&member.id).cloned().unwrap_or_default();
            member.generation = shares.contains_key(&member.id).then_some(generation);
        }
        group
    }

    fn without(&self, leaving: usize) -> Self {
        let mut group = self.clone();
        group.members.remove(leaving);
        group
    }

    /// Every partition that somebody subscribes to.
    fn subscribed(&self) -> BTreeSet<TopicPartition> {
        let topics: BTreeSet<_> = self
            .members
            .iter()
            .flat_map(|member| &member.topics)
            .collect();
        topics
            .into_iter()
            .flat_map(|topic| {
                let count = self.topics.get(topic).copied().unwrap_or(0);
                (0..count).map(|number| TopicPartition::new(topic.clone(), number))
            })
            .collect()
    }
}

fn subscriber(member: &Joined) -> Subscriber<'_> {
    Subscriber {
        member_id: &member.id,
        instance_id: None,
        topics: &member.topics,
        owned: member.owned.clone(),
        generation: member.generation,
    }
}

fn topic(number: usize) -> TopicName {
    TopicName::new(&format!("topic-{number}")).unwrap()
}

fn topics() -> impl Strategy<Value = BTreeMap<TopicName, i32>> {
    prop::collection::vec(0..20_i32, 1..6).prop_map(|counts| {
        counts
            .into_iter()
            .enumerate()
            .map(|(number, count)| (topic(number), count))
            .collect()
    })
}

fn ids() -> impl Strategy<Value = BTreeSet<String>> {
    prop::collection::btree_set("[a-z]{1,3}-[0-9a-f]{8}", 1..16)
}

/// All members subscribe to all topics and own nothing yet.
fn equal_group() -> impl Strategy<Value = Group> {
    (topics(), ids()).prop_map(|(topics, ids)| {
        let names: Vec<_> = topics.keys().cloned().collect();
        let members = ids.into_iter().map(|id| Joined {
            id,
            topics: names.clone(),
            owned: Vec::new(),
            generation: None,
        });
        Group {
            members: members.collect(),
            topics,
        }
    })
}

/// Subscriptions differ, some to topics that are not there.
fn mixed_group() -> impl Strategy<Value = Group> {
    equal_group().prop_flat_map(|group| {
        let members = group.members.len();
        prop::collection::vec(prop::collection::btree_set(0..7_usize, 0..6), members).prop_map(
            move |subscriptions| {
                let mut group = group.clone();
                for (member, topics) in group.members.iter_mut().zip(subscriptions) {
                    member.topics = topics.into_iter().map(topic).collect();
                }
                group
            },
        )
    })
}

/// Members that claim anything: the same, what is not theirs, what is not there.
fn claiming_group() -> impl Strategy<Value = Group> {
    prop_oneof![equal_group(), mixed_group()].prop_flat_map(|group| {
        let claim = (0..7_usize, 0..22_i32);
        let claims = prop::collection::vec(claim, 0..12);
        let member = (claims, prop::option::of(0..3_i64));
        prop::collection::vec(member, group.members.len()).prop_map(move |claims| {
            let mut group = group.clone();
            for (member, (claims, generation)) in group.members.iter_mut().zip(claims) {
                member.owned = claims
                    .into_iter()
                    .map(|(number, partition)| TopicPartition::new(topic(number), partition))
                    .collect();
                member.generation = generation;
            }
            group
        })
    })
}

/// Everything assigned, once, to who subscribes to it.
fn check_whole(group: &Group, shares: &Shares) -> Result<(), TestCaseError> {
    check_exclusive(group, shares)?;
    let assigned: BTreeSet<_> = shares.values().flatten().cloned().collect();
    prop_assert_eq!(assigned, group.subscribed());
    Ok(())
}

fn check_exclusive(group: &Group, shares: &Shares) -> Result<(), TestCaseError> {
    prop_assert_eq!(shares.len(), group.members.len());
    let mut seen = BTreeSet::new();
    for member in &group.members {
        for partition in &shares[&member.id] {
            prop_assert!(seen.insert(partition), "{partition} twice");
            prop_assert!(
                member.topics.contains(&partition.topic),
                "{partition} unasked"
            );
        }
        prop_assert!(shares[&member.id].is_sorted());
    }
    Ok(())
}

fn sizes(shares: &Shares) -> (usize, usize) {
    let sizes = shares.values().map(Vec::len);
    (sizes.clone().min().unwrap_or(0), sizes.max().unwrap_or(0))
}

fn moved(before: &Shares, after: &Shares) -> Vec<TopicPartition> {
    let owner = |shares: &Shares, partition: &TopicPartition| {
        let found = shares.iter().find(|(_, share)| share.contains(partition));
        found.map(|(id, _)| id.clone())
    };
    let partitions: BTreeSet<_> = before.values().flatten().cloned().collect();
    partitions
        .into_iter()
        .filter(|partition| owner(before, partition) != owner(after, partition))
        .collect()
}

/// No member could get a partition of one that has at least two more.
fn check_no_better_move(group: &Group, shares: &Shares) -> Result<(), TestCaseError> {
    for (owner, share) in shares {
        for member in &group.members {
            let gains = share.len() > shares[&member.id].len() + 1;
            let could = share
                .iter()
                .any(|partition| member.topics.contains(&partition.topic));
            prop_assert!(
                !(gains && could),
                "{owner} has much more than {}",
                member.id
            );
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn everything_is_assigned_once(group in claiming_group()) {
        for assignor in [Assignor::Range, Assignor::RoundRobin, Assignor::Sticky] {
            check_whole(&group, &group.assign(assignor))?;
        }
        check_exclusive(&group, &group.assign(Assignor::CooperativeSticky))?;
    }

    #[test]
    fn the_order_of_members_makes_no_difference(group in claiming_group()) {
        let mut reversed = group.clone();
        reversed.members.reverse();
        for assignor in Assignor::ALL {
            prop_assert_eq!(group.assign(assignor), reversed.assign(assignor));
        }
    }

    #[test]
    fn equal_subscriptions_give_equal_shares(group in equal_group(), claims in claiming_group()) {
        for assignor in [Assignor::RoundRobin, Assignor::Sticky] {
            let (least, most) = sizes(&group.assign(assignor));
            prop_assert!(most - least <= 1, "{assignor}");
        }
        let mut claimed = claims;
        for member in &mut claimed.members {
            member.topics = claimed.topics.keys().cloned().collect();
        }
        let (least, most) = sizes(&claimed.assign(Assignor::Sticky));
        prop_assert!(most - least <= 1);
    }

    #[test]
    fn ranges_are_contiguous_and_balanced_in_each_topic(group in equal_group()) {
        let shares = group.assign(Assignor::Range);
        for topic in group.topics.keys() {
            let ranges = shares.values().map(|share| {
                share.iter().filter(|named| named.topic == *topic).map(|named| named.partition).collect::<Vec<_>>()
            });
            let mut lengths = BTreeSet::new();
            for range in ranges {
                lengths.insert(range.len());
                prop_assert!(range.windows(2).all(|pair| pair[0] + 1 == pair[1]));
            }
            prop_assert!(lengths.last().unwrap() - lengths.first().unwrap() <= 1);
        }
    }

    #[test]
    fn nothing_moves_when_nothing_changed(group in prop_oneof![equal_group(), mixed_group()]) {
        let shares = group.assign(Assignor::Sticky);
        let settled = group.settled(&shares, 1);
        for assignor in [Assignor::Sticky, Assignor::CooperativeSticky] {
            prop_assert_eq!(&settled.assign(assignor), &shares);
        }
    }

    #[test]
    fn only_the_partitions_of_a_leaver_move(group in equal_group(), leaving in any::<prop::sample::Index>()) {
        let before = group.assign(Assignor::Sticky);
        let settled = group.settled(&before, 1);
        let leaving = leaving.index(group.members.len());
        let rest = settled.without(leaving);
        let after = rest.assign(Assignor::Sticky);
        if !rest.members.is_empty() {
            check_whole(&rest, &after)?;
            prop_assert_eq!(&moved(&before, &after), &before[&group.members[leaving].id]);
        }
    }

    #[test]
    fn only_what_a_joiner_gets_moves(group in equal_group(), joining in any::<prop::sample::Index>()) {
        let joining = joining.index(group.members.len());
        let before = group.without(joining).assign(Assignor::Sticky);
        let joined = group.settled(&before, 1);
        let after = joined.assign(Assignor::Sticky);
        check_whole(&joined, &after)?;
        if group.members.len() > 1 {
            prop_assert_eq!(&moved(&before, &after), &after[&group.members[joining].id]);
        }
    }

    /// Of what it has, each keeps up to the quota, and as many as may one more.
    #[test]
    fn as_much_is_kept_as_balance_allows(group in equal_group(), seed in any::<u64>()) {
        let mut settled = group.settled(&group.assign(Assignor::Sticky), 1);
        // Each partition claimed by anyone, unbalanced.
        for member in &mut settled.members {
            member.owned.clear();
        }
        let count = settled.members.len();
        for (place, partition) in group.subscribed().into_iter().enumerate() {
            let draw = seed.rotate_left(u32::try_from(place % 64).unwrap()) % 7;
            let claimant = usize::try_from(draw).unwrap().min(place);
            if claimant < count {
                settled.members[claimant].owned.push(partition);
            }
        }
        let shares = settled.assign(Assignor::Sticky);
        let (quota, extras) = (group.subscribed().len() / count, group.subscribed().len() % count);
        let over = settled.members.iter().filter(|member| member.owned.len() > quota).count();
        let up_to_quota: usize = settled.members.iter().map(|member| member.owned.len().min(quota)).sum();
        let kept: usize = settled.members.iter().map(|member| {
            member.owned.iter().filter(|partition| shares[&member.id].contains(partition)).count()
        }).sum();
        prop_assert_eq!(kept, up_to_quota + over.min(extras));
    }

    #[test]
    fn different_subscriptions_are_balanced_as_far_as_they_allow(group in mixed_group()) {
        let shares = group.assign(Assignor::Sticky);
        check_no_better_move(&group, &shares)?;
    }

    /// With different subscriptions too, a leaver's partitions go elsewhere, and others move only for balance.
    #[test]
    fn different_subscriptions_when_a_member_leaves(group in mixed_group(), leaving in any::<prop::sample::Index>()) {
        let before = group.assign(Assignor::Sticky);
        let leaving = leaving.index(group.members.len());
        let rest = group.settled(&before, 1).without(leaving);
        let after = rest.assign(Assignor::Sticky);
        check_whole(&rest, &after)?;
        let gone = &before[&group.members[leaving].id];
        let (least, most) = sizes(&after);
        if most - least <= 1 && gone.is_empty() {
            prop_assert!(moved(&before, &after).is_empty());
        }
    }

    /// What is withheld is owned by another; once that has let go, the next assignment is whole and final. Where
    /// subscriptions differ the next one may move partitions once more, in Kafka too.
    #[test]
    fn what_is_withheld_comes_with_the_next_assignment(group in equal_group(), joining in any::<prop::sample::Index>()) {
        let before = group.without(joining.index(group.members.len())).assign(Assignor::Sticky);
        let joined = group.settled(&before, 1);
        let first = joined.assign(Assignor::CooperativeSticky);
        let target = joined.assign(Assignor::Sticky);
        for (id, share) in &target {
            for partition in share {
                let withheld = !first[id].contains(partition);
                let anothers = before.iter().any(|(other, share)| other != id && share.contains(partition));
                prop_assert_eq!(withheld, anothers, "{} for {}", partition, id);
            }
        }
        let second = joined.settled(&first, 2).assign(Assignor::CooperativeSticky);
        check_whole(&joined, &second)?;
        prop_assert_eq!(joined.settled(&second, 3).assign(Assignor::CooperativeSticky), second);
    }
}

/// Members of one group with 1,000 partitions over `topics` topics; each subscribes to all but every `skips`-th.
fn large(topics: usize, skips: usize) -> Group {
    let each = i32::try_from(1000 / topics).unwrap();
    let names: Vec<_> = (0..topics)
        .map(|number| TopicName::new(&format!("t{number:04}")).unwrap())
        .collect();
    let members = (0..64).map(|member| Joined {
        id: format!(
            "worker-{:032x}",
            u128::from(member as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C)
        ),
        topics: names
            .iter()
            .enumerate()
            .filter(|(number, _)| (number + member) % skips != 0)
            .map(|(_, name)| name.clone())
            .collect(),
        owned: Vec::new(),
        generation: None,
    });
    Group {
        members: members.collect(),
        topics: names.iter().map(|name| (name.clone(), each)).collect(),
    }
}

/// Far above what it takes, far below what anything quadratic in the partitions would.
#[test]
fn large_groups_take_no_time() {
    for (topics, skips) in [
        (1, usize::MAX),
        (10, usize::MAX),
        (10, 3),
        (1000, usize::MAX),
        (1000, 3),
        (1000, 64),
    ] {
        let group = large(topics, skips);
        for assignor in Assignor::ALL {
            let fresh = group.assign(assignor);
            let settled = group.settled(&fresh, 1).without(7);
            let started = Instant::now();
            let rounds = 3;
            for _ in 0..rounds {
                settled.assign(assignor);
                group.assign(assignor);
            }
            let each = started.elapsed() / (2 * rounds);
            assert!(
                each < Duration::from_millis(500),
                "{assignor}: {topics} topics, {each:?}"
            );
        }
    }
}
