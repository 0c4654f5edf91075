//! A member of a consumer group of a cluster.
//!
//! Who reads what is settled between librdkafka and the group's coordinator. It tells us what we are given and what is to
//! be given back, and waits until we have: so what is handed over of a partition is committed before another reads on.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _, RebalanceProtocol};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::Offset;

use super::bell::PipeBell;
use super::cluster::Cluster;
use super::commit::{Commit, Committed};
use super::direct::LONGEST_WAIT;
use super::group::{ClusterGroup, committed_at};
use super::handback::Handback;
use super::hearing::{Hearing, News, list, named};
use super::member_config;
use super::member_partition::{MemberPartition, Queues};
use super::reader::close;
use super::refusal::not_made;
use super::subscribing::Subscribing;
use crate::client::{Bell, GroupHandle as _, Membership, PartitionLog};
use crate::error::{Error, ErrorKind, Result};
use crate::group::{Changes, Claimed, Joining, Lost, MemberView};
use crate::log::Isolation;
use crate::store::{GroupName, Topic, TopicName, TopicPartition};

/// A member.
pub(super) struct ClusterMember {
    cluster: Cluster,
    group: GroupName,
    client: Arc<BaseConsumer<Hearing>>,
    hearing: Hearing,
    bell: Arc<PipeBell>,
    subscribing: Subscribing,
    handback: Handback,
    /// What was given to us, and is not read yet.
    given: Option<Vec<TopicPartition>>,
    queues: Queues,
    /// Whether the group has not said yet what is ours.
    unsettled: bool,
    unsettled_since: Instant,
    /// Whether something looks as if a topic had been deleted.
    suspects: bool,
}

impl ClusterMember {
    pub(super) fn join(
        cluster: &Cluster,
        group: &GroupName,
        joining: &Joining,
        isolation: Isolation,
    ) -> Result<Self> {
        cluster.check_reached()?;
        if joining.exclusive {
            ClusterGroup::open(cluster, group, true)?.check_alone()?;
        }
        let shared = &cluster.0;
        let mut config = member_config::config(shared, group, joining, isolation);
        let hearing = Hearing::new(shared.tell_topics(&mut config));
        let mut client: BaseConsumer<Hearing> = config
            .create_with_context(hearing.clone())
            .map_err(|error| not_made(&error))?;
        let bell = Arc::new(PipeBell::new()?);
        let rings = Arc::clone(&bell);
        client.set_nonempty_callback(move || rings.ring());
        let mut member = Self {
            cluster: cluster.clone(),
            group: group.clone(),
            client: Arc::new(client),
            hearing,
            bell,
            subscribing: Subscribing::new(joining.subscription.clone()),
            handback: Handback::default(),
            suspects: false,
            given: None,
            queues: Queues::default(),
            unsettled: true,
            unsettled_since: Instant::now(),
        };
        member.subscribe()?;
        Ok(member)
    }

    /// Subscribes to the topics that are there and wanted.
    fn subscribe(&mut self) -> Result<()> {
        let wanted = self.subscribing.look(&self.cluster)?;
        self.subscribe_to(wanted)
    }

    fn subscribe_to(&mut self, topics: Vec<TopicName>) -> Result<()> {
        let subscribed = self.subscribing.set(&self.client, topics);
        subscribed.map_err(|error| self.failed("join", &error))
    }

    /// What the group has given us: how far it had come there, and reading may begin.
    fn take(&mut self, given: &[TopicPartition], changes: &mut Changes) -> Result<()> {
        let doing = format!("read the offsets of group '{}'", self.group);
        let refuse = |error: &KafkaError| self.failed(&doing, error);
        let asked = list(given.iter().map(|each| (each, Offset::Invalid)))
            .map_err(|error| refuse(&error))?;
        let shared = &self.cluster.0;
        let until = shared.deadline_within(LONGEST_WAIT);
        let found = shared.insist_until(until, &doing, &self.hearing.witness, |_| {
            self.client
                .committed_offsets(asked.clone(), shared.unhurried())
        })?;
        for partition in given {
            let Some(topic) = self.topic(&partition.topic)? else {
                continue;
            };
            // Whichever it is, it is read from where the group is in it.
            self.hearing.witness.topics.forget(&partition.topic);
            let number = partition.partition;
            let committed = found.find_partition(partition.topic.as_str(), number);
            let committed = committed.and_then(|element| match element.offset() {
                Offset::Offset(offset) => Some(committed_at(offset)),
                _ => None,
            });
            changes.taken.push(Claimed {
                topic,
                partition: number,
                committed,
            });
        }
        self.given = Some(given.to_vec());
        Ok(())
    }

    fn topic(&self, name: &TopicName) -> Result<Option<Topic>> {
        self.cluster.look_up(name)
    }

    /// Gives back what was asked back: all at once, or what there is of it.
    fn give_back(&self, partitions: &[TopicPartition]) -> Result<()> {
        let given = match self.client.rebalance_protocol() {
            RebalanceProtocol::Cooperative => {
                list(partitions.iter().map(|each| (each, Offset::Invalid)))
                    .and_then(|list| self.client.incremental_unassign(&list))
            }
            RebalanceProtocol::Eager | RebalanceProtocol::None => self.client.unassign(),
        };
        given.map_err(|error| self.failed("leave partitions", &error))
    }

    /// Takes in what librdkafka has to say, for which it may take `patience` to begin.
    fn listen(&self, patience: Duration) -> Result<()> {
        self.hearing.listen(&self.client, patience)?;
        let errors = std::mem::take(&mut self.hearing.said().errors);
        errors.iter().try_for_each(|error| self.check(error))
    }

    fn hear(&mut self, changes: &mut Changes) -> Result<()> {
        self.listen(Duration::ZERO)?;
        loop {
            let news = self.hearing.said().news.pop_front();
            match news {
                None => return Ok(()),
                Some(News::Given(given)) => self.take(&given, changes)?,
                Some(News::TakenBack(partitions)) => self.is_asked_for(partitions, changes)?,
            }
        }
    }

    fn is_asked_for(
        &mut self,
        partitions: Vec<TopicPartition>,
        changes: &mut Changes,
    ) -> Result<()> {
        let eager = !matches!(
            self.client.rebalance_protocol(),
            RebalanceProtocol::Cooperative
        );
        let lost = self.client.assignment_lost();
        // Who was put out joins again, and what there is to read then is not known yet.
        self.unsettled |= eager || lost;
        if lost || partitions.is_empty() {
            self.handback.clear();
            self.give_back(&partitions)?;
            let lost = partitions.into_iter().map(|partition| Lost {
                partition,
                deleted: false,
            });
            changes.lost.extend(lost);
            return Ok(());
        }
        // What nobody here has begun to read need not be finished first.
        let queues = self.queues.clone();
        self.handback
            .ask(partitions, |each| queues.offset(each).is_some());
        self.give_back_if_due()
    }

    fn give_back_if_due(&mut self) -> Result<()> {
        match self.handback.take_due() {
            Some(partitions) => self.give_back(&partitions),
            None => Ok(()),
        }
    }

    /// The partitions of topics that were deleted: nobody reads or commits them any more.
    fn drop_deleted(&mut self) -> Result<Vec<TopicPartition>> {
        let deleted = self.gone(self.queues.partitions())?;
        for partition in &deleted {
            self.queues.forget(partition);
        }
        self.handback.release(&deleted);
        self.give_back_if_due()?;
        let is_gone = |name: &TopicName| deleted.iter().any(|each| each.topic == *name);
        let others = self.subscribing.without(is_gone);
        self.subscribe_to(others)?;
        Ok(deleted)
    }

    /// A group that can't be reached is not waited for without end.
    fn check_answered(&mut self) -> Result<()> {
        if !self.unsettled {
            self.unsettled_since = Instant::now();
            return Ok(());
        }
        let waited = self.unsettled_since.elapsed();
        match self.hearing.witness.last() {
            Some(said) if waited >= LONGEST_WAIT => Err(Error::failed(format!(
                "{}: nothing was heard of group '{}' for {} s: {}",
                self.cluster.0.servers,
                self.group,
                waited.as_secs(),
                said.reason
            ))),
            _ => Ok(()),
        }
    }

    /// What can't be mended by waiting.
    fn check(&self, error: &KafkaError) -> Result<()> {
        use RDKafkaErrorCode::{
            GroupAuthorizationFailed, InconsistentGroupProtocol, TopicAuthorizationFailed,
        };
        let code = error.rdkafka_error_code();
        if code == Some(InconsistentGroupProtocol) {
            return Err(Error::failed(format!(
                "the members of group '{}' deal partitions in another way, or it is no group of consumers",
                self.group
            ))
            .help("--assignor says how; all members have to agree"));
        }
        let refused = matches!(
            code,
            Some(GroupAuthorizationFailed | TopicAuthorizationFailed)
        );
        let is_final = self
            .hearing
            .witness
            .last()
            .is_some_and(|said| said.is_final());
        if refused || is_final || matches!(error, KafkaError::MessageConsumptionFatal(_)) {
            return Err(self.failed("read", error));
        }
        Ok(())
    }

    /// Commits offsets; those partitions come back that are not ours any more.
    fn commit_there(&mut self, offsets: &[(TopicPartition, i64)]) -> Result<Vec<TopicPartition>> {
        if offsets.is_empty() {
            return Ok(Vec::new());
        }
        let at = offsets
            .iter()
            .map(|(partition, offset)| (partition, Offset::Offset(*offset)));
        let list = list(at).map_err(|error| self.failed("commit", &error))?;
        let shared = &self.cluster.0;
        // A broker that is started again is most often back by then.
        let until = shared.deadline_within(LONGEST_WAIT);
        let doing = format!("commit in group '{}'", self.group);
        let mut commit = None;
        let committed = shared.insist_until(until, &doing, &self.hearing.witness, |slice| {
            let sent = commit.get_or_insert_with(|| Commit::send(&self.client, &list));
            let answer = sent.answer(slice);
            // What keeps it from being answered is said to who listens.
            if let Err(error) = self.listen(Duration::ZERO) {
                return Ok(Err(error));
            }
            match answer {
                Some(answer) => {
                    commit = None;
                    answer.map(Ok)
                }
                None => Err(KafkaError::Global(RDKafkaErrorCode::RequestTimedOut)),
            }
        });
        match committed.and_then(|answer| answer) {
            Ok(Committed::Kept) => Ok(Vec::new()),
            Ok(Committed::Refused) => {
                self.unsettled = true;
                let partitions = offsets.iter().map(|(partition, _)| partition.clone());
                Ok(partitions.collect())
            }
            Err(error) if error.kind() == ErrorKind::UnknownTopic => self.deleted(offsets, error),
            Err(error) => Err(error),
        }
    }

    /// The partitions of topics that are gone; the error, if none is. The others are committed, and what the group goes on
    /// with is told when it is looked at next.
    fn deleted(
        &mut self,
        offsets: &[(TopicPartition, i64)],
        error: Error,
    ) -> Result<Vec<TopicPartition>> {
        self.suspects = true;
        let partitions = offsets.iter().map(|(partition, _)| partition.clone());
        let gone = self.gone(partitions)?;
        if gone.is_empty() {
            Err(error)
        } else {
            Ok(gone)
        }
    }

    /// Those of the partitions whose topics are not there, or others of their names.
    fn gone(
        &self,
        partitions: impl IntoIterator<Item = TopicPartition>,
    ) -> Result<Vec<TopicPartition>> {
        let mut gone = Vec::new();
        for partition in partitions {
            let topic = &partition.topic;
            if self.hearing.witness.topics.is_another(topic) || self.topic(topic)?.is_none() {
                gone.push(partition);
            }
        }
        Ok(gone)
    }

    fn failed(&self, doing: &str, error: &KafkaError) -> Error {
        let shared = &self.cluster.0;
        shared.refused(
            &format!("{doing} in group '{}'", self.group),
            error,
            &self.hearing.witness,
        )
    }
}

impl Membership for ClusterMember {
    fn sync(&mut self) -> Result<Changes> {
        let mut changes = Changes::default();
        self.check_answered()?;
        if self.subscribing.is_due() {
            self.subscribe()?;
        }
        self.hear(&mut changes)?;
        if std::mem::take(&mut self.suspects) {
            let deleted = self.drop_deleted()?.into_iter();
            changes.lost.extend(deleted.map(|partition| Lost {
                partition,
                deleted: true,
            }));
        }
        changes.revoked = self.handback.owed().cloned().collect();
        Ok(changes)
    }

    fn commit(&mut self, offsets: &[(TopicPartition, i64)]) -> Result<Vec<TopicPartition>> {
        // How far a topic was read that is gone means nothing in the one that has its name.
        self.listen(Duration::ZERO)?;
        let topics = self.hearing.witness.topics.clone();
        let (gone, there): (Vec<_>, Vec<_>) = offsets
            .iter()
            .cloned()
            .partition(|(partition, _)| topics.is_another(&partition.topic));
        self.suspects |= !gone.is_empty();
        let mut refused = self.commit_there(&there)?;
        refused.extend(gone.into_iter().map(|(partition, _)| partition));
        Ok(refused)
    }

    fn release(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        self.handback.release(partitions);
        self.give_back_if_due()
    }

    fn progress(&mut self) {}

    fn rouse(&mut self) {}

    fn suspect(&mut self) {
        self.suspects = true;
    }

    fn retry_after(&self) -> Option<Duration> {
        None
    }

    fn began(&mut self) -> Result<()> {
        let Some(given) = self.given.take() else {
            return Ok(());
        };
        self.queues
            .accept(&given, &self.client, &self.bell)
            .map_err(|error| self.failed("begin", &error))?;
        self.unsettled = false;
        Ok(())
    }

    fn is_settling(&self) -> bool {
        self.unsettled
    }

    fn others(&self) -> Result<Vec<MemberView>> {
        let mut members = ClusterGroup::open(&self.cluster, &self.group, true)?
            .view()?
            .members;
        let own: BTreeSet<TopicPartition> = self
            .client
            .assignment()
            .map(|list| named(&list).into_iter().collect())
            .unwrap_or_default();
        members.retain(|member| {
            !member.partitions.is_empty()
                && !member.partitions.iter().any(|each| own.contains(each))
        });
        Ok(members)
    }

    fn partition(&self, topic: &Topic, number: i32) -> Result<Option<Arc<dyn PartitionLog>>> {
        Ok(Some(Arc::new(MemberPartition::new(
            self.cluster.partition_log(topic, number)?,
            Arc::clone(&self.client),
            self.queues.clone(),
            self.hearing.clone(),
        ))))
    }

    fn bell(&self) -> Option<Arc<dyn Bell>> {
        Some(Arc::clone(&self.bell) as Arc<dyn Bell>)
    }

    fn dirs(&self) -> Option<[PathBuf; 3]> {
        None
    }

    fn leave(self: Box<Self>) -> Result<()> {
        // Letting go of the last handle says good-bye to the group.
        drop(self);
        Ok(())
    }
}

impl Drop for ClusterMember {
    fn drop(&mut self) {
        self.hearing.said().leaving = true;
        self.queues.clear();
        // What is still to be answered is answered by this.
        let _ = self.client.unassign();
        // Who was given nothing says no good-bye without it, and the others wait for us until our session is over.
        self.client.unsubscribe();
        // Whose commit is still not answered has nobody to say it to.
        if Arc::strong_count(&self.client) == 1 {
            close(&self.client);
        }
    }
}
