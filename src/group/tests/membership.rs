//! Joining, leaving, dying.

use super::scene::{Scene, held, taken, tp};
use crate::group::{GroupState, Joining};

#[test]
fn a_lone_member_has_everything_at_once() {
    let scene = Scene::new(&[("t", 3)]);
    assert_eq!(scene.state(), GroupState::Empty);
    let mut member = scene.join(&["t"]);
    let changes = member.sync().unwrap();
    let all: Vec<(String, Option<i64>)> =
        (0..3).map(|number| (format!("t-{number}"), None)).collect();
    assert_eq!(taken(&changes), all);
    assert_eq!(scene.state(), GroupState::Stable);
    assert!(member.sync().unwrap().taken.is_empty(), "told once");
    member.leave().unwrap();
    assert_eq!(scene.state(), GroupState::Empty);
}

#[test]
fn a_partition_changes_hands_when_it_is_let_go() {
    let scene = Scene::new(&[("t", 2)]);
    scene.append("t", 0, 5);
    scene.append("t", 1, 5);
    let mut first = scene.join(&["t"]);
    first.sync().unwrap();
    let mut second = scene.join(&["t"]);
    let changes = second.sync().unwrap();
    assert!(changes.taken.is_empty() && changes.waiting.len() == 1);
    let holder = changes.waiting[0].holder.as_ref().unwrap();
    assert_eq!(holder.id.as_str(), first.id());
    assert_eq!(scene.state(), GroupState::PreparingRebalance);

    let revoked = first.sync().unwrap().revoked;
    assert_eq!(revoked, [changes.waiting[0].partition.clone()]);
    assert_eq!(first.sync().unwrap().revoked, revoked, "until it is done");
    second.rouse();
    assert!(
        second.sync().unwrap().taken.is_empty(),
        "not before it is let go"
    );
    assert_eq!(first.commit(&[(revoked[0].clone(), 3)]).unwrap(), []);
    first.release(&revoked).unwrap();
    assert_eq!(first.commit(&[(revoked[0].clone(), 4)]).unwrap(), revoked);
    second.rouse();
    let changes = second.sync().unwrap();
    assert_eq!(taken(&changes), [(revoked[0].to_string(), Some(3))]);
    assert_eq!(first.commit(&[(revoked[0].clone(), 4)]).unwrap(), revoked);
    assert_eq!((held(&first).len(), held(&second).len()), (1, 1));
    assert_eq!(scene.state(), GroupState::Stable);
}

#[test]
fn what_a_dead_member_held_goes_to_the_others() {
    let scene = Scene::new(&[("t", 4)]);
    let (mut first, mut second) = (scene.join(&["t"]), scene.join(&["t"]));
    scene.settle(&mut [&mut first, &mut second]);
    assert_eq!(held(&second).len(), 2);
    drop(first);
    assert_eq!(scene.group.view().unwrap().members.len(), 1);
    second.rouse();
    assert_eq!(second.sync().unwrap().taken.len(), 2);
    assert_eq!(held(&second).len(), 4);
    assert_eq!(scene.state(), GroupState::Stable);
}

#[test]
fn who_leaves_is_replaced_without_a_second_look() {
    let scene = Scene::new(&[("t", 4)]);
    let (mut first, mut second) = (scene.join(&["t"]), scene.join(&["t"]));
    scene.settle(&mut [&mut first, &mut second]);
    first.leave().unwrap();
    assert_eq!(second.sync().unwrap().taken.len(), 2);
}

#[test]
fn the_surplus_idles_and_takes_over() {
    let scene = Scene::new(&[("t", 1)]);
    let (mut first, mut second) = (scene.join(&["t"]), scene.join(&["t"]));
    scene.settle(&mut [&mut first, &mut second]);
    let (busy, mut idle) = if held(&first).is_empty() {
        (second, first)
    } else {
        (first, second)
    };
    assert_eq!(scene.state(), GroupState::Stable);
    drop(busy);
    idle.rouse();
    assert_eq!(taken(&idle.sync().unwrap()), [("t-0".to_owned(), None)]);
}

#[test]
fn members_must_agree_on_the_assignor() {
    let scene = Scene::new(&[("t", 1)]);
    let _first = scene.join(&["t"]);
    let other = Joining {
        assignor: crate::group::Assignor::Range,
        ..Scene::joining(&["t"])
    };
    let error = scene.group.join(&other).unwrap_err().to_string();
    assert!(error.contains("cooperative-sticky, not range"), "{error}");
}

#[test]
fn an_exclusive_member_is_alone() {
    let scene = Scene::new(&[("t", 1)]);
    let exclusive = Joining {
        exclusive: true,
        ..Scene::joining(&["t"])
    };
    let first = scene.join(&["t"]);
    let error = scene.group.join(&exclusive).unwrap_err().to_string();
    assert!(
        error.contains("has a member already") && error.contains(first.id()),
        "{error}"
    );
    drop(first);
    let alone = scene.group.join(&exclusive).unwrap();
    let error = scene.try_join(&["t"]).unwrap_err().to_string();
    assert!(error.contains("exclusive member"), "{error}");
    assert_eq!(scene.group.view().unwrap().members.len(), 1);
    alone.leave().unwrap();
    let mut next = scene.join(&["t"]);
    next.sync().unwrap();
    assert_eq!(next.commit(&[(tp("t", 0), 0)]).unwrap(), []);
}
