//! Whatever members do, in whatever order: no partition has two readers that count, and no offset moves but by who
//! reads.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::scene::{Scene, tp};
use crate::error::ErrorKind;
use crate::group::Member;
use crate::store::{MemberId, TopicPartition};

const PARTITIONS: i32 = 4;
const RECORDS: i64 = 50;

#[derive(Debug, Clone)]
enum Step {
    Join,
    Sync(usize),
    Release(usize),
    /// Offsets for every partition, held or not.
    Commit(usize, i64),
    Leave(usize),
    Die(usize),
    Evict(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Join),
        8 => any::<usize>().prop_map(Step::Sync),
        6 => any::<usize>().prop_map(Step::Release),
        4 => (any::<usize>(), 0..RECORDS).prop_map(|(member, offset)| Step::Commit(member, offset)),
        1 => any::<usize>().prop_map(Step::Leave),
        1 => any::<usize>().prop_map(Step::Die),
        1 => any::<usize>().prop_map(Step::Evict),
    ]
}

/// The members there are, evicted ones too, and what must be committed.
struct Model {
    scene: Scene,
    members: Vec<Member>,
    evicted: Vec<String>,
    committed: BTreeMap<TopicPartition, i64>,
}

impl Model {
    fn new() -> Self {
        let scene = Scene::new(&[("t", PARTITIONS)]);
        for partition in 0..PARTITIONS {
            scene.append("t", partition, usize::try_from(RECORDS).unwrap());
        }
        Self {
            scene,
            members: Vec::new(),
            evicted: Vec::new(),
            committed: BTreeMap::new(),
        }
    }

    fn take(&mut self, step: &Step) {
        if let Step::Join = step {
            if self.members.len() < 5 {
                self.members.push(self.scene.join(&["t"]));
            }
            return;
        }
        if self.members.is_empty() {
            return;
        }
        let count = self.members.len();
        match *step {
            Step::Join => {}
            Step::Sync(member) => {
                let member = &mut self.members[member % count];
                member.rouse();
                let evicted = member.sync().unwrap().evicted;
                assert_eq!(evicted, self.evicted.contains(&member.id().to_owned()));
            }
            Step::Release(member) => {
                let member = &mut self.members[member % count];
                let revoked = member.sync().unwrap().revoked;
                member.release(&revoked).unwrap();
            }
            Step::Commit(member, offset) => self.commit(member % count, offset),
            Step::Leave(member) => self.members.swap_remove(member % count).leave().unwrap(),
            Step::Die(member) => drop(self.members.swap_remove(member % count)),
            Step::Evict(member) => {
                let id = self.members[member % count].id().to_owned();
                if !self.evicted.contains(&id) {
                    self.scene.group.evict(&id).unwrap();
                    self.evicted.push(id);
                }
            }
        }
    }

    fn commit(&mut self, member: usize, offset: i64) {
        let holders = self.holders();
        let member = &mut self.members[member];
        let offsets: Vec<(TopicPartition, i64)> = (0..PARTITIONS)
            .map(|number| (tp("t", number), offset))
            .collect();
        match member.commit(&offsets) {
            Ok(refused) => {
                for (name, offset) in offsets {
                    let holds = holders.get(&name).map(String::as_str) == Some(member.id());
                    assert_eq!(refused.contains(&name), !holds, "{name}");
                    if holds {
                        self.committed.insert(name, offset);
                    }
                }
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Evicted);
                assert!(self.evicted.contains(&member.id().to_owned()));
            }
        }
    }

    /// Who holds what among those whose claims count; fails if there are two.
    fn holders(&self) -> BTreeMap<TopicPartition, String> {
        let mut holders = BTreeMap::new();
        for member in &self.members {
            if self.evicted.contains(&member.id().to_owned()) {
                continue;
            }
            for name in member.partitions() {
                let other = holders.insert(name.clone(), member.id().to_owned());
                assert_eq!(other, None, "{name} has two readers");
            }
        }
        holders
    }

    fn check(&self) {
        let holders = self.holders();
        let view = self.scene.group.view().unwrap();
        for claim in &view.claims {
            // A released claim is still noted until somebody takes it, and never somebody else's.
            if let Some(reader) = holders.get(&claim.partition) {
                assert_eq!(
                    claim.holder.as_ref().map(MemberId::as_str),
                    Some(reader.as_str())
                );
            }
        }
        let committed = self.scene.group.committed().unwrap();
        let committed: BTreeMap<TopicPartition, i64> = committed
            .iter()
            .map(|(name, at)| (name.clone(), at.offset))
            .collect();
        assert_eq!(committed, self.committed);
    }

    /// In the end those who are left have everything, evenly.
    fn finish(mut self) {
        let evicted = std::mem::take(&mut self.evicted);
        self.members
            .retain(|member| !evicted.contains(&member.id().to_owned()));
        let mut members: Vec<&mut Member> = self.members.iter_mut().collect();
        self.scene.settle(&mut members);
        if self.members.is_empty() {
            return;
        }
        let shares: Vec<usize> = self
            .members
            .iter()
            .map(|member| member.partitions().count())
            .collect();
        let (least, most) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
        assert!(most - least <= 1, "{shares:?}");
        assert_eq!(self.holders().len(), usize::try_from(PARTITIONS).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nobody_reads_what_another_reads(steps in prop::collection::vec(step(), 1..60)) {
        let mut model = Model::new();
        for step in &steps {
            model.take(step);
            model.check();
        }
        model.finish();
    }
}
