//! Committed offsets: whose, when they count, and what is refused.

use std::fs;

use super::scene::{Scene, tp};
use crate::error::ErrorKind;
use crate::group::{Group, NewOffset};
use crate::store::{GroupName, Patience};

fn new(name: &str, partition: i32, offset: i64) -> NewOffset {
    NewOffset {
        partition: tp(name, partition),
        offset,
    }
}

#[test]
fn what_is_committed_is_there_for_the_next() {
    let scene = Scene::new(&[("t", 2)]);
    scene.append("t", 0, 5);
    scene.append("t", 1, 7);
    let mut member = scene.join(&["t"]);
    let offsets = [(tp("t", 0), 5), (tp("t", 1), 6)];
    assert_eq!(member.commit(&offsets).unwrap(), []);
    drop(member);
    let store = Scene::open(scene.root.path(), Patience::endless());
    let group = Group::open(&store, &GroupName::new("g").unwrap()).unwrap();
    let committed = group.committed().unwrap();
    assert_eq!(committed.iter().count(), 2);
    assert_eq!(committed.get(&tp("t", 1)).unwrap().offset, 6);
    assert_eq!(scene.committed("t", 0), Some(5));
}

#[test]
fn the_log_is_synced_before() {
    let scene = Scene::new(&[("t", 1)]);
    scene.append("t", 0, 5);
    let mut member = scene.join(&["t"]);
    scene.store.mark_failed(&tp("t", 0)).unwrap();
    let lock = scene.store.layout().append_lock(&tp("t", 0));
    let record = fs::read_to_string(&lock).unwrap();
    // No record to say it: the mark does.
    fs::write(&lock, "").unwrap();
    let error = member.commit(&[(tp("t", 0), 5)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Damaged);
    assert_eq!(scene.committed("t", 0), None);
    scene.store.clear_failed(&tp("t", 0)).unwrap();
    fs::write(&lock, record).unwrap();
    member.commit(&[(tp("t", 0), 5)]).unwrap();
    assert_eq!(scene.committed("t", 0), Some(5));
    let error = member.commit(&[(tp("t", 0), 6)]).unwrap_err().to_string();
    assert!(error.contains("t-0 ends at offset 5, before 6"), "{error}");
}

#[test]
fn offsets_are_set_by_hand_when_nobody_is_there() {
    let scene = Scene::new(&[("t", 2)]);
    scene.append("t", 0, 5);
    let member = scene.join(&["t"]);
    let error = scene.group.set_offsets(&[new("t", 0, 3)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Assignments can only be reset if the group 'g' is inactive, but the current state is Stable."
    );
    drop(member);
    scene
        .group
        .set_offsets(&[new("t", 0, 3), new("t", 1, 0)])
        .unwrap();
    assert_eq!(
        (scene.committed("t", 0), scene.committed("t", 1)),
        (Some(3), Some(0))
    );
    for (wrong, kind) in [
        (new("t", 0, 6), ErrorKind::Failed),
        (new("t", 0, -1), ErrorKind::Usage),
        (new("t", 2, 0), ErrorKind::Failed),
        (new("u", 0, 0), ErrorKind::UnknownTopic),
    ] {
        let offsets = [new("t", 1, 0), wrong];
        assert_eq!(scene.group.set_offsets(&offsets).unwrap_err().kind(), kind);
    }
    assert_eq!(scene.committed("t", 0), Some(3));
}

#[test]
fn offsets_of_topics_that_are_read_are_not_deleted() {
    let scene = Scene::new(&[("t", 1), ("u", 1)]);
    scene
        .group
        .set_offsets(&[new("t", 0, 0), new("u", 0, 0)])
        .unwrap();
    let member = scene.join(&["t"]);
    let gone = [tp("u", 0), tp("u", 1)];
    assert_eq!(scene.group.delete_offsets(&gone).unwrap(), gone[..1]);
    let error = scene.group.delete_offsets(&[tp("t", 0)]).unwrap_err();
    assert!(error.help_text().unwrap().contains(member.id()), "{error}");
    drop(member);
    scene.group.delete_offsets(&[tp("t", 0)]).unwrap();
    assert!(scene.group.committed().unwrap().is_empty());
}

#[test]
fn damaged_offsets_stop_everybody_and_stay_as_they_are() {
    let scene = Scene::new(&[("t", 1)]);
    let mut member = scene.join(&["t"]);
    let path = scene.group.paths().offsets_file();
    fs::write(&path, "{\"version\":1,\"offsets\":[").unwrap();
    let before = fs::read(&path).unwrap();
    assert_eq!(
        member.commit(&[(tp("t", 0), 0)]).unwrap_err().kind(),
        ErrorKind::Damaged
    );
    assert_eq!(member.sync().unwrap_err().kind(), ErrorKind::Damaged);
    drop(member);
    assert_eq!(
        scene.try_join(&["t"]).unwrap_err().kind(),
        ErrorKind::Damaged
    );
    assert_eq!(
        scene.group.committed().unwrap_err().kind(),
        ErrorKind::Damaged
    );
    let set = scene.group.set_offsets(&[new("t", 0, 0)]);
    assert_eq!(set.unwrap_err().kind(), ErrorKind::Damaged);
    assert_eq!(fs::read(&path).unwrap(), before);
}
