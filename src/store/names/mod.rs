//! Every name in the directory: formatted here, parsed here, and nowhere else.
//!
//! Names from users are checked before they become a path; names found on disk are taken only if formatting what
//! was parsed gives the same name again, so that no two files can stand for one thing.

mod group;
mod group_layout;
mod import;
mod layout;
mod member;
mod partition;
mod percent;
mod segment;
mod topic;
mod topic_id;

pub use group::GroupName;
pub use group_layout::GroupLayout;
pub use import::ImportName;
pub(crate) use layout::{LEADER_EPOCHS_FILE, PARTITION_METADATA_FILE};
pub use layout::{Layout, OffsetCheckpointFile};
pub use member::MemberId;
pub use partition::{MAX_PARTITIONS, TopicPartition};
pub use segment::{
    SegmentFile, SegmentSuffix, cut_file_name, parse_cut_file_name, parse_segment_file_name,
    parse_suffixed_segment_file_name, segment_file_name, suffixed_segment_file_name,
};
pub use topic::{INTERNAL_METADATA_TOPIC, MAX_TOPIC_NAME, TopicName};
pub use topic_id::TopicId;

/// Longest name of a file, in bytes, on every file system we know (`NAME_MAX`).
pub(crate) const MAX_FILE_NAME: usize = 255;
