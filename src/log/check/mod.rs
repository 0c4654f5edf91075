//! Verifying a partition: every invariant of its files.
//!
//! Nothing is locked and nothing is changed. Writers may be at work meanwhile, so whatever looks wrong is looked at
//! again, and counts only if it is wrong still: for a moment a batch that is being written is a torn one, and a
//! segment that is being set aside lacks its index.

mod files;
mod finding;
mod indexes;
mod look;
mod naming;
mod settling;
mod state;
mod survey;
mod trouble;

use std::time::{Duration, Instant};

pub(crate) use files::{not_a_file, what};
pub use finding::{Finding, FindingKind};

pub(crate) use files::Files;
pub(crate) use indexes::{IndexCheck, Origin, check_indexes};
pub(crate) use naming::true_base;
pub(crate) use state::{check_epochs, check_state_file};
pub(crate) use survey::{Surroundings, Survey, Surveyed};
pub(crate) use trouble::{Remedy, Trouble};

use crate::error::{Error, ErrorKind, Result};
use crate::log::buffer::ReadBuffer;
use crate::log::check::settling::Settling;
use crate::log::partition::Partition;
use crate::log::scan::BatchAt;
use crate::log::segment::{SegmentLog, segment_path};
use crate::log::sweep::is_being_set_aside;
use crate::log::torn;
use crate::store::{AppendRecord, SegmentFile, Topic};

/// The pauses between looks at what a writer may be at, in ms. A batch is written in less, unless the machine is so
/// busy that its writer has to wait in the middle of it.
const PAUSES: [u64; 5] = [1, 2, 4, 8, 16];

/// How long setting a segment aside may take from its first file to its last, on a machine however busy.
const SETTING_ASIDE: Duration = Duration::from_secs(5);
/// From one look at it to the next.
const LOOK: Duration = Duration::from_millis(5);

/// Verifies one partition.
pub struct PartitionCheck<'a> {
    partition: &'a Partition,
    topic: &'a Topic,
    buffer: ReadBuffer,
    /// Findings of indexes that were not there: in the end it shows whether their segments are.
    missing_indexes: Vec<(i64, Finding)>,
}

/// Where what is found goes.
pub type Report<'r> = &'r mut dyn FnMut(Finding) -> Result<()>;

impl<'a> PartitionCheck<'a> {
    /// A check of `partition`, which is one of `topic`.
    #[must_use]
    pub fn new(partition: &'a Partition, topic: &'a Topic) -> Self {
        Self {
            partition,
            topic,
            buffer: ReadBuffer::default(),
            missing_indexes: Vec::new(),
        }
    }

    /// Looks at everything and reports what is wrong. Gives the log end offset, as it was meanwhile, where that is
    /// beyond doubt. A partition that is deleted meanwhile has neither.
    pub fn run(&mut self, report: Report<'_>) -> Result<Option<i64>> {
        match self.look_at_all(report) {
            Err(error) if error.kind() == ErrorKind::TopicDeleted => Ok(None),
            result => result,
        }
    }

    fn look_at_all(&mut self, report: Report<'_>) -> Result<Option<i64>> {
        let dir = self.partition.dir();
        // First of all: whatever is appended after this only moves the end on.
        let record = self.partition.append_record()?;
        let list = |_: &mut Self| Files::list(dir).map(|files| (files.findings.clone(), files));
        let files = self.settle(&[], list, report)?;
        if files.findings.iter().any(|finding| finding.path == dir) {
            // It can't be listed: that is all there is to say.
            return Ok(None);
        }
        let (epochs, _) = check_epochs(dir, None);
        let bases = files.bases();
        let mut end = if bases.is_empty() {
            Some(self.partition.start()?)
        } else {
            None
        };
        for (at, &base) in bases.iter().enumerate() {
            let next_base = bases.get(at + 1).copied();
            let around = Surroundings {
                next_base,
                recorded_end: record
                    .filter(|record| record.segment == base)
                    .map(|record| (record.next_offset, record.end)),
                gaps: self.partition.may_have_gaps(),
                largest_batch: torn::largest_batch(&self.topic.settings),
                epochs: epochs.clone(),
            };
            // Only at its end does a log change under us.
            let pauses: &[u64] = if next_base.is_none() { &PAUSES } else { &[] };
            let look = |check: &mut Self| check.look_at_segment(base, &around);
            end = self.settle(pauses, look, report)?;
        }
        self.look_at_orphans(&files, report)?;
        self.look_for_indexes(report)?;
        let look = |check: &mut Self| Ok((check.look_at_end(record.as_ref(), end), ()));
        self.settle(&[], look, report)?;
        self.partition.still_there()?;
        Ok(end)
    }

    /// Looks until it is sure that what is found is no moment of somebody's work; reports that.
    fn settle<T>(
        &mut self,
        pauses: &[u64],
        mut look: impl FnMut(&mut Self) -> Result<(Vec<Finding>, T)>,
        report: Report<'_>,
    ) -> Result<T> {
        let mut settling = Settling::new(pauses);
        let (findings, mut found) = look(self)?;
        settling.take(&findings);
        while let Some(pause) = settling.pause() {
            std::thread::sleep(pause);
            self.partition.still_there()?;
            self.buffer.clear();
            let (findings, now) = look(self)?;
            settling.take(&findings);
            found = now;
        }
        for finding in settling.sure() {
            report(finding)?;
        }
        Ok(found)
    }

    /// One segment: its log, its indexes, and its other files. Gives the offset after its last batch.
    fn look_at_segment(
        &mut self,
        base: i64,
        around: &Surroundings,
    ) -> Result<(Vec<Finding>, Option<i64>)> {
        let dir = self.partition.dir();
        // The indexes first: what is appended to the log from now on is not in them.
        let indexes = self.open_indexes(base, around);
        let path = segment_path(dir, base, SegmentFile::Log);
        let unreadable = |error: &Error| Finding::of_error(FindingKind::NotAFile, &path, error);
        let segment = match SegmentLog::open(dir, base) {
            Ok(Some(segment)) => segment,
            // It was deleted since it was listed: that is no finding.
            Ok(None) => return Ok((Vec::new(), None)),
            Err(error) => return Ok((vec![unreadable(&error)], None)),
        };
        let (mut indexes, mut findings) = match indexes {
            Ok(indexes) => (Some(indexes), Vec::new()),
            Err(finding) => (None, vec![finding]),
        };
        for file in [SegmentFile::TxnIndex, SegmentFile::Snapshot] {
            findings.extend(check_state_file(dir, base, file));
        }
        if let Some(named) = true_base(&segment, around.next_base, around.gaps)? {
            let message = format!("the first batch in it has offset {named}");
            findings.push(Finding::new(FindingKind::SegmentName, &path, message));
            return Ok((findings, None));
        }
        let mut take = |batch: &BatchAt| match &mut indexes {
            Some(indexes) => indexes.batch(batch),
            None => Ok(()),
        };
        let survey = Survey::new(&segment, around.clone())?;
        let surveyed = match survey.run(&mut self.buffer, &mut take) {
            Ok(surveyed) => surveyed,
            Err(error) => return Ok((vec![unreadable(&error)], None)),
        };
        let troubles = surveyed.troubles;
        // What an index says of a bad batch is not for it to answer for.
        if troubles.is_empty()
            && let Some(indexes) = indexes
        {
            let (missing, wrong): (Vec<_>, Vec<_>) = indexes
                .finish()?
                .into_iter()
                .partition(|finding| finding.kind == FindingKind::MissingIndex);
            let missing = missing.into_iter().map(|finding| (base, finding));
            self.missing_indexes.retain(|(other, _)| *other != base);
            self.missing_indexes.extend(missing);
            findings.extend(wrong);
        }
        let foreign = self.topic.foreign;
        findings.extend(
            troubles
                .iter()
                .map(|trouble| trouble.finding(&segment, foreign)),
        );
        if !segment.is_current() {
            // Set aside since, or replaced by a repair: the next look is at what stands there then.
            findings.retain(|finding| finding.path.exists());
        }
        let in_doubt = troubles
            .iter()
            .any(|trouble| !matches!(trouble.remedy, Remedy::CutTorn | Remedy::CutZeros));
        Ok((findings, (!in_doubt).then_some(surveyed.next_offset)))
    }

    /// A segment that is set aside loses its indexes first. They are missing where it is still there.
    fn look_for_indexes(&mut self, report: Report<'_>) -> Result<()> {
        let dir = self.partition.dir();
        let deadline = Instant::now() + SETTING_ASIDE;
        for (base, finding) in self.missing_indexes.drain(..) {
            let missing = !finding.path.exists();
            while is_being_set_aside(dir, base) && Instant::now() < deadline {
                std::thread::sleep(LOOK);
                self.partition.still_there()?;
            }
            if missing && segment_path(dir, base, SegmentFile::Log).exists() {
                report(finding)?;
            }
        }
        Ok(())
    }

    fn open_indexes(&self, base: i64, around: &Surroundings) -> Result<IndexCheck, Finding> {
        let foreign = self.topic.foreign;
        let origin = Origin {
            chunks: around.gaps,
            interval: (!foreign).then(|| self.topic.settings.index_interval_bytes()),
            active: around.next_base.is_none(),
        };
        IndexCheck::open(self.partition.dir(), base, origin).map_err(|error| {
            let path = segment_path(self.partition.dir(), base, SegmentFile::Index);
            Finding::of_error(FindingKind::NotAFile, &path, &error)
        })
    }

    /// Files of segments that are not there: a killed deletion leaves them.
    fn look_at_orphans(&mut self, files: &Files, report: Report<'_>) -> Result<()> {
        let bases = files.bases();
        let orphans = files
            .of_segments
            .iter()
            .filter(|(base, _)| bases.binary_search(base).is_err());
        for &(base, file) in orphans {
            let dir = self.partition.dir();
            let path = segment_path(dir, base, file);
            if file == SegmentFile::Snapshot {
                // A broker writes one at the log's end when it stops.
                let look =
                    |_: &mut Self| Ok((Vec::from_iter(check_state_file(dir, base, file)), ()));
                self.settle(&[], look, report)?;
            } else if path.exists() && !segment_path(dir, base, SegmentFile::Log).exists() {
                report(
                    Finding::new(FindingKind::Leftover, &path, "its segment is gone").harmless(),
                )?;
            }
        }
        Ok(())
    }

    /// What other places say of the log's end.
    fn look_at_end(&self, record: Option<&AppendRecord>, end: Option<i64>) -> Vec<Finding> {
        let dir = self.partition.dir();
        let (_, epochs) = check_epochs(dir, end);
        let mut findings = Vec::from_iter(epochs);
        if let (Some(record), Some(end)) = (record, end)
            && record.next_offset > end
        {
            let message = format!(
                "the log ends at offset {end}; in this boot records up to {} were appended",
                record.next_offset - 1
            );
            let finding = Finding::new(FindingKind::MissingRecords, dir, message);
            // A mount that was torn away may take what was not synced with it.
            findings.push(if record.synced <= end {
                finding.harmless()
            } else {
                finding
            });
        }
        findings
    }
}
