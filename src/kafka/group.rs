//! A consumer group of a cluster, as who is not in it sees it.

use std::path::PathBuf;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::groups::{GroupInfo, GroupMemberInfo};
use rdkafka::topic_partition_list::Offset;

use super::assignment;
use super::cluster::Cluster;
use super::refusal::{not_made, refused};
use super::witness::Witness;
use crate::client::GroupHandle;
use crate::error::{Error, ErrorKind, Result};
use crate::group::{
    Assignor, ClaimView, Committed, CommittedOffset, GroupState, GroupView, MemberView, NewOffset,
};
use crate::log::Isolation;
use crate::store::{GroupName, MemberId, TopicName, TopicPartition, did_you_mean, nearest};

/// Which isolation does not matter: nothing is read.
const ANY: Isolation = Isolation::ReadUncommitted;

/// A group.
pub(super) struct ClusterGroup {
    cluster: Cluster,
    name: GroupName,
}

/// A group at one moment, as its coordinator says.
struct Found {
    state: String,
    protocol: String,
    members: Vec<MemberView>,
}

impl Cluster {
    /// The consumer groups, sorted. Those whose names stand in no list of ours are told of.
    pub(super) fn group_names(&self) -> Result<Vec<GroupName>> {
        let list = self.0.ask("ask for groups", ANY, |client, _| {
            client.fetch_group_list(None, self.0.unhurried())
        })?;
        let groups = list.groups().iter();
        let mut names = Vec::new();
        for group in groups.filter(|group| matches!(group.protocol_type(), "consumer" | "")) {
            match GroupName::new(group.name()) {
                Ok(name) => names.push(name),
                Err(error) => self.0.patience.notes().say(&format!("left out: {error}")),
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

impl ClusterGroup {
    pub(super) fn open(cluster: &Cluster, name: &GroupName, create: bool) -> Result<Self> {
        let group = Self {
            cluster: cluster.clone(),
            name: name.clone(),
        };
        if !create && group.find()?.is_none() {
            return Err(group.unknown());
        }
        Ok(group)
    }

    fn unknown(&self) -> Error {
        let (name, shared) = (&self.name, &self.cluster.0);
        let names = self.cluster.group_names().unwrap_or_default();
        let names = names.iter().map(GroupName::as_str);
        let near = did_you_mean(nearest(name.as_str(), names));
        Error::new(
            ErrorKind::UnknownGroup,
            format!(
                "there is no consumer group '{name}' in the cluster at {} (from {}){near}",
                shared.servers, shared.chosen_by
            ),
        )
        .help("'kafdir group list' names the groups there are, 'kafdir consume -g' makes one")
    }

    /// Refuses a group that somebody is in.
    pub(super) fn check_alone(&self) -> Result<()> {
        let view = self.view()?;
        match view.known_members()?.first() {
            None => Ok(()),
            Some(member) => Err(Error::failed(format!(
                "group {} has members, and --exclusive wants it alone: {} on {}",
                self.name, member.id, member.host
            ))),
        }
    }

    fn find(&self) -> Result<Option<Found>> {
        let doing = format!("look at group '{}'", self.name);
        let list = self.cluster.0.ask(&doing, ANY, |client, _| {
            let patience = self.cluster.0.unhurried();
            client.fetch_group_list(Some(self.name.as_str()), patience)
        })?;
        let groups = list.groups();
        let found = groups
            .iter()
            .find(|group| group.name() == self.name.as_str());
        let found = found.map(Found::of);
        Ok(found.filter(|group| group.state() != GroupState::Dead))
    }

    /// A client in the group's name, which is no member of it.
    fn client(&self, witness: &Witness) -> Result<BaseConsumer<Witness>> {
        let mut config = self.cluster.0.reading_config(ANY);
        config.set("group.id", self.name.as_str());
        config
            .create_with_context(witness.clone())
            .map_err(|error| not_made(&error))
    }

    /// Everything that the group may have committed something of.
    fn all_partitions(&self) -> Result<TopicPartitionList> {
        let metadata = self.cluster.0.ask("ask for topics", ANY, |client, slice| {
            client.fetch_metadata(None, slice)
        })?;
        let mut list = TopicPartitionList::new();
        for topic in metadata.topics() {
            if !topic.name().starts_with("__") {
                for partition in topic.partitions() {
                    list.add_partition(topic.name(), partition.id());
                }
            }
        }
        Ok(list)
    }
}

impl GroupHandle for ClusterGroup {
    fn name(&self) -> &GroupName {
        &self.name
    }

    fn view(&self) -> Result<GroupView> {
        let found = self.find()?;
        let (state, assignor, members) = match found {
            Some(found) => (
                found.state(),
                Assignor::parse(&found.protocol).ok(),
                found.members,
            ),
            None => (GroupState::Dead, None, Vec::new()),
        };
        Ok(GroupView {
            name: self.name.clone(),
            state,
            assignor,
            // A cluster tells nobody but the members.
            generation: None,
            claims: claims(&members),
            members,
        })
    }

    fn committed(&self) -> Result<Committed> {
        let list = self.all_partitions()?;
        let witness = Witness::default();
        let client = self.client(&witness)?;
        let doing = format!("read the offsets of group '{}'", self.name);
        let shared = &self.cluster.0;
        let found = shared.insist(&doing, &witness, |_| {
            client.committed_offsets(list.clone(), shared.unhurried())
        })?;
        let mut committed = Committed::default();
        for element in found.elements() {
            if let (Offset::Offset(offset), Ok(topic)) =
                (element.offset(), TopicName::new(element.topic()))
            {
                let partition = TopicPartition::new(topic, element.partition());
                committed.set(partition, committed_at(offset));
            }
        }
        Ok(committed)
    }

    fn set_offsets(&self, offsets: &[NewOffset]) -> Result<()> {
        if let Some(found) = self.find()?
            && !found.members.is_empty()
        {
            return Err(Error::failed(format!(
                "Assignments can only be reset if the group '{}' is inactive, but the current state is {}.",
                self.name, found.state
            ))
            .help("stop its members"));
        }
        let witness = Witness::default();
        let client = self.client(&witness)?;
        let doing = format!("commit offsets of group '{}'", self.name);
        let refuse = |error: &KafkaError| {
            refused(&doing, error, witness.last().as_ref()).within(&self.cluster.0.servers)
        };
        let mut list = TopicPartitionList::with_capacity(offsets.len());
        for NewOffset { partition, offset } in offsets {
            let (topic, number) = (partition.topic.as_str(), partition.partition);
            list.add_partition_offset(topic, number, Offset::Offset(*offset))
                .map_err(|error| refuse(&error))?;
        }
        self.cluster.0.insist(&doing, &witness, |_| {
            match client.commit(&list, CommitMode::Sync) {
                // Everything stands there already.
                Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::NoOffset)) => Ok(()),
                done => done,
            }
        })
    }

    fn delete_offsets(&self, _: &[TopicPartition]) -> Result<()> {
        Err(Error::failed(format!(
            "kafdir can't delete single offsets of a group in a cluster: {} keeps them",
            self.cluster.0.servers
        ))
        .help("'kafdir group delete' without --topic deletes the whole group"))
    }

    fn delete(&self) -> Result<()> {
        self.cluster.delete_group(&self.name)
    }

    fn dirs(&self) -> Vec<PathBuf> {
        Vec::new()
    }
}

impl Found {
    fn of(group: &GroupInfo) -> Self {
        // What is listed and then nothing is told of is not a group of the protocol that librdkafka asks about.
        let is_other = group.state() == "Dead" && group.protocol_type().is_empty();
        let state = if is_other {
            GroupState::Unknown.name()
        } else {
            group.state()
        };
        Self {
            state: state.to_owned(),
            protocol: group.protocol().to_owned(),
            members: group.members().iter().map(member).collect(),
        }
    }

    fn state(&self) -> GroupState {
        match self.state.as_str() {
            "Empty" => GroupState::Empty,
            "Stable" => GroupState::Stable,
            "Dead" => GroupState::Dead,
            "Unknown" => GroupState::Unknown,
            // Preparing or completing a rebalance.
            _ => GroupState::PreparingRebalance,
        }
    }
}

/// A committed offset. When it was committed is not told.
pub(super) fn committed_at(offset: i64) -> CommittedOffset {
    CommittedOffset {
        offset,
        topic_id: None,
        commit_timestamp: -1,
    }
}

fn member(info: &GroupMemberInfo) -> MemberView {
    let partitions = info.assignment().map(assignment::read).unwrap_or_default();
    MemberView {
        id: MemberId::foreign(info.id()),
        client_id: info.client_id().to_owned(),
        host: info.client_host().trim_start_matches('/').to_owned(),
        pid: None,
        since: None,
        last_progress: None,
        behind: None,
        exclusive: false,
        topics: Vec::new(),
        patterns: Vec::new(),
        partitions,
    }
}

fn claims(members: &[MemberView]) -> Vec<ClaimView> {
    let mut claims: Vec<ClaimView> = members
        .iter()
        .flat_map(|member| {
            member.partitions.iter().map(|partition| ClaimView {
                partition: partition.clone(),
                owner: Some(member.id.clone()),
                holder: Some(member.id.clone()),
                epoch: 0,
            })
        })
        .collect();
    claims.sort_by(|one, other| one.partition.cmp(&other.partition));
    claims
}
