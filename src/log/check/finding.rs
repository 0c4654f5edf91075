//! What the checker has to say.

use std::path::{Path, PathBuf};

use crate::error::Error;

/// What kind of thing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingKind {
    /// The beginning of a batch at the log's end: what a killed write leaves. The next producer removes it.
    TornTail,
    /// Zeros at the end of a log.
    ZeroTail,
    /// A batch whose bytes are not what was written.
    BadBatch,
    /// A sound batch whose base offset or leader epoch, which its checksum does not cover, can't be right.
    BadHeader,
    /// Offsets that no batch has, where none may be missing.
    Gap,
    /// A segment whose name is not the first offset in it.
    SegmentName,
    /// An index with an entry that is wrong.
    BadIndex,
    /// An index that is not there.
    MissingIndex,
    /// Zeros behind an index's last entry: a broker that runs, or was killed, leaves them.
    PaddedIndex,
    /// A file whose content makes no sense.
    BadFile,
    /// A setting, or a file of settings, that can't be used.
    BadSettings,
    /// An offset in a checkpoint that the log does not have, or one of a partition that is not there.
    Checkpoint,
    /// An offset that a consumer group has committed and that no log has.
    CommittedOffset,
    /// A directory that belongs to another topic, or does not say to which.
    TopicId,
    /// A partition that has no directory.
    MissingPartition,
    /// A directory of ours whose topic has no file.
    LeftoverPartition,
    /// A topic that is half made or half deleted. Whoever meets it finishes it.
    UnfinishedTopic,
    /// A sync failed: what was appended since may not be on disk.
    FailedSync,
    /// Records that were appended in this boot and are gone.
    MissingRecords,
    /// A temporary file, or one of a segment that is on its way out.
    Leftover,
    /// A file or directory that nothing here has made.
    Stray,
    /// A link, a pipe, a directory, where a file of ours should be.
    NotAFile,
    /// A file or directory that we may not read, or can't.
    Unreadable,
}

impl FindingKind {
    /// Its name, for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TornTail => "torn-tail",
            Self::ZeroTail => "zero-tail",
            Self::BadBatch => "bad-batch",
            Self::BadHeader => "bad-header",
            Self::Gap => "gap",
            Self::SegmentName => "segment-name",
            Self::BadIndex => "bad-index",
            Self::MissingIndex => "missing-index",
            Self::PaddedIndex => "padded-index",
            Self::BadFile => "bad-file",
            Self::BadSettings => "bad-settings",
            Self::Checkpoint => "checkpoint",
            Self::CommittedOffset => "committed-offset",
            Self::TopicId => "topic-id",
            Self::MissingPartition => "missing-partition",
            Self::LeftoverPartition => "leftover-partition",
            Self::UnfinishedTopic => "unfinished-topic",
            Self::FailedSync => "failed-sync",
            Self::MissingRecords => "missing-records",
            Self::Leftover => "leftover",
            Self::Stray => "stray",
            Self::NotAFile => "not-a-file",
            Self::Unreadable => "unreadable",
        }
    }
}

/// Something that is not as it should be, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file or directory.
    pub path: PathBuf,
    /// Bytes from the file's start, where that says more.
    pub position: Option<u64>,
    /// What kind of thing it is.
    pub kind: FindingKind,
    /// Whether it is no damage: a killed process or a running broker leaves such things, nobody loses anything by
    /// it, and whoever appends next sets it right.
    pub harmless: bool,
    /// What it is, in one sentence without a full stop.
    pub message: String,
}

impl Finding {
    /// Damage in the file or directory `path`.
    pub fn new(kind: FindingKind, path: &Path, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            position: None,
            kind,
            harmless: false,
            message: message.into(),
        }
    }

    /// The same at `position`, in bytes.
    #[must_use]
    pub fn at(mut self, position: u64) -> Self {
        self.position = Some(position);
        self
    }

    /// The same, but no damage.
    #[must_use]
    pub fn harmless(mut self) -> Self {
        self.harmless = true;
        self
    }

    /// For a file that could not be read, or whose content made no sense: `error` says which.
    #[must_use]
    pub fn of_error(kind: FindingKind, path: &Path, error: &Error) -> Self {
        let kind = if error.io_kind().is_some() {
            FindingKind::Unreadable
        } else {
            kind
        };
        Self::new(kind, path, error.to_string())
    }

    /// Whether both are about the same thing.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (&self.path, self.position, self.kind) == (&other.path, other.position, other.kind)
    }
}
