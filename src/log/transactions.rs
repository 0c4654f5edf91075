//! What became of transactions: committed, aborted, or still open.
//!
//! The end of a transaction is a marker that follows its records, so a reader of committed records must look
//! ahead. A broker keeps an index of aborted transactions for that (`.txnindex`), which may be missing in a copied
//! directory, and then shows aborted records as if they were committed. Here the markers themselves are looked
//! for, by walking over headers: a wrong or missing index can't give a wrong record. A log without transactions
//! is never walked.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use crate::error::Result;
use crate::log::fetched::{Body, Fetched};
use crate::log::partition::Partition;
use crate::log::scan::BatchAt;
use crate::log::segment::{SegmentLog, list_segments, segment_path};
use crate::log::snapshot;
use crate::log::walk::{Resume, Walk};
use crate::record::{BatchHeader, ControlType};
use crate::store::SegmentFile;

/// What became of the transaction that a batch belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Its records count.
    Committed,
    /// Its records are as if they had never been.
    Aborted,
    /// Not decided yet.
    Open,
}

/// Looks ahead for the markers that end transactions, each header once.
pub struct Decisions {
    partition: Arc<Partition>,
    looked_to: Option<(i64, Resume)>,
    markers: HashMap<i64, VecDeque<(i64, Fate)>>,
}

impl Decisions {
    /// Nothing is looked at before the first transaction is met.
    #[must_use]
    pub fn new(partition: Arc<Partition>) -> Self {
        Self {
            partition,
            looked_to: None,
            markers: HashMap::new(),
        }
    }

    /// The fate of the transaction that `batch` belongs to, as the log stands now.
    pub fn fate(&mut self, batch: &BatchHeader) -> Result<Fate> {
        let id = batch.producer_id;
        if let Some(markers) = self.markers.get_mut(&id) {
            while markers
                .front()
                .is_some_and(|&(offset, _)| offset < batch.base_offset)
            {
                markers.pop_front();
            }
        }
        let known = |markers: &HashMap<i64, VecDeque<(i64, Fate)>>| {
            markers
                .get(&id)
                .and_then(|markers| markers.front())
                .map(|marker| marker.1)
        };
        if let Some(fate) = known(&self.markers) {
            return Ok(fate);
        }
        self.look_ahead(batch)?;
        Ok(known(&self.markers).unwrap_or(Fate::Open))
    }

    fn look_ahead(&mut self, batch: &BatchHeader) -> Result<()> {
        let (offset, resume) = match self.looked_to.take() {
            Some((offset, resume)) if offset > batch.base_offset => (offset, resume),
            _ => (batch.next_offset(), Resume::default()),
        };
        let partition = self.partition.clone();
        let mut walk = Walk::resumed(&partition, offset, resume);
        walk.each(|segment, at| {
            let Some(fate) = marker_of(segment, at)? else {
                return Ok(true);
            };
            let markers = self.markers.entry(at.header.producer_id).or_default();
            markers.push_back((at.header.base_offset, fate));
            Ok(at.header.producer_id != batch.producer_id)
        })?;
        self.looked_to = Some(walk.pause());
        Ok(())
    }
}

/// The transaction that has been open for longest: its producer's id and its first offset.
///
/// Looked for from the newest producer snapshot on, which a broker writes at each roll and at a clean stop.
pub(crate) fn earliest_open(partition: &Partition) -> Result<Option<(i64, i64)>> {
    let (from, known) = newest_snapshot(partition)?;
    open_after(partition, from, known)
}

/// As [`earliest_open`], beginning at an offset where no transaction was open.
pub(crate) fn earliest_open_from(partition: &Partition, offset: i64) -> Result<Option<(i64, i64)>> {
    open_after(partition, offset, BTreeMap::new())
}

fn open_after(
    partition: &Partition,
    from: i64,
    mut open: BTreeMap<i64, i64>,
) -> Result<Option<(i64, i64)>> {
    Walk::new(partition, from).each(|segment, at| {
        if at.header.attributes.is_control() {
            if marker_of(segment, at)?.is_some() {
                open.remove(&at.header.producer_id);
            }
        } else if at.header.attributes.is_transactional() {
            open.entry(at.header.producer_id)
                .or_insert(at.header.base_offset);
        }
        Ok(true)
    })?;
    Ok(open.into_iter().min_by_key(|&(_, offset)| offset))
}

fn newest_snapshot(partition: &Partition) -> Result<(i64, BTreeMap<i64, i64>)> {
    let mut bases = list_segments(partition.dir())?;
    while let Some(base) = bases.pop() {
        let path = segment_path(partition.dir(), base, SegmentFile::Snapshot);
        if let Some(open) = snapshot::open_transactions(&path)? {
            return Ok((base, open.into_iter().collect()));
        }
    }
    Ok((0, BTreeMap::new()))
}

/// The fate that a batch announces, if it is an end marker.
fn marker_of(segment: &SegmentLog, at: &BatchAt) -> Result<Option<Fate>> {
    if !at.header.attributes.is_control() {
        return Ok(None);
    }
    let fetched = Fetched::new(*at, Body::File(segment.file.clone()), segment.path.clone());
    let mut records = fetched.records()?;
    let record = records.next().map_err(|fault| fetched.damaged(&fault))?;
    Ok(
        match record
            .and_then(|record| record.key)
            .map(ControlType::of_key)
        {
            Some(Some(ControlType::Commit)) => Some(Fate::Committed),
            Some(Some(ControlType::Abort)) => Some(Fate::Aborted),
            _ => None,
        },
    )
}
