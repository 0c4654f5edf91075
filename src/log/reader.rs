//! Reading a partition, without any lock.
//!
//! A reader goes on by offset, never to "the next file": at the end of a segment it lists again and takes the
//! greatest base not above the offset it wants, after it has drained the segment once more, since a batch may
//! have been appended just before the roll. A batch is always read anew from its start: half of one seen
//! earlier may have been a torn batch that was cut and overwritten since.
//!
//! Every batch is checked before a record leaves it: its CRC, and that its offsets follow those of its
//! neighbours, which the CRC does not cover.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, IoContext, Result};
use crate::log::buffer::{Held, ReadBuffer};
use crate::log::fetched::{Body, Fetched};
use crate::log::flaw::Flaw;
use crate::log::listing::{Listing, Moment};
use crate::log::partition::Partition;
use crate::log::resync::next_whole_batch;
use crate::log::scan::{BatchAt, crc_matches, read_header};
use crate::log::segment::SegmentLog;
use crate::record::{BatchHeader, check_crc};

/// How often a bad batch is looked at again while the log changes under us.
const SECOND_LOOKS: u32 = 5;

/// Reads a partition's batches in offset order.
pub struct LogReader {
    partition: Arc<Partition>,
    offset: i64,
    place: Option<Place>,
    listed: Option<Listed>,
    /// The batch that was found and not taken yet.
    ready: Option<(BatchAt, Held)>,
}

/// A position in an open segment.
struct Place {
    segment: SegmentLog,
    position: u64,
    /// The base offset the next batch must have; unknown where an index led us here.
    expected: Option<i64>,
}

/// What the directory looked like when it was listed.
struct Listed {
    moment: Moment,
    /// The last segment's base.
    last: Option<i64>,
}

/// What stands at the reader's place.
enum Look {
    Batch(BatchAt, Held),
    End,
    Torn(u64),
    Bad(Flaw),
}

impl LogReader {
    /// A reader that begins at `offset`.
    #[must_use]
    pub fn new(partition: Arc<Partition>, offset: i64) -> Self {
        Self {
            partition,
            offset,
            place: None,
            listed: None,
            ready: None,
        }
    }

    /// The offset of the next batch's first record, or the one asked for where nothing was read yet.
    #[must_use]
    pub fn offset(&self) -> i64 {
        self.offset
    }

    /// The partition it reads.
    #[must_use]
    pub fn partition(&self) -> &Arc<Partition> {
        &self.partition
    }

    /// Closes the segment's file: it is opened again when it is needed.
    pub fn rest(&mut self) {
        self.place = None;
        self.listed = None;
    }

    /// Whether the next batch can be had from the buffer without reading.
    #[must_use]
    pub fn has_buffered(&self, buffer: &ReadBuffer) -> bool {
        self.place
            .as_ref()
            .is_some_and(|place| buffer.holds_batch(&place.segment, place.position))
    }

    /// Goes to the next batch that reaches to the wanted offset, and checks it; `None` at the end of the log as it is
    /// now. The batch may begin before that offset: records below it are not the caller's.
    ///
    /// What follows is [`take`](Self::take), [`skip`](Self::skip) or [`forget`](Self::forget).
    pub fn next(&mut self, buffer: &mut ReadBuffer) -> Result<Option<BatchHeader>> {
        let mut looks = 0;
        loop {
            if self.place.is_none() && !self.locate()? {
                return Ok(None);
            }
            match self.look(buffer)? {
                Look::Batch(batch, held) => {
                    self.ready = Some((batch, held));
                    if batch.header.last_offset() >= self.offset {
                        return Ok(Some(batch.header));
                    }
                    self.skip();
                }
                Look::End => {
                    if !self.go_on(buffer)? {
                        return Ok(None);
                    }
                }
                Look::Torn(bytes) => {
                    if self.is_live_end()? {
                        return Ok(None);
                    }
                    looks += 1;
                    if self.look_again(buffer, looks, &Flaw::Torn { bytes })? {
                        return Ok(None);
                    }
                }
                Look::Bad(flaw) => {
                    looks += 1;
                    if self.look_again(buffer, looks, &flaw)? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Hands out the batch that was found, and steps over it.
    pub fn take<'b>(&mut self, buffer: &'b ReadBuffer) -> Option<Fetched<'b>> {
        let (batch, held) = self.step()?;
        let segment = &self.place.as_ref()?.segment;
        let body = match held {
            Held::Whole(..) => Body::Memory(buffer.bytes(&held)),
            _ => Body::File(segment.file.clone()),
        };
        Some(Fetched::new(batch, body, segment.path.clone()))
    }

    /// Steps over the batch that was found.
    pub fn skip(&mut self) {
        self.step();
    }

    /// Leaves the batch that was found where it is: the next look checks it again.
    pub fn forget(&mut self) {
        self.ready = None;
    }

    fn step(&mut self) -> Option<(BatchAt, Held)> {
        let (batch, held) = self.ready.take()?;
        let place = self.place.as_mut()?;
        place.position = batch.end();
        place.expected = Some(batch.header.next_offset());
        self.offset = self.offset.max(batch.header.next_offset());
        Some((batch, held))
    }

    /// Finds the segment and the position for the wanted offset; false where there is no segment yet.
    fn locate(&mut self) -> Result<bool> {
        let partition = self.partition.clone();
        let dir = partition.dir();
        let mut listing = self.list()?;
        let segment = loop {
            let Some(base) = self.wanted_segment(&listing)? else {
                return Ok(false);
            };
            match SegmentLog::open(dir, base)? {
                Some(segment) => break segment,
                None => listing = self.list()?.without_index(),
            }
        };
        let position = segment.position_of(self.offset)?;
        let expected = (position == 0).then_some(segment.base);
        self.place = Some(Place {
            segment,
            position,
            expected,
        });
        Ok(true)
    }

    /// The segment that holds the wanted offset; where that was deleted, the first one's is wanted instead.
    fn wanted_segment(&mut self, listing: &Listing) -> Result<Option<i64>> {
        let Some(first) = listing.first()? else {
            return Ok(None);
        };
        if self.offset < first {
            self.partition.note(&format!(
                "{}: offsets {} to {} were deleted before they were read",
                self.partition.name(),
                self.offset,
                first - 1
            ));
            self.offset = first;
        }
        listing.holding(self.offset)
    }

    fn look(&self, buffer: &mut ReadBuffer) -> Result<Look> {
        let Some(place) = &self.place else {
            return Ok(Look::End);
        };
        let held = buffer.load(&place.segment, place.position)?;
        let header = match held {
            Held::Nothing => return Ok(Look::End),
            Held::Part => {
                return Ok(Look::Torn(
                    place.segment.len()?.saturating_sub(place.position),
                ));
            }
            Held::Header(header) | Held::Whole(header, _) => header,
        };
        let batch = BatchAt {
            position: place.position,
            header,
        };
        if let Err(fault) = header.check() {
            return Ok(Look::Bad(fault.into()));
        }
        if let Held::Header(_) = held {
            if batch.end() > place.segment.len()? {
                return Ok(Look::Torn(
                    place.segment.len()?.saturating_sub(place.position),
                ));
            }
            if let Err(fault) = crc_matches(&place.segment.file, &place.segment.path, &batch)? {
                return Ok(Look::Bad(fault.into()));
            }
        } else if let Err(fault) = check_crc(buffer.bytes(&held)) {
            return Ok(Look::Bad(fault.into()));
        }
        match self.misplaced(place, &batch)? {
            Some(flaw) => Ok(Look::Bad(flaw)),
            None => Ok(Look::Batch(batch, held)),
        }
    }

    /// Whether the batch's offsets contradict its neighbours'.
    fn misplaced(&self, place: &Place, batch: &BatchAt) -> Result<Option<Flaw>> {
        let found = batch.header.base_offset;
        let expected = place.expected.unwrap_or(found);
        if found == expected {
            return Ok(None);
        }
        let flaw = Flaw::Offset { expected, found };
        if found < expected || !self.partition.may_have_gaps() {
            return Ok(Some(flaw));
        }
        // A gap that compaction left is followed by higher offsets; a damaged offset by those that were due.
        let next = read_header(&place.segment.file, &place.segment.path, batch.end())?;
        let follows =
            next.is_none_or(|next: BatchHeader| next.base_offset >= batch.header.next_offset());
        Ok((!follows).then_some(flaw))
    }

    /// At the end of a segment: whether there is somewhere to go on.
    fn go_on(&mut self, buffer: &mut ReadBuffer) -> Result<bool> {
        if !self.directory_changed()? {
            return Ok(false);
        }
        let listing = self.list()?;
        let next = listing.base(listing.number_of(self.offset)?)?;
        let Some(place) = &self.place else {
            return Ok(false);
        };
        // Drain once more: a batch may have come between our last look and the roll.
        if place.segment.is_current() {
            if place.segment.len()? > place.position && listing.last()? > Some(place.segment.base) {
                return Ok(true);
            }
            if next == Some(place.segment.base) {
                return self.jump(&listing, buffer);
            }
        }
        buffer.clear();
        self.place = None;
        Ok(next.is_some())
    }

    fn directory_changed(&self) -> Result<bool> {
        let dir = self.partition.dir();
        self.partition.still_there()?;
        let base = self.place.as_ref().map(|place| place.segment.base);
        Ok(match &self.listed {
            // There was a later segment already.
            Some(listed) if listed.last > base => true,
            Some(listed) => !listed.moment.is_now(dir),
            None => true,
        })
    }

    /// A segment that ends before the next begins: compaction leaves such gaps; elsewhere records are missing.
    fn jump(&mut self, listing: &Listing, buffer: &mut ReadBuffer) -> Result<bool> {
        let Some(place) = &self.place else {
            return Ok(false);
        };
        let Some(next) = listing.after(place.segment.base)? else {
            return Ok(false);
        };
        if !self.partition.may_have_gaps() {
            let flaw = Flaw::Offset {
                expected: self.offset,
                found: next,
            };
            let (path, position) = (place.segment.path.clone(), place.position);
            if self.offset >= self.partition.known_end()? {
                self.partition.say_end(self.offset, &path, position, &flaw);
                return Ok(false);
            }
            return Err(Error::damaged(&path, position, flaw));
        }
        self.offset = next;
        buffer.clear();
        self.place = None;
        Ok(true)
    }

    fn list(&mut self) -> Result<Listing> {
        let listing = self.partition.listing()?;
        self.listed = Some(Listed {
            moment: listing.moment(),
            last: listing.last()?,
        });
        Ok(listing)
    }

    /// Whether a batch that is cut short may simply be on its way: it is the last thing there is, and lies past
    /// what is known to have been written.
    fn is_live_end(&self) -> Result<bool> {
        let Some(place) = &self.place else {
            return Ok(true);
        };
        if !self.is_last()? || self.offset < self.partition.known_end()? {
            return Ok(false);
        }
        if self.partition.has_append_record()? {
            return Ok(true);
        }
        // Nobody knows how far it went: a whole batch further on tells that this is not where it ended.
        let segment = &place.segment;
        let behind = place.position + 1;
        let next = next_whole_batch(
            &segment.file,
            &segment.path,
            behind,
            segment.len()?,
            self.offset,
        )?;
        Ok(next.is_none())
    }

    fn is_last(&self) -> Result<bool> {
        let last = self.partition.listing()?.last()?;
        Ok(self
            .place
            .as_ref()
            .is_none_or(|place| last.is_none_or(|last| last <= place.segment.base)))
    }

    /// A bad batch is read again as long as the log changes under us. After that it is the end of the log, said
    /// once, where a power cut can have left it, and damage elsewhere. True: it is the end.
    fn look_again(&mut self, buffer: &mut ReadBuffer, looks: u32, flaw: &Flaw) -> Result<bool> {
        let Some(place) = &self.place else {
            return Ok(false);
        };
        let generation = self.partition.generation();
        let (path, position, offset) = (place.segment.path.clone(), place.position, self.offset);
        if looks == 1 || (looks < SECOND_LOOKS && generation != self.partition.last_generation()) {
            self.partition.remember_generation(generation);
            buffer.clear();
            std::thread::yield_now();
            self.place = None;
            return Ok(false);
        }
        if offset >= self.partition.known_end()? {
            self.partition.say_end(offset, &path, position, flaw);
            return Ok(true);
        }
        Err(Error::damaged(&path, position, flaw))
    }
}

/// The inode of a directory: one that was deleted and made again is another.
pub(crate) fn inode_of(dir: &Path) -> Result<u64> {
    Ok(std::fs::metadata(dir).at("examine", dir)?.ino())
}
