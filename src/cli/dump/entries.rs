//! The entries of indexes.

use serde::Serialize;

use crate::cli::dump::named_file::NamedFile;
use crate::cli::dump::printer::Printer;
use crate::count::counted;
use crate::error::{Error, Result};
use crate::log::{
    AbortedTransaction, EntryFile, OFFSET_ENTRY_BYTES, OffsetEntry, TIME_ENTRY_BYTES,
    TXN_ENTRY_BYTES, TimeEntry, check_indexes,
};
use crate::store::durable;
use crate::store::names::parse_segment_file_name;

#[derive(Serialize)]
struct Place {
    offset: i64,
    position: u64,
}

#[derive(Serialize)]
struct Time {
    timestamp: i64,
    offset: i64,
}

#[derive(Serialize)]
struct Aborted {
    version: i16,
    producer_id: i64,
    first_offset: i64,
    last_offset: i64,
    last_stable_offset: i64,
}

/// `.index`: offsets and positions, both rising.
pub(super) fn offsets(file: &NamedFile, base: i64, printer: &mut Printer<'_>) -> Result<()> {
    let mut entries = EntryFile::<OFFSET_ENTRY_BYTES>::open(&file.path)?;
    let mut last: Option<OffsetEntry> = None;
    while let Some((at, bytes)) = entries.next()? {
        let entry = OffsetEntry::decode(base, bytes);
        let OffsetEntry { offset, position } = entry;
        let place = Place { offset, position };
        printer.entry(
            format_args!("offset: {offset} position: {position}"),
            &place,
        )?;
        if last.is_some_and(|last| offset <= last.offset || position <= last.position) {
            let why = "offset and position must both be higher than those of the entry before";
            printer.damage(&Error::damaged(&file.path, at, why))?;
        }
        last = Some(entry);
    }
    tell_end(&entries, last.is_none(), printer)?;
    compare_with_log(file, base, printer)
}

/// `.timeindex`: timestamps that rise, and offsets that don't fall.
pub(super) fn times(file: &NamedFile, base: i64, printer: &mut Printer<'_>) -> Result<()> {
    let mut entries = EntryFile::<TIME_ENTRY_BYTES>::open(&file.path)?;
    let mut last: Option<TimeEntry> = None;
    while let Some((at, bytes)) = entries.next()? {
        let entry = TimeEntry::decode(base, &bytes);
        let TimeEntry { timestamp, offset } = entry;
        let time = Time { timestamp, offset };
        printer.entry(
            format_args!("timestamp: {timestamp} offset: {offset}"),
            &time,
        )?;
        if last.is_some_and(|last| timestamp <= last.timestamp || offset < last.offset) {
            let why = "the timestamp must be higher than that of the entry before, and the offset not lower";
            printer.damage(&Error::damaged(&file.path, at, why))?;
        }
        last = Some(entry);
    }
    tell_end(&entries, last.is_none(), printer)?;
    compare_with_log(file, base, printer)
}

/// `.txnindex`: aborted transactions in the order of their markers.
pub(super) fn aborted(file: &NamedFile, printer: &mut Printer<'_>) -> Result<()> {
    let mut entries = EntryFile::<TXN_ENTRY_BYTES>::open(&file.path)?;
    let mut last: Option<AbortedTransaction> = None;
    while let Some((at, bytes)) = entries.next()? {
        let Some(aborted) = AbortedTransaction::decode(&bytes) else {
            let why = "the entry's version is not 0";
            printer.damage(&Error::damaged(&file.path, at, why))?;
            continue;
        };
        aborted_entry(&aborted, printer)?;
        let rises = last.is_none_or(|last| last.last_offset < aborted.last_offset);
        if !rises || aborted.first_offset > aborted.last_offset {
            let why = "the last offset must be higher than that of the entry before, and the first one not above it";
            printer.damage(&Error::damaged(&file.path, at, why))?;
        }
        last = Some(aborted);
    }
    tell_end(&entries, last.is_none(), printer)
}

fn aborted_entry(aborted: &AbortedTransaction, printer: &mut Printer<'_>) -> Result<()> {
    let entry = Aborted {
        version: 0,
        producer_id: aborted.producer_id,
        first_offset: aborted.first_offset,
        last_offset: aborted.last_offset,
        last_stable_offset: aborted.last_stable_offset,
    };
    printer.entry(
        format_args!(
            "version: 0 producerId: {} firstOffset: {} lastOffset: {} lastStableOffset: {}",
            entry.producer_id, entry.first_offset, entry.last_offset, entry.last_stable_offset
        ),
        &entry,
    )
}

/// Says what the log beside an index contradicts in it. Of an index that is out of order that was said already.
fn compare_with_log(file: &NamedFile, base: i64, printer: &mut Printer<'_>) -> Result<()> {
    let is_in_place = file
        .path
        .file_name()
        .and_then(parse_segment_file_name)
        .is_some();
    if printer.found_damage() || !is_in_place {
        return Ok(());
    }
    for finding in check_indexes(durable::parent(&file.path), base)? {
        if finding.path.file_name() == file.path.file_name() && !finding.harmless {
            let position = finding.position.unwrap_or(0);
            printer.damage(&Error::damaged(&file.path, position, &finding.message))?;
        }
    }
    Ok(())
}

fn tell_end<const WIDTH: usize>(
    entries: &EntryFile<WIDTH>,
    is_empty: bool,
    printer: &mut Printer<'_>,
) -> Result<()> {
    if is_empty {
        printer.is_empty()?;
    }
    match entries.zeros() {
        0 => Ok(()),
        zeros => printer.note(&format!(
            "{} at the end are zero: space for entries that were not written yet, or not before a crash",
            counted(zeros, "byte")
        )),
    }
}
