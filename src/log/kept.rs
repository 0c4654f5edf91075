//! Bytes that are taken out of a log and kept beside it.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::error::{IoContext, Result};
use crate::log::segment::SegmentLog;
use crate::store::durable::{self, Access};
use crate::store::names::cut_file_name;

const PIECE_BYTES: usize = 64 * 1024;

/// Copies a stretch of a segment's log into a file of its own beside it, synced: its path. The directory is not
/// synced.
pub(crate) fn keep_beside(
    partition: &Path,
    segment: &SegmentLog,
    stretch: Range<u64>,
) -> Result<PathBuf> {
    let mut options = OpenOptions::new();
    options.write(true);
    let beside = free_cut_name(partition, segment.base, stretch.start)?;
    let target = durable::create_new(&beside, &options, Access::AsDirectory)?;
    let mut target = BufWriter::with_capacity(PIECE_BYTES, target);
    copy_stretch(segment, stretch, &mut target, &beside)?;
    let target = target
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error);
    target
        .and_then(|file| file.sync_all())
        .at("sync", &beside)?;
    Ok(beside)
}

/// A path for bytes cut from a segment at `position` that is not taken yet.
pub(crate) fn free_cut_name(partition: &Path, base: i64, position: u64) -> Result<PathBuf> {
    let mut number = 0;
    loop {
        let path = partition.join(cut_file_name(base, position, number));
        if !durable::exists(&path)? {
            return Ok(path);
        }
        number += 1;
    }
}

/// Copies a stretch of a segment's log to `target`, whose path is `path`.
pub(crate) fn copy_stretch(
    segment: &SegmentLog,
    stretch: Range<u64>,
    target: &mut impl Write,
    path: &Path,
) -> Result<()> {
    let mut source: File = segment.file.try_clone().at("read", &segment.path)?;
    source
        .seek(SeekFrom::Start(stretch.start))
        .at("read", &segment.path)?;
    let mut source = source.take(stretch.end.saturating_sub(stretch.start));
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = source.read(&mut piece).at("read", &segment.path)?;
        if read == 0 {
            return Ok(());
        }
        target.write_all(&piece[..read]).at("write", path)?;
    }
}
