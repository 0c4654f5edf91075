//! The directory: names and layout, locks, topics and their settings, durable replacement of files.
//!
//! Nothing here knows what a batch is. Everything that decides *where* something lies and *who* may touch it now
//! is in this room, so that the rules by which many processes share one directory stand in one place:
//! [`names`] formats and parses every name, [`lock`] takes every lock, [`durable`] makes every file that is not a
//! log visible whole.

pub mod append_lock;
pub mod boot;
pub(crate) mod broker_lock;
pub mod checkpoint;
mod clock;
mod dir_stamp;
pub mod durable;
mod failed_mark;
mod file_limit;
mod file_system;
pub mod lock;
mod lock_holder;
mod lock_watchdog;
mod log_dir;
pub mod meta_properties;
pub mod names;
mod nearest;
pub mod notes;
pub mod partition_metadata;
mod patience;
mod properties;
mod restoration;
pub mod server_properties;
pub mod setting;
pub mod settings;
mod side_by_side;
pub mod signal_mask;
#[expect(
    clippy::module_inception,
    reason = "the room is about a store; the open store is one of its parts"
)]
mod store;
#[cfg(test)]
pub(crate) mod testing;
mod topic;
mod topic_alteration;
mod topic_creation;
mod topic_deletion;
pub mod topic_file;

pub use append_lock::{AppendGuard, AppendLock, AppendRecord, RecordFile};
pub use checkpoint::{EpochStart, LeaderEpochs, OffsetCheckpoint};
pub use clock::now_ms;
pub(crate) use dir_stamp::DirStamp;
pub use file_limit::raise_file_limit;
pub use lock::{FileId, HeldLock, LockFile, LockGuard, Patience};
pub use names::{
    GroupLayout, GroupName, ImportName, Layout, MemberId, OffsetCheckpointFile, SegmentFile,
    SegmentSuffix, TopicId, TopicName, TopicPartition,
};
pub(crate) use nearest::{did_you_mean, nearest};
pub use notes::Notes;
pub(crate) use properties::Properties;
pub use server_properties::ServerProperties;
pub use setting::Setting;
pub use settings::{CleanupPolicy, CompressionType, SettingMap, Settings};
pub use store::{Store, StoreOptions};
pub use topic::Topic;
pub use topic_alteration::Alteration;
pub use topic_creation::Creation;
