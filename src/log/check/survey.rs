//! Going over one segment's log, batch by batch, and finding what is wrong and what would set it right.
//!
//! Every batch is looked at in full: its header, its checksum, every record, and whether its offsets fit between its
//! neighbours', which the checksum does not cover. Where something is bad, the walk goes on behind it, at the next
//! batch that is whole and fits. The checker reports what a survey finds; the repairer does what it says.

use std::path::Path;

use crate::error::{IoContext, Result};
use crate::log::buffer::{Held, ReadBuffer};
use crate::log::check::trouble::{Remedy, Trouble};
use crate::log::fetched::{Body, Fetched};
use crate::log::flaw::Flaw;
use crate::log::resync::next_whole_batch;
use crate::log::scan::{BatchAt, Torn, crc_matches, read_header, read_up_to};
use crate::log::segment::SegmentLog;
use crate::log::torn;
use crate::record::{BatchFault, BatchHeader, check_crc};
use crate::store::LeaderEpochs;

/// What a survey has to know of the segment's surroundings.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    /// The base offset of the segment after it; none for the last one.
    pub(crate) next_base: Option<i64>,
    /// The end of the log as the append record has it: offset, and bytes of the last segment.
    pub(crate) recorded_end: Option<(i64, u64)>,
    /// Whether offsets may be missing between batches.
    pub(crate) gaps: bool,
    /// The largest batch that one of our writers can have begun.
    pub(crate) largest_batch: u64,
    /// The partition's leader epochs, where it has them.
    pub(crate) epochs: LeaderEpochs,
}

/// What a survey found, beside the batches.
#[derive(Debug, Default)]
pub(crate) struct Surveyed {
    /// All that is wrong, in order.
    pub(crate) troubles: Vec<Trouble>,
    /// The offset after the last batch.
    pub(crate) next_offset: i64,
    /// The bytes that were looked at.
    pub(crate) bytes: u64,
    /// The leader epoch of the last batch.
    pub(crate) epoch: i32,
}

/// A survey of one segment.
pub(crate) struct Survey<'a> {
    segment: &'a SegmentLog,
    around: Surroundings,
    length: u64,
    position: u64,
    expected: i64,
    epoch: i32,
    troubles: Vec<Trouble>,
}

/// What is done with each good batch.
type Each<'e> = &'e mut dyn FnMut(&BatchAt) -> Result<()>;

/// A batch at a place, or what is wrong there.
enum Look {
    Good(BatchAt),
    /// The header can't be, but with this one in its place the batch would be sound.
    Masked {
        batch: BatchAt,
        right: BatchHeader,
        fault: BatchFault,
    },
    Bad {
        flaw: Flaw,
        header: Option<BatchHeader>,
        torn: Option<Torn>,
    },
}

impl<'a> Survey<'a> {
    /// A survey of the segment as long as it is now.
    pub(crate) fn new(segment: &'a SegmentLog, around: Surroundings) -> Result<Self> {
        Ok(Self {
            segment,
            length: segment.len()?,
            position: 0,
            expected: segment.base,
            epoch: epoch_at(&around.epochs, segment.base).unwrap_or(0),
            around,
            troubles: Vec::new(),
        })
    }

    /// Hands every good batch to `each`, and says what is wrong between them.
    pub(crate) fn run(mut self, buffer: &mut ReadBuffer, each: Each<'_>) -> Result<Surveyed> {
        while self.position < self.length {
            match self.look(buffer, self.position)? {
                Look::Good(batch) => self.place(batch, each)?,
                Look::Masked {
                    batch,
                    right,
                    fault,
                } => self.unmask(batch, right, fault, each)?,
                Look::Bad { flaw, header, torn } => self.bad(flaw, header, torn)?,
            }
        }
        self.end();
        Ok(Surveyed {
            troubles: self.troubles,
            next_offset: self.expected,
            bytes: self.length,
            epoch: self.epoch,
        })
    }

    /// What stands at a position: everything that can be said without its neighbours.
    fn look(&self, buffer: &mut ReadBuffer, position: u64) -> Result<Look> {
        let held = buffer.load(self.segment, position)?;
        let left = self.segment.len()?.saturating_sub(position);
        let (Held::Header(header) | Held::Whole(header, _)) = held else {
            let header = read_header(&self.segment.file, &self.segment.path, position)?;
            return Ok(torn(header, left));
        };
        let batch = BatchAt { position, header };
        if let Err(fault) = header.check() {
            return self.look_behind(batch, fault);
        }
        let body = if let Held::Whole(..) = held {
            if let Err(fault) = check_crc(buffer.bytes(&held)) {
                return Ok(bad(fault, Some(header)));
            }
            Body::Memory(buffer.bytes(&held))
        } else {
            if header.size() > left {
                return Ok(torn(Some(header), left));
            }
            if let Err(fault) = crc_matches(&self.segment.file, &self.segment.path, &batch)? {
                return Ok(bad(fault, Some(header)));
            }
            Body::File(self.segment.file.clone())
        };
        let fetched = Fetched::new(batch, body, self.segment.path.clone());
        Ok(match decode(&fetched, &self.segment.path)? {
            Some(fault) => bad(fault, Some(header)),
            None => Look::Good(batch),
        })
    }

    /// The fields that the checksum does not cover may be all that is wrong with a header.
    fn look_behind(&self, batch: BatchAt, fault: BatchFault) -> Result<Look> {
        let right = BatchHeader {
            base_offset: self.expected,
            magic: BatchHeader::default().magic,
            ..batch.header
        };
        let unmasked = BatchAt {
            header: right,
            ..batch
        };
        let (file, path) = (&self.segment.file, &self.segment.path);
        if right.check().is_err()
            || unmasked.end() > self.segment.len()?
            || crc_matches(file, path, &unmasked)?.is_err()
        {
            return Ok(bad(fault, Some(batch.header)));
        }
        let body = Body::File(file.clone());
        let fetched = Fetched::new(unmasked, body, path.clone());
        Ok(match decode(&fetched, path)? {
            Some(fault) => bad(fault, Some(batch.header)),
            None => Look::Masked {
                batch,
                right,
                fault,
            },
        })
    }

    /// A batch whose header is sound but for fields outside its checksum: whether these are known.
    fn unmask(
        &mut self,
        batch: BatchAt,
        right: BatchHeader,
        fault: BatchFault,
        each: Each<'_>,
    ) -> Result<()> {
        if batch.header.base_offset != right.base_offset && !self.is_proven(&batch, &right)? {
            return self.bad(fault.into(), Some(batch.header), None);
        }
        self.correct(&batch, right, fault.into());
        let batch = BatchAt {
            header: right,
            ..batch
        };
        self.step(&batch, each)
    }

    /// A sound batch: whether it is in its place.
    fn place(&mut self, batch: BatchAt, each: Each<'_>) -> Result<()> {
        let header = batch.header;
        let (found, expected) = (header.base_offset, self.expected);
        let in_order = found == expected || (found > expected && self.around.gaps);
        if in_order && self.is_followed(&batch, &header)? {
            if let Some(right) = self.wrong_epoch(&header) {
                let flaw = Flaw::Epoch {
                    expected: right.partition_leader_epoch,
                    found: header.partition_leader_epoch,
                };
                self.correct(&batch, right, flaw);
            }
            return self.step(&batch, each);
        }
        let right = BatchHeader {
            base_offset: expected,
            ..header
        };
        let flaw = match self.around.next_base {
            Some(base) if found == expected => Flaw::Overlap {
                next: header.next_offset(),
                base,
            },
            _ => Flaw::Offset { expected, found },
        };
        if found != expected && self.is_proven(&batch, &right)? {
            self.correct(&batch, right, flaw);
            let batch = BatchAt {
                header: right,
                ..batch
            };
            return self.step(&batch, each);
        }
        if self.can_hold(found) && self.is_followed_closely(&batch)? {
            // What is missing was never written, or was taken out whole: the batch itself is in order.
            self.troubles.push(Trouble {
                position: batch.position,
                end: batch.position,
                expected,
                then: Some(found),
                epoch: self.epoch,
                flaw,
                remedy: Remedy::Replace,
            });
            self.expected = found;
            return Ok(());
        }
        self.bad(flaw, Some(header), None)
    }

    /// Whether an offset that is not due yet can be one of this segment's: index entries have 31 bits for it.
    fn can_hold(&self, offset: i64) -> bool {
        offset > self.expected && i32::try_from(offset - self.segment.base).is_ok()
    }

    fn step(&mut self, batch: &BatchAt, each: Each<'_>) -> Result<()> {
        each(batch)?;
        self.position = batch.end();
        self.expected = batch.header.next_offset();
        self.epoch = batch.header.partition_leader_epoch.max(0);
        Ok(())
    }

    fn correct(&mut self, batch: &BatchAt, header: BatchHeader, flaw: Flaw) {
        self.troubles.push(Trouble {
            position: batch.position,
            end: batch.end(),
            expected: header.base_offset,
            then: Some(header.next_offset()),
            epoch: self.epoch,
            flaw,
            remedy: Remedy::Correct(header),
        });
    }

    /// The header with the leader epoch that the partition's checkpoint has for it, if it has another one itself.
    fn wrong_epoch(&self, header: &BatchHeader) -> Option<BatchHeader> {
        let of_checkpoint = epoch_at(&self.around.epochs, header.base_offset)?;
        let found = header.partition_leader_epoch;
        (found != of_checkpoint && found != -1).then_some(BatchHeader {
            partition_leader_epoch: of_checkpoint,
            ..*header
        })
    }

    /// Whether what follows the batch can follow it, if it had this header.
    fn is_followed(&self, batch: &BatchAt, header: &BatchHeader) -> Result<bool> {
        let next = header.next_offset();
        if self.around.next_base.is_some_and(|base| next > base) {
            return Ok(false);
        }
        if header.base_offset == self.expected {
            return Ok(true);
        }
        if batch.end() >= self.length {
            let recorded = self.around.recorded_end;
            return Ok(recorded.is_none_or(|(offset, end)| end != batch.end() || offset == next));
        }
        // Where gaps are allowed, a damaged offset shows by lower ones that come after it.
        let after = read_header(&self.segment.file, &self.segment.path, batch.end())?;
        Ok(after.is_none_or(|after| after.check().is_err() || after.base_offset >= next))
    }

    /// Whether the batch after this one begins where this one, as it is, ends.
    fn is_followed_closely(&self, batch: &BatchAt) -> Result<bool> {
        let next = batch.header.next_offset();
        if batch.end() >= self.length {
            return Ok(self.around.next_base == Some(next));
        }
        let after = read_header(&self.segment.file, &self.segment.path, batch.end())?;
        Ok(
            after.is_some_and(|after| after.check().is_ok() && after.base_offset == next)
                && self.around.next_base.is_none_or(|base| next <= base),
        )
    }

    /// Whether something proves that the batch has this header: what follows it, or the append record.
    fn is_proven(&self, batch: &BatchAt, right: &BatchHeader) -> Result<bool> {
        let corrected = BatchAt {
            header: *right,
            ..*batch
        };
        if self.is_followed_closely(&corrected)? {
            return Ok(true);
        }
        Ok(self.around.next_base.is_none()
            && self.around.recorded_end == Some((right.next_offset(), batch.end())))
    }

    /// Something that is no batch of this place: the walk goes on at the next that is.
    fn bad(&mut self, flaw: Flaw, header: Option<BatchHeader>, torn: Option<Torn>) -> Result<()> {
        let (position, expected) = (self.position, self.expected);
        let next = self.resume(header)?;
        let (end, then) = match &next {
            Some(batch) => (batch.position, Some(batch.header.base_offset)),
            None => (self.length, self.around.next_base),
        };
        let remedy = if then.is_some() {
            Remedy::Replace
        } else if self.is_torn(torn.as_ref())? {
            Remedy::CutTorn
        } else {
            Remedy::Cut
        };
        let remedy = match (&flaw, remedy) {
            // A killed write's first bytes may all be zeros: then it is that.
            (_, Remedy::Cut) if self.is_zero(position, end)? => Remedy::CutZeros,
            (Flaw::Batch(BatchFault::Magic(0 | 1)), Remedy::Cut | Remedy::Replace)
                if self.around.gaps && !self.is_zero(position, end)? =>
            {
                Remedy::Leave
            }
            (_, remedy) => remedy,
        };
        self.troubles.push(Trouble {
            position,
            end,
            expected,
            then,
            epoch: self.epoch,
            flaw,
            remedy,
        });
        self.position = end;
        self.expected = then.unwrap_or(expected);
        Ok(())
    }

    fn is_torn(&self, torn: Option<&Torn>) -> Result<bool> {
        // What the append record knows as written was no write that was killed.
        let recorded = self.around.recorded_end;
        let unknown = recorded.is_none_or(|(_, end)| end <= self.position);
        match torn {
            Some(torn) if unknown => torn::can_be_left_by_killed_write(
                self.segment,
                self.position,
                torn,
                self.expected,
                self.around.largest_batch,
            ),
            _ => Ok(false),
        }
    }

    /// The next whole batch behind the position that can be one of this segment.
    fn resume(&self, header: Option<BatchHeader>) -> Result<Option<BatchAt>> {
        // Where the bad batch says that it ends is the likeliest place. Only then every byte is tried: a record
        // may hold what looks like a batch.
        if let Some(header) = header.filter(|header| header.check().is_ok()) {
            let end = self.position + header.size();
            if let Some(batch) = self.next_from(end)?
                && batch.position == end
            {
                return Ok(Some(batch));
            }
        }
        let mut from = self.position + 1;
        let mut first = None;
        while let Some(batch) = self.next_from(from)? {
            if self.is_followed_closely(&batch)? || batch.end() >= self.length {
                return Ok(Some(batch));
            }
            from = batch.position + 1;
            first = first.or(Some(batch));
        }
        Ok(first)
    }

    fn next_from(&self, mut from: u64) -> Result<Option<BatchAt>> {
        let (file, path) = (&self.segment.file, &self.segment.path);
        while let Some(batch) = next_whole_batch(file, path, from, self.length, self.expected)? {
            let fits = |base| batch.header.next_offset() <= base;
            if self.around.next_base.is_none_or(fits) {
                return Ok(Some(batch));
            }
            from = batch.position + 1;
        }
        Ok(None)
    }

    fn is_zero(&self, position: u64, end: u64) -> Result<bool> {
        let mut piece = vec![0; 64 * 1024];
        let mut at = position;
        while at < end {
            let read =
                read_up_to(&self.segment.file, &mut piece, at).at("read", &self.segment.path)?;
            if read == 0 || piece[..read].iter().any(|&byte| byte != 0) {
                return Ok(read == 0);
            }
            at += read as u64;
        }
        Ok(true)
    }

    /// The end of a segment that another follows: whether it reaches to it.
    fn end(&mut self) {
        let Some(base) = self.around.next_base else {
            return;
        };
        if self.expected < base && !self.around.gaps {
            self.troubles.push(Trouble {
                position: self.position,
                end: self.position,
                expected: self.expected,
                then: Some(base),
                epoch: self.epoch,
                flaw: Flaw::Offset {
                    expected: self.expected,
                    found: base,
                },
                remedy: Remedy::Replace,
            });
            self.expected = base;
        }
    }
}

/// The leader epoch in which an offset was written.
fn epoch_at(epochs: &LeaderEpochs, offset: i64) -> Option<i32> {
    let mut entries = epochs.entries().iter();
    entries
        .rfind(|entry| entry.start_offset <= offset)
        .map(|entry| entry.epoch)
}

fn bad(fault: BatchFault, header: Option<BatchHeader>) -> Look {
    Look::Bad {
        flaw: fault.into(),
        header,
        torn: None,
    }
}

fn torn(header: Option<BatchHeader>, bytes: u64) -> Look {
    if let Some(Err(fault)) = header.map(|header| header.check()) {
        return bad(fault, header);
    }
    Look::Bad {
        flaw: Flaw::Torn { bytes },
        header,
        torn: Some(Torn { header, bytes }),
    }
}

/// Reads every record of a batch: what is wrong with one.
fn decode(fetched: &Fetched<'_>, path: &Path) -> Result<Option<BatchFault>> {
    let mut records = match fetched.try_records() {
        Ok(records) => records,
        Err(fault) => return Ok(Some(fault)),
    };
    loop {
        match records.next() {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(None),
            Err(BatchFault::Read(number)) => {
                return Err(std::io::Error::from_raw_os_error(number)).at("read", path);
            }
            Err(fault) => return Ok(Some(fault)),
        }
    }
}
