//! Which partition a record goes to.

use crate::record::{Record, RoundRobin, Sticky, partition_for_key};

/// How the partition is chosen for a record that names none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PartitionerKind {
    /// Kafka's default: murmur2 of the key; without a key one partition for a batch, then another.
    #[default]
    Murmur2,
    /// One partition after the other, keys or not.
    RoundRobin,
}

/// Chooses partitions for a producer's records.
pub(crate) enum Route {
    Fixed(i32),
    Murmur2 { partitions: i32, sticky: Sticky },
    RoundRobin(RoundRobin),
}

impl Route {
    pub(crate) fn new(
        kind: PartitionerKind,
        fixed: Option<i32>,
        partitions: i32,
        seed: u64,
    ) -> Self {
        match (fixed, kind) {
            (Some(partition), _) => Self::Fixed(partition),
            // With one partition there is nothing to choose.
            (None, _) if partitions == 1 => Self::Fixed(0),
            (None, PartitionerKind::Murmur2) => Self::Murmur2 {
                partitions,
                sticky: Sticky::new(partitions, seed),
            },
            (None, PartitionerKind::RoundRobin) => Self::RoundRobin(RoundRobin::new(partitions)),
        }
    }

    /// The partition for the record, which will take so many bytes.
    #[inline]
    pub(crate) fn partition(&mut self, record: &Record<'_>, bytes: usize) -> i32 {
        match self {
            Self::Fixed(partition) => *partition,
            Self::RoundRobin(turn) => turn.partition(),
            Self::Murmur2 { partitions, sticky } => {
                if let Some(key) = record.key {
                    return partition_for_key(key, *partitions);
                }
                sticky.appended(bytes);
                sticky.partition()
            }
        }
    }

    /// A batch of this partition went out.
    pub(crate) fn batch_complete(&mut self, partition: i32) {
        if let Self::Murmur2 { sticky, .. } = self
            && sticky.partition() == partition
        {
            sticky.batch_complete();
        }
    }
}
