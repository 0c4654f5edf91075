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
mod tests;
