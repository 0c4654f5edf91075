//! Consumer groups: that their files can be read, and that what they have committed is an offset of a log that is there.
//!
//! Members and claims are processes; what is left of those that died is removed by the next that joins, and no matter.

use std::sync::Arc;

use crate::client::check::surroundings;
use crate::client::group_lag::{Bounds, CommitFault, Progress};
use crate::client::partition_log::DirectoryPartition;
use crate::error::{ErrorKind, Result};
use crate::group::{CommittedOffset, Group};
use crate::log::{Finding, FindingKind, Partition, Report};
use crate::store::{GroupName, Store, TopicPartition};

/// Looks at all groups.
pub(super) fn check(store: &Arc<Store>, report: Report<'_>) -> Result<()> {
    for name in Group::list(store)? {
        match Group::open(store, &name) {
            Ok(group) => check_group(store, &name, &group, report)?,
            // Deleted since it was listed.
            Err(error) if error.kind() == ErrorKind::UnknownGroup => {}
            Err(error) => {
                let dir = store.layout().groups().join(name.dir_name());
                report(Finding::of_error(FindingKind::Unreadable, &dir, &error))?;
            }
        }
    }
    Ok(())
}

fn check_group(
    store: &Arc<Store>,
    name: &GroupName,
    group: &Group,
    report: Report<'_>,
) -> Result<()> {
    let layout = store.layout().group(name);
    surroundings::check_group_dir(&layout, report)?;
    if let Err(error) = group.view()
        && error.kind() != ErrorKind::UnknownGroup
    {
        let path = layout.group_file();
        report(Finding::of_error(FindingKind::BadFile, &path, &error))?;
    }
    let path = layout.offsets_file();
    let committed = match group.committed() {
        Ok(committed) => committed,
        Err(error) => return report(Finding::of_error(FindingKind::BadFile, &path, &error)),
    };
    for (tp, offset) in committed.iter() {
        let Some(fault) = fault(store, tp, offset) else {
            continue;
        };
        let message = format!("the offset {} committed for {tp} {fault}", offset.offset);
        let finding = Finding::new(FindingKind::CommittedOffset, &path, message);
        report(match fault {
            // Whoever deletes a topic leaves what groups had read of it.
            CommitFault::Gone | CommitFault::OtherTopic => finding.harmless(),
            CommitFault::BeyondEnd => finding,
        })?;
    }
    Ok(())
}

/// What is wrong with a committed offset. A log that can't be read has a finding of its own.
fn fault(store: &Arc<Store>, tp: &TopicPartition, offset: &CommittedOffset) -> Option<CommitFault> {
    let topic = store.find_topic(&tp.topic).ok()?;
    let topic = topic.filter(|topic| topic.partition(tp.partition).is_ok());
    let log = match &topic {
        Some(topic) => {
            let partition = Partition::open(store, topic, tp.partition)
                .ok()?
                .unindexed();
            Some(Bounds::of(&DirectoryPartition(Arc::new(partition))).ok()?)
        }
        None => None,
    };
    let same_topic = topic.is_none_or(|topic| offset.is_of(&topic));
    Progress::new(Some(offset.offset), same_topic, log).fault
}
