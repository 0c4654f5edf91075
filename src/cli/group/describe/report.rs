//! What there is to say of a group.

use serde::Serialize;

use crate::client::{CommitFault, Engine, GroupHandle, GroupPartition};
use crate::error::Result;
use crate::group::{Assignor, GroupState, GroupView, MemberView};
use crate::store::TopicPartition;

/// A group for programs: times in ms since the epoch.
#[derive(Debug, Serialize)]
pub(super) struct GroupReport {
    pub(super) group: String,
    #[serde(serialize_with = "name")]
    state: GroupState,
    pub(super) assignor: Option<&'static str>,
    /// Null where only the members are told.
    pub(super) generation: Option<i64>,
    pub(super) members: Vec<MemberReport>,
    pub(super) partitions: Vec<PartitionReport>,
}

/// A member; its partitions are those that it holds now. Null is what its place does not tell.
#[derive(Debug, Serialize)]
pub(super) struct MemberReport {
    pub(super) member_id: String,
    pub(super) client_id: String,
    pub(super) host: String,
    pub(super) pid: Option<u32>,
    pub(super) since: Option<i64>,
    pub(super) last_progress: Option<i64>,
    pub(super) behind: Option<bool>,
    pub(super) partitions: Vec<HeldPartition>,
}

#[derive(Debug, Serialize)]
pub(super) struct HeldPartition {
    pub(super) topic: String,
    pub(super) partition: i32,
}

/// A partition that somebody reads for the group, shall read, or has read.
#[derive(Debug, Serialize)]
pub(super) struct PartitionReport {
    pub(super) topic: String,
    pub(super) partition: i32,
    pub(super) current_offset: Option<i64>,
    pub(super) log_end_offset: Option<i64>,
    last_stable_offset: Option<i64>,
    pub(super) lag: Option<i64>,
    /// Who holds it.
    pub(super) member_id: Option<String>,
    #[serde(skip)]
    fault: Option<CommitFault>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn name<S: serde::Serializer>(state: &GroupState, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(state.name())
}

impl GroupReport {
    pub(super) fn of(engine: &dyn Engine, group: &dyn GroupHandle) -> Result<Self> {
        let view = group.view()?;
        let partitions = GroupPartition::all(engine, group, &view)?;
        Ok(Self {
            partitions: partitions.into_iter().map(PartitionReport::of).collect(),
            group: view.name.to_string(),
            state: view.state,
            assignor: view.assignor.map(Assignor::name),
            generation: view.generation,
            members: members(&view),
        })
    }

    pub(super) fn state(&self) -> GroupState {
        self.state
    }

    /// Whether somebody waits for the member: it is behind, or has not read all that it could.
    pub(super) fn is_awaited(&self, member: &MemberReport) -> bool {
        let mut held = self
            .partitions
            .iter()
            .filter(|partition| partition.member_id.as_ref() == Some(&member.member_id));
        member.behind == Some(true)
            || held.any(|partition| partition.lag.is_some_and(|lag| lag > 0))
    }

    /// The partitions from whose committed offset nobody can go on.
    pub(super) fn faults(&self) -> impl Iterator<Item = (String, CommitFault)> {
        self.partitions.iter().filter_map(|partition| {
            let name = format!("{}-{}", partition.topic, partition.partition);
            partition.fault.map(|fault| (name, fault))
        })
    }
}

fn members(view: &GroupView) -> Vec<MemberReport> {
    view.members.iter().map(MemberReport::of).collect()
}

impl MemberReport {
    fn of(member: &MemberView) -> Self {
        let mut partitions: Vec<&TopicPartition> = member.partitions.iter().collect();
        partitions.sort();
        let held = partitions.into_iter().map(|tp| HeldPartition {
            topic: tp.topic.to_string(),
            partition: tp.partition,
        });
        Self {
            member_id: member.id.to_string(),
            client_id: member.client_id.clone(),
            host: member.host.clone(),
            pid: member.pid,
            since: member.since,
            last_progress: member.last_progress,
            behind: member.behind,
            partitions: held.collect(),
        }
    }
}

impl PartitionReport {
    fn of(found: GroupPartition) -> Self {
        let GroupPartition {
            partition,
            holder,
            progress,
        } = found;
        Self {
            topic: partition.topic.to_string(),
            partition: partition.partition,
            current_offset: progress.committed,
            log_end_offset: progress.log.map(|log| log.end),
            last_stable_offset: progress.log.map(|log| log.last_stable),
            lag: progress.lag(),
            member_id: holder.map(|holder| holder.to_string()),
            fault: progress.fault,
        }
    }
}
