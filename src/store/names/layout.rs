//! Where everything lies under the directory.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::group::GroupName;
use super::group_layout::GroupLayout;
use super::import::ImportName;
use super::partition::TopicPartition;
use super::topic::TopicName;

/// The extension of a topic's file.
const TOPIC_EXTENSION: &str = ".json";

/// What the name of a group's directory begins with while it is removed.
const DELETED_GROUP: &str = ".deleted-";

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

    /// What lies in one group's directory.
    #[must_use]
    pub fn group(&self, group: &GroupName) -> GroupLayout {
        GroupLayout::new(self.groups().join(group.dir_name()))
    }

    /// Where a group's directory is put before it is removed: no group's directory begins with a dot.
    #[must_use]
    pub fn deleted_group_dir(&self, token: Uuid) -> PathBuf {
        self.groups()
            .join(format!("{DELETED_GROUP}{}", token.simple()))
    }

    /// Whether a directory of this name is a group's on its way out.
    #[must_use]
    pub fn is_deleted_group_dir(name: &OsStr) -> bool {
        name.to_str()
            .and_then(|name| name.strip_prefix(DELETED_GROUP))
            .is_some_and(|token| {
                token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit())
            })
    }

    /// The imports' directories.
    #[must_use]
    pub fn imports(&self) -> PathBuf {
        self.root.join("imports")
    }

    /// One import's directory.
    #[must_use]
    pub fn import_dir(&self, import: &ImportName) -> PathBuf {
        self.imports().join(import.dir_name())
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

    /// What readers noted of the partitions' segments.
    #[must_use]
    pub fn segment_indexes(&self) -> PathBuf {
        self.locks().join("segments")
    }

    /// What readers noted of one partition's segments.
    #[must_use]
    pub fn segment_index(&self, tp: &TopicPartition) -> PathBuf {
        self.segment_indexes().join(tp.to_string())
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
            layout.segment_index(&tp),
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
    fn a_group_on_its_way_out_is_no_group() {
        let layout = Layout::new(PathBuf::from("/d"));
        let path = layout.deleted_group_dir(Uuid::max());
        let name = path.file_name().unwrap();
        assert!(Layout::is_deleted_group_dir(name) && GroupName::parse_dir_name(name).is_none());
        let group = layout.group(&GroupName::new("g").unwrap());
        assert_eq!(group.dir(), Path::new("/d/groups/g"));
        assert!(!Layout::is_deleted_group_dir(OsStr::new(".deleted-1")));
    }

    #[test]
    fn a_log_dir_is_its_own_logs() {
        let layout = Layout::log_dir(PathBuf::from("/k"));
        assert!(layout.is_log_dir() && layout.logs() == Path::new("/k"));
        assert!(!Layout::new(PathBuf::from("/k")).is_log_dir());
    }
}
