//! The files beside a segment's log that are neither batches nor indexes: producer snapshots, aborted transactions,
//! leader epochs.

use std::path::Path;

use crate::log::check::finding::{Finding, FindingKind};
use crate::log::segment::segment_path;
use crate::log::snapshot;
use crate::log::txn_index::{self, AbortedTransaction};
use crate::store::names::LEADER_EPOCHS_FILE;
use crate::store::{LeaderEpochs, SegmentFile, durable};

/// What is wrong with one of a segment's state files; nothing is said of its log and its indexes.
pub(crate) fn check_state_file(partition: &Path, base: i64, file: SegmentFile) -> Option<Finding> {
    if !matches!(file, SegmentFile::Snapshot | SegmentFile::TxnIndex) {
        return None;
    }
    let path = segment_path(partition, base, file);
    let bytes = match durable::read(&path) {
        Ok(bytes) => bytes?,
        Err(error) => return Some(Finding::of_error(FindingKind::NotAFile, &path, &error)),
    };
    match file {
        SegmentFile::Snapshot if snapshot::parse(&bytes).is_none() => Some(Finding::new(
            FindingKind::BadFile,
            &path,
            "no producer snapshot of version 1 whose checksum fits",
        )),
        SegmentFile::TxnIndex => fault_of_transactions(&bytes)
            .map(|(position, why)| Finding::new(FindingKind::BadFile, &path, why).at(position)),
        _ => None,
    }
}

/// The first entry of an index of aborted transactions that is wrong, and why.
fn fault_of_transactions(bytes: &[u8]) -> Option<(u64, &'static str)> {
    let mut before = -1;
    let entries = bytes.chunks(txn_index::ENTRY_BYTES).enumerate();
    for (slot, entry) in entries {
        let position = (slot * txn_index::ENTRY_BYTES) as u64;
        let Some(entry) = entry.first_chunk() else {
            return Some((position, "the index ends within an entry"));
        };
        let Some(aborted) = AbortedTransaction::decode(entry) else {
            return Some((position, "the entry is of a version that is not known"));
        };
        if aborted.last_offset <= before {
            return Some((position, "the entry is not above the one before it"));
        }
        if !(0..=aborted.last_offset).contains(&aborted.first_offset) {
            return Some((position, "the entry's transaction ends before it begins"));
        }
        before = aborted.last_offset;
    }
    None
}

/// The partition's leader epochs, and what is wrong with them; `end` is the log end offset.
pub(crate) fn check_epochs(partition: &Path, end: Option<i64>) -> (LeaderEpochs, Option<Finding>) {
    let path = partition.join(LEADER_EPOCHS_FILE);
    let epochs = match LeaderEpochs::read(partition) {
        Ok(epochs) => epochs,
        Err(error) => {
            let finding = Finding::of_error(FindingKind::BadFile, &path, &error);
            return (LeaderEpochs::default(), Some(finding));
        }
    };
    let beyond = epochs
        .entries()
        .iter()
        .find(|entry| end.is_some_and(|end| entry.start_offset > end));
    let finding = beyond.map(|entry| {
        let message = format!(
            "leader epoch {} begins at offset {}, beyond the end of the log",
            entry.epoch, entry.start_offset
        );
        Finding::new(FindingKind::Checkpoint, &path, message)
    });
    (epochs, finding)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(first: i64, last: i64) -> Vec<u8> {
        let mut bytes = vec![0, 0];
        for number in [7, first, last, last + 1] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes
    }

    #[test]
    fn aborted_transactions_rise_and_are_whole() {
        let good = [entry(3, 5), entry(1, 8)].concat();
        assert_eq!(fault_of_transactions(&good), None);
        assert_eq!(fault_of_transactions(&[]), None);
        let mut newer = entry(3, 5);
        newer[1] = 1;
        for (bytes, position) in [
            (good[..good.len() - 1].to_vec(), 34),
            ([entry(3, 5), entry(3, 5)].concat(), 34),
            (entry(6, 5), 0),
            (newer, 0),
        ] {
            let fault = fault_of_transactions(&bytes);
            assert_eq!(fault.map(|fault| fault.0), Some(position));
        }
    }
}
