//! A file to show, and what its name says that it is.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::error::{Error, IoContext, Result};
use crate::store::names::{
    LEADER_EPOCHS_FILE, PARTITION_METADATA_FILE, parse_cut_file_name, parse_segment_file_name,
    parse_suffixed_segment_file_name,
};
use crate::store::{OffsetCheckpointFile, SegmentFile, TopicPartition, durable};

/// What a file is; of a segment's, the base offset where it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Log(i64),
    Index(i64),
    TimeIndex(i64),
    TxnIndex,
    Snapshot,
    LeaderEpochs,
    OffsetCheckpoint,
    PartitionMetadata,
}

/// A file that is there.
#[derive(Debug)]
pub(super) struct NamedFile {
    pub(super) path: PathBuf,
    pub(super) kind: Kind,
    /// The partition after which its directory is named.
    pub(super) partition: Option<TopicPartition>,
}

impl NamedFile {
    /// Finds the file, and what it is.
    pub(super) fn find(path: &Path) -> Result<Self> {
        path.symlink_metadata().at("open", path)?;
        let kind = path.file_name().and_then(Kind::of).ok_or_else(|| {
            Error::usage(format!(
                "the name of {} does not say what is in it",
                path.display()
            ))
            .help(
                "dump knows segment files such as 00000000000000000000.log (also .index, .timeindex, .txnindex, \
                 .snapshot, and these with .deleted, .cleaned, .swap, .tmp, .cut), checkpoints and partition.metadata",
            )
        })?;
        let dir = durable::parent(path).canonicalize();
        let partition = dir
            .ok()
            .and_then(|dir| TopicPartition::parse(dir.file_name()?));
        Ok(Self {
            path: path.to_owned(),
            kind,
            partition,
        })
    }
}

impl Kind {
    fn of(name: &OsStr) -> Option<Self> {
        let segment = parse_segment_file_name(name)
            .or_else(|| parse_suffixed_segment_file_name(name).map(|(base, file, _)| (base, file)));
        if let Some((base, file)) = segment {
            return Some(match file {
                SegmentFile::Log => Self::Log(base),
                SegmentFile::Index => Self::Index(base),
                SegmentFile::TimeIndex => Self::TimeIndex(base),
                SegmentFile::TxnIndex => Self::TxnIndex,
                SegmentFile::Snapshot => Self::Snapshot,
            });
        }
        if let Some((base, ..)) = parse_cut_file_name(name) {
            return Some(Self::Log(base));
        }
        if Path::new(name).extension() == Some(OsStr::new("checkpoint")) {
            // A snapshot of KRaft's metadata: batches whose offsets begin at 0, whatever its name.
            return Some(Self::Log(0));
        }
        if name == LEADER_EPOCHS_FILE {
            return Some(Self::LeaderEpochs);
        }
        if name == PARTITION_METADATA_FILE {
            return Some(Self::PartitionMetadata);
        }
        OffsetCheckpointFile::ALL
            .into_iter()
            .any(|file| name == file.file_name())
            .then_some(Self::OffsetCheckpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_what_a_file_is() {
        for (name, kind) in [
            ("00000000000000000042.log", Some(Kind::Log(42))),
            ("00000000000000000042.log.deleted", Some(Kind::Log(42))),
            ("00000000000000000042.index.swap", Some(Kind::Index(42))),
            (
                "00000000000000000042.timeindex.cleaned",
                Some(Kind::TimeIndex(42)),
            ),
            ("00000000000000000042.txnindex", Some(Kind::TxnIndex)),
            ("00000000000000000042.snapshot.tmp", Some(Kind::Snapshot)),
            ("00000000000000000042.log.7.0.cut", Some(Kind::Log(42))),
            (
                "00000000000000000042-0000000001.checkpoint",
                Some(Kind::Log(0)),
            ),
            ("leader-epoch-checkpoint", Some(Kind::LeaderEpochs)),
            (
                "replication-offset-checkpoint",
                Some(Kind::OffsetCheckpoint),
            ),
            ("partition.metadata", Some(Kind::PartitionMetadata)),
            ("42.log", None),
            ("server.log", None),
            ("00000000000000000042.log.gz", None),
        ] {
            assert_eq!(Kind::of(OsStr::new(name)), kind, "{name}");
        }
    }
}
