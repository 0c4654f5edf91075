//! The segments of a partition: which there are, and opening one.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, ErrorKind, IoContext, Result};
use crate::log::offset_index;
use crate::store::SegmentFile;
use crate::store::durable::open_for_reading;
use crate::store::names::{parse_segment_file_name, segment_file_name};

/// The path of one of a segment's files.
#[must_use]
pub(crate) fn segment_path(partition: &Path, base: i64, file: SegmentFile) -> PathBuf {
    partition.join(segment_file_name(base, file))
}

/// The base offsets of the segments in a partition's directory, in their order.
///
/// A directory that is gone means that the partition was deleted.
pub(crate) fn list_segments(partition: &Path) -> Result<Vec<i64>> {
    let entries = std::fs::read_dir(partition).map_err(|error| listing_failed(error, partition))?;
    let mut bases = Vec::new();
    for entry in entries {
        let entry = entry.at("list", partition)?;
        if let Some((base, SegmentFile::Log)) = parse_segment_file_name(&entry.file_name()) {
            bases.push(base);
        }
    }
    bases.sort_unstable();
    Ok(bases)
}

/// The segment of `bases` that holds `offset`, if any may: the one with the greatest base not above it.
#[must_use]
pub(crate) fn segment_of(bases: &[i64], offset: i64) -> Option<i64> {
    bases[..bases.partition_point(|&base| base <= offset)]
        .last()
        .copied()
}

/// A segment's log file, open for reading.
#[derive(Debug, Clone)]
pub(crate) struct SegmentLog {
    /// The segment's base offset: no record in it has a lower one.
    pub base: i64,
    /// The path of the log file.
    pub path: Arc<Path>,
    /// The log file.
    pub file: Arc<File>,
    /// The file's inode: a repaired or compacted segment is another file of the same name.
    pub inode: u64,
}

impl SegmentLog {
    /// Opens a segment's log file for reading; `None` if it has gone.
    pub(crate) fn open(partition: &Path, base: i64) -> Result<Option<Self>> {
        let path = segment_path(partition, base, SegmentFile::Log);
        let file = match open_for_reading(&path) {
            Ok(file) => file,
            Err(error) if error.io_kind() == Some(std::io::ErrorKind::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let inode = file.metadata().at("examine", &path)?.ino();
        Ok(Some(Self {
            base,
            path: path.into(),
            file: Arc::new(file),
            inode,
        }))
    }

    /// The path of another of the segment's files.
    pub(crate) fn file_path(&self, file: SegmentFile) -> PathBuf {
        self.path.with_file_name(segment_file_name(self.base, file))
    }

    /// The position to walk from to find `offset`: that of a batch that ends at or before it, or the segment's beginning.
    pub(crate) fn position_of(&self, offset: i64) -> Result<u64> {
        let index = self.file_path(SegmentFile::Index);
        offset_index::lookup(&index, self.base, &self.file, &self.path, offset)
    }

    /// The file's length in bytes at this moment.
    pub(crate) fn len(&self) -> Result<u64> {
        Ok(self.file.metadata().at("examine", &self.path)?.len())
    }

    /// Whether the path still names this very file.
    pub(crate) fn is_current(&self) -> bool {
        std::fs::symlink_metadata(&self.path).is_ok_and(|now| now.ino() == self.inode)
    }
}

/// The error for a directory that can't be listed or looked at.
pub(crate) fn listing_failed(error: std::io::Error, partition: &Path) -> Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        return Error::new(
            ErrorKind::TopicDeleted,
            format!("{} was deleted", partition.display()),
        );
    }
    Error::io("list", partition, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_belongs_to_the_greatest_base_not_above_it() {
        let bases = [10, 20, 30];
        assert_eq!(segment_of(&bases, 9), None);
        assert_eq!(segment_of(&bases, 10), Some(10));
        assert_eq!(segment_of(&bases, 29), Some(20));
        assert_eq!(segment_of(&bases, 99), Some(30));
    }
}
