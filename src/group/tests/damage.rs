//! Files that are damaged, of another boot, or in the way.

use std::fs;
use std::path::Path;

use super::scene::{Scene, held, lost, taken, tp};
use crate::error::ErrorKind;
use crate::group::{Group, GroupState};
use crate::store::{GroupName, LockFile, durable};

fn edit(path: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let mut json = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut json);
    durable::replace(path, json.to_string().as_bytes()).unwrap();
}

#[test]
fn of_another_boot_only_the_offsets_are_left() {
    let scene = Scene::new(&[("t", 2)]);
    scene.append("t", 0, 5);
    let mut old = scene.join(&["t"]);
    old.sync().unwrap();
    old.commit(&[(tp("t", 0), 3)]).unwrap();
    let before = scene.group.view().unwrap();
    let file = scene.group.paths().group_file();
    edit(&file, |group| group["boot_id"] = "another".into());
    assert_eq!(scene.state(), GroupState::Empty);

    let mut new = scene.join(&["t"]);
    let all = [("t-0".to_owned(), Some(3)), ("t-1".to_owned(), None)];
    assert_eq!(taken(&new.sync().unwrap()), all);
    let after = scene.group.view().unwrap();
    assert!(after.generation > before.generation && after.members.len() == 1);
    for (before, after) in before.claims.iter().zip(&after.claims) {
        assert!(after.epoch > before.epoch);
    }
    // Still there only because this is no other boot.
    assert_eq!(
        old.commit(&[(tp("t", 0), 4)]).unwrap_err().kind(),
        ErrorKind::Evicted
    );
    assert!(old.sync().unwrap().evicted);
    assert_eq!(scene.committed("t", 0), Some(3));
}

#[test]
fn what_a_power_cut_tore_is_made_anew() {
    let scene = Scene::new(&[("t", 1)]);
    let old = scene.join(&["t"]);
    let epoch = scene.group.view().unwrap().claims[0].epoch;
    fs::write(scene.group.paths().lock(), "another boot").unwrap();
    for torn in ["", "{\"version\":1,", "\0\0\0\0"] {
        fs::write(scene.group.paths().group_file(), torn).unwrap();
        assert_eq!(scene.state(), GroupState::Empty);
    }
    let mut new = scene.join(&["t"]);
    assert_eq!(taken(&new.sync().unwrap()).len(), 1);
    let view = scene.group.view().unwrap();
    assert!(view.claims[0].epoch > epoch && view.members.len() == 1);
    drop(old);
}

#[test]
fn what_is_damaged_in_this_boot_is_an_error() {
    let scene = Scene::new(&[("t", 1)]);
    let mut member = scene.join(&["t"]);
    let path = scene.group.paths().group_file();
    let good = fs::read(&path).unwrap();
    durable::replace(&path, &good[..good.len() / 2]).unwrap();
    for error in [
        member.sync().unwrap_err(),
        member.commit(&[(tp("t", 0), 0)]).unwrap_err(),
        scene.group.view().unwrap_err(),
        scene.try_join(&["t"]).unwrap_err(),
        scene.group.evict(member.id()).unwrap_err(),
        scene.group.delete().unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Damaged);
        assert!(error.to_string().contains("group.json"), "{error}");
        assert!(error.help_text().unwrap().contains("remove the file"));
    }
    assert_eq!(scene.committed("t", 0), None);
    // What the help says.
    fs::remove_file(&path).unwrap();
    let mut next = scene.join(&["t"]);
    assert_eq!(taken(&next.sync().unwrap()).len(), 1);
    assert!(member.sync().unwrap().evicted && held(&member).is_empty());
}

#[test]
fn what_crashes_left_is_swept_and_never_used_again() {
    let scene = Scene::new(&[("t", 1)]);
    let paths = scene.group.paths();
    drop(scene.join(&["t"]));
    let stray = [
        paths
            .members()
            .join("kafdir-0123456789abcdef0123456789abcdef"),
        paths.claims().join("t-0.2"),
        paths.claims().join("t-0.77"),
        paths.dir().join("commit-9"),
        paths.dir().join(".offsets.json.0123456789abcdef.tmp"),
    ];
    for path in &stray {
        fs::write(path, "").unwrap();
    }
    // A claim that nobody was told of, and somebody still has.
    let held_claim = LockFile::try_hold(&stray[1], crate::store::lock::Mode::Exclusive).unwrap();
    let mut member = scene.join(&["t"]);
    assert_eq!(taken(&member.sync().unwrap()).len(), 1);
    assert!(stray[2..].iter().all(|path| !path.exists()) && !stray[0].exists());
    let claims = fs::read_dir(paths.claims()).unwrap().count();
    assert_eq!(claims, 1, "the one that is held");
    assert_eq!(fs::read_dir(paths.members()).unwrap().count(), 1);
    drop(held_claim);
}

#[test]
fn a_directory_that_is_gone_is_an_unknown_group() {
    let scene = Scene::new(&[("t", 1)]);
    let mut member = scene.join(&["t"]);
    member.sync().unwrap();
    fs::remove_dir_all(scene.group.paths().dir()).unwrap();
    assert_eq!(scene.group.view().unwrap().state, GroupState::Dead);
    assert_eq!(
        member.commit(&[(tp("t", 0), 0)]).unwrap_err().kind(),
        ErrorKind::Evicted
    );
    let changes = member.sync().unwrap();
    assert!(changes.evicted && changes.lost == [lost("t", 0, false)]);
    member.leave().unwrap();
    assert_eq!(
        scene.group.evict("x").unwrap_err().kind(),
        ErrorKind::UnknownGroup
    );
    assert_eq!(
        scene.group.delete().unwrap_err().kind(),
        ErrorKind::UnknownGroup
    );
    scene.join(&["t"]).leave().unwrap();
}

#[test]
fn strange_names_stay_in_their_directory() {
    let scene = Scene::new(&[("t", 1)]);
    let long = "\u{e4}".repeat(200);
    let names = ["a/b", "..", ".", "with spaces", "%2F", "%0A", "../../etc"];
    for name in names {
        let name = GroupName::new(name).unwrap();
        let group = Group::open_or_create(&scene.store, &name).unwrap();
        let mut member = group.join(&Scene::joining(&["t"])).unwrap();
        assert_eq!(member.sync().unwrap().taken.len(), 1);
        member.commit(&[(tp("t", 0), 0)]).unwrap();
        member.leave().unwrap();
        assert_eq!(
            group.paths().dir().parent().unwrap(),
            scene.store.layout().groups()
        );
    }
    assert_eq!(GroupName::new(&long).unwrap_err().kind(), ErrorKind::Usage);
    let listed = Group::list(&scene.store).unwrap();
    assert_eq!(listed.len(), names.len() + 1);
    assert!(listed.windows(2).all(|pair| pair[0] < pair[1]));
    let error = Group::open(&scene.store, &GroupName::new("h").unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownGroup);
    let text = error.to_string();
    assert!(
        text.contains("'h' in ") && text.contains("(from the test)"),
        "{text}"
    );
}

#[test]
fn what_is_no_file_of_ours_is_refused() {
    let scene = Scene::new(&[("t", 1)]);
    let path = scene.store.layout().groups().join("link");
    std::os::unix::fs::symlink("/tmp", &path).unwrap();
    let name = GroupName::new("link").unwrap();
    assert!(Group::open_or_create(&scene.store, &name).is_err());
    let text = Group::open(&scene.store, &name).unwrap_err().to_string();
    assert!(text.contains("in the way"), "{text}");
    let offsets = scene.group.paths().offsets_file();
    std::os::unix::fs::symlink("/etc/passwd", &offsets).unwrap();
    let error = scene.try_join(&["t"]).unwrap_err().to_string();
    assert!(error.contains("a symbolic link"), "{error}");
}

#[test]
fn a_group_is_deleted_when_nobody_is_in_it() {
    let scene = Scene::new(&[("t", 1)]);
    let mut member = scene.join(&["t"]);
    member.commit(&[(tp("t", 0), 0)]).unwrap();
    assert!(scene.group.delete().is_err());
    drop(member);
    let left = scene.store.layout().deleted_group_dir(uuid::Uuid::nil());
    fs::create_dir(&left).unwrap();
    scene.group.delete().unwrap();
    assert_eq!(
        fs::read_dir(scene.store.layout().groups()).unwrap().count(),
        0
    );
    assert_eq!(Group::list(&scene.store).unwrap(), []);
    let mut member = scene.join(&["t"]);
    assert_eq!(taken(&member.sync().unwrap()), [("t-0".to_owned(), None)]);
}
