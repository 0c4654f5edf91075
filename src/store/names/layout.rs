//! Where everything lies under the directory.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::group::GroupName;
use super::partition::TopicPartition;
use super::topic::TopicName;

/// The extension of a topic's file.
const TOPIC_EXTENSION: &str = ".json";

/// A partition's leader epochs.
pub(crate) const LEADER_EPOCHS_FILE: &str = "leader-epoch-checkpoint";
/// A partition's topic id.
pub(crate) const PARTITION_METADATA_FILE: &str = "partition.metadata";

/// One of Kafka's files that give an offset per partition, all topics in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OffsetCheckpointFile {
    /// Everything below is on disk.
    RecoveryPoint,
    /// The log starts here, not at its first segment's base offset.
    LogStart,
    /// The first offset compaction has not looked at yet.
    Cleaner,
    /// A broker's high watermark; ours is the log's end.
    HighWatermark,
}

impl OffsetCheckpointFile {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::RecoveryPoint,
        Self::LogStart,
        Self::Cleaner,
        Self::HighWatermark,
    ];

    /// Kafka's name of the file.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::RecoveryPoint => "recovery-point-offset-checkpoint",
            Self::LogStart => "log-start-offset-checkpoint",
            Self::Cleaner => "cleaner-offset-checkpoint",
            Self::HighWatermark => "replication-offset-checkpoint",
        }
    }
}

/// The paths under one directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
    logs: PathBuf,
}

impl Layout {
    /// A directory of ours.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        let logs = root.join("logs");
        Self { root, logs }
    }

    /// Kafka's own log.dir, which is to be read only: there is nothing but what lies in `logs/` elsewhere.
    #[must_use]
    pub fn log_dir(path: PathBuf) -> Self {
        Self {
            root: path.clone(),
            logs: path,
        }
    }

    /// Whether this is a log.dir of Kafka's rather than a directory of ours.
    #[must_use]
    pub fn is_log_dir(&self) -> bool {
        self.root == self.logs
    }

    /// The directory itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The partitions' directories and Kafka's checkpoint files.
    #[must_use]
    pub fn logs(&self) -> &Path {
        &self.logs
    }

    /// The directory's version and cluster id.
    #[must_use]
    pub fn meta_properties(&self) -> PathBuf {
        self.root.join("meta.properties")
    }

    /// The directory's defaults, where somebody set them.
    #[must_use]
    pub fn server_properties(&self) -> PathBuf {
        self.root.join("server.properties")
    }

    /// The topics' files.
    #[must_use]
    pub fn topics(&self) -> PathBuf {
        self.root.join("topics")
    }

    /// One topic's file.
    #[must_use]
    pub fn topic_file(&self, topic: &TopicName) -> PathBuf {
        self.topics().join(format!("{topic}{TOPIC_EXTENSION}"))
    }

    /// The topic whose file has this name; none for every other file.
    #[must_use]
    pub fn parse_topic_file_name(name: &OsStr) -> Option<TopicName> {
        TopicName::found(name.to_str()?.strip_suffix(TOPIC_EXTENSION)?)
    }

    /// The consumer groups' directories.
    #[must_use]
    pub fn groups(&self) -> PathBuf {
        self.root.join("groups")
    }

    /// One group's directory.
    #[must_use]
    pub fn group_dir(&self, group: &GroupName) -> PathBuf {
        self.groups().join(group.dir_name())
    }

    /// The lock files.
    #[must_use]
    pub fn locks(&self) -> PathBuf {
        self.root.join("locks")
    }

    /// The lock on `topics/`.
    #[must_use]
    pub fn topics_lock(&self) -> PathBuf {
        self.locks().join("topics")
    }

    /// The lock on the checkpoint files in `logs/`.
    #[must_use]
    pub fn checkpoints_lock(&self) -> PathBuf {
        self.locks().join("checkpoints")
    }

    /// The partitions' lock files.
    #[must_use]
    pub fn partition_locks(&self) -> PathBuf {
        self.locks().join("partitions")
    }

    /// One partition's lock file, which also carries its record.
    #[must_use]
    pub fn append_lock(&self, tp: &TopicPartition) -> PathBuf {
        self.partition_locks().join(tp.to_string())
    }

    /// The marks of failed syncs.
    #[must_use]
    pub fn failed_marks(&self) -> PathBuf {
        self.locks().join("failed")
    }

    /// The mark that a sync of this partition failed.
    #[must_use]
    pub fn failed_mark(&self, tp: &TopicPartition) -> PathBuf {
        self.failed_marks().join(tp.to_string())
    }

    /// One partition's directory.
    #[must_use]
    pub fn partition_dir(&self, tp: &TopicPartition) -> PathBuf {
        self.logs.join(tp.to_string())
    }

    /// Where a partition's directory is put before it is removed.
    #[must_use]
    pub fn deleted_partition_dir(&self, tp: &TopicPartition, token: Uuid) -> PathBuf {
        self.logs.join(tp.deleted_dir_name(token))
    }

    /// One of the checkpoint files in `logs/`.
    #[must_use]
    pub fn offset_checkpoint(&self, file: OffsetCheckpointFile) -> PathBuf {
        self.logs.join(file.file_name())
    }

    /// The file a broker locks for as long as it runs.
    #[must_use]
    pub fn broker_lock(&self) -> PathBuf {
        self.logs.join(".lock")
    }

    /// A partition's leader epochs.
    #[must_use]
    pub fn leader_epoch_checkpoint(&self, tp: &TopicPartition) -> PathBuf {
        self.partition_dir(tp).join(LEADER_EPOCHS_FILE)
    }

    /// A partition's topic id.
    #[must_use]
    pub fn partition_metadata(&self, tp: &TopicPartition) -> PathBuf {
        self.partition_dir(tp).join(PARTITION_METADATA_FILE)
    }

    /// Whether a file of this name is one of a partition as a whole, not of a segment.
    #[must_use]
    pub fn is_partition_file_name(name: &OsStr) -> bool {
        [LEADER_EPOCHS_FILE, PARTITION_METADATA_FILE]
            .into_iter()
            .any(|known| name == known)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn every_derived_name_of_the_longest_topic_fits() {
        let layout = Layout::new(PathBuf::from("/d"));
        let topic = TopicName::new(&"x".repeat(249)).unwrap();
        let tp = TopicPartition::new(topic.clone(), 99_999);
        for path in [
            layout.topic_file(&topic),
            layout.append_lock(&tp),
            layout.failed_mark(&tp),
            layout.partition_dir(&tp),
            layout.deleted_partition_dir(&tp, Uuid::max()),
        ] {
            assert!(path.file_name().unwrap().len() <= 255, "{}", path.display());
        }
    }

    #[test]
    fn topic_files_are_known_again() {
        let layout = Layout::new(PathBuf::from("/d"));
        for name in ["orders", ".json", "a.json", "-"] {
            let topic = TopicName::new(name).unwrap();
            let path = layout.topic_file(&topic);
            let parsed = Layout::parse_topic_file_name(path.file_name().unwrap());
            assert_eq!(parsed, Some(topic));
        }
        for name in [".json", "orders", ".orders.json.0123.tmp", "a b.json"] {
            assert_eq!(
                Layout::parse_topic_file_name(OsStr::new(name)),
                None,
                "{name}"
            );
        }
    }

    #[test]
    fn a_log_dir_is_its_own_logs() {
        let layout = Layout::log_dir(PathBuf::from("/k"));
        assert!(layout.is_log_dir() && layout.logs() == Path::new("/k"));
        assert!(!Layout::new(PathBuf::from("/k")).is_log_dir());
    }
}
