//! What is kept beside the batches: producers, leader epochs, offsets by partition, topic ids.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::cli::dump::named_file::NamedFile;
use crate::cli::dump::printer::Printer;
use crate::error::{Error, Result};
use crate::log::ProducerState;
use crate::record::advance_sequence;
use crate::store::{LeaderEpochs, OffsetCheckpoint, durable, partition_metadata};

/// An offset as Java prints one that may be missing.
pub(super) struct OptionalLong(pub(super) Option<i64>);

impl fmt::Display for OptionalLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(number) => write!(f, "OptionalLong[{number}]"),
            None => f.write_str("OptionalLong.empty"),
        }
    }
}

#[derive(Serialize)]
struct Producer {
    #[serde(rename = "producer_id")]
    id: i64,
    #[serde(rename = "producer_epoch")]
    epoch: i16,
    coordinator_epoch: i32,
    current_txn_first_offset: Option<i64>,
    last_timestamp: i64,
    #[serde(flatten)]
    batch: Option<LastBatch>,
}

/// The last batch of a producer; one that only ended a transaction has none.
#[derive(Serialize)]
struct LastBatch {
    first_sequence: i32,
    last_sequence: i32,
    last_offset: i64,
    offset_delta: i32,
}

impl Producer {
    fn of(state: &ProducerState) -> Self {
        let batch = LastBatch {
            first_sequence: advance_sequence(state.last_sequence, -i64::from(state.offset_delta)),
            last_sequence: state.last_sequence,
            last_offset: state.last_offset,
            offset_delta: state.offset_delta,
        };
        Self {
            id: state.producer_id,
            epoch: state.producer_epoch,
            coordinator_epoch: state.coordinator_epoch,
            current_txn_first_offset: state.open_since,
            last_timestamp: state.timestamp,
            batch: (state.last_offset >= 0).then_some(batch),
        }
    }
}

impl fmt::Display for Producer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "producerId: {} producerEpoch: {} coordinatorEpoch: {} currentTxnFirstOffset: {} lastTimestamp: {}",
            self.id,
            self.epoch,
            self.coordinator_epoch,
            OptionalLong(self.current_txn_first_offset),
            self.last_timestamp
        )?;
        let Some(batch) = &self.batch else {
            return Ok(());
        };
        write!(
            f,
            " firstSequence: {} lastSequence: {} lastOffset: {} offsetDelta: {} timestamp: {}",
            batch.first_sequence,
            batch.last_sequence,
            batch.last_offset,
            batch.offset_delta,
            self.last_timestamp
        )
    }
}

#[derive(Serialize)]
struct Epoch {
    epoch: i32,
    start_offset: i64,
}

#[derive(Serialize)]
struct PartitionOffset {
    topic: String,
    partition: i32,
    offset: i64,
}

#[derive(Serialize)]
struct Metadata {
    version: i16,
    topic_id: String,
}

/// `.snapshot`: the producers that were known at an offset.
pub(super) fn producers(file: &NamedFile, printer: &mut Printer<'_>) -> Result<()> {
    let bytes = durable::read(&file.path)?.ok_or_else(|| gone(&file.path))?;
    let states = ProducerState::parse_all(&bytes).ok_or_else(|| {
        let why = "it is no whole snapshot of version 1, or its checksum does not fit its bytes";
        Error::damaged(&file.path, 0, why)
    })?;
    for state in &states {
        let producer = Producer::of(state);
        printer.entry(format_args!("{producer}"), &producer)?;
    }
    Ok(())
}

/// `leader-epoch-checkpoint`
pub(super) fn leader_epochs(file: &NamedFile, printer: &mut Printer<'_>) -> Result<()> {
    for start in LeaderEpochs::read(parent(file)?)?.entries() {
        let epoch = Epoch {
            epoch: start.epoch,
            start_offset: start.start_offset,
        };
        printer.entry(
            format_args!("epoch: {} startOffset: {}", epoch.epoch, epoch.start_offset),
            &epoch,
        )?;
    }
    Ok(())
}

/// One of the files that give an offset per partition.
pub(super) fn offset_checkpoint(file: &NamedFile, printer: &mut Printer<'_>) -> Result<()> {
    for (tp, offset) in OffsetCheckpoint::read(&file.path)?.iter() {
        let entry = PartitionOffset {
            topic: tp.topic.to_string(),
            partition: tp.partition,
            offset,
        };
        printer.entry(
            format_args!(
                "topic: {} partition: {} offset: {offset}",
                entry.topic, entry.partition
            ),
            &entry,
        )?;
    }
    Ok(())
}

/// `partition.metadata`
pub(super) fn partition_metadata(file: &NamedFile, printer: &mut Printer<'_>) -> Result<()> {
    let id = partition_metadata::read(parent(file)?)?.ok_or_else(|| gone(&file.path))?;
    let metadata = Metadata {
        version: 0,
        topic_id: id.to_string(),
    };
    printer.entry(
        format_args!("version: 0 topic_id: {}", metadata.topic_id),
        &metadata,
    )
}

fn parent(file: &NamedFile) -> Result<&Path> {
    file.path.parent().ok_or_else(|| gone(&file.path))
}

fn gone(path: &Path) -> Error {
    Error::failed(format!("{} was removed just now", path.display()))
}
