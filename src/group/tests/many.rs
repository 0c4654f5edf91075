//! Many members and many partitions.

use std::sync::Arc;

use super::scene::{Scene, held};
use crate::group::{GroupState, Member};

#[test]
fn two_hundred_partitions_and_sixty_four_members() {
    let scene = Scene::new(&[("t", 200)]);
    let mut members: Vec<Member> = (0..64).map(|_| scene.join(&["t"])).collect();
    let settle = |members: &mut Vec<Member>| {
        let mut all: Vec<&mut Member> = members.iter_mut().collect();
        scene.settle(&mut all);
        let shares: Vec<usize> = members.iter().map(|member| held(member).len()).collect();
        let least = 200 / members.len();
        assert!(
            shares
                .iter()
                .all(|&share| share == least || share == least + 1),
            "{shares:?}"
        );
        assert_eq!(shares.iter().sum::<usize>(), 200);
        assert_eq!(scene.state(), GroupState::Stable);
    };
    settle(&mut members);
    members.truncate(32);
    settle(&mut members);
    let view = scene.group.view().unwrap();
    assert_eq!((view.members.len(), view.claims.len()), (32, 200));
    let claims = std::fs::read_dir(scene.group.paths().claims()).unwrap();
    assert_eq!(claims.count(), 200, "old claims are removed");
}

#[test]
fn who_has_all_that_it_shall_does_not_read_what_others_take() {
    let scene = Scene::new(&[("t", 4)]);
    let mut one = scene.join(&["t"]);
    one.sync().unwrap();
    let mut two = scene.join(&["t"]);
    let revoked = one.sync().unwrap().revoked;
    one.release(&revoked).unwrap();
    let known = Arc::clone(&one.snapshot);
    two.rouse();
    assert_eq!(two.sync().unwrap().taken.len(), 2);
    one.rouse();
    assert!(!one.sync().unwrap().generation_changed);
    assert!(Arc::ptr_eq(&known, &one.snapshot), "read for nothing");
    assert!(!known.is_current(&scene.group.paths().group_file()).unwrap());
    // What concerns it is read.
    let three = scene.join(&["t"]);
    assert!(one.sync().unwrap().generation_changed);
    assert!(!Arc::ptr_eq(&known, &one.snapshot));
    drop(three);
    scene.settle(&mut [&mut one, &mut two]);
    assert_eq!((held(&one).len(), held(&two).len()), (2, 2));
}
