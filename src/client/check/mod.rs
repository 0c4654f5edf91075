//! Verifying a directory, and mending it.
//!
//! The checker reads without any lock and changes nothing; it works for who may not write, and in a broker's log.dir.
//! What concerns one log is the log's own business ([`crate::log::PartitionCheck`]); here is what lies around the logs:
//! names, settings, states, checkpoints, marks, consumer groups, and whatever does not belong.

mod checkpoints;
mod groups;
mod partitions;
mod repair;
mod surroundings;

use std::sync::Arc;

use crate::error::Result;
use crate::log::Report;
use crate::store::{Store, TopicName};

pub use repair::{Event, repair};

/// Looks at the whole directory, or at these topics only, and gives each finding to `report`.
pub fn check(store: &Arc<Store>, topics: &[TopicName], report: Report<'_>) -> Result<()> {
    if topics.is_empty() {
        surroundings::check(store, report)?;
        checkpoints::check(store, report)?;
        for name in partitions::topics(store, report)? {
            partitions::check_topic(store, &name, report)?;
        }
        return groups::check(store, report);
    }
    for name in topics {
        if !partitions::check_topic(store, name, report)? {
            return Err(store.unknown_topic(name));
        }
    }
    Ok(())
}
