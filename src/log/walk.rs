//! Walking a whole log from batch header to batch header, across its segments.

use std::sync::Arc;

use crate::error::Result;
use crate::log::listing::Listing;
use crate::log::partition::Partition;
use crate::log::scan::{BatchAt, Scan, Step};
use crate::log::segment::SegmentLog;

/// A walk over a log's batch headers. It can be asked again after it came to the end: the log may have grown.
pub(crate) struct Walk<'p> {
    partition: &'p Partition,
    offset: i64,
    place: Option<(SegmentLog, u64)>,
    listing: Option<Listing>,
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
            listing: None,
        }
    }

    /// A walk that goes on where another ended, wanting `offset` next.
    pub(crate) fn resumed(partition: &'p Partition, offset: i64, resume: Resume) -> Self {
        Self {
            partition,
            offset,
            place: resume.0,
            listing: None,
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
        let offset = self.offset;
        let segment = loop {
            let listing = self.listing()?;
            let Some(base) = listing.base(listing.number_of(offset)?)? else {
                return Ok(None);
            };
            match SegmentLog::open(dir, base)? {
                Some(segment) => break segment,
                None => self.listing = Some(self.partition.listing()?.without_index()),
            }
        };
        let position = segment.position_of(self.offset)?;
        self.place = Some((segment.clone(), position));
        Ok(Some((segment, position)))
    }

    /// Leaves a segment that has nothing more; false where it is the last.
    fn leave(&mut self, segment: &SegmentLog) -> Result<bool> {
        let Some(next) = self.listing()?.after(segment.base)? else {
            return Ok(false);
        };
        self.offset = self.offset.max(next);
        self.place = None;
        Ok(true)
    }

    /// The segments there are now: a log of many is walked with one listing as long as none comes or goes.
    fn listing(&mut self) -> Result<&Listing> {
        let listing = match self.listing.take() {
            Some(listing) if listing.is_current() => listing,
            _ => self.partition.listing()?,
        };
        Ok(self.listing.insert(listing))
    }
}
