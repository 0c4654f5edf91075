//! Changing the committed offsets.
//!
//! The new file is written and synced under the commit lock alone, and put in its place under the group lock if the
//! group still allows it: if the partitions are still held by who commits, or nobody is a member where it is done by
//! hand. What was put in its place is there after a power cut once the directory is synced, and only then counts.

use crate::error::{Error, ErrorKind, Result};
use crate::group::commit_lock::CommitLock;
use crate::group::group::Group;
use crate::group::offsets_file::{Committed, CommittedOffset};
use crate::group::section::Section;
use crate::log::Partition;
use crate::store::durable::{self, Replacement};
use crate::store::{LockFile, Patience, TopicPartition};

/// A change of the committed offsets.
pub(crate) trait Change {
    /// Makes the change; false if there is none to make.
    fn edit(&mut self, committed: &mut Committed) -> bool;

    /// Whether the group allows it; if not, what is to be done was changed, and is to be tried again.
    fn is_allowed(&mut self, section: &mut Section<'_>) -> Result<bool>;
}

/// Makes a change, durably, or none at all.
pub(crate) fn apply(
    group: &Group,
    lock: &mut LockFile,
    patience: &Patience,
    change: &mut impl Change,
) -> Result<()> {
    replace(group, lock, patience, change).map_err(|error| group.unless_gone(error))
}

fn replace(
    group: &Group,
    lock: &mut LockFile,
    patience: &Patience,
    change: &mut impl Change,
) -> Result<()> {
    let path = group.paths().offsets_file();
    loop {
        let held = CommitLock::acquire(group, patience)?;
        loop {
            let found = Committed::find(&path)?;
            let is_first = found.is_none();
            let mut committed = found.unwrap_or_default();
            if !change.edit(&mut committed) {
                return Ok(());
            }
            let replacement = Replacement::write(&path, committed.format()?.as_bytes())?;
            if is_first {
                // Before it is in its place: who commits next finds it there, and has no reason to do this.
                group.sync_name()?;
            }
            let mut section = Section::enter(group.paths(), lock, patience, Some(&held.snapshot))?;
            if section.state.commit_epoch != held.epoch {
                break;
            }
            if !change.is_allowed(&mut section)? {
                continue;
            }
            replacement.place()?;
            drop(section);
            return durable::sync_dir(group.paths().dir());
        }
    }
}

/// An offset that is set by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOffset {
    /// The partition.
    pub partition: TopicPartition,
    /// The next offset to be read.
    pub offset: i64,
}

/// Offsets set by hand.
struct Setting<'a> {
    group: &'a Group,
    offsets: Vec<(TopicPartition, CommittedOffset)>,
}

impl Change for Setting<'_> {
    fn edit(&mut self, committed: &mut Committed) -> bool {
        for (partition, offset) in &self.offsets {
            committed.set(partition.clone(), *offset);
        }
        !self.offsets.is_empty()
    }

    fn is_allowed(&mut self, section: &mut Section<'_>) -> Result<bool> {
        section.drop_dead(None)?;
        self.group.check_inactive(section)?;
        Ok(true)
    }
}

/// Offsets removed by hand.
struct Removal<'a> {
    group: &'a Group,
    partitions: &'a [TopicPartition],
    removed: Vec<TopicPartition>,
}

impl Change for Removal<'_> {
    fn edit(&mut self, committed: &mut Committed) -> bool {
        let partitions = self.partitions.iter();
        self.removed = partitions
            .filter(|partition| committed.remove(partition))
            .cloned()
            .collect();
        !self.removed.is_empty()
    }

    fn is_allowed(&mut self, section: &mut Section<'_>) -> Result<bool> {
        section.drop_dead(None)?;
        for member in &section.state.members {
            let subscription = member.subscription()?;
            if let Some(partition) = self
                .removed
                .iter()
                .find(|partition| subscription.matches(&partition.topic))
            {
                return Err(Error::failed(format!(
                    "the group '{}' is subscribed to topic '{}': its offsets can't be deleted",
                    self.group.name(),
                    partition.topic
                ))
                .help(format!("the member {} reads it: stop it first", member.id)));
            }
        }
        Ok(true)
    }
}

impl Group {
    /// Sets committed offsets, whatever they were. Refused while the group has members. The logs are synced first;
    /// an offset that lies beyond its log's end is an error.
    pub fn set_offsets(&self, offsets: &[NewOffset]) -> Result<()> {
        let store = self.store();
        store.begin_writing()?;
        let mut lock = self.lock_file()?;
        let mut section = self.enter(&mut lock)?;
        section.drop_dead(None)?;
        self.check_inactive(&section)?;
        drop(section);
        let mut checked = Vec::with_capacity(offsets.len());
        for new in offsets {
            checked.push((new.partition.clone(), self.check_offset(new)?));
        }
        let mut change = Setting {
            group: self,
            offsets: checked,
        };
        apply(self, &mut lock, store.patience(), &mut change)
    }

    /// Removes committed offsets; those that there were. Refused if a member reads one of the topics.
    pub fn delete_offsets(&self, partitions: &[TopicPartition]) -> Result<Vec<TopicPartition>> {
        self.store().begin_writing()?;
        let mut change = Removal {
            group: self,
            partitions,
            removed: Vec::new(),
        };
        let mut lock = self.lock_file()?;
        apply(self, &mut lock, self.store().patience(), &mut change)?;
        Ok(change.removed)
    }

    fn check_offset(&self, new: &NewOffset) -> Result<CommittedOffset> {
        let NewOffset { partition, offset } = new;
        if *offset < 0 {
            return Err(Error::usage(format!(
                "{offset} is no offset for {partition}: it must not be negative"
            )));
        }
        let topic = self.store().topic(&partition.topic)?;
        topic.partition(partition.partition)?;
        Partition::open(self.store(), &topic, partition.partition)?.make_durable(
            self.store(),
            &topic,
            *offset,
        )?;
        Ok(CommittedOffset::now(&topic, *offset))
    }

    /// The error for what needs a group without members, in Kafka's words.
    pub(crate) fn check_inactive(&self, section: &Section<'_>) -> Result<()> {
        let Some(member) = section.state.members.first() else {
            return Ok(());
        };
        Err(Error::new(
            ErrorKind::Failed,
            format!(
                "Assignments can only be reset if the group '{}' is inactive, but the current state is {}.",
                self.name(),
                self.state_of(&section.state).name()
            ),
        )
        .help(format!(
            "stop its members: {} is pid {} on {}",
            member.id, member.pid, member.host
        )))
    }
}
