//! What a killed write leaves at the end of a log.

use crate::error::{IoContext, Result};
use crate::log::resync::next_whole_batch;
use crate::log::scan::{Torn, read_up_to};
use crate::log::segment::SegmentLog;
use crate::record::{BatchHeader, HEADER_BYTES};
use crate::store::Settings;

/// Whether the bytes from `position` to the end of the segment can be what a killed write leaves: the beginning of
/// the batch that was due, of at most `largest` bytes, shorter than it declares, and no whole batch in it.
pub(crate) fn can_be_left_by_killed_write(
    segment: &SegmentLog,
    position: u64,
    torn: &Torn,
    expected: i64,
    largest: u64,
) -> Result<bool> {
    let begins_the_batch_due = match torn.header {
        Some(header) => header.base_offset == expected && header.size() <= largest,
        None => begins_batch(segment, position, torn.bytes, expected, largest)?,
    };
    let end = segment.len()?;
    Ok(begins_the_batch_due
        && next_whole_batch(&segment.file, &segment.path, position + 1, end, expected)?.is_none())
}

/// Less than a header is there: as far as it goes it must be what a header would be.
fn begins_batch(
    segment: &SegmentLog,
    position: u64,
    there: u64,
    expected: i64,
    largest: u64,
) -> Result<bool> {
    // What is missing is taken from a header that is sound, so that only what is there is judged.
    let due = BatchHeader {
        base_offset: expected,
        ..BatchHeader::default()
    };
    let mut bytes = [0; HEADER_BYTES];
    due.write(&mut bytes);
    let there = usize::try_from(there).map_or(HEADER_BYTES, |there| there.min(HEADER_BYTES));
    read_up_to(&segment.file, &mut bytes[..there], position).at("read", &segment.path)?;
    let header = BatchHeader::parse(&bytes);
    let length_is_whole = there >= 12;
    Ok(header.base_offset == expected
        && header.magic == due.magic
        && (!length_is_whole
            || (header.batch_length >= due.batch_length && header.size() <= largest)))
}

/// The largest batch that a writer with these settings, or with the defaults, can have begun.
pub(crate) fn largest_batch(settings: &Settings) -> u64 {
    settings
        .max_message_bytes()
        .max(Settings::default().max_message_bytes())
}
