//! Which segments a partition has, as readers ask for it: from the segment index where that is of the directory as it
//! is, else from the directory, whose names are then noted there.
//!
//! Who holds the append lock, and who checks or repairs, lists the directory itself and notes nothing.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::log::segment::{list_segments, listing_failed, segment_of, segment_path};
use crate::log::segment_index::{Noted, SegmentIndex};
use crate::store::{DirStamp, SegmentFile};

/// From so many segments on looking them up beats listing them.
const WORTH_NOTING: usize = 64;

/// A partition's directory at the moment before it was listed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    stamp: DirStamp,
    /// Whether a later change would show.
    settled: bool,
}

impl Moment {
    fn now(dir: &Path) -> Result<Self> {
        let stamp = DirStamp::of(dir).map_err(|error| listing_failed(error, dir))?;
        let settled = stamp.is_settled();
        Ok(Self { stamp, settled })
    }

    /// Whether the directory has the same names still, as far as can be told without listing it.
    pub(crate) fn is_now(&self, dir: &Path) -> bool {
        self.settled && DirStamp::of(dir).is_ok_and(|now| now == self.stamp)
    }
}

/// The segments of a partition as they were at one moment, or a little later.
#[derive(Debug)]
pub(crate) struct Listing {
    dir: PathBuf,
    moment: Moment,
    /// Where to note what was found.
    note: Option<PathBuf>,
    index: Option<SegmentIndex>,
    listed: OnceCell<Vec<i64>>,
}

impl Listing {
    /// The segments in `dir` now. `index` is the path of the segment index, where it may be used.
    pub(crate) fn of(dir: &Path, index: Option<PathBuf>) -> Result<Self> {
        let moment = Moment::now(dir)?;
        let opened = index
            .as_deref()
            .and_then(|path| SegmentIndex::open(path, &moment.stamp));
        Ok(Self {
            dir: dir.to_owned(),
            moment,
            note: index,
            index: opened,
            listed: OnceCell::new(),
        })
    }

    /// A copy of one that was taken from a directory of few segments.
    pub(crate) fn of_few(&self) -> Option<Self> {
        let listed = self.listed.get()?;
        (listed.len() < WORTH_NOTING).then(|| Self {
            dir: self.dir.clone(),
            moment: self.moment,
            note: None,
            index: None,
            listed: OnceCell::from(listed.clone()),
        })
    }

    /// The same without what the index says: it names a segment that is not there.
    pub(crate) fn without_index(mut self) -> Self {
        self.index = None;
        self
    }

    /// When it was made.
    pub(crate) fn moment(&self) -> Moment {
        self.moment
    }

    /// Whether there are these segments still, as far as can be told without listing them.
    pub(crate) fn is_current(&self) -> bool {
        self.moment.is_now(&self.dir)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> Result<usize> {
        self.ask(|index| usize::try_from(index.count()).ok(), <[i64]>::len)
    }

    /// The base offset of segment number `at`, counted from 0.
    pub(crate) fn base(&self, at: usize) -> Result<Option<i64>> {
        self.ask(
            |index| match at as u64 {
                at if at < index.count() => index.base(at).map(Some),
                _ => Some(None),
            },
            |bases| bases.get(at).copied(),
        )
    }

    /// The first one's base offset.
    pub(crate) fn first(&self) -> Result<Option<i64>> {
        self.base(0)
    }

    /// The last one's base offset.
    pub(crate) fn last(&self) -> Result<Option<i64>> {
        match self.count()?.checked_sub(1) {
            Some(at) => self.base(at),
            None => Ok(None),
        }
    }

    /// The base offset of the segment that holds `offset`, if any may: the greatest one not above it.
    pub(crate) fn holding(&self, offset: i64) -> Result<Option<i64>> {
        self.ask(
            |index| match index.up_to(offset)?.checked_sub(1) {
                Some(at) => index.base(at).map(Some),
                None => Some(None),
            },
            |bases| segment_of(bases, offset),
        )
    }

    /// The number of that segment; that of the first one where all begin above `offset`.
    pub(crate) fn number_of(&self, offset: i64) -> Result<usize> {
        let up_to = self.ask(
            |index| usize::try_from(index.up_to(offset)?).ok(),
            |bases| bases.partition_point(|&base| base <= offset),
        )?;
        Ok(up_to.saturating_sub(1))
    }

    /// The least base offset above `base`.
    pub(crate) fn after(&self, base: i64) -> Result<Option<i64>> {
        let up_to = self.ask(
            |index| usize::try_from(index.up_to(base)?).ok(),
            |bases| bases.partition_point(|&other| other <= base),
        )?;
        self.base(up_to)
    }

    /// All base offsets, in their order, from the directory itself.
    pub(crate) fn bases(&self) -> Result<&[i64]> {
        if let Some(bases) = self.listed.get() {
            return Ok(bases);
        }
        let bases = list_segments(&self.dir)?;
        self.note(&Noted::new(self.moment.stamp, bases.clone()));
        Ok(self.listed.get_or_init(|| bases))
    }

    /// The bytes of the closed segments: of all but the last.
    pub(crate) fn closed_bytes(&self) -> Result<u64> {
        if let Some(bytes) = self.index.as_ref().and_then(SegmentIndex::closed_bytes) {
            return Ok(bytes);
        }
        let mut noted = self.noted()?;
        let closed = noted.bases.len().saturating_sub(1);
        let mut bytes = 0;
        let mut all = true;
        for &base in &noted.bases[..closed] {
            let found = log_bytes(&self.dir, base);
            all &= found.is_some();
            bytes += found.unwrap_or(0);
        }
        if all {
            noted.closed_bytes = Some(bytes);
            self.note(&noted);
        }
        Ok(bytes)
    }

    /// Of how many of the first segments it is known that they hold no timestamp of `timestamp` ms or later, because
    /// somebody looked at each; where more are to be looked at, `largest` is asked for the largest timestamp of one, `None`
    /// if it is not there any more.
    pub(crate) fn older_than(
        &self,
        timestamp: i64,
        mut largest: impl FnMut(i64) -> Result<Option<i64>>,
    ) -> Result<usize> {
        let closed = self.count()?.saturating_sub(1);
        if closed < WORTH_NOTING {
            return Ok(0);
        }
        if let Some(index) = &self.index
            && let Some(older) = index.older_than(timestamp)
            && (older < index.timed() || older == closed as u64)
        {
            return Ok(usize::try_from(older).unwrap_or(closed));
        }
        let mut noted = self.noted()?;
        let known = noted.largest.len();
        let mut so_far = noted.largest.last().copied().unwrap_or(i64::MIN);
        while noted.largest.len() < closed && so_far < timestamp {
            let Some(largest) = largest(noted.bases[noted.largest.len()])? else {
                return Ok(0);
            };
            so_far = so_far.max(largest);
            noted.largest.push(so_far);
        }
        if noted.largest.len() > known {
            self.note(&noted);
        }
        Ok(noted
            .largest
            .partition_point(|&largest| largest < timestamp))
    }

    /// Answers from the index; from the directory where there is none, or a damaged one.
    fn ask<T>(
        &self,
        index: impl FnOnce(&SegmentIndex) -> Option<T>,
        listed: impl FnOnce(&[i64]) -> T,
    ) -> Result<T> {
        if let Some(answer) = self.index.as_ref().and_then(index) {
            return Ok(answer);
        }
        self.bases().map(listed)
    }

    fn noted(&self) -> Result<Noted> {
        if let Some(noted) = self.index.as_ref().and_then(SegmentIndex::noted) {
            return Ok(noted);
        }
        Ok(Noted::new(self.moment.stamp, self.bases()?.to_vec()))
    }

    /// Writes down what was found, for those who come after; who may not write lists each time.
    fn note(&self, noted: &Noted) {
        if let Some(path) = &self.note
            && noted.bases.len() >= WORTH_NOTING
            && self.is_current()
        {
            // It is a cache: nothing but speed is lost with it.
            let _ = noted.write(path);
        }
    }
}

/// The bytes of a segment's log; `None` if it has gone.
pub(crate) fn log_bytes(partition: &Path, base: i64) -> Option<u64> {
    let path = segment_path(partition, base, SegmentFile::Log);
    Some(std::fs::symlink_metadata(path).ok()?.len())
}

#[cfg(test)]
mod tests {
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
}
