//! Topics that come, go and grow while a group reads.

use super::scene::{Scene, held, lost, taken, topic, tp};
use crate::group::{GroupState, NewOffset};
use crate::store::TopicName;

#[test]
fn new_partitions_are_shared_out() {
    let scene = Scene::new(&[("t", 1)]);
    let (mut first, mut second) = (scene.join(&["t"]), scene.join(&["t"]));
    scene.settle(&mut [&mut first, &mut second]);
    let alteration = crate::store::Alteration {
        partitions: Some(4),
        ..Default::default()
    };
    scene.store.alter_topic(&topic("t"), &alteration).unwrap();
    scene.settle(&mut [&mut first, &mut second]);
    assert_eq!((held(&first).len(), held(&second).len()), (2, 2));
}

#[test]
fn patterns_find_new_topics() {
    let scene = Scene::new(&[("orders-1", 1), ("other", 1)]);
    let mut member = scene.join(&["^orders-.*"]);
    assert_eq!(taken(&member.sync().unwrap()).len(), 1);
    scene.create("orders-2", 2);
    scene.create("my-orders-3", 2);
    assert_eq!(taken(&member.sync().unwrap()).len(), 2);
    assert_eq!(held(&member), ["orders-1-0", "orders-2-0", "orders-2-1"]);
}

#[test]
fn a_topic_may_come_after_its_readers() {
    let scene = Scene::new(&[]);
    let mut member = scene.join(&["t"]);
    assert!(member.sync().unwrap().taken.is_empty());
    assert_eq!(scene.state(), GroupState::Stable);
    scene.create("t", 1);
    assert_eq!(taken(&member.sync().unwrap()), [("t-0".to_owned(), None)]);
}

#[test]
fn subscriptions_may_differ() {
    let scene = Scene::new(&[("a", 2), ("b", 2)]);
    let (mut first, mut second) = (scene.join(&["a"]), scene.join(&["a", "b"]));
    scene.settle(&mut [&mut first, &mut second]);
    assert_eq!((held(&first).len(), held(&second).len()), (2, 2));
    assert_eq!(held(&second), ["b-0", "b-1"]);
    drop(second);
    first.rouse();
    first.sync().unwrap();
    let view = scene.group.view().unwrap();
    assert_eq!(view.claims.len(), 2, "nobody wants b any more");
}

#[test]
fn a_deleted_topic_is_lost_and_one_of_its_name_is_another() {
    let scene = Scene::new(&[("t", 1), ("u", 1)]);
    scene.append("t", 0, 5);
    let mut member = scene.join(&["t", "u"]);
    member.sync().unwrap();
    member.commit(&[(tp("t", 0), 3)]).unwrap();
    scene.store.delete_topic(&topic("t")).unwrap();
    assert_eq!(
        member.commit(&[(tp("t", 0), 4), (tp("u", 0), 0)]).unwrap(),
        [tp("t", 0)]
    );
    let changes = member.sync().unwrap();
    assert_eq!(changes.lost, [lost("t", 0, true)]);
    assert_eq!(held(&member), ["u-0"]);

    scene.create("t", 1);
    let changes = member.sync().unwrap();
    let claimed = &changes.taken[0];
    let committed = claimed.committed.unwrap();
    assert!(committed.offset == 3 && !committed.is_of(&claimed.topic));
}

/// It was deleted before the member was told that it has anything of it: nothing is lost, and yet it is not there.
#[test]
fn a_topic_that_goes_before_the_first_look_is_missing() {
    let scene = Scene::new(&[("t", 1), ("u", 1)]);
    let (mut first, mut surplus) = (scene.join(&["t"]), scene.join(&["t"]));
    assert!(surplus.sync().unwrap().missing.is_empty());
    scene.store.delete_topic(&topic("t")).unwrap();
    for member in [&mut first, &mut surplus] {
        let changes = member.sync().unwrap();
        assert_eq!(changes.missing, [topic("t")]);
        assert!(changes.lost.is_empty() && held(member).is_empty());
        assert_eq!(member.sync().unwrap().missing, [topic("t")], "still");
    }
    scene.create("t", 1);
    assert!(first.sync().unwrap().missing.is_empty());
}

/// One that leaves without having looked knows nothing of a topic that others read already.
#[test]
fn who_leaves_takes_nothing_from_those_who_know_more() {
    let scene = Scene::new(&[("orders-1", 1)]);
    let (mut first, mut second) = (scene.join(&["^orders-.*"]), scene.join(&["^orders-.*"]));
    scene.settle(&mut [&mut first, &mut second]);
    scene.create("orders-2", 1);
    assert_eq!(taken(&second.sync().unwrap()).len(), 1);
    first.leave().unwrap();
    second.rouse();
    assert_eq!(second.sync().unwrap().lost, []);
    assert_eq!(held(&second), ["orders-1-0", "orders-2-0"]);
}

#[test]
fn a_claim_whose_file_is_gone_is_lost_but_its_topic_is_not_deleted() {
    let scene = Scene::new(&[("t", 2)]);
    let mut first = scene.join(&["t"]);
    assert_eq!(taken(&first.sync().unwrap()).len(), 2);
    for entry in std::fs::read_dir(&first.dirs()[2]).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let second = scene.join(&["t"]);
    let moved = second.partitions().next().unwrap().partition;
    assert_eq!(first.sync().unwrap().lost, [lost("t", moved, false)]);
}

#[test]
fn a_topic_made_anew_between_two_looks_is_taken_anew() {
    let scene = Scene::new(&[("t", 1)]);
    scene.append("t", 0, 5);
    let mut member = scene.join(&["t"]);
    member.sync().unwrap();
    scene.store.delete_topic(&topic("t")).unwrap();
    scene.create("t", 1);
    assert_eq!(member.commit(&[(tp("t", 0), 4)]).unwrap(), [tp("t", 0)]);
    let changes = member.sync().unwrap();
    assert_eq!((changes.lost.len(), changes.taken.len()), (1, 1));
    let now = scene.store.topic(&topic("t")).unwrap();
    assert_eq!(changes.taken[0].topic.id, now.id);
    scene.append("t", 0, 1);
    assert_eq!(member.commit(&[(tp("t", 0), 1)]).unwrap(), []);
}

#[test]
fn a_topic_from_elsewhere_keeps_its_offsets_when_it_gets_an_id() {
    let scene = Scene::new(&[]);
    std::fs::create_dir(scene.store.layout().logs().join("f-0")).unwrap();
    let mut member = scene.join(&["f"]);
    let claimed = member.sync().unwrap().taken.remove(0);
    assert!(claimed.topic.foreign);
    member.commit(&[(tp("f", 0), 0)]).unwrap();
    let name = TopicName::new("f").unwrap();
    scene.store.adopt_topic(&name).unwrap();
    scene.append("f", 0, 2);
    assert_eq!(member.commit(&[(tp("f", 0), 2)]).unwrap(), []);
    let changes = member.sync().unwrap();
    assert!(changes.lost.is_empty() && held(&member) == ["f-0"]);
    let committed = *scene.group.committed().unwrap().get(&tp("f", 0)).unwrap();
    assert!(committed.is_of(&scene.store.topic(&name).unwrap()));
}

#[test]
fn offsets_of_a_topic_that_is_gone_stay_until_they_are_deleted() {
    let scene = Scene::new(&[("t", 1)]);
    let offset = NewOffset {
        partition: tp("t", 0),
        offset: 0,
    };
    scene.group.set_offsets(&[offset]).unwrap();
    scene.store.delete_topic(&topic("t")).unwrap();
    assert_eq!(scene.committed("t", 0), Some(0));
    scene.group.delete_offsets(&[tp("t", 0)]).unwrap();
    assert_eq!(scene.committed("t", 0), None);
}
