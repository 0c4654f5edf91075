//! What a listing says, against the directory itself.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::cell::Cell;
use std::fs;

use tempfile::TempDir;

use super::*;

const MANY: i64 = 100;

/// A partition's directory with so many segments, ten offsets and one byte more each, and a place for the index.
struct Scene {
    dir: TempDir,
}

impl Scene {
    fn new(count: i64) -> Self {
        let scene = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(scene.partition()).unwrap();
        fs::create_dir(scene.dir.path().join("locks")).unwrap();
        for number in 0..count {
            let bytes = usize::try_from(number).unwrap();
            fs::write(scene.log(number * 10), vec![0; bytes]).unwrap();
        }
        scene
    }

    fn partition(&self) -> PathBuf {
        self.dir.path().join("t-0")
    }

    fn log(&self, base: i64) -> PathBuf {
        segment_path(&self.partition(), base, SegmentFile::Log)
    }

    fn index(&self) -> PathBuf {
        self.dir.path().join("locks/segments/t-0")
    }

    fn listing(&self) -> Listing {
        Listing::of(&self.partition(), Some(self.index())).unwrap()
    }

    /// A listing of a directory that was left alone for long enough.
    fn settled(&self) -> Listing {
        loop {
            let listing = self.listing();
            if listing.moment.settled {
                return listing;
            }
            std::thread::yield_now();
        }
    }

    /// A listing that answers from the index.
    fn warm(&self) -> Listing {
        self.settled().bases().unwrap();
        let listing = self.listing();
        assert!(listing.index.is_some());
        listing
    }
}

/// Every answer is that of the directory.
fn assert_right(listing: &Listing, dir: &Path) {
    let bases = list_segments(dir).unwrap();
    assert_eq!(listing.count().unwrap(), bases.len());
    assert_eq!(listing.first().unwrap(), bases.first().copied());
    assert_eq!(listing.last().unwrap(), bases.last().copied());
    for offset in -1..=MANY * 10 + 1 {
        assert_eq!(listing.holding(offset).unwrap(), segment_of(&bases, offset));
        let after = bases.iter().copied().find(|&base| base > offset);
        assert_eq!(listing.after(offset).unwrap(), after);
        let number = listing.number_of(offset).unwrap();
        let expected = segment_of(&bases, offset).or(bases.first().copied());
        assert_eq!(listing.base(number).unwrap(), expected);
    }
}

#[test]
fn the_index_answers_as_the_directory_does() {
    let scene = Scene::new(MANY);
    let cold = scene.settled();
    assert!(cold.index.is_none());
    assert_right(&cold, &scene.partition());
    let warm = scene.warm();
    assert_right(&warm, &scene.partition());
    assert!(warm.listed.get().is_none(), "nothing was listed");
}

#[test]
fn what_changed_just_now_is_not_noted_and_neither_is_what_is_listed_at_once() {
    let scene = Scene::new(MANY);
    let listing = scene.listing();
    listing.bases().unwrap();
    assert_eq!(scene.index().exists(), listing.moment.settled);
    let few = Scene::new(10);
    few.settled().bases().unwrap();
    assert!(!few.index().exists());
}

#[test]
fn a_change_after_the_moment_is_not_noted() {
    let scene = Scene::new(MANY);
    let listing = scene.settled();
    fs::remove_file(scene.log(0)).unwrap();
    assert!(!listing.is_current());
    listing.bases().unwrap();
    assert!(!scene.index().exists());
}

#[test]
fn no_change_of_a_name_goes_unseen() {
    let scene = Scene::new(MANY);
    let beside = scene.dir.path().join("beside");
    fs::write(&beside, "").unwrap();
    let changes: [&dyn Fn(); 5] = [
        &|| fs::write(scene.log(MANY * 10), "").unwrap(),
        &|| fs::remove_file(scene.log(0)).unwrap(),
        &|| fs::remove_file(scene.log(500)).unwrap(),
        &|| fs::rename(scene.log(10), scene.partition().join("x.deleted")).unwrap(),
        &|| fs::rename(&beside, scene.log(20)).unwrap(),
    ];
    for change in changes {
        let before = scene.warm();
        assert!(before.is_current());
        change();
        assert!(!before.is_current());
        let after = scene.listing();
        assert!(after.index.is_none());
        assert_right(&after, &scene.partition());
        assert_right(&scene.warm(), &scene.partition());
    }
    // The same name and another directory.
    scene.warm();
    fs::rename(scene.partition(), scene.dir.path().join("old")).unwrap();
    fs::create_dir(scene.partition()).unwrap();
    assert_right(&scene.listing(), &scene.partition());
}

#[test]
fn a_damaged_entry_costs_a_listing_and_is_mended() {
    let scene = Scene::new(MANY);
    scene.warm();
    let good = fs::read(scene.index()).unwrap();
    let mut bytes = good.clone();
    // The entry in the middle is the first that a search looks at.
    let middle = bytes.len() - bytes.len() / 2;
    bytes[middle - 20..middle + 20].fill(0xff);
    fs::write(scene.index(), bytes).unwrap();
    let listing = scene.listing();
    assert!(listing.index.is_some());
    assert_right(&listing, &scene.partition());
    assert_eq!(fs::read(scene.index()).unwrap(), good);
}

#[test]
fn where_nothing_can_be_noted_everything_is_found() {
    let scene = Scene::new(MANY);
    fs::write(scene.index().parent().unwrap(), "a file in the way").unwrap();
    for _ in 0..2 {
        let listing = scene.settled();
        assert_right(&listing, &scene.partition());
        assert_eq!(listing.closed_bytes().unwrap(), (0..99).sum::<u64>());
    }
}

#[test]
fn an_index_that_names_what_is_not_there_is_put_right() {
    let scene = Scene::new(MANY);
    let mut noted = scene.warm().noted().unwrap();
    noted.bases.push(MANY * 10);
    noted.write(&scene.index()).unwrap();
    let listing = scene.listing();
    assert_eq!(listing.last().unwrap(), Some(MANY * 10));
    assert_right(&listing.without_index(), &scene.partition());
    assert_right(&scene.warm(), &scene.partition());
}

#[test]
fn bytes_are_summed_up_once_and_kept() {
    let scene = Scene::new(MANY);
    assert_eq!(scene.warm().closed_bytes().unwrap(), (0..99).sum::<u64>());
    let warm = scene.listing();
    assert_eq!(
        warm.index.as_ref().unwrap().closed_bytes(),
        Some((0..99).sum())
    );
    assert_eq!(warm.closed_bytes().unwrap(), (0..99).sum::<u64>());
}

#[test]
fn each_segment_is_asked_for_its_largest_timestamp_once() {
    let scene = Scene::new(MANY);
    scene.warm();
    let asked = Cell::new(0);
    let older = |timestamp| {
        asked.set(0);
        let listing = scene.settled();
        let largest = |base: i64| {
            asked.set(asked.get() + 1);
            // Not in order: every other one is younger than the next.
            Ok(Some(if base % 20 == 0 { base + 15 } else { base }))
        };
        (listing.older_than(timestamp, largest).unwrap(), asked.get())
    };
    assert_eq!(older(0), (0, 1));
    assert_eq!(older(100), (10, 10));
    assert_eq!(older(100), (10, 0));
    assert_eq!(older(35), (2, 0));
    assert_eq!(older(36), (4, 0));
    assert_eq!(older(i64::MAX), (99, 88));
    assert_eq!(older(i64::MAX), (99, 0));
    // The bytes are kept beside the timestamps, whichever comes first.
    scene.listing().closed_bytes().unwrap();
    assert_eq!(older(i64::MAX), (99, 0));
    assert!(scene.listing().index.unwrap().closed_bytes().is_some());
}

#[test]
fn a_segment_that_goes_meanwhile_leaves_the_question_open() {
    let scene = Scene::new(MANY);
    let listing = scene.warm();
    let largest = |base| Ok((base < 500).then_some(base));
    assert_eq!(listing.older_than(900, largest).unwrap(), 0);
    assert_eq!(scene.listing().index.unwrap().timed(), 0);
}
