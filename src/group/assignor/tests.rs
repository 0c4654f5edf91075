//! The cases of Kafka's own tests, in a small notation of their own:
//! topics `t1:3 t2:2`, members `id[t1,t2]`, with claims `id[t1]=t1p0,t1p2`, of a generation `id@5[t1]=t1p0`, static
//! `instance/id[t1]`, and shares `id: t1p0 t1p2; other:`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

struct Joining {
    id: String,
    instance: Option<String>,
    generation: Option<i64>,
    topics: Vec<TopicName>,
    owned: Vec<TopicPartition>,
}

impl Joining {
    fn parse(text: &str) -> Self {
        let (name, rest) = text.split_once('[').unwrap();
        let (topics, claims) = rest.split_once(']').unwrap();
        let (name, generation) = match name.split_once('@') {
            Some((name, generation)) => (name, Some(generation.parse().unwrap())),
            None => (name, None),
        };
        let (instance, id) = match name.split_once('/') {
            Some((instance, id)) => (Some(instance.to_owned()), id),
            None => (None, name),
        };
        let claims = claims.trim_start_matches('=').split(',');
        Self {
            id: id.to_owned(),
            instance,
            generation,
            topics: topics.split(',').map(topic).collect(),
            owned: claims
                .filter(|claim| !claim.is_empty())
                .map(partition)
                .collect(),
        }
    }

    fn subscriber(&self) -> Subscriber<'_> {
        Subscriber {
            member_id: &self.id,
            instance_id: self.instance.as_deref(),
            topics: &self.topics,
            owned: self.owned.clone(),
            generation: self.generation,
        }
    }
}

fn topic(name: &str) -> TopicName {
    TopicName::new(name).unwrap()
}

fn partition(text: &str) -> TopicPartition {
    let (name, number) = text.rsplit_once('p').unwrap();
    TopicPartition::new(topic(name), number.parse().unwrap())
}

fn counts(text: &str) -> BTreeMap<TopicName, i32> {
    text.split(' ')
        .map(|part| part.split_once(':').unwrap())
        .map(|(name, count)| (topic(name), count.parse().unwrap()))
        .collect()
}

fn assigned(assignor: Assignor, topics: &str, members: &str) -> String {
    let members: Vec<Joining> = members.split(' ').map(Joining::parse).collect();
    let subscribers: Vec<_> = members.iter().map(Joining::subscriber).collect();
    let shares = assignor.assign(&counts(topics), &subscribers);
    let mut text = Vec::new();
    for (id, share) in shares {
        let share = share
            .iter()
            .map(|named| format!(" {}p{}", named.topic, named.partition));
        text.push(format!("{id}:{}", share.collect::<String>()));
    }
    text.join("; ")
}

#[track_caller]
fn case(assignor: Assignor, topics: &str, members: &str, expected: &str) {
    assert_eq!(
        assigned(assignor, topics, members),
        expected,
        "{assignor} of {topics} to {members}"
    );
}

#[test]
fn names() {
    for assignor in Assignor::ALL {
        assert_eq!(Assignor::parse(assignor.name()).unwrap(), assignor);
    }
    let error = Assignor::parse("Range\n").unwrap_err();
    assert_eq!(error.to_string(), "there is no assignor 'Range\\n'");
    assert_eq!(
        error.help_text(),
        Some("the assignors are range, roundrobin, sticky, cooperative-sticky")
    );
    assert_eq!(Assignor::default().to_string(), "cooperative-sticky");
}

/// `RangeAssignorTest`.
#[test]
fn range() {
    use Assignor::Range;
    case(Range, "t1:1", "C1[t1] C2[t1]", "C1: t1p0; C2:");
    case(
        Range,
        "t1:3 t2:2",
        "C1[t1] C2[t1,t2] C3[t1]",
        "C1: t1p0; C2: t1p1 t2p0 t2p1; C3: t1p2",
    );
    case(
        Range,
        "t1:3 t2:3",
        "C1[t1,t2] C2[t1,t2]",
        "C1: t1p0 t1p1 t2p0 t2p1; C2: t1p2 t2p2",
    );
}

#[test]
fn range_with_static_members() {
    use Assignor::Range;
    let expected = "consumer-a: t1p2 t2p2; consumer-b: t1p0 t1p1 t2p0 t2p1";
    let both = "instance1/consumer-b[t1,t2] instance2/consumer-a[t1,t2]";
    case(Range, "t1:3 t2:3", both, expected);
    let one = "instance1/consumer-b[t1,t2] consumer-a[t1,t2]";
    case(Range, "t1:3 t2:3", one, expected);
    case(
        Range,
        "t1:5 t2:4",
        "I1/C1[t1,t2] I2/C2[t1,t2] I3/C3[t1,t2] C4[t1,t2]",
        "C1: t1p0 t1p1 t2p0; C2: t1p2 t2p1; C3: t1p3 t2p2; C4: t1p4 t2p3",
    );
    // The same instances under other member ids keep their shares.
    case(
        Range,
        "t1:5 t2:5",
        "I1/z[t1,t2] I2/y[t1,t2] I3/x[t1,t2]",
        "x: t1p4 t2p4; y: t1p2 t1p3 t2p2 t2p3; z: t1p0 t1p1 t2p0 t2p1",
    );
}

/// `RoundRobinAssignorTest`.
#[test]
fn round_robin() {
    use Assignor::RoundRobin;
    case(
        RoundRobin,
        "t1:3 t2:3",
        "C1[t1,t2] C2[t1,t2]",
        "C1: t1p0 t1p2 t2p1; C2: t1p1 t2p0 t2p2",
    );
    case(
        RoundRobin,
        "t1:3 t2:2",
        "C1[t1] C2[t1,t2] C3[t1]",
        "C1: t1p0; C2: t1p1 t2p0 t2p1; C3: t1p2",
    );
    case(
        RoundRobin,
        "t1:3 t2:3",
        "I1/C1[t1,t2] I2/C2[t1,t2] I3/C3[t1,t2] C4[t1,t2]",
        "C1: t1p0 t2p1; C2: t1p1 t2p2; C3: t1p2; C4: t2p0",
    );
}

/// `AbstractStickyAssignorTest`.
#[test]
fn sticky() {
    use Assignor::Sticky;
    case(
        Sticky,
        "t1:3 t2:3",
        "C1[t1,t2] C2[t1,t2]",
        "C1: t1p0 t1p2 t2p1; C2: t1p1 t2p0 t2p2",
    );
    case(
        Sticky,
        "t1:3 t2:2",
        "C1[t1] C2[t1,t2] C3[t1]",
        "C1: t1p0 t1p2; C2: t2p0 t2p1; C3: t1p1",
    );
}

#[test]
fn sticky_keeps() {
    case(
        Assignor::Sticky,
        "t1:2 t2:3",
        "consumer1@1[t1,t2]=t1p0,t2p1 consumer2@1[t1,t2]=t1p1,t2p2",
        "consumer1: t1p0 t2p0 t2p1; consumer2: t1p1 t2p2",
    );
}

/// Whoever Java's map names first keeps one more: "consumer2".
#[test]
fn sticky_keeps_in_the_order_of_the_map() {
    let members = "consumer1@1[t1,t2]=t1p0,t2p0 consumer2@1[t1,t2]=t1p1,t2p1 consumer3[t1,t2]";
    case(
        Assignor::Sticky,
        "t1:2 t2:2",
        members,
        "consumer1: t1p0; consumer2: t1p1 t2p1; consumer3: t2p0",
    );
    case(
        Assignor::CooperativeSticky,
        "t1:2 t2:2",
        members,
        "consumer1: t1p0; consumer2: t1p1 t2p1; consumer3:",
    );
}

#[test]
fn sticky_fills_who_is_under_the_quota() {
    case(
        Assignor::Sticky,
        "t1:2 t2:3",
        "consumer1@1[t1,t2]=t1p0 consumer2@1[t1,t2]=t1p1 consumer3[t1,t2]",
        "consumer1: t1p0 t2p1; consumer2: t1p1 t2p2; consumer3: t2p0",
    );
}

#[test]
fn sticky_when_members_join() {
    let members = "consumer1@1[t]=tp0,tp1,tp2 consumer2[t]";
    case(
        Assignor::Sticky,
        "t:3",
        members,
        "consumer1: tp0 tp1; consumer2: tp2",
    );
    case(
        Assignor::CooperativeSticky,
        "t:3",
        members,
        "consumer1: tp0 tp1; consumer2:",
    );

    case(
        Assignor::Sticky,
        "t1:3 t2:4",
        "consumer1[t1,t2] consumer2[t1,t2]",
        "consumer1: t1p0 t1p2 t2p1 t2p3; consumer2: t1p1 t2p0 t2p2",
    );
    case(
        Assignor::Sticky,
        "t1:3 t2:4",
        "consumer1@1[t1,t2]=t1p0,t1p2,t2p1,t2p3 consumer2@1[t1,t2]=t1p1,t2p0,t2p2 consumer3[t1,t2] consumer4[t1,t2]",
        "consumer1: t1p0 t2p1; consumer2: t1p1 t2p0; consumer3: t1p2 t2p3; consumer4: t2p2",
    );
}

/// `CooperativeStickyAssignorTest`: what two claim is taken from both, and withheld.
#[test]
fn cooperative_sticky_with_claims_to_one_partition() {
    let members = "consumer1@1[t]=tp0,tp1 consumer2@1[t]=tp0,tp2 consumer3[t]";
    case(
        Assignor::CooperativeSticky,
        "t:3",
        members,
        "consumer1: tp1; consumer2: tp2; consumer3:",
    );
    case(
        Assignor::CooperativeSticky,
        "t:4",
        members,
        "consumer1: tp1 tp3; consumer2: tp2; consumer3:",
    );
}

/// The assignors that Kafka's brokers run under KIP-848 agree with these where order plays no part.
#[test]
fn the_shares_of_broker_side_assignors() {
    case(
        Assignor::Range,
        "t1:3 t3:2",
        "A[t1,t3] B[t1,t3]",
        "A: t1p0 t1p1 t3p0; B: t1p2 t3p1",
    );
    case(
        Assignor::Sticky,
        "t1:3 t3:2",
        "A[t1,t3] B[t1,t3]",
        "A: t1p0 t1p2 t3p1; B: t1p1 t3p0",
    );
}

#[test]
fn claims_of_different_generations() {
    // The later one counts.
    let old_and_new = "a@3[t]=tp0,tp1 b@5[t]=tp0,tp2";
    case(
        Assignor::Sticky,
        "t:4",
        old_and_new,
        "a: tp1 tp3; b: tp0 tp2",
    );
    let none = "a[t]=tp0,tp1 b@0[t]=tp0,tp2";
    case(Assignor::Sticky, "t:4", none, "a: tp1 tp3; b: tp0 tp2");
    // With different subscriptions the earlier one has its partition back where that helps the balance.
    let different = "a@3[t]=tp0,tp1 b@5[t,u]=tp0,tp2";
    case(
        Assignor::Sticky,
        "t:3 u:1",
        different,
        "a: tp0 tp1; b: tp2 up0",
    );
}

#[test]
fn what_is_not_there_is_not_assigned() {
    for assignor in Assignor::ALL {
        case(
            assignor,
            "t:1 unread:5",
            "a[gone] b[t]=tp7,gonep0",
            "a:; b: tp0",
        );
        let nobody = assignor.assign(&counts("t:3"), &[]);
        assert!(nobody.is_empty());
    }
    case(
        Assignor::CooperativeSticky,
        "t:2 u:2",
        "a@1[u]=tp0,up0 b@1[t]=tp1,up1",
        "a: up0; b: tp1",
    );
}

#[test]
fn a_member_that_subscribes_to_nothing_gets_nothing() {
    let (t, none) = ([topic("t")], []);
    for id in ["a", "b", "c", "d", "e"] {
        for assignor in Assignor::ALL {
            let reader = Subscriber {
                member_id: "reader",
                instance_id: None,
                topics: &t,
                owned: Vec::new(),
                generation: None,
            };
            let idle = Subscriber {
                member_id: id,
                topics: &none,
                ..reader.clone()
            };
            let shares = assignor.assign(&counts("t:2"), &[idle, reader]);
            assert_eq!(shares["reader"].len(), 2);
            assert_eq!(shares[id].len(), 0);
        }
    }
}
