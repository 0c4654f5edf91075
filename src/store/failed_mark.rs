//! The mark that a partition bears after a failed sync.
//!
//! The append record says so too, but only in this boot: the mark is for all who come later.

use super::durable;
use super::names::TopicPartition;
use super::store::Store;
use crate::error::Result;

impl Store {
    /// Whether a sync of the partition failed, and nobody has repaired it since.
    pub fn is_marked_failed(&self, tp: &TopicPartition) -> Result<bool> {
        durable::exists(&self.layout().failed_mark(tp))
    }

    /// Marks the partition after a failed sync.
    pub fn mark_failed(&self, tp: &TopicPartition) -> Result<()> {
        durable::create_dir(&self.layout().failed_marks())?;
        durable::replace(
            &self.layout().failed_mark(tp),
            b"a sync failed; see 'kafdir check'\n",
        )
    }

    /// Takes the mark away: everything that the log holds was written anew and synced.
    pub fn clear_failed(&self, tp: &TopicPartition) -> Result<()> {
        if !self.is_marked_failed(tp)? {
            return Ok(());
        }
        durable::remove(&self.layout().failed_mark(tp))?;
        durable::sync_dir(&self.layout().failed_marks())
    }
}
