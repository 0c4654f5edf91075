//! Putting a member out, whatever it is doing.

use std::thread;

use super::scene::{Scene, held, taken, tp};
use crate::error::ErrorKind;
use crate::group::commit_lock::CommitLock;
use crate::group::{GroupState, Member};
use crate::store::Patience;

#[test]
fn what_it_held_is_free_though_its_locks_are_not() {
    let scene = Scene::new(&[("t", 2)]);
    scene.append("t", 0, 5);
    let mut stopped = scene.join(&["t"]);
    stopped.sync().unwrap();
    stopped.commit(&[(tp("t", 0), 2)]).unwrap();
    let mut other = scene.join(&["t"]);
    let error = scene.group.evict("nobody").unwrap_err().to_string();
    assert!(error.contains("no member 'nobody'"), "{error}");

    let had = scene.group.evict(stopped.id()).unwrap();
    assert_eq!(had, [tp("t", 0), tp("t", 1)]);
    let changes = other.sync().unwrap();
    let all = [("t-0".to_owned(), Some(2)), ("t-1".to_owned(), None)];
    assert_eq!(taken(&changes), all);
    assert_eq!(scene.state(), GroupState::Stable);

    let error = stopped.commit(&[(tp("t", 0), 3)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Evicted);
    let changes = stopped.sync().unwrap();
    assert!(changes.evicted && changes.lost.len() == 2 && held(&stopped).is_empty());
    assert!(stopped.sync().unwrap().evicted && stopped.sync().unwrap().lost.is_empty());
    assert_eq!(stopped.commit(&[]).unwrap_err().kind(), ErrorKind::Evicted);
    stopped.leave().unwrap();
    assert_eq!(scene.committed("t", 0), Some(2));
    other.commit(&[(tp("t", 0), 4)]).unwrap();
    assert_eq!(scene.group.view().unwrap().members.len(), 1);
}

#[test]
fn it_may_be_stopped_in_the_middle_of_a_commit() {
    let scene = Scene::new(&[("t", 2)]);
    scene.append("t", 0, 5);
    let stopped = scene.join(&["t"]);
    let mut other = scene.join(&["t"]);
    // As far as a commit goes without the group lock.
    let in_commit = CommitLock::acquire(&scene.group, &Patience::endless()).unwrap();

    let waiting = thread::spawn({
        let offsets = [(tp("t", 0), 1)];
        scene.group.evict(stopped.id()).unwrap();
        other.sync().unwrap();
        move || other.commit(&offsets).map(|refused| (other, refused))
    });
    let (mut other, refused) = waiting.join().unwrap().unwrap();
    assert_eq!((refused, scene.committed("t", 0)), (Vec::new(), Some(1)));
    drop(in_commit);
    assert_eq!(other.commit(&[(tp("t", 0), 2)]).unwrap(), []);
    drop(stopped);
}

#[test]
fn who_waits_for_its_commit_does_not_wait_for_ever() {
    let scene = Scene::new(&[("t", 2)]);
    scene.append("t", 0, 5);
    scene.append("t", 1, 5);
    let (mut stopped, mut other) = (scene.join(&["t"]), scene.join(&["t"]));
    scene.settle(&mut [&mut stopped, &mut other]);
    let mine = other.partitions().next().unwrap().clone();
    let in_commit = CommitLock::acquire(&scene.group, &Patience::endless()).unwrap();
    let lock = scene.group.paths().commit_lock(in_commit.epoch);
    let committing = thread::spawn(move || {
        let refused = other.commit(&[(mine, 3)]);
        (other, refused)
    });
    // It waits for the lock as soon as the kernel lists somebody who does.
    while !has_waiter(&lock) {
        thread::yield_now();
    }
    scene.group.evict(stopped.id()).unwrap();
    let (other, refused) = committing.join().unwrap();
    assert_eq!(refused.unwrap(), []);
    assert!(!lock.exists(), "the old epoch's lock is gone");
    drop((in_commit, other, stopped));
}

/// Whether `/proc/locks` shows somebody who waits for the lock on a file.
fn has_waiter(path: &std::path::Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let inode = format!(":{} ", std::fs::metadata(path).unwrap().ino());
    let table = std::fs::read_to_string("/proc/locks").unwrap();
    table
        .lines()
        .any(|line| line.contains("->") && line.contains(&inode))
}

#[test]
fn what_was_written_before_the_eviction_is_not_put_in_place() {
    let scene = Scene::new(&[("t", 1)]);
    scene.append("t", 0, 5);
    let mut stopped = scene.join(&["t"]);
    // The group lock keeps the commit from going further than to the file beside.
    let mut lock = scene.group.lock_file().unwrap();
    let guard = lock.lock(&Patience::endless()).unwrap();
    let committing = thread::spawn(move || {
        let result = stopped.commit(&[(tp("t", 0), 3)]);
        (stopped, result)
    });
    while !has_waiter(&scene.group.paths().lock()) {
        thread::yield_now();
    }
    // What an eviction writes, while we have the lock that it would take.
    let path = scene.group.paths().group_file();
    let text = std::fs::read_to_string(&path).unwrap();
    let mut state: serde_json::Value = serde_json::from_str(&text).unwrap();
    state["members"] = serde_json::json!([]);
    state["commit_epoch"] = serde_json::json!(2);
    crate::store::durable::replace(&path, state.to_string().as_bytes()).unwrap();
    drop(guard);
    let (stopped, result): (Member, _) = committing.join().unwrap();
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Evicted);
    assert_eq!(scene.committed("t", 0), None);
    drop(stopped);
}
