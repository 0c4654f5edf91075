//! Who has what a member would have read: what it says when it ends because of that.

use crate::client::{GroupConsumer, name_some};
use crate::error::{Error, ErrorKind, Result};
use crate::group::MemberView;
use crate::store::{GroupName, TopicName, TopicPartition};

/// One note for each member that holds what this one waits for, or, where it was given nothing at all, for each that
/// holds anything. Members of this process are not named: they are its user's own.
pub(in crate::cli::consume) fn holders(consumer: &GroupConsumer) -> Result<Vec<String>> {
    let group = consumer.group();
    let mut holders: Vec<(&MemberView, Vec<TopicPartition>)> = Vec::new();
    let mut notes = Vec::new();
    for waiting in consumer.waiting() {
        let partition = waiting.partition.clone();
        let Some(holder) = &waiting.holder else {
            notes.push(format!(
                "{partition} is still held by another member of group {group}"
            ));
            continue;
        };
        match holders.iter_mut().find(|(known, _)| known.id == holder.id) {
            Some((_, partitions)) => partitions.push(partition),
            None => holders.push((holder, vec![partition])),
        }
    }
    for (holder, partitions) in holders {
        if !is_here(holder) {
            let verb = if partitions.len() == 1 { "is" } else { "are" };
            let names = name_some(&partitions);
            notes.push(format!(
                "{names} {verb} still held by {}",
                told(holder, group)
            ));
        }
    }
    if consumer.holds_nothing() && consumer.waiting().is_empty() {
        let others = consumer.others()?;
        let others = others.iter().filter(|other| !is_here(other));
        notes.extend(others.map(|other| {
            format!(
                "nothing to read for this member: {} has {}",
                told(other, group),
                name_some(&other.partitions)
            )
        }));
    }
    Ok(notes)
}

fn is_here(member: &MemberView) -> bool {
    member.pid == Some(std::process::id())
}

fn told(member: &MemberView, group: &GroupName) -> String {
    let place = match member.pid {
        Some(pid) => format!("pid {pid}"),
        None => format!("on {}", member.host),
    };
    format!(
        "{} of group {group} (client id {}, {place})",
        member.id, member.client_id
    )
}

/// The end of a member whose topic is gone.
pub(in crate::cli::consume) fn deleted(topic: &TopicName) -> Error {
    Error::new(
        ErrorKind::TopicDeleted,
        format!("topic {topic} was deleted while it was read"),
    )
}
