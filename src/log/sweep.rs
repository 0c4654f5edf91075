//! Files of a log that are on their way out.
//!
//! A segment that retention or a trim removes is renamed first, so that readers who have it open can finish; the
//! renamed files go at the next roll or with `clean`. A broker leaves files of the same names.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use crate::error::{IoContext, Result};
use crate::log::segment::segment_path;
use crate::store::names::{parse_suffixed_segment_file_name, suffixed_segment_file_name};
use crate::store::{SegmentFile, SegmentSuffix, durable};

const FILES: [SegmentFile; 5] = [
    SegmentFile::Log,
    SegmentFile::Index,
    SegmentFile::TimeIndex,
    SegmentFile::TxnIndex,
    SegmentFile::Snapshot,
];

/// Takes a segment out of the log: its files get the suffix `.deleted`, its log last, so that a log file never
/// stands without the rest of what belongs to it.
pub(crate) fn set_aside(partition: &Path, base: i64) -> Result<()> {
    for file in FILES.into_iter().rev() {
        let path = segment_path(partition, base, file);
        match std::fs::rename(&path, aside(partition, base, file)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).at("rename", &path);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a file of a segment was set aside, and not its log yet: the rest is about to follow, unless who was at it was
/// killed.
pub(crate) fn is_being_set_aside(partition: &Path, base: i64) -> bool {
    let indexes = [SegmentFile::Index, SegmentFile::TimeIndex];
    segment_path(partition, base, SegmentFile::Log).exists()
        && indexes
            .into_iter()
            .any(|file| aside(partition, base, file).exists())
}

fn aside(partition: &Path, base: i64, file: SegmentFile) -> PathBuf {
    let name = suffixed_segment_file_name(base, file, SegmentSuffix::Deleted);
    partition.join(name)
}

/// Removes what was set aside at least so long ago.
pub(crate) fn sweep(partition: &Path, delay: Duration) -> Result<()> {
    for entry in std::fs::read_dir(partition).at("list", partition)? {
        let entry = entry.at("list", partition)?;
        if let Some((_, _, SegmentSuffix::Deleted | SegmentSuffix::Cleaned)) =
            parse_suffixed_segment_file_name(&entry.file_name())
        {
            // A rename changes nothing of a file but this time.
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            let aside_since = UNIX_EPOCH + Duration::from_secs(metadata.ctime().unsigned_abs());
            if aside_since.elapsed().unwrap_or_default() >= delay {
                durable::remove(&entry.path())?;
            }
        }
    }
    Ok(())
}
