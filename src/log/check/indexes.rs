//! Comparing a segment's indexes with its batches.
//!
//! What a reader relies on is checked: that entries rise, and that each speaks of a batch that is there. Which batches
//! get an entry is not: a broker with other settings chose others. A broker's compaction and its followers write one
//! entry for several batches, the position of the first with the last offset of the last; where the topic may come
//! from there, that is right too.

use std::path::Path;

use crate::count::counted;
use crate::error::Result;
use crate::log::check::finding::{Finding, FindingKind};
use crate::log::entries::Entries;
use crate::log::offset_index::{self, OffsetEntry};
use crate::log::scan::{BatchAt, Scan, Step};
use crate::log::segment::{SegmentLog, segment_path};
use crate::log::time_index::{self, TimeEntry};
use crate::record::NO_TIMESTAMP;
use crate::store::SegmentFile;

/// Both indexes of a segment, compared with its batches as they come.
pub(crate) struct IndexCheck {
    offsets: OffsetCheck,
    times: TimeCheck,
}

/// Whose indexes they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    /// An entry may speak of several batches.
    pub(crate) chunks: bool,
    /// `index.interval.bytes`, where the index was written here.
    pub(crate) interval: Option<u64>,
    /// Whether it is the last segment's: its indexes need not be there, nor end.
    pub(crate) active: bool,
}

impl IndexCheck {
    /// Opens the indexes as they are now: what is appended to the log later is not in them.
    pub(crate) fn open(partition: &Path, base: i64, origin: Origin) -> Result<Self> {
        Ok(Self {
            offsets: OffsetCheck::open(partition, base, origin)?,
            times: TimeCheck::open(partition, base, origin)?,
        })
    }

    /// Takes the next batch.
    pub(crate) fn batch(&mut self, batch: &BatchAt) -> Result<()> {
        let indexed = self.offsets.batch(batch)?;
        self.times.batch(batch, indexed)
    }

    /// After the last batch: what is wrong.
    pub(crate) fn finish(self) -> Result<Vec<Finding>> {
        let mut offsets = self.offsets;
        if offsets.waiting.is_some() {
            offsets.unanswered();
        }
        let mut findings = offsets.end.finish(offsets.missing)?;
        let missing = (self.times.due > self.times.previous.timestamp).then_some(self.times.due_at);
        findings.extend(self.times.end.finish(missing)?);
        Ok(findings)
    }
}

/// Compares the indexes of the segment at `base` in `partition` with its log as it stands there: what is wrong with
/// them. Nothing is said of one that is not there.
pub(crate) fn check_indexes(partition: &Path, base: i64) -> Result<Vec<Finding>> {
    let origin = Origin {
        chunks: true,
        interval: None,
        active: true,
    };
    let mut indexes = IndexCheck::open(partition, base, origin)?;
    let Some(segment) = SegmentLog::open(partition, base)? else {
        return Ok(Vec::new());
    };
    let mut scan = Scan::whole(&segment.file, &segment.path, 0)?;
    while let Step::Batch(batch) = scan.step()? {
        indexes.batch(&batch)?;
    }
    indexes.finish()
}

/// What both have in common: the entries, how far they were compared, and the first that is wrong.
struct Progress<const WIDTH: usize> {
    path: std::path::PathBuf,
    entries: Option<Entries<WIDTH>>,
    slot: u64,
    fault: Option<(u64, String)>,
    origin: Origin,
}

impl<const WIDTH: usize> Progress<WIDTH> {
    fn open(path: std::path::PathBuf, origin: Origin) -> Result<Self> {
        Ok(Self {
            entries: Entries::open(&path)?,
            path,
            slot: 0,
            fault: None,
            origin,
        })
    }

    /// The entry to compare next.
    fn entry(&self) -> Result<Option<[u8; WIDTH]>> {
        match &self.entries {
            Some(entries) if self.fault.is_none() && self.slot < entries.count() => {
                entries.get(self.slot).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn wrong(&mut self, why: String) {
        self.fault = Some((self.slot * WIDTH as u64, why));
    }

    /// `missing`: where a batch begins that had an entry where there are zeros now.
    fn finish(mut self, missing: Option<u64>) -> Result<Vec<Finding>> {
        let Some(entries) = self.entries.take() else {
            let missing = Finding::new(
                FindingKind::MissingIndex,
                &self.path,
                "there is no such index; reading costs more time without it",
            );
            return Ok(if self.origin.active {
                Vec::new()
            } else {
                vec![missing.harmless()]
            });
        };
        let width = WIDTH as u64;
        let end = entries.count() * width;
        let padding = entries.bytes() - end;
        if self.fault.is_none() && self.slot < entries.count() {
            self.wrong("the entry is of a batch behind the end of the log".to_owned());
        }
        if self.fault.is_none()
            && let Some(at) = entries.rubbish()?
        {
            self.fault = Some((at, "the entry follows zeros".to_owned()));
        }
        // Zeros behind the last entry need not be whole entries.
        if self.fault.is_none() && padding > 0 && padding < width {
            let last = entries.bytes() - entries.bytes() % width;
            self.fault = Some((last, "the index ends within an entry".to_owned()));
        }
        if self.fault.is_none()
            && padding > 0
            && self.origin.interval.is_some()
            && let Some(batch) = missing
        {
            let why = format!("there are zeros in place of the entry of the batch at byte {batch}");
            self.fault = Some((end, why));
        }
        Ok(match self.fault {
            Some((position, why)) => {
                vec![Finding::new(FindingKind::BadIndex, &self.path, why).at(position)]
            }
            None if padding > 0 => vec![
                Finding::new(
                    FindingKind::PaddedIndex,
                    &self.path,
                    format!(
                        "{} of zeros behind the last entry, as a running broker has it",
                        counted(padding, "byte")
                    ),
                )
                .at(end)
                .harmless(),
            ],
            None => Vec::new(),
        })
    }
}

struct OffsetCheck {
    base: i64,
    end: Progress<{ offset_index::ENTRY_BYTES }>,
    previous: Option<OffsetEntry>,
    /// The offset that an entry for several batches still waits for.
    waiting: Option<i64>,
    /// Bytes since the last batch with an entry.
    unindexed: u64,
    /// The first batch since then that was due for one.
    missing: Option<u64>,
}

impl OffsetCheck {
    fn open(partition: &Path, base: i64, origin: Origin) -> Result<Self> {
        Ok(Self {
            base,
            end: Progress::open(segment_path(partition, base, SegmentFile::Index), origin)?,
            previous: None,
            waiting: None,
            unindexed: 0,
            missing: None,
        })
    }

    /// Takes the next batch; says whether it has an entry.
    fn batch(&mut self, batch: &BatchAt) -> Result<bool> {
        let mut indexed = false;
        let last = batch.header.last_offset();
        while let Some(bytes) = self.end.entry()? {
            let entry = OffsetEntry::decode(self.base, bytes);
            let rises = self.previous.is_none_or(|previous| {
                entry.offset > previous.offset && entry.position > previous.position
            });
            if rises && entry.position > batch.position {
                break;
            }
            if let Some(why) = self.fault_of(entry, rises, batch) {
                self.end.wrong(why);
            } else {
                indexed = true;
                self.waiting = (entry.offset != last).then_some(entry.offset);
                self.previous = Some(entry);
                self.end.slot += 1;
            }
        }
        if self.waiting.is_some_and(|waiting| waiting <= last) {
            if self.waiting != Some(last) {
                self.unanswered();
            }
            self.waiting = None;
        }
        self.count(batch, indexed);
        Ok(indexed)
    }

    /// The last entry's offset is none that a batch ends at.
    fn unanswered(&mut self) {
        if self.end.fault.is_none() {
            self.end.slot -= 1;
            self.end
                .wrong("no batch ends at the offset of the entry".to_owned());
        }
    }

    fn fault_of(&self, entry: OffsetEntry, rises: bool, batch: &BatchAt) -> Option<String> {
        let last = batch.header.last_offset();
        let OffsetEntry { offset, position } = entry;
        if !rises {
            return Some(format!(
                "the entry (offset {offset}, position {position}) is not above the one before it"
            ));
        }
        if position != batch.position
            || self
                .waiting
                .is_some_and(|waiting| waiting >= batch.header.base_offset)
        {
            return Some(format!(
                "the entry (offset {offset}) points at byte {position}, where no batch begins"
            ));
        }
        let fits = offset == last || (offset > last && self.end.origin.chunks);
        (!fits).then(|| {
            format!(
                "the entry says that the batch at byte {position} ends at offset {offset}, it ends at {last}"
            )
        })
    }

    /// Kafka's rule of which batches get an entry, to know zeros in place of one from zeros behind the last.
    fn count(&mut self, batch: &BatchAt, indexed: bool) {
        if indexed {
            self.unindexed = 0;
            self.missing = None;
        } else if self
            .end
            .origin
            .interval
            .is_some_and(|interval| self.unindexed > interval)
        {
            self.missing.get_or_insert(batch.position);
        }
        self.unindexed += batch.header.size();
    }
}

struct TimeCheck {
    base: i64,
    end: Progress<{ time_index::ENTRY_BYTES }>,
    previous: TimeEntry,
    /// The largest timestamp so far.
    largest: i64,
    /// The largest one up to the last batch with an offset entry: it has a time entry too.
    due: i64,
    due_at: u64,
}

impl TimeCheck {
    fn open(partition: &Path, base: i64, origin: Origin) -> Result<Self> {
        let path = segment_path(partition, base, SegmentFile::TimeIndex);
        Ok(Self {
            base,
            end: Progress::open(path, origin)?,
            previous: TimeEntry {
                timestamp: NO_TIMESTAMP,
                offset: base,
            },
            largest: NO_TIMESTAMP,
            due: NO_TIMESTAMP,
            due_at: 0,
        })
    }

    fn batch(&mut self, batch: &BatchAt, indexed: bool) -> Result<()> {
        let header = &batch.header;
        self.largest = self.largest.max(header.max_timestamp);
        if indexed {
            (self.due, self.due_at) = (self.largest, batch.position);
        }
        while let Some(bytes) = self.end.entry()? {
            let entry = TimeEntry::decode(self.base, &bytes);
            let rises = self.end.slot == 0
                || (entry.timestamp > self.previous.timestamp
                    && entry.offset >= self.previous.offset);
            if rises && entry.offset > header.last_offset() {
                break;
            }
            if let Some(why) = self.fault_of(entry, rises, batch) {
                self.end.wrong(why);
            } else {
                self.previous = entry;
                self.end.slot += 1;
            }
        }
        Ok(())
    }

    fn fault_of(&self, entry: TimeEntry, rises: bool, batch: &BatchAt) -> Option<String> {
        let TimeEntry { timestamp, offset } = entry;
        if !rises {
            return Some(format!(
                "the entry (timestamp {timestamp}, offset {offset}) is not above the one before it"
            ));
        }
        if offset != batch.header.last_offset() {
            return Some(format!(
                "the entry says that a batch ends at offset {offset}, none does"
            ));
        }
        (timestamp != batch.header.max_timestamp || timestamp != self.largest).then(|| {
            format!(
                "the entry says that {timestamp} is the largest timestamp up to offset {offset}, it is {} there and {} up to there",
                batch.header.max_timestamp, self.largest
            )
        })
    }
}
