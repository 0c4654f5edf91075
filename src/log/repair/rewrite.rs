//! Writing a segment's log anew, with some stretches of it replaced.
//!
//! The new file is whole and synced before it takes the old one's name. Whoever reads the old one goes on reading it.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::Path;

use crate::error::{IoContext, Result};
use crate::log::kept::copy_stretch;
use crate::log::segment::{SegmentLog, segment_path};
use crate::store::durable::{self, Access};
use crate::store::names::suffixed_segment_file_name;
use crate::store::{SegmentFile, SegmentSuffix};

const BUFFER_BYTES: usize = 64 * 1024;

/// What takes the place of a stretch of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    /// The stretch, in bytes.
    pub(crate) stretch: Range<u64>,
    /// What is written instead.
    pub(crate) bytes: Vec<u8>,
}

/// Writes the segment anew with these edits, which are in order, and removes its indexes: they are of the old one.
pub(crate) fn rewrite(partition: &Path, segment: &SegmentLog, edits: &[Edit]) -> Result<()> {
    let suffixed = suffixed_segment_file_name(segment.base, SegmentFile::Log, SegmentSuffix::Tmp);
    let path = partition.join(suffixed);
    durable::remove(&path)?;
    let written = write(segment, edits, &path).and_then(|()| {
        remove_indexes(partition, segment.base)?;
        std::fs::rename(&path, &segment.path).at("replace", &segment.path)
    });
    if written.is_err() {
        // The first error is the one to report.
        let _ = std::fs::remove_file(&path);
    }
    written.and_then(|()| durable::sync_dir(partition))
}

fn remove_indexes(partition: &Path, base: i64) -> Result<()> {
    durable::remove(&segment_path(partition, base, SegmentFile::Index))?;
    durable::remove(&segment_path(partition, base, SegmentFile::TimeIndex))
}

fn write(segment: &SegmentLog, edits: &[Edit], path: &Path) -> Result<()> {
    let file = durable::create_new(path, OpenOptions::new().write(true), Access::AsDirectory)?;
    let mut target = BufWriter::with_capacity(BUFFER_BYTES, file);
    let mut position = 0;
    for edit in edits {
        copy_stretch(segment, position..edit.stretch.start, &mut target, path)?;
        target.write_all(&edit.bytes).at("write", path)?;
        position = edit.stretch.end;
    }
    copy_stretch(segment, position..segment.len()?, &mut target, path)?;
    let file = target
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)
        .at("write", path)?;
    file.sync_all().at("sync", path)
}
