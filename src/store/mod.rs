//! The directory: names and layout, locks, topics and their settings, durable replacement of files.
//!
//! Nothing here knows what a batch is. Everything that decides *where* something lies and *who* may touch it now
//! is in this room, so that the rules by which many processes share one directory stand in one place:
//! [`names`] formats and parses every name, [`lock`] takes every lock, [`durable`] makes every file that is not a
//! log visible whole.

pub mod append_lock;
pub mod boot;
pub mod durable;
pub mod lock;
mod lock_holder;
mod lock_watchdog;
pub mod names;
pub mod notes;
pub mod partition_metadata;
mod patience;
pub mod setting;
pub mod settings;
pub mod signal_mask;

pub use append_lock::{AppendGuard, AppendLock, AppendRecord, RecordFile};
pub use lock::{FileId, HeldLock, LockFile, LockGuard, Patience};
pub use names::{
    GroupName, Layout, SegmentFile, SegmentSuffix, TopicId, TopicName, TopicPartition,
};
pub use notes::Notes;
pub use setting::Setting;
pub use settings::{CleanupPolicy, CompressionType, SettingMap, Settings};
