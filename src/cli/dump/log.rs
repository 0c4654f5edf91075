//! Batches and records, in kafka-dump-log's words
//! (<https://github.com/apache/kafka/blob/3.9/core/src/main/scala/kafka/tools/DumpLogSegments.scala>).

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use crate::cli::dump::Dump;
use crate::error::Result;
use crate::log::{BatchAt, LogFile, Piece};
use crate::record::{BatchFault, BatchHeader, ControlType, StoredRecord, coordinator_epoch};
use crate::store::TopicPartition;
use crate::text::{Located, json};

/// A batch, for programs.
#[derive(Serialize)]
struct Batch {
    base_offset: i64,
    last_offset: i64,
    count: i32,
    base_sequence: i32,
    last_sequence: i32,
    producer_id: i64,
    producer_epoch: i16,
    partition_leader_epoch: i32,
    is_transactional: bool,
    is_control: bool,
    delete_horizon: Option<i64>,
    position: u64,
    timestamp_type: &'static str,
    max_timestamp: i64,
    size: u64,
    magic: i8,
    compression: String,
    crc: u32,
    is_valid: bool,
}

impl Batch {
    fn new(at: &BatchAt, is_valid: bool) -> Self {
        let header = &at.header;
        let attributes = header.attributes;
        let has_horizon = attributes.has_delete_horizon();
        Self {
            base_offset: header.base_offset,
            last_offset: header.last_offset(),
            count: header.records_count,
            base_sequence: header.base_sequence,
            last_sequence: sequence(header, header.last_offset_delta),
            producer_id: header.producer_id,
            producer_epoch: header.producer_epoch,
            partition_leader_epoch: header.partition_leader_epoch,
            is_transactional: attributes.is_transactional(),
            is_control: attributes.is_control(),
            delete_horizon: has_horizon.then_some(header.base_timestamp),
            position: at.position,
            timestamp_type: attributes.timestamp_type().name(),
            max_timestamp: header.max_timestamp,
            size: header.size(),
            magic: header.magic,
            compression: match attributes.codec() {
                Ok(codec) => codec.name().to_owned(),
                Err(codec) => format!("unknown ({codec})"),
            },
            crc: header.crc,
            is_valid,
        }
    }

    fn line(&self) -> String {
        let horizon = optional_long(self.delete_horizon);
        format!(
            "baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} producerId: {} \
             producerEpoch: {} partitionLeaderEpoch: {} isTransactional: {} isControl: {} deleteHorizonMs: {horizon} \
             position: {} {}: {} size: {} magic: {} compresscodec: {} crc: {} isvalid: {}",
            self.base_offset,
            self.last_offset,
            self.count,
            self.base_sequence,
            self.last_sequence,
            self.producer_id,
            self.producer_epoch,
            self.partition_leader_epoch,
            self.is_transactional,
            self.is_control,
            self.position,
            self.timestamp_type,
            self.max_timestamp,
            self.size,
            self.magic,
            self.compression,
            self.crc,
            self.is_valid
        )
    }
}

/// Java's words for a number that may be none.
pub(super) fn optional_long(number: Option<i64>) -> String {
    number.map_or("OptionalLong.empty".to_owned(), |number| {
        format!("OptionalLong[{number}]")
    })
}

/// The sequence number of a record: they go on with 0 behind the highest.
fn sequence(header: &BatchHeader, delta: i32) -> i32 {
    if header.base_sequence < 0 {
        return -1;
    }
    header
        .base_sequence
        .checked_add(delta)
        .unwrap_or_else(|| delta - (i32::MAX - header.base_sequence) - 1)
}

impl Dump<'_> {
    pub(super) fn log(&mut self, path: &Path) -> Result<()> {
        let mut file = LogFile::open(path)?;
        self.line(&format!("Log starting offset: {}", file.base()))?;
        while let Some(piece) = file.next_piece()? {
            match piece {
                Piece::Batch(at, fault) => self.batch(path, &file, at, fault)?,
                Piece::Rubbish {
                    position,
                    bytes,
                    flaw,
                    last,
                } => {
                    let end = if last { " at the end" } else { "" };
                    let message = format!("Found {bytes} invalid bytes{end}: {flaw}");
                    self.fault(path, Some(position), &message)?;
                }
            }
        }
        Ok(())
    }

    fn batch(
        &mut self,
        path: &Path,
        file: &LogFile,
        at: BatchAt,
        fault: Option<BatchFault>,
    ) -> Result<()> {
        let batch = Batch::new(&at, fault.is_none());
        self.show(&batch, || batch.line())?;
        let fault = match fault {
            Some(fault) => Some(fault),
            None if self.records => self.each_record(path, file, at)?,
            None => None,
        };
        match fault {
            Some(fault) => self.fault(path, Some(at.position), &fault.to_string()),
            None => Ok(()),
        }
    }

    fn each_record(
        &mut self,
        path: &Path,
        file: &LogFile,
        at: BatchAt,
    ) -> Result<Option<BatchFault>> {
        let tp = path
            .parent()
            .and_then(Path::file_name)
            .and_then(TopicPartition::parse);
        let fetched = file.fetch(at);
        let mut records = match fetched.try_records() {
            Ok(records) => records,
            Err(fault) => return Ok(Some(fault)),
        };
        loop {
            let record = match records.next() {
                Ok(Some(record)) => record,
                Ok(None) => return Ok(None),
                Err(fault) => return Ok(Some(fault)),
            };
            if self.json {
                let located = Located {
                    topic: tp.as_ref().map_or("", |tp| tp.topic.as_str()),
                    partition: tp.as_ref().map_or(0, |tp| tp.partition),
                    record,
                };
                json::write_record(&located, self.output.buffer());
                self.output.pace()?;
            } else {
                self.line(&record_line(&at.header, &record))?;
            }
        }
    }
}

fn record_line(header: &BatchHeader, record: &StoredRecord<'_>) -> String {
    let size = |bytes: Option<&[u8]>| {
        bytes.map_or(-1, |bytes| i64::try_from(bytes.len()).unwrap_or(i64::MAX))
    };
    let timestamp = record.timestamp_type.name();
    let delta = i32::try_from(record.offset - header.base_offset).unwrap_or(0);
    let names: Vec<String> = record
        .headers
        .iter()
        .map(|header| String::from_utf8_lossy(header.name).into_owned())
        .collect();
    let mut line = format!(
        "| offset: {} {timestamp}: {} keySize: {} valueSize: {} sequence: {} headerKeys: [{}]",
        record.offset,
        record.timestamp,
        size(record.key),
        size(record.value),
        sequence(header, delta),
        names.join(",")
    );
    // Writing to a string can't fail.
    if header.attributes.is_control() {
        line.push_str(&control(record));
    } else {
        for (name, bytes) in [("key", record.key), ("payload", record.value)] {
            if let Some(bytes) = bytes {
                let _ = write!(line, " {name}: {}", String::from_utf8_lossy(bytes));
            }
        }
    }
    line
}

fn control(record: &StoredRecord<'_>) -> String {
    let epoch = record.value.and_then(coordinator_epoch).unwrap_or(-1);
    match record.key.and_then(ControlType::of_key) {
        Some(ControlType::Commit) => format!(" endTxnMarker: COMMIT coordinatorEpoch: {epoch}"),
        Some(ControlType::Abort) => format!(" endTxnMarker: ABORT coordinatorEpoch: {epoch}"),
        Some(ControlType::LeaderChange) => " controlType: LEADER_CHANGE(2)".to_owned(),
        Some(ControlType::Other(number)) => format!(" controlType: {number}"),
        None => " controlType: unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Attributes;

    #[test]
    fn a_batch_line_is_kafkas() {
        // The line is one that kafka-dump-log of Apache Kafka 3.9 printed.
        let header = BatchHeader {
            base_offset: 0,
            batch_length: 81,
            partition_leader_epoch: 0,
            crc: 3_782_952_325,
            attributes: Attributes::default().with_transactional(true),
            last_offset_delta: 1,
            max_timestamp: 1_700_000_000_001,
            producer_id: 3002,
            producer_epoch: 0,
            base_sequence: 0,
            records_count: 2,
            ..BatchHeader::default()
        };
        let at = BatchAt {
            position: 0,
            header,
        };
        assert_eq!(
            Batch::new(&at, true).line(),
            "baseOffset: 0 lastOffset: 1 count: 2 baseSequence: 0 lastSequence: 1 producerId: 3002 producerEpoch: 0 \
             partitionLeaderEpoch: 0 isTransactional: true isControl: false deleteHorizonMs: OptionalLong.empty \
             position: 0 CreateTime: 1700000000001 size: 93 magic: 2 compresscodec: none crc: 3782952325 isvalid: true"
        );
    }

    #[test]
    fn sequence_numbers_begin_again_behind_the_highest() {
        let header = |base_sequence| BatchHeader {
            base_sequence,
            ..BatchHeader::default()
        };
        assert_eq!(sequence(&header(-1), 5), -1);
        assert_eq!(sequence(&header(3), 5), 8);
        assert_eq!(sequence(&header(i32::MAX), 1), 0);
        assert_eq!(sequence(&header(i32::MAX - 2), 5), 2);
    }
}
