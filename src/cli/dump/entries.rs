//! Indexes and producers' state, entry by entry.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use crate::cli::dump::Dump;
use crate::cli::dump::log::optional_long;
use crate::error::{Error, Result};
use crate::log::{
    AbortedTransaction, Entries, OffsetEntry, ProducerState, TimeEntry, check_indexes,
};
use crate::store::durable;
use crate::store::names::parse_segment_file_name;

/// Bytes of an entry in an index of aborted transactions.
const ABORTED_BYTES: usize = 34;

impl Dump<'_> {
    pub(super) fn index(&mut self, path: &Path) -> Result<()> {
        #[derive(Serialize)]
        struct Shown {
            offset: i64,
            position: u64,
        }
        let base = base_of(path);
        self.each_entry::<8>(path, |dump, bytes| {
            let OffsetEntry { offset, position } = OffsetEntry::decode(base, *bytes);
            dump.show(&Shown { offset, position }, || {
                format!("offset: {offset} position: {position}")
            })
        })
    }

    pub(super) fn time_index(&mut self, path: &Path) -> Result<()> {
        #[derive(Serialize)]
        struct Shown {
            timestamp: i64,
            offset: i64,
        }
        let base = base_of(path);
        self.each_entry::<12>(path, |dump, bytes| {
            let TimeEntry { timestamp, offset } = TimeEntry::decode(base, bytes);
            dump.show(&Shown { timestamp, offset }, || {
                format!("timestamp: {timestamp} offset: {offset}")
            })
        })
    }

    /// Shows the entries, up to the zeros of a running broker, and compares them with the log beside the index.
    fn each_entry<const WIDTH: usize>(
        &mut self,
        path: &Path,
        mut show: impl FnMut(&mut Self, &[u8; WIDTH]) -> Result<()>,
    ) -> Result<()> {
        let entries = Entries::<WIDTH>::open(path)?.ok_or_else(|| missing(path))?;
        for slot in 0..entries.count() {
            show(self, &entries.get(slot)?)?;
        }
        let Some((base, _)) = path.file_name().and_then(parse_segment_file_name) else {
            return Ok(());
        };
        for finding in check_indexes(durable::parent(path), base)? {
            if finding.path.file_name() == path.file_name() && !finding.harmless {
                self.fault(path, finding.position, &finding.message)?;
            }
        }
        Ok(())
    }

    pub(super) fn txn_index(&mut self, path: &Path) -> Result<()> {
        #[derive(Serialize)]
        struct Shown {
            producer_id: i64,
            first_offset: i64,
            last_offset: i64,
            last_stable_offset: i64,
        }
        let bytes = durable::read(path)?.ok_or_else(|| missing(path))?;
        for (slot, entry) in bytes.chunks(ABORTED_BYTES).enumerate() {
            let aborted = entry.first_chunk().and_then(AbortedTransaction::decode);
            let Some(aborted) = aborted else {
                let position = (slot * ABORTED_BYTES) as u64;
                return self.fault(path, Some(position), "no whole entry of version 0");
            };
            let shown = Shown {
                producer_id: aborted.producer_id,
                first_offset: aborted.first_offset,
                last_offset: aborted.last_offset,
                last_stable_offset: aborted.last_stable_offset,
            };
            self.show(&shown, || {
                format!(
                    "version: 0 producerId: {} firstOffset: {} lastOffset: {} lastStableOffset: {}",
                    aborted.producer_id,
                    aborted.first_offset,
                    aborted.last_offset,
                    aborted.last_stable_offset
                )
            })?;
        }
        Ok(())
    }

    pub(super) fn snapshot(&mut self, path: &Path) -> Result<()> {
        let bytes = durable::read(path)?.ok_or_else(|| missing(path))?;
        let Some(states) = ProducerState::parse_all(&bytes) else {
            return self.fault(path, None, "no snapshot of version 1 whose checksum fits");
        };
        for state in states {
            self.producer(&state)?;
        }
        Ok(())
    }

    fn producer(&mut self, state: &ProducerState) -> Result<()> {
        #[derive(Serialize)]
        struct Shown {
            producer_id: i64,
            producer_epoch: i16,
            coordinator_epoch: i32,
            current_transaction_first_offset: Option<i64>,
            first_sequence: i32,
            last_sequence: i32,
            last_offset: i64,
            offset_delta: i32,
            timestamp: i64,
        }
        // Behind the highest sequence number they go on with 0.
        let first = state.last_sequence.checked_sub(state.offset_delta);
        let first_sequence = match first {
            Some(first) if first >= 0 || state.last_sequence < 0 => first,
            Some(first) => first.wrapping_add(i32::MAX).wrapping_add(1),
            None => -1,
        };
        let shown = Shown {
            producer_id: state.producer_id,
            producer_epoch: state.producer_epoch,
            coordinator_epoch: state.coordinator_epoch,
            current_transaction_first_offset: state.open_since,
            first_sequence,
            last_sequence: state.last_sequence,
            last_offset: state.last_offset,
            offset_delta: state.offset_delta,
            timestamp: state.timestamp,
        };
        self.show(&shown, || {
            let mut line = format!(
                "producerId: {} producerEpoch: {} coordinatorEpoch: {} currentTxnFirstOffset: {} lastTimestamp: {}",
                state.producer_id,
                state.producer_epoch,
                state.coordinator_epoch,
                optional_long(state.open_since),
                state.timestamp
            );
            if state.last_offset >= 0 {
                // Writing to a string can't fail.
                let _ = write!(
                    line,
                    " firstSequence: {first_sequence} lastSequence: {} lastOffset: {} offsetDelta: {} timestamp: {}",
                    state.last_sequence, state.last_offset, state.offset_delta, state.timestamp
                );
            }
            line
        })
    }
}

fn base_of(path: &Path) -> i64 {
    let name = path.file_name().and_then(parse_segment_file_name);
    name.map_or(0, |(base, _)| base)
}

fn missing(path: &Path) -> Error {
    Error::failed(format!("there is no {}", path.display()))
}
