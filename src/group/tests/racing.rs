//! Members that come, go and die all at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::scene::{Scene, tp};
use crate::group::{Changes, Member};
use crate::store::TopicPartition;

const PARTITIONS: usize = 6;
const MEMBERS: usize = 6;
const ROUNDS: usize = 12;

/// Who reads each partition: 0 for nobody. It is what nobody may do twice that is looked at, not what is said of it.
struct Readers(Vec<AtomicUsize>);

impl Readers {
    fn slot(&self, partition: &TopicPartition) -> &AtomicUsize {
        &self.0[usize::try_from(partition.partition).unwrap()]
    }

    fn begin(&self, partition: &TopicPartition, reader: usize) {
        let before = self.slot(partition).swap(reader, Ordering::SeqCst);
        assert_eq!(before, 0, "{partition} is read by {before} and {reader}");
    }

    fn end(&self, partition: &TopicPartition, reader: usize) {
        let before = self.slot(partition).swap(0, Ordering::SeqCst);
        assert_eq!(before, reader, "{partition}");
    }
}

fn obey(member: &mut Member, changes: &Changes, readers: &Readers, me: usize) {
    for claimed in &changes.taken {
        readers.begin(&tp("t", claimed.partition), me);
    }
    let offsets: Vec<(TopicPartition, i64)> = changes
        .revoked
        .iter()
        .map(|partition| (partition.clone(), 1))
        .collect();
    assert_eq!(member.commit(&offsets).unwrap(), []);
    for partition in &changes.revoked {
        readers.end(partition, me);
    }
    member.release(&changes.revoked).unwrap();
}

/// One member after the other, each for a few looks; some leave, some die.
fn live(scene: &Scene, readers: &Readers, me: usize) {
    for round in 0..ROUNDS {
        let mut member = scene.join(&["t"]);
        for look in 0..20 {
            if look % 2 == 0 {
                member.rouse();
            }
            let changes = member.sync().unwrap();
            assert!(!changes.evicted && changes.lost.is_empty());
            obey(&mut member, &changes, readers, me);
            thread::yield_now();
        }
        let held: Vec<TopicPartition> = member.partitions().cloned().collect();
        for partition in &held {
            readers.end(partition, me);
        }
        if (round + me).is_multiple_of(2) {
            member.leave().unwrap();
        } else {
            drop(member);
        }
    }
}

#[test]
fn no_two_of_them_ever_read_the_same() {
    let scene = Scene::new(&[("t", i32::try_from(PARTITIONS).unwrap())]);
    for partition in 0..PARTITIONS {
        scene.append("t", i32::try_from(partition).unwrap(), 1);
    }
    let readers = Readers((0..PARTITIONS).map(|_| AtomicUsize::new(0)).collect());
    thread::scope(|scope| {
        for me in 1..=MEMBERS {
            let (scene, readers) = (&scene, &readers);
            scope.spawn(move || live(scene, readers, me));
        }
    });
    let mut last = scene.join(&["t"]);
    let changes = last.sync().unwrap();
    assert_eq!(changes.taken.len(), PARTITIONS);
    assert_eq!(scene.group.view().unwrap().members.len(), 1);
}

#[test]
fn a_group_may_be_deleted_and_made_at_the_same_time() {
    let scene = Scene::new(&[("t", 1)]);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..30 {
                    let mut member = scene.join(&["t"]);
                    assert!(!member.sync().unwrap().evicted, "who is in it keeps it");
                    member.leave().unwrap();
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..60 {
                let _ = scene.group.delete();
            }
        });
    });
}

#[test]
fn a_child_does_not_keep_what_its_parent_held() {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    let scene = Scene::new(&[("t", 2)]);
    let member = scene.join(&["t"]);
    let mut child = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    drop(member);
    let mut next = scene.join(&["t"]);
    assert_eq!(next.sync().unwrap().taken.len(), 2);
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"still here")
        .unwrap();
    assert!(child.wait().unwrap().success());
}
