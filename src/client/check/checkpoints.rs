//! The checkpoint files in `logs/`: that they can be read, and that what they speak of is there.

use crate::error::Result;
use crate::log::{Finding, FindingKind, Report};
use crate::store::{OffsetCheckpoint, OffsetCheckpointFile, Store, TopicPartition, durable};

/// Those whose offsets must not lie beyond the log's end. A broker's high watermark may: it looks at the log first.
pub(super) const BOUND: [OffsetCheckpointFile; 3] = [
    OffsetCheckpointFile::RecoveryPoint,
    OffsetCheckpointFile::LogStart,
    OffsetCheckpointFile::Cleaner,
];

/// Looks at the files as wholes.
pub(super) fn check(store: &Store, report: Report<'_>) -> Result<()> {
    for file in OffsetCheckpointFile::ALL {
        let path = store.layout().offset_checkpoint(file);
        let checkpoint = match OffsetCheckpoint::read(&path) {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                report(Finding::of_error(FindingKind::BadFile, &path, &error))?;
                continue;
            }
        };
        for tp in nowhere(store, &checkpoint)? {
            let message = format!("it has an offset for {tp}, which is not there");
            report(Finding::new(FindingKind::Checkpoint, &path, message).harmless())?;
        }
    }
    Ok(())
}

/// The partitions in a checkpoint that are not there.
pub(super) fn nowhere(store: &Store, checkpoint: &OffsetCheckpoint) -> Result<Vec<TopicPartition>> {
    let layout = store.layout();
    let mut nowhere = Vec::new();
    for (tp, _) in checkpoint.iter() {
        let has_file =
            || Ok(!store.is_read_only() && durable::exists(&layout.topic_file(&tp.topic))?);
        if !durable::is_dir(&layout.partition_dir(tp))? && !has_file()? {
            nowhere.push(tp.clone());
        }
    }
    Ok(nowhere)
}

/// What the checkpoints say of a partition, to be compared with its log later: the log's end only moves on.
pub(super) fn offsets_of(store: &Store, tp: &TopicPartition) -> Vec<(OffsetCheckpointFile, i64)> {
    let offset = |file: OffsetCheckpointFile| {
        // One that can't be read has a finding of its own.
        let checkpoint = OffsetCheckpoint::read(&store.layout().offset_checkpoint(file)).ok()?;
        Some((file, checkpoint.get(tp)?))
    };
    BOUND.into_iter().filter_map(offset).collect()
}

/// Those that lie beyond the log's end.
pub(super) fn beyond(
    store: &Store,
    tp: &TopicPartition,
    offsets: &[(OffsetCheckpointFile, i64)],
    end: i64,
) -> Vec<Finding> {
    let beyond = offsets.iter().filter(|(_, offset)| *offset > end);
    let findings = beyond.map(|(file, offset)| {
        let message = format!("it has offset {offset} for {tp}, which ends at {end}");
        let path = store.layout().offset_checkpoint(*file);
        Finding::new(FindingKind::Checkpoint, &path, message)
    });
    findings.collect()
}
