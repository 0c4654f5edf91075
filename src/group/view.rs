//! A group as it looks to who is not in it. Takes no lock, and needs no right to write.

use crate::error::{Error, Result};
use crate::group::assignor::Assignor;
use crate::group::group::Group;
use crate::group::group_file::{GroupFile, MemberEntry, PartitionEntry};
use crate::group::member_file::{MemberFile, Vitals};
use crate::group::section;
use crate::group::snapshot::Found;
use crate::store::{GroupLayout, GroupName, MemberId, TopicName, TopicPartition};

/// The states of a group, as Kafka names them
/// (<https://github.com/apache/kafka/blob/3.9/group-coordinator/src/main/java/org/apache/kafka/coordinator/group/classic/ClassicGroupState.java>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupState {
    /// It has no members.
    Empty,
    /// A partition has not come to its owner yet, or a member has not done what the generation asks.
    PreparingRebalance,
    /// Everyone reads what they shall.
    Stable,
    /// It is gone.
    Dead,
    /// It is there, and who is in it can't be seen: a cluster's group of a newer protocol.
    Unknown,
}

impl GroupState {
    /// Kafka's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::Stable => "Stable",
            Self::Dead => "Dead",
            Self::Unknown => "Unknown",
        }
    }
}

/// A group at one moment.
#[derive(Debug, Clone)]
pub struct GroupView {
    /// Its name.
    pub name: GroupName,
    /// Its state.
    pub state: GroupState,
    /// The assignor of its members, or of the last ones it had; none where there never was one.
    pub assignor: Option<Assignor>,
    /// How many rebalances there were; none where only the members are told.
    pub generation: Option<i64>,
    /// The members that live, in the order in which they came.
    pub members: Vec<MemberView>,
    /// The partitions of the topics that members want, by topic and number.
    pub claims: Vec<ClaimView>,
}

/// A member at one moment. Times are in ms since the epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberView {
    /// Its id.
    pub id: MemberId,
    /// The name it gave itself.
    pub client_id: String,
    /// The host's name.
    pub host: String,
    /// Its process, in that process's own namespace; a cluster knows of none.
    pub pid: Option<u32>,
    /// When it joined; a cluster does not tell.
    pub since: Option<i64>,
    /// When it last got on; a cluster does not tell.
    pub last_progress: Option<i64>,
    /// Whether it has not done yet what the generation asks of it; a cluster does not tell.
    pub behind: Option<bool>,
    /// Whether it wants the group for itself.
    pub exclusive: bool,
    /// The topics it named.
    pub topics: Vec<TopicName>,
    /// The patterns it gave.
    pub patterns: Vec<String>,
    /// What it holds.
    pub partitions: Vec<TopicPartition>,
}

/// A partition at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimView {
    /// The partition.
    pub partition: TopicPartition,
    /// Who shall read it.
    pub owner: Option<MemberId>,
    /// Who does.
    pub holder: Option<MemberId>,
    /// The claim's epoch; 0 where there never was one.
    pub epoch: u64,
}

impl GroupView {
    /// The members, where they can be seen.
    pub fn known_members(&self) -> Result<&[MemberView]> {
        match self.state {
            GroupState::Unknown => Err(Error::failed(format!(
                "the members of group '{}' can't be seen: it follows a newer protocol (KIP-848), or is no group of consumers",
                self.name
            ))
            .help("Kafka's own kafka-groups.sh and kafka-consumer-groups.sh show them")),
            _ => Ok(&self.members),
        }
    }
}

impl Group {
    /// The group as it is now. Who may not open the members' locks takes every member for alive.
    pub fn view(&self) -> Result<GroupView> {
        let mut state = match Found::read(self.paths())? {
            Found::Current(snapshot) => GroupFile::clone(&snapshot.state),
            Found::Old(old) => GroupFile {
                members: Vec::new(),
                partitions: Vec::new(),
                ..old
            },
            Found::Nothing => GroupFile::new(""),
        };
        state
            .members
            .retain(|member| section::is_alive(self.paths(), &member.id).unwrap_or(true));
        let assignor = state.assignor.as_deref();
        Ok(GroupView {
            name: self.name().clone(),
            state: if self.is_there()? {
                self.state_of(&state)
            } else {
                GroupState::Dead
            },
            assignor: assignor.and_then(|name| Assignor::parse(name).ok()),
            generation: Some(state.generation),
            members: state
                .members
                .iter()
                .map(|member| MemberView::new(self.paths(), &state, member))
                .collect(),
            claims: claims(&state),
        })
    }

    /// The state of a group of which all members live.
    pub(crate) fn state_of(&self, state: &GroupFile) -> GroupState {
        if state.members.is_empty() {
            return GroupState::Empty;
        }
        let moving = state
            .partitions
            .iter()
            .any(|entry| entry.owner.is_some() && entry.owner != entry.holder);
        let behind = || {
            state
                .members
                .iter()
                .any(|member| is_behind(state, vitals(self.paths(), &member.id)))
        };
        if moving || behind() {
            GroupState::PreparingRebalance
        } else {
            GroupState::Stable
        }
    }
}

/// What names a member that does not live any more names nobody.
fn claims(state: &GroupFile) -> Vec<ClaimView> {
    let living = |id: &Option<MemberId>| id.clone().filter(|id| state.member(id).is_some());
    state
        .partitions
        .iter()
        .map(|entry| ClaimView {
            partition: entry.name(),
            owner: living(&entry.owner),
            holder: living(&entry.holder),
            epoch: entry.epoch,
        })
        .collect()
}

fn vitals(paths: &GroupLayout, id: &MemberId) -> Option<Vitals> {
    MemberFile::look(&paths.member_file(id))
}

/// What can't be seen is not held against a member.
fn is_behind(state: &GroupFile, vitals: Option<Vitals>) -> bool {
    vitals
        .and_then(|vitals| vitals.adopted)
        .is_some_and(|adopted| adopted < state.generation)
}

impl MemberView {
    /// Where it runs, for messages: `pid 12 on HOST`, or `on HOST`.
    #[must_use]
    pub fn whereabouts(&self) -> String {
        match self.pid {
            Some(pid) => format!("pid {pid} on {}", self.host),
            None => format!("on {}", self.host),
        }
    }

    pub(crate) fn new(paths: &GroupLayout, state: &GroupFile, member: &MemberEntry) -> Self {
        let vitals = vitals(paths, &member.id);
        let partitions = state
            .partitions
            .iter()
            .filter(|entry| entry.holder.as_ref() == Some(&member.id))
            .map(PartitionEntry::name)
            .collect();
        Self {
            id: member.id.clone(),
            client_id: member.client_id.clone(),
            host: member.host.clone(),
            pid: Some(member.pid),
            since: Some(member.since),
            last_progress: Some(vitals.map_or(member.since, |vitals| vitals.last_progress)),
            behind: Some(is_behind(state, vitals)),
            exclusive: member.exclusive,
            topics: member.topics.clone(),
            patterns: member.patterns.clone(),
            partitions,
        }
    }
}
