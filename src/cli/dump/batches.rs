//! The batches of a log, and their records.

use std::io::Write as _;

use serde::Serialize;

use crate::cli::dump::named_file::NamedFile;
use crate::cli::dump::printer::Printer;
use crate::cli::dump::state::OptionalLong;
use crate::count::counted;
use crate::error::{Error, Result};
use crate::log::{Fetched, Flaw, Found, LogFile, ReadBuffer};
use crate::record::{
    BatchFault, BatchHeader, ControlType, StoredRecord, advance_sequence, coordinator_epoch,
};
use crate::store::TopicPartition;
use crate::text::{Located, json};

/// What is told of a batch.
#[derive(Serialize)]
struct Batch {
    position: u64,
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
    timestamp_type: &'static str,
    max_timestamp: i64,
    size: u64,
    magic: i8,
    compression: String,
    crc: u32,
    is_valid: bool,
}

/// `.log`: its batches, with their records if those are asked for.
pub(super) fn log(
    file: &NamedFile,
    base: i64,
    records: bool,
    printer: &mut Printer<'_>,
) -> Result<()> {
    let mut log = LogFile::open(&file.path, base)?;
    let mut buffer = ReadBuffer::default();
    printer.remark(format_args!("Log starting offset: {base}"))?;
    while let Some(found) = log.next(&mut buffer)? {
        match found {
            Found::Batch(fetched, flaw) => {
                let fault = batch(&fetched, flaw.as_ref(), file, records, printer)?;
                let fault = flaw.or(fault.map(Flaw::Batch));
                if let Some(fault) = fault {
                    let error = Error::damaged(&file.path, fetched.position(), fault);
                    printer.damage(&error)?;
                }
            }
            Found::Rubbish(position, flaw) => {
                printer.damage(&Error::damaged(&file.path, position, flaw))?;
            }
            Found::Zeros(position, zeros) => printer.note(&format!(
                "the {} from byte {position} on are zero: space that was not written yet, or not before a crash",
                counted(zeros, "byte")
            ))?,
        }
    }
    Ok(())
}

/// Prints a batch, and says what it found wrong in its records.
fn batch(
    fetched: &Fetched<'_>,
    flaw: Option<&Flaw>,
    file: &NamedFile,
    with_records: bool,
    printer: &mut Printer<'_>,
) -> Result<Option<BatchFault>> {
    let batch = Batch::of(fetched, !matches!(flaw, Some(Flaw::Batch(_))));
    if printer.json {
        let out = printer.open_entry(&batch)?;
        if with_records {
            out.extend_from_slice(b",\"records\":[");
        }
    } else {
        batch.write_line(printer.buffer());
    }
    let mut fault = None;
    if with_records {
        fault = records(fetched, file.partition.as_ref(), printer)?;
    }
    if printer.json {
        let out = printer.buffer();
        if with_records {
            out.push(b']');
        }
        if let Some(words) = words(flaw, fault.as_ref()) {
            let quoted = serde_json::Value::from(words);
            let _ = write!(out, ",\"fault\":{quoted}");
        }
        out.extend_from_slice(b"}\n");
    }
    printer.pace()?;
    Ok(fault)
}

fn words(flaw: Option<&Flaw>, fault: Option<&BatchFault>) -> Option<String> {
    flaw.map(ToString::to_string)
        .or(fault.map(ToString::to_string))
}

/// Prints a batch's records as far as they can be read, and says what keeps the rest from it.
fn records(
    fetched: &Fetched<'_>,
    partition: Option<&TopicPartition>,
    printer: &mut Printer<'_>,
) -> Result<Option<BatchFault>> {
    let header = fetched.header();
    let mut records = match fetched.try_records() {
        Ok(records) => records,
        Err(fault) => return Ok(Some(fault)),
    };
    let mut first = true;
    loop {
        let record = match records.next() {
            Ok(Some(record)) => record,
            Ok(None) => return Ok(None),
            Err(fault) => return Ok(Some(fault)),
        };
        let json = printer.json;
        let out = printer.buffer();
        if json {
            if !first {
                out.push(b',');
            }
            write_json(header, &record, partition, out);
        } else {
            write_line(header, &record, out);
        }
        first = false;
        printer.pace()?;
    }
}

impl Batch {
    fn of(fetched: &Fetched<'_>, is_valid: bool) -> Self {
        let header = fetched.header();
        let attributes = header.attributes;
        let last_delta = i64::from(header.last_offset_delta);
        Self {
            position: fetched.position(),
            base_offset: header.base_offset,
            last_offset: header.last_offset(),
            count: header.records_count,
            base_sequence: header.base_sequence,
            last_sequence: advance_sequence(header.base_sequence, last_delta),
            producer_id: header.producer_id,
            producer_epoch: header.producer_epoch,
            partition_leader_epoch: header.partition_leader_epoch,
            is_transactional: attributes.is_transactional(),
            is_control: attributes.is_control(),
            delete_horizon: attributes
                .has_delete_horizon()
                .then_some(header.base_timestamp),
            timestamp_type: attributes.timestamp_type().name(),
            max_timestamp: header.max_timestamp,
            size: header.size(),
            magic: header.magic,
            compression: match attributes.codec() {
                Ok(codec) => codec.name().to_owned(),
                Err(unknown) => unknown.to_string(),
            },
            crc: header.crc,
            is_valid,
        }
    }

    /// Kafka's line (`DumpLogSegments.java`).
    fn write_line(&self, out: &mut Vec<u8>) {
        let _ = write!(
            out,
            "baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} producerId: {} \
             producerEpoch: {} partitionLeaderEpoch: {} isTransactional: {} isControl: {} deleteHorizonMs: {} ",
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
            OptionalLong(self.delete_horizon),
        );
        let _ = writeln!(
            out,
            "position: {} {}: {} size: {} magic: {} compresscodec: {} crc: {} isvalid: {}",
            self.position,
            self.timestamp_type,
            self.max_timestamp,
            self.size,
            self.magic,
            self.compression,
            self.crc,
            self.is_valid
        );
    }
}

/// Kafka's line of a record, keys and values as the bytes they are.
fn write_line(header: &BatchHeader, record: &StoredRecord<'_>, out: &mut Vec<u8>) {
    let length =
        |bytes: Option<&[u8]>| bytes.map_or(-1, |bytes| i64::try_from(bytes.len()).unwrap_or(-1));
    let _ = write!(
        out,
        "| offset: {} {}: {} keySize: {} valueSize: {} sequence: {} headerKeys: [",
        record.offset,
        record.timestamp_type.name(),
        record.timestamp,
        length(record.key),
        length(record.value),
        advance_sequence(
            header.base_sequence,
            record.offset.wrapping_sub(header.base_offset)
        ),
    );
    for (index, name) in record.headers.iter().map(|header| header.name).enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(name);
    }
    out.push(b']');
    if header.attributes.is_control() {
        write_control(record, out);
    } else {
        for (name, bytes) in [(" key: ", record.key), (" payload: ", record.value)] {
            if let Some(bytes) = bytes {
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(bytes);
            }
        }
    }
    out.push(b'\n');
}

fn write_control(record: &StoredRecord<'_>, out: &mut Vec<u8>) {
    let control = Control::of(record);
    let _ = match control.coordinator_epoch {
        Some(epoch) => write!(
            out,
            " endTxnMarker: {} coordinatorEpoch: {epoch}",
            control.name
        ),
        None => write!(out, " controlType: {}({})", control.name, control.number),
    };
}

/// A control record.
struct Control {
    name: &'static str,
    number: i16,
    /// Of a transaction's end.
    coordinator_epoch: Option<i32>,
}

impl Control {
    /// Kafka's names of the types (`ControlRecordType.java`).
    fn of(record: &StoredRecord<'_>) -> Self {
        let kind = record.key.and_then(ControlType::of_key);
        let (name, number) = match kind {
            Some(ControlType::Abort) => ("ABORT", 0),
            Some(ControlType::Commit) => ("COMMIT", 1),
            Some(ControlType::LeaderChange) => ("LEADER_CHANGE", 2),
            Some(ControlType::Other(number @ 3)) => ("SNAPSHOT_HEADER", number),
            Some(ControlType::Other(number @ 4)) => ("SNAPSHOT_FOOTER", number),
            Some(ControlType::Other(number @ 5)) => ("KRAFT_VERSION", number),
            Some(ControlType::Other(number @ 6)) => ("KRAFT_VOTERS", number),
            Some(ControlType::Other(number)) => ("UNKNOWN", number),
            None => ("UNKNOWN", -1),
        };
        let ends = matches!(kind, Some(ControlType::Abort | ControlType::Commit));
        Self {
            name,
            number,
            coordinator_epoch: record.value.filter(|_| ends).and_then(coordinator_epoch),
        }
    }
}

/// The record as `consume --json` gives it; a control record says what it is in members of its own.
fn write_json(
    header: &BatchHeader,
    record: &StoredRecord<'_>,
    partition: Option<&TopicPartition>,
    out: &mut Vec<u8>,
) {
    match partition {
        Some(tp) => json::write_record(
            &Located {
                topic: tp.topic.as_str(),
                partition: tp.partition,
                batch: header,
                record: *record,
            },
            out,
        ),
        None => json::write_homeless_record(record, out),
    }
    // The line's end.
    out.pop();
    if header.attributes.is_control() {
        let control = Control::of(record);
        out.pop();
        let _ = write!(out, ",\"control_type\":\"{}\"", control.name);
        if let Some(epoch) = control.coordinator_epoch {
            let _ = write!(out, ",\"coordinator_epoch\":{epoch}");
        }
        out.push(b'}');
    }
}
