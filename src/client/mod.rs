//! Producers and consumers on a directory.

mod check;
mod consumer;
mod group_consumer;
mod producer;
mod refusal;
mod route;
mod syncer;
mod watch;

pub use check::{Event, check, repair};
pub use consumer::{Assignment, Consumer, Polled};
pub use group_consumer::{GroupConsumer, GroupOptions, Looked, Start};
pub use producer::{Acks, Produced, Producer, ProducerOptions};
pub use route::PartitionerKind;
pub use watch::Watch;
