//! How to produce.

use std::time::Duration;

use crate::client::route::PartitionerKind;
use crate::record::Compression;

/// When a record counts as produced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Acks {
    /// When it was handed over: as [`Acks::Leader`] here, where handing over is appending.
    None,
    /// When it is in the page cache: it survives the death of any process, not that of the machine.
    Leader,
    /// When it is on disk, with everything before it.
    #[default]
    All,
}

/// How to produce.
#[derive(Debug, Clone, Default)]
pub struct ProducerOptions {
    /// The partition of all records that name none themselves.
    pub partition: Option<i32>,
    /// How the partition is chosen otherwise.
    pub partitioner: PartitionerKind,
    /// The codec; `None`: the topic's `compression.type`.
    pub compression: Option<Compression>,
    /// When a record counts.
    pub acks: Acks,
    /// At most one sync in so long; `None`: as batches go out.
    pub sync_interval: Option<Duration>,
    /// Who numbers the records; `None`: nobody.
    pub numbered: Option<Numbered>,
}

/// A producer that numbers its records in each partition, so that it can be told later which of them are there.
#[derive(Debug, Clone, Default)]
pub struct Numbered {
    /// The producer's id. Its epoch is 0 for ever.
    pub producer_id: i64,
    /// The number of the next record, by partition.
    pub sequences: Vec<i32>,
}
