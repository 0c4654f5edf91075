//! Producers and consumers on a directory.

mod check;
mod consumer;
mod group_consumer;
mod group_lag;
mod group_partitions;
mod group_reset;
mod import;
mod key_table;
mod lane;
mod latest;
mod merge;
mod producer;
mod refusal;
mod route;
mod syncer;
mod watch;

pub use check::{Event, check, repair};
pub use consumer::{Assignment, Consumer, Polled};
pub use group_consumer::{GroupConsumer, GroupOptions, Looked, Start, name_some};
pub use group_lag::{Bounds, CommitFault, Progress};
pub use group_partitions::GroupPartition;
pub use group_reset::{Clamped, ResetOffset, ResetTarget};
pub use import::{
    Identity, Import, ImportRouting, LanePosition, Positions, Roster, SourcePosition, Tracked,
    create_import_dir,
};
pub use latest::Latest;
pub use merge::{Merge, Merged, count_records};
pub use producer::{Acks, Numbered, Produced, Producer, ProducerOptions};
pub use route::PartitionerKind;
pub use watch::Watch;
