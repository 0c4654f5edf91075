//! What lies in a partition's directory, by name and by kind.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::FileType;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::error::{Error, ErrorKind, Result};
use crate::log::check::finding::{Finding, FindingKind};
use crate::store::durable::is_temporary;
use crate::store::names::{
    parse_cut_file_name, parse_segment_file_name, parse_suffixed_segment_file_name,
};
use crate::store::{Layout, SegmentFile, SegmentSuffix};

/// The files that belong to a partition, whatever else lies there.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// The segments' files, by base offset.
    pub(crate) of_segments: BTreeSet<(i64, SegmentFile)>,
    /// Files that were being written when their writer was killed, or are being written now.
    pub(crate) being_written: Vec<PathBuf>,
    /// What does not belong there.
    pub(crate) findings: Vec<Finding>,
}

/// What a name in a partition's directory stands for.
enum Name {
    Segment(i64, SegmentFile),
    /// Something that has its place there and says nothing of the log.
    Other,
    Leftover(&'static str),
    BeingWritten,
    Unknown,
}

impl Files {
    /// Lists a partition's directory.
    pub(crate) fn list(dir: &Path) -> Result<Self> {
        let mut files = Self::default();
        for entry in WalkDir::new(dir)
            .min_depth(1)
            .max_depth(1)
            .sort_by_file_name()
        {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().unwrap_or(dir).to_owned();
                    files.unlistable(&path, error)?;
                    continue;
                }
            };
            files.take(entry.path(), entry.file_name(), entry.file_type());
        }
        Ok(files)
    }

    /// The base offsets of the segments.
    pub(crate) fn bases(&self) -> Vec<i64> {
        let logs = self.of_segments.iter();
        logs.filter(|(_, file)| *file == SegmentFile::Log)
            .map(|(base, _)| *base)
            .collect()
    }

    fn take(&mut self, path: &Path, name: &OsStr, file_type: FileType) {
        let known = name_of(name);
        if matches!(known, Name::Unknown) {
            let what = what(file_type);
            let message = format!("{what} that does not belong in a partition's directory");
            self.findings
                .push(Finding::new(FindingKind::Stray, path, message));
        } else if !file_type.is_file() {
            self.findings.push(not_a_file(path, file_type));
        } else if let Name::Segment(base, file) = known {
            self.of_segments.insert((base, file));
        } else if let Name::Leftover(why) = known {
            self.leftover(path, why);
        } else if matches!(known, Name::BeingWritten) {
            self.being_written.push(path.to_owned());
            self.leftover(path, "a file that was being written");
        }
    }

    fn leftover(&mut self, path: &Path, why: &str) {
        let finding = Finding::new(FindingKind::Leftover, path, why);
        self.findings.push(finding.harmless());
    }

    /// A file that went away while the directory was listed is no matter; a directory that did is.
    fn unlistable(&mut self, path: &Path, error: walkdir::Error) -> Result<()> {
        let at_root = error.depth() == 0;
        let error: std::io::Error = error.into();
        if error.kind() != std::io::ErrorKind::NotFound {
            let error = Error::io("list", path, error);
            self.findings
                .push(Finding::of_error(FindingKind::Unreadable, path, &error));
            return Ok(());
        }
        if at_root {
            return Err(Error::new(
                ErrorKind::TopicDeleted,
                format!("{} was deleted", path.display()),
            ));
        }
        Ok(())
    }
}

/// The finding for a link, a pipe or a directory where a file should be.
pub(crate) fn not_a_file(path: &Path, file_type: FileType) -> Finding {
    let message = format!("{} where a regular file should be", what(file_type));
    Finding::new(FindingKind::NotAFile, path, message)
}

/// What something is, in words.
pub(crate) fn what(file_type: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    if file_type.is_file() {
        "a file"
    } else if file_type.is_dir() {
        "a directory"
    } else if file_type.is_symlink() {
        "a symbolic link"
    } else if file_type.is_fifo() {
        "a FIFO"
    } else if file_type.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

fn name_of(name: &OsStr) -> Name {
    if let Some((base, file)) = parse_segment_file_name(name) {
        return Name::Segment(base, file);
    }
    if let Some((_, _, suffix)) = parse_suffixed_segment_file_name(name) {
        return match suffix {
            // They are there after each deletion, until the next roll.
            SegmentSuffix::Deleted => Name::Other,
            SegmentSuffix::Cleaned => Name::Leftover("unfinished output of a compaction"),
            SegmentSuffix::Swap => Name::Leftover("output of a compaction, not yet in place"),
            SegmentSuffix::Tmp => Name::BeingWritten,
        };
    }
    let being_written = name
        .to_str()
        .and_then(|name| name.strip_suffix(SegmentSuffix::Tmp.text()))
        .is_some_and(|name| Layout::is_partition_file_name(OsStr::new(name)));
    if parse_cut_file_name(name).is_some() || Layout::is_partition_file_name(name) {
        Name::Other
    } else if being_written || is_temporary(name) {
        Name::BeingWritten
    } else {
        Name::Unknown
    }
}
