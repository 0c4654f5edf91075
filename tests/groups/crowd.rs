//! Several members of one group that follow a topic, and what each of them was given.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::harness::{Running, Sandbox, seq, wait_for};

/// Members of the group `g`.
pub(crate) struct Crowd<'s> {
    sandbox: &'s Sandbox,
    pub(crate) members: Vec<Running>,
}

/// A record as a member printed it: partition, offset, value.
pub(crate) type Seen = (i32, i64, String);

impl<'s> Crowd<'s> {
    /// So many members, all there and settled.
    #[track_caller]
    pub(crate) fn of(sandbox: &'s Sandbox, members: usize, args: &[&str]) -> Self {
        let mut crowd = Self {
            sandbox,
            members: Vec::new(),
        };
        for _ in 0..members {
            crowd.join(args);
        }
        crowd.settles();
        crowd
    }

    /// Members that are there already.
    pub(crate) fn new(sandbox: &'s Sandbox, members: Vec<Running>) -> Self {
        Self { sandbox, members }
    }

    /// One more, that may not have arrived yet.
    #[track_caller]
    pub(crate) fn join(&mut self, args: &[&str]) {
        let member = ["consume", "t", "-q", "-f", "-g", "g", "-F", "%p %o %s\\n"];
        let member = self.sandbox.kafdir(member).args(args).start();
        self.members.push(member);
    }

    /// Waits until each partition is held by who shall have it, and each member is one.
    #[track_caller]
    pub(crate) fn settles(&self) {
        let count = self.members.len();
        wait_for(&format!("{count} members have settled"), || {
            let state = group(self.sandbox)?;
            let members = state["members"].as_array()?;
            let partitions = state["partitions"].as_array()?;
            let settled = partitions
                .iter()
                .all(|entry| entry["owner"] == entry["holder"] && entry["owner"].is_string());
            let ours = members.iter().all(|member| {
                let pid = member["pid"].as_u64();
                self.members
                    .iter()
                    .any(|own| Some(u64::from(own.id())) == pid)
            });
            (members.len() == count && settled && ours && !partitions.is_empty()).then_some(())
        });
    }

    /// Waits until `count` records were seen in all, and says which member saw which.
    #[track_caller]
    pub(crate) fn sees(&mut self, count: usize) -> Vec<Vec<Seen>> {
        let mut seen: Vec<Vec<Seen>> = self.members.iter().map(|_| Vec::new()).collect();
        let state = format!("{count} records with {} members", self.members.len());
        wait_for(&state, || {
            for (member, seen) in self.members.iter_mut().zip(&mut seen) {
                while let Some(line) = member.try_line() {
                    seen.push(parse(&line));
                }
            }
            (seen.iter().map(Vec::len).sum::<usize>() >= count).then_some(())
        });
        seen
    }
}

pub(crate) fn parse(line: &str) -> Seen {
    let mut words = line.splitn(3, ' ');
    let mut word = || words.next().unwrap();
    (
        word().parse().unwrap(),
        word().parse().unwrap(),
        word().to_owned(),
    )
}

/// The state of the group `g`; none while it is replaced or not there.
pub(crate) fn group(sandbox: &Sandbox) -> Option<Value> {
    let bytes = fs::read(sandbox.store().join("groups/g/group.json")).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Puts `lines` lines into each of `partitions` partitions of `t`.
#[track_caller]
pub(crate) fn fill(sandbox: &Sandbox, partitions: i32, lines: usize) {
    for partition in 0..partitions {
        let partition = partition.to_string();
        sandbox
            .kafdir(["produce", "-q", "t", "-p", &partition])
            .input(seq(1, lines))
            .exits(0);
    }
}

/// Each record once, and in each member's own output a partition's records in order.
#[track_caller]
pub(crate) fn assert_each_once(seen: &[Vec<Seen>], partitions: i32, from: i64, to: i64) {
    let mut times: BTreeMap<(i32, i64), usize> = BTreeMap::new();
    for seen in seen {
        let mut last: BTreeMap<i32, i64> = BTreeMap::new();
        for (partition, offset, _) in seen {
            *times.entry((*partition, *offset)).or_default() += 1;
            let before = last.insert(*partition, *offset);
            assert!(
                before < Some(*offset),
                "{partition}: {before:?}, then {offset}"
            );
        }
    }
    let expected: BTreeMap<(i32, i64), usize> = (0..partitions)
        .flat_map(|partition| (from..to).map(move |offset| ((partition, offset), 1)))
        .collect();
    assert_eq!(times, expected);
}
