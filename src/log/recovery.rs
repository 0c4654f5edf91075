//! Finding out where a log ends when the append record can't say, and cutting what is no part of it.
//!
//! Only the holder of the append lock comes here. In the boot in which the log was written a tail may be cut only if
//! it can be what a killed write leaves; after a restart of the machine the cut is at the first bad batch past the
//! recovery point, below which everything had been synced. All other damage is refused: the checker reports it and
//! mends it when asked. What is cut and holds a whole batch is kept beside, and named.

use crate::count::counted;
use crate::error::{Error, ErrorKind, IoContext, Result};
use crate::log::account;
use crate::log::active::Active;
use crate::log::flaw::Flaw;
use crate::log::indexing::IndexBuilder;
use crate::log::kept::{free_cut_name, keep_beside};
use crate::log::partition::Partition;
use crate::log::resync::next_whole_batch;
use crate::log::scan::{BatchAt, Scan, Step, Torn, crc_matches};
use crate::log::segment::{SegmentLog, list_segments, segment_of, segment_path};
use crate::log::sweep::set_aside;
use crate::log::syncing::sync_failed;
use crate::log::torn;
use crate::store::durable::sync_dir;
use crate::store::{AppendRecord, SegmentFile, Settings};

/// What recovery works on, and what it has to say once the lock is let go.
pub(crate) struct Recovery<'a> {
    pub(crate) partition: &'a Partition,
    pub(crate) settings: &'a Settings,
    pub(crate) notes: &'a mut Vec<String>,
}

/// Where a scan met something that is no batch.
struct Stop {
    position: u64,
    flaw: Flaw,
    torn: Option<Torn>,
}

impl Recovery<'_> {
    /// Verifies the log and returns a record of it. `previous` is the record of this boot, if there is one that
    /// the files contradict, or in whose time a roll or a cut was begun and not finished.
    pub(crate) fn run(&mut self, previous: Option<&AppendRecord>) -> Result<AppendRecord> {
        let log_start = self.partition.start()?.max(0);
        let bases = list_segments(self.partition.dir())?;
        let mut record = match (previous, bases.last()) {
            (_, None) => {
                self.check_new(log_start, previous)?;
                return self.begin_at(log_start, previous);
            }
            (Some(previous), Some(&last)) => self.after_kill(last, previous)?,
            (None, Some(_)) => self.after_restart(&bases)?,
        };
        record.generation = next_generation(previous);
        if record.next_offset < log_start {
            self.notes.push(format!(
                "{}: the log ends at offset {} below its start {log_start}: it begins anew there",
                self.partition.name(),
                record.next_offset
            ));
            for base in list_segments(self.partition.dir())? {
                set_aside(self.partition.dir(), base)?;
            }
            return self.begin_at(log_start, Some(&record));
        }
        Ok(record)
    }

    /// Without a segment there must never have been one, or everything in it must be below the log's start: else
    /// offsets that were given out would be given out again.
    fn check_new(&self, log_start: i64, previous: Option<&AppendRecord>) -> Result<()> {
        let known = previous
            .map_or(0, |record| record.next_offset)
            .max(self.partition.recovery_point()?);
        if known <= log_start {
            return Ok(());
        }
        let dir = self.partition.dir().display();
        let message = format!(
            "{dir} holds no segment, though {} went up to offset {known}",
            self.partition.name()
        );
        Err(Error::new(ErrorKind::Damaged, message)
            .help("bring the files back from a copy; 'kafdir check --repair' begins an empty log at that offset"))
    }

    /// In the boot in which they were written, records can only go with their file system's cache: with a mount that
    /// was torn away. Those that were synced can't.
    fn check_shorter(&mut self, record: &AppendRecord, previous: &AppendRecord) -> Result<()> {
        if record.next_offset >= previous.next_offset {
            return Ok(());
        }
        let (name, end, before) = (
            self.partition.name(),
            record.next_offset,
            previous.next_offset,
        );
        let message = format!("{name} ends at offset {end}, though it went up to {before}");
        if end < previous.synced {
            return Err(Error::new(ErrorKind::Damaged, message)
                .help("bring the files back from a copy, or run 'kafdir check --repair'"));
        }
        self.notes
            .push(format!("{message}: what was not synced is gone"));
        Ok(())
    }

    fn begin_at(&self, base: i64, previous: Option<&AppendRecord>) -> Result<AppendRecord> {
        let active = Active::open(self.partition.dir(), base, 0)?;
        let mut record = AppendRecord {
            generation: next_generation(previous),
            ..AppendRecord::default()
        };
        account::begin_segment(&mut record, base, active.log.inode);
        record.leader_epoch = self.partition.first_leader_epoch()?;
        // Not even the new file's name is on disk yet.
        record.synced = base - 1;
        Ok(record)
    }

    /// In the same boot everything written is still in the page cache: only the last segment's tail is in question.
    fn after_kill(&mut self, last: i64, previous: &AppendRecord) -> Result<AppendRecord> {
        let segment = self.open(last)?;
        let mut record = match trusted_end(&segment, previous)? {
            Some(record) => record,
            None => self.blank(&segment, previous)?,
        };
        let mut index = IndexBuilder::resumed(&record);
        if let Some(stop) = self.verify(&segment, &mut record, &mut index)? {
            let expected = record.next_offset;
            let left_by_killed_write = match &stop.torn {
                Some(torn) => torn::can_be_left_by_killed_write(
                    &segment,
                    stop.position,
                    torn,
                    expected,
                    torn::largest_batch(self.settings),
                )?,
                None => false,
            };
            if !left_by_killed_write {
                return Err(Error::damaged(&segment.path, stop.position, &stop.flaw));
            }
            self.cut(&segment, &stop, expected)?;
        }
        self.check_shorter(&record, previous)?;
        self.store_index(&index, &mut record);
        record.synced = previous
            .synced
            .min(record.next_offset)
            .min(if record.end == 0 { last - 1 } else { i64::MAX });
        record.open_transaction = self.partition.earliest_open_transaction()?;
        Ok(record)
    }

    fn after_restart(&mut self, bases: &[i64]) -> Result<AppendRecord> {
        let point = self.partition.recovery_point()?;
        let from = segment_of(bases, point).unwrap_or(bases[0]);
        let mut touched = Vec::new();
        let mut record = AppendRecord::default();
        // Asked for once: it is the last batch's, and looked for from the log's end on.
        let leader_epoch = self.partition.first_leader_epoch()?;
        let mut pending = bases
            .iter()
            .copied()
            .filter(|&base| base >= from)
            .peekable();
        while let Some(base) = pending.next() {
            let segment = self.open(base)?;
            account::begin_segment(&mut record, segment.base, segment.inode);
            record.leader_epoch = leader_epoch;
            let mut index = IndexBuilder::resumed(&record);
            let mut stop = self.verify(&segment, &mut record, &mut index)?;
            if stop.is_none()
                && pending
                    .peek()
                    .is_some_and(|&next| self.breaks_off(record.next_offset, next))
            {
                let found = pending.peek().copied().unwrap_or_default();
                let flaw = Flaw::Offset {
                    expected: record.next_offset,
                    found,
                };
                stop = Some(Stop {
                    position: record.end,
                    flaw,
                    torn: None,
                });
            }
            if pending.peek().is_some() || stop.is_some() {
                index.close(&record);
            }
            self.store_index(&index, &mut record);
            touched.push(segment.clone());
            if let Some(stop) = stop {
                if record.next_offset < point {
                    return Err(Error::damaged(&segment.path, stop.position, &stop.flaw));
                }
                self.cut(&segment, &stop, record.next_offset)?;
                for later in pending.by_ref() {
                    self.cut_segment(later)?;
                }
            }
        }
        for segment in &touched {
            let synced = segment.file.sync_all().at("sync", &segment.path);
            synced.map_err(|error| self.sync_failed(&error))?;
        }
        sync_dir(self.partition.dir()).map_err(|error| self.sync_failed(&error))?;
        self.partition.set_recovery_point(record.next_offset)?;
        record.synced = record.next_offset;
        record.open_transaction = self.partition.earliest_open_transaction()?;
        Ok(record)
    }

    /// An index is a cache: one that can't be written keeps nobody from appending.
    fn store_index(&mut self, index: &IndexBuilder, record: &mut AppendRecord) {
        if let Err(error) = index.store(self.partition.dir(), record) {
            self.notes
                .push(format!("{error} (reading costs more time, nothing else)"));
        }
    }

    /// What was recovered and can't be synced is not to be built on, by anyone.
    fn sync_failed(&self, error: &Error) -> Error {
        let failed = sync_failed(self.partition.name(), &error.to_string());
        match self.partition.mark_failed() {
            Ok(()) => failed,
            Err(second) => failed.and(second),
        }
    }

    fn breaks_off(&self, end: i64, next_base: i64) -> bool {
        end > next_base || (end < next_base && !self.partition.may_have_gaps())
    }

    fn open(&self, base: i64) -> Result<SegmentLog> {
        Ok(Active::open(self.partition.dir(), base, 0)?.log)
    }

    fn blank(&self, segment: &SegmentLog, before: &AppendRecord) -> Result<AppendRecord> {
        let mut record = *before;
        account::begin_segment(&mut record, segment.base, segment.inode);
        record.leader_epoch = self.partition.first_leader_epoch()?;
        Ok(record)
    }

    /// Takes every batch from the record's end on into account, its checksum and its place seen to be right.
    fn verify(
        &self,
        segment: &SegmentLog,
        record: &mut AppendRecord,
        index: &mut IndexBuilder,
    ) -> Result<Option<Stop>> {
        let mut scan = Scan::whole(&segment.file, &segment.path, record.end)?;
        let interval = self.settings.index_interval_bytes();
        loop {
            let position = scan.position();
            let stop = |flaw| {
                Ok(Some(Stop {
                    position,
                    flaw,
                    torn: None,
                }))
            };
            match scan.step()? {
                Step::End => return Ok(None),
                Step::Torn(torn) => {
                    return Ok(Some(Stop {
                        position,
                        flaw: Flaw::Torn { bytes: torn.bytes },
                        torn: Some(torn),
                    }));
                }
                Step::Bad(fault) => return stop(fault.into()),
                Step::Batch(batch) => {
                    if let Some(flaw) = self.flaw_of(segment, &batch, record.next_offset)? {
                        return stop(flaw);
                    }
                    let due = account::take_in(record, &batch.header, interval);
                    index.add(record, due);
                }
            }
        }
    }

    fn flaw_of(
        &self,
        segment: &SegmentLog,
        batch: &BatchAt,
        expected: i64,
    ) -> Result<Option<Flaw>> {
        if let Err(fault) = crc_matches(&segment.file, &segment.path, batch)? {
            return Ok(Some(fault.into()));
        }
        let found = batch.header.base_offset;
        let out_of_place =
            found < expected || (found > expected && !self.partition.may_have_gaps());
        Ok(out_of_place.then_some(Flaw::Offset { expected, found }))
    }

    /// Cuts the segment where the scan stopped.
    fn cut(&mut self, segment: &SegmentLog, stop: &Stop, expected: i64) -> Result<()> {
        let end = segment.len()?;
        let holds_batch =
            next_whole_batch(&segment.file, &segment.path, stop.position, end, expected)?.is_some();
        let mut kept = String::new();
        if holds_batch {
            let beside = keep_beside(self.partition.dir(), segment, stop.position..end)?;
            kept = format!(", kept in {}", beside.display());
        }
        segment
            .file
            .set_len(stop.position)
            .at("cut", &segment.path)?;
        let bytes = end - stop.position;
        let were = if bytes == 1 { "was" } else { "were" };
        self.notes.push(format!(
            "{} ends at offset {expected}: {} at byte {} of {} {were} dropped{kept} ({})",
            self.partition.name(),
            counted(bytes, "byte"),
            stop.position,
            segment.path.display(),
            stop.flaw
        ));
        Ok(())
    }

    /// Takes a whole segment, behind a cut, out of the log.
    fn cut_segment(&mut self, base: i64) -> Result<()> {
        let dir = self.partition.dir();
        let log = segment_path(dir, base, SegmentFile::Log);
        let beside = free_cut_name(dir, base, 0)?;
        let empty = std::fs::metadata(&log).at("examine", &log)?.len() == 0;
        if !empty {
            std::fs::rename(&log, &beside).at("rename", &log)?;
            self.notes.push(format!(
                "{}: the segment {} stood behind the cut; it is kept in {}",
                self.partition.name(),
                log.display(),
                beside.display()
            ));
        }
        set_aside(dir, base)
    }
}

/// The previous record, if a batch really ends where and as it says. Found by walking headers from a batch
/// whose place an index entry knows: nothing is ever cut on the strength of a remembered end alone.
fn trusted_end(segment: &SegmentLog, previous: &AppendRecord) -> Result<Option<AppendRecord>> {
    if previous.segment != segment.base || previous.segment_inode != segment.inode {
        return Ok(None);
    }
    let from = segment.position_of(previous.next_offset - 1)?;
    let mut scan = Scan::whole(&segment.file, &segment.path, from)?;
    let mut next = segment.base;
    while scan.position() < previous.end {
        let Step::Batch(batch) = scan.step()? else {
            return Ok(None);
        };
        next = batch.header.next_offset();
    }
    Ok((scan.position() == previous.end && next == previous.next_offset).then_some(*previous))
}

/// The clock makes it higher than any that a process of this boot remembers, even where the record is lost.
fn next_generation(previous: Option<&AppendRecord>) -> u64 {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    let clock = u64::try_from(now.as_micros()).unwrap_or(u64::MAX / 2);
    previous.map_or(clock, |record| clock.max(record.generation + 1))
}
