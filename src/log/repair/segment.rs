//! Mending one segment: its log, then its indexes.

use crate::error::Result;
use crate::log::account;
use crate::log::check::{
    Finding, IndexCheck, Origin, Remedy, Surroundings, Survey, Surveyed, Trouble,
};
use crate::log::flaw::Flaw;
use crate::log::indexing::IndexBuilder;
use crate::log::kept::keep_beside;
use crate::log::repair::cure::{Cure, cure};
use crate::log::repair::rewrite::rewrite;
use crate::log::repair::{Mended, Repair};
use crate::log::scan::{Scan, Step};
use crate::log::segment::SegmentLog;
use crate::log::torn;
use crate::store::AppendRecord;

/// What there is to do on a segment.
struct Diagnosis {
    surveyed: Surveyed,
    /// What is wrong with its indexes, where its log is in order.
    indexes: Vec<Finding>,
}

impl Repair<'_> {
    /// Mends a segment; the offset after its last batch, if its log is in order now.
    pub(super) fn mend_segment(
        &mut self,
        base: i64,
        next_base: Option<i64>,
    ) -> Result<Option<i64>> {
        let dir = self.partition.dir();
        let Some(segment) = SegmentLog::open(dir, base)? else {
            return Ok(None);
        };
        let Diagnosis { surveyed, indexes } = self.diagnose(&segment, next_base)?;
        let resume = self.resume(base, next_base, &surveyed)?;
        let mut troubles = surveyed.troubles;
        if resume > surveyed.next_offset && troubles.iter().all(|trouble| trouble.then.is_some()) {
            troubles.push(Trouble {
                position: surveyed.bytes,
                end: surveyed.bytes,
                expected: surveyed.next_offset,
                then: Some(resume),
                epoch: surveyed.epoch,
                flaw: Flaw::Offset {
                    expected: surveyed.next_offset,
                    found: resume,
                },
                remedy: Remedy::Replace,
            });
        }
        let cures = troubles
            .iter()
            .filter_map(|trouble| cure(&segment, trouble, resume));
        let cures: Vec<Cure> = cures.collect();
        let mended_all = cures.len() == troubles.len();
        let in_doubt = self.unsynced.is_some_and(|offset| resume > offset);
        if !cures.is_empty() || in_doubt {
            self.carry_out(&segment, cures)?;
        }
        let indexes_are_good = indexes.is_empty() && troubles.is_empty() && !in_doubt;
        if !indexes_are_good {
            self.rebuild_indexes(base, next_base.is_some())?;
        }
        for finding in indexes {
            let message = format!("{}: the index was built anew", finding.message);
            self.mended.push(Mended {
                path: finding.path,
                position: finding.position,
                message,
            });
        }
        Ok(mended_all.then_some(resume))
    }

    fn diagnose(&mut self, segment: &SegmentLog, next_base: Option<i64>) -> Result<Diagnosis> {
        let around = Surroundings {
            next_base,
            recorded_end: self
                .record
                .filter(|record| record.segment == segment.base)
                .map(|record| (record.next_offset, record.end)),
            gaps: self.partition.may_have_gaps(),
            largest_batch: torn::largest_batch(self.settings),
            epochs: self.epochs.clone(),
        };
        let origin = Origin {
            chunks: around.gaps,
            interval: Some(self.settings.index_interval_bytes()),
            active: next_base.is_none(),
        };
        let mut indexes = IndexCheck::open(self.partition.dir(), segment.base, origin)?;
        let survey = Survey::new(segment, around)?;
        self.buffer.clear();
        let surveyed = survey.run(&mut self.buffer, &mut |batch| indexes.batch(batch))?;
        let indexes = if surveyed.troubles.is_empty() {
            indexes.finish()?
        } else {
            Vec::new()
        };
        Ok(Diagnosis { surveyed, indexes })
    }

    /// The offset at which the log goes on behind this segment. Behind the last one it is none that was given out
    /// before, as far as anyone knows; and none below the log's start, if what led there is cut off.
    fn resume(&self, base: i64, next_base: Option<i64>, surveyed: &Surveyed) -> Result<i64> {
        let end = surveyed.next_offset;
        if next_base.is_some() {
            return Ok(end);
        }
        // Farther on than an index entry can say, it is no end that the log can have had.
        let farthest = base.saturating_add(i64::from(i32::MAX));
        let known = Some(self.partition.known_end()?).filter(|&known| known <= farthest);
        let is_cut = surveyed
            .troubles
            .iter()
            .any(|trouble| trouble.then.is_none());
        let start = if is_cut { self.partition.start()? } else { 0 };
        Ok(end.max(known.unwrap_or(0)).max(start))
    }

    fn carry_out(&mut self, segment: &SegmentLog, cures: Vec<Cure>) -> Result<()> {
        let dir = self.partition.dir();
        let (mut edits, mut told) = (Vec::new(), Vec::new());
        for Cure {
            edit,
            keep,
            message,
        } in cures
        {
            let message = if keep {
                let kept = keep_beside(dir, segment, edit.stretch.clone())?;
                format!("{message}; the bytes are kept in {}", kept.display())
            } else {
                message
            };
            told.push(Mended::new(&*segment.path, message).at(edit.stretch.start));
            edits.push(edit);
        }
        rewrite(dir, segment, &edits)?;
        self.mended.extend(told);
        Ok(())
    }

    /// Builds a segment's indexes anew; those of a closed one get the entry that closes them.
    fn rebuild_indexes(&self, base: i64, closed: bool) -> Result<()> {
        let dir = self.partition.dir();
        let Some(segment) = SegmentLog::open(dir, base)? else {
            return Ok(());
        };
        let interval = self.settings.index_interval_bytes();
        let mut record = AppendRecord::default();
        account::begin_segment(&mut record, base, segment.inode);
        let mut index = IndexBuilder::resumed(&record);
        let mut scan = Scan::whole(&segment.file, &segment.path, 0)?;
        while let Step::Batch(batch) = scan.step()? {
            let due = account::take_in(&mut record, &batch.header, interval);
            index.add(&mut record, due);
        }
        if closed {
            index.close(&record);
        }
        index.store(dir, &mut record)
    }
}
