//! Our assignors on questions that Kafka's own classes have answered.
//!
//! `tests/oracle/assignors.sh` asks them and names the file of questions and answers in `KAFDIR_ASSIGNMENTS`.

use std::collections::BTreeMap;
use std::fs;

use kafdir::group::{Assignor, Subscriber};
use kafdir::store::{TopicName, TopicPartition};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    assignor: String,
    topics: BTreeMap<String, i32>,
    members: Vec<Member>,
    /// Kafka's answer.
    shares: BTreeMap<String, Vec<(String, i32)>>,
}

#[derive(Deserialize)]
struct Member {
    id: String,
    instance: Option<String>,
    generation: Option<i64>,
    topics: Vec<String>,
    owned: Vec<(String, i32)>,
}

fn topic(name: &str) -> TopicName {
    TopicName::new(name).expect("a valid name")
}

fn ours(case: &Case) -> BTreeMap<String, Vec<(String, i32)>> {
    let subscribed: Vec<Vec<TopicName>> = case
        .members
        .iter()
        .map(|member| member.topics.iter().map(|name| topic(name)).collect())
        .collect();
    let members: Vec<Subscriber<'_>> = case
        .members
        .iter()
        .zip(&subscribed)
        .map(|(member, topics)| Subscriber {
            member_id: &member.id,
            instance_id: member.instance.as_deref(),
            topics,
            owned: member
                .owned
                .iter()
                .map(|(name, partition)| TopicPartition::new(topic(name), *partition))
                .collect(),
            generation: member.generation,
        })
        .collect();
    let topics = case
        .topics
        .iter()
        .map(|(name, count)| (topic(name), *count))
        .collect();
    let assignor = Assignor::parse(&case.assignor).expect("an assignor");
    let named = |share: Vec<TopicPartition>| {
        let named = share.into_iter();
        named
            .map(|partition| (partition.topic.as_str().to_owned(), partition.partition))
            .collect()
    };
    let shares = assignor.assign(&topics, &members);
    shares
        .into_iter()
        .map(|(id, share)| (id, named(share)))
        .collect()
}

#[test]
#[ignore = "tests/oracle/assignors.sh runs it, when it has Kafka's answers"]
fn shares_are_kafkas() {
    let path = std::env::var("KAFDIR_ASSIGNMENTS").expect("KAFDIR_ASSIGNMENTS names the file");
    let lines = fs::read_to_string(path).expect("questions and answers");
    let mut count = 0;
    let mut wrong = Vec::new();
    for line in lines.lines() {
        let mut case: Case = serde_json::from_str(line).expect("a case");
        for share in case.shares.values_mut() {
            share.sort();
        }
        count += 1;
        if ours(&case) != case.shares {
            wrong.push(line);
        }
    }
    assert!(count > 0, "no cases");
    wrong.sort_by_key(|line| line.len());
    assert!(
        wrong.is_empty(),
        "{} of {count} differ, the shortest: {}",
        wrong.len(),
        wrong[0]
    );
}
