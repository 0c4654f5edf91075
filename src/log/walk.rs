//! Walking a whole log from batch header to batch header, across its segments.

use std::sync::Arc;

use crate::error::Result;
use crate::log::offset_index;
use crate::log::partition::Partition;
use crate::log::scan::{BatchAt, Scan, Step};
use crate::log::segment::{SegmentLog, list_segments, segment_of, segment_path};
use crate::store::SegmentFile;

/// A walk over a log's batch headers. It can be asked again after it came to the end: the log may have grown.
pub(crate) struct Walk<'p> {
    partition: &'p Partition,
    offset: i64,
    place: Option<(SegmentLog, u64)>,
}

/// What can be kept of a walk between two stretches of it.
#[derive(Default)]
pub(crate) struct Resume(Option<(SegmentLog, u64)>);

impl<'p> Walk<'p> {
    /// A walk that begins with the batch that holds `offset`, or the next one.
    pub(crate) fn new(partition: &'p Partition, offset: i64) -> Self {
        Self {
            partition,
            offset,
            place: None,
        }
    }

    /// A walk that goes on where another ended, wanting `offset` next.
    pub(crate) fn resumed(partition: &'p Partition, offset: i64, resume: Resume) -> Self {
        Self {
            partition,
            offset,
            place: resume.0,
        }
    }

    /// Lets go of the partition, and keeps the place.
    pub(crate) fn pause(self) -> (i64, Resume) {
        (self.offset, Resume(self.place))
    }

    /// Hands every batch from here to the end of the log to `each`, until that returns false.
    ///
    /// What is torn or bad ends the walk: whoever reads those batches says what that means.
    pub(crate) fn each(
        &mut self,
        mut each: impl FnMut(&SegmentLog, &BatchAt) -> Result<bool>,
    ) -> Result<()> {
        while let Some((segment, position)) = self.enter()? {
            let file = segment.file.clone();
            let path: Arc<std::path::Path> = segment.path.clone();
            let mut scan = Scan::whole(&file, &path, position)?;
            let mut moved = false;
            while let Step::Batch(batch) = scan.step()? {
                self.place = Some((segment.clone(), batch.end()));
                if batch.header.last_offset() < self.offset {
                    continue;
                }
                self.offset = batch.header.next_offset();
                moved = true;
                if !each(&segment, &batch)? {
                    return Ok(());
                }
            }
            if !moved && !self.leave(&segment)? {
                return Ok(());
            }
        }
        Ok(())
    }

    fn enter(&mut self) -> Result<Option<(SegmentLog, u64)>> {
        if let Some(place) = &self.place {
            return Ok(Some(place.clone()));
        }
        let dir = self.partition.dir();
        let bases = list_segments(dir)?;
        let Some(base) = segment_of(&bases, self.offset).or(bases.first().copied()) else {
            return Ok(None);
        };
        let Some(segment) = SegmentLog::open(dir, base)? else {
            return Ok(None);
        };
        let index = segment_path(dir, base, SegmentFile::Index);
        let position =
            offset_index::lookup(&index, base, &segment.file, &segment.path, self.offset)?;
        self.place = Some((segment.clone(), position));
        Ok(Some((segment, position)))
    }

    /// Leaves a segment that has nothing more; false where it is the last.
    fn leave(&mut self, segment: &SegmentLog) -> Result<bool> {
        let bases = list_segments(self.partition.dir())?;
        let Some(&next) = bases.iter().find(|&&base| base > segment.base) else {
            return Ok(false);
        };
        self.offset = self.offset.max(next);
        self.place = None;
        Ok(true)
    }
}
