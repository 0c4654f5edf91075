//! Producers and consumers on a directory, and the interface that both engines meet: [`Engine`].

mod adoption;
mod check;
mod consumer;
mod copying;
mod cursor;
mod directory;
mod engine;
mod group_consumer;
mod group_handle;
mod group_lag;
mod group_partitions;
mod group_reset;
mod import;
mod key_table;
mod lane;
mod latest;
mod membership;
mod merge;
mod partition_log;
mod producer;
mod producing;
mod refusal;
mod route;
mod syncer;
mod watch;

pub use adoption::Adoption;
pub use check::{Event, check, repair};
pub use consumer::{Assignment, Consumer, Polled};
pub use copying::{CopySource, CopyTarget, PlainCopy};
pub use cursor::{Cursor, Next};
pub use directory::Directory;
pub(crate) use engine::made_unasked;
pub use engine::{
    Bell, Engine, NewTopic, PartitionBrokers, PartitionDescription, PartitionFiles, TopicChange,
    TopicConfig,
};
pub use group_consumer::{GroupConsumer, GroupOptions, Looked, Start, name_some};
pub use group_handle::GroupHandle;
pub use group_lag::{Bounds, CommitFault, Progress};
pub use group_partitions::GroupPartition;
pub use group_reset::{Clamped, ResetOffset, ResetTarget};
pub use import::{
    DirectoryCopy, Identity, Import, ImportRouting, LanePosition, Positions, Remembered, Roster,
    SourcePosition, Tracked, create_import_dir,
};
pub use latest::Latest;
pub use membership::Membership;
pub use merge::{Merge, Merged, count_records};
pub use partition_log::PartitionLog;
pub use producer::{Acks, Numbered, Produced, Producer, ProducerOptions};
pub use producing::Producing;
pub(crate) use refusal::{check_new_partition, check_partition, check_size, check_timestamp};
pub use route::PartitionerKind;
pub(crate) use route::Route;
pub use watch::Watch;
