//! Finding the next whole batch behind damage.

use std::fs::File;
use std::path::Path;

use crate::error::{IoContext, Result};
use crate::log::scan::{BatchAt, crc_matches, read_up_to};
use crate::record::{BatchHeader, HEADER_BYTES};

const WINDOW_BYTES: usize = 1 << 20;
/// Where in a batch its magic stands.
const MAGIC_AT: usize = 16;

/// The first whole batch at or after `position` and before `end`, both in bytes, whose offsets can follow
/// `expected`. Its checksum has been seen to fit, so that it is no accident of some record's bytes.
pub(crate) fn next_whole_batch(
    file: &File,
    path: &Path,
    position: u64,
    end: u64,
    expected: i64,
) -> Result<Option<BatchAt>> {
    let mut window =
        vec![
            0;
            WINDOW_BYTES.min(usize::try_from(end.saturating_sub(position)).unwrap_or(WINDOW_BYTES))
        ];
    let mut start = position;
    while start + HEADER_BYTES as u64 <= end {
        let len = read_up_to(file, &mut window, start).at("read", path)?;
        for magic in memchr::memchr_iter(2, &window[..len]) {
            let Some(at) = magic.checked_sub(MAGIC_AT) else {
                continue;
            };
            let Some(header) = window[at..len]
                .first_chunk::<HEADER_BYTES>()
                .map(BatchHeader::parse)
            else {
                break;
            };
            let batch = BatchAt {
                position: start + at as u64,
                header,
            };
            if is_plausible(&batch, expected, end) && crc_matches(file, path, &batch)?.is_ok() {
                return Ok(Some(batch));
            }
        }
        if len <= HEADER_BYTES {
            break;
        }
        start += (len - HEADER_BYTES + 1) as u64;
    }
    Ok(None)
}

fn is_plausible(batch: &BatchAt, expected: i64, end: u64) -> bool {
    let base = batch.header.base_offset;
    batch.header.check().is_ok()
        && batch.end() <= end
        && (expected..=expected.saturating_add(i64::from(i32::MAX))).contains(&base)
}
