//! The consumer of a group's member: the partitions that the group gives it, each from where the group had got to.
//!
//! It knows nothing of what becomes of the records. Whoever reads says which of them are done, by [`GroupConsumer::commit`],
//! and lets a partition go that was revoked once it has finished with it: so no record is skipped, whoever reads.

mod holding;
mod options;
mod pins;
mod start;
mod waking;

use std::collections::{BTreeMap, HashMap};
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::Duration;

use crate::client::consumer::{Assignment, Consumer, Polled};
use crate::client::engine::Engine;
use crate::client::membership::Membership;
use crate::error::{Error, ErrorKind, Result};
use crate::group::{Changes, Claimed, Joining, Lost, MemberView, Waiting};
use crate::store::{GroupName, TopicName, TopicPartition};
use holding::Holding;
use pins::Pins;
use waking::Waking;

pub use options::GroupOptions;
pub use start::Start;

/// So many partitions are named in a note; of more it says how many they are.
const NAMED: usize = 3;

/// A member of a group, and what it reads.
pub struct GroupConsumer {
    engine: Arc<dyn Engine>,
    group: GroupName,
    options: GroupOptions,
    member: Box<dyn Membership>,
    consumer: Consumer,
    held: BTreeMap<TopicPartition, Holding>,
    /// Which partition a lane is of.
    lanes: HashMap<usize, TopicPartition>,
    /// None where the end of a log is a pause.
    pins: Option<Pins>,
    waiting: Vec<Waiting>,
    waking: Waking,
    /// Reading met a topic that seems to be deleted: what the group says of that counts.
    suspicion: Option<Error>,
    /// Whether it was said where a position that was asked for does not act.
    start_told: bool,
}

/// What has changed.
#[derive(Debug, Default)]
pub struct Looked {
    /// Partitions that others are to have, and the lanes they came from. They are not read any more: finish with them,
    /// commit, let them go. Told once.
    pub revoked: Vec<(TopicPartition, usize)>,
    /// The lanes of partitions that are ours no more, as somebody took them or their topic was deleted. That was said.
    pub lost: Vec<usize>,
    /// A topic that was asked for by name and was deleted.
    pub deleted: Option<TopicName>,
}

impl GroupConsumer {
    /// Joins the group.
    pub fn join(
        engine: &Arc<dyn Engine>,
        group: &GroupName,
        options: GroupOptions,
    ) -> Result<Self> {
        // Before anything is read by anyone: the end is where it is now.
        let pins = if options.follow {
            None
        } else {
            Some(Pins::now(
                engine.as_ref(),
                &options.subscription,
                options.isolation,
                options.to,
            )?)
        };
        let joining = Joining {
            client_id: options.client_id.clone(),
            assignor: options.assignor,
            subscription: options.subscription.clone(),
            exclusive: options.exclusive,
        };
        let mut member = engine.join(group, &joining, options.isolation)?;
        // Only now is it sure that it begins: the members there may not have let this one in.
        tell_what_lies_ahead(engine.as_ref(), group, &options, pins.as_ref())?;
        let waking = Waking::new(engine.as_ref(), member.as_mut(), options.follow);
        let mut consumer = Self {
            engine: engine.clone(),
            group: group.clone(),
            consumer: Consumer::new(Vec::new(), options.isolation, options.follow),
            options,
            member,
            held: BTreeMap::new(),
            lanes: HashMap::new(),
            pins,
            waiting: Vec::new(),
            waking,
            suspicion: None,
            start_told: false,
        };
        consumer.look()?;
        Ok(consumer)
    }

    /// Readable when [`GroupConsumer::look`] may have something to tell.
    #[must_use]
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.waking.fd()
    }

    /// After how long to look without having been told.
    #[must_use]
    pub fn patience(&self) -> Duration {
        if self.suspicion.is_some() {
            return Duration::ZERO;
        }
        self.waking.patience(self.member.as_ref())
    }

    /// Hears what has changed: new records, and which partitions are ours. Costs next to nothing where nothing has.
    pub fn look(&mut self) -> Result<Looked> {
        let (engine, member) = (self.engine.as_ref(), self.member.as_mut());
        let heard = self.waking.hear(engine, &mut self.consumer, member);
        let suspicion = self.suspicion.take();
        if !heard && suspicion.is_none() {
            return Ok(Looked::default());
        }
        let changes = member.sync()?;
        self.waking.watch_others(engine, member);
        if changes.evicted {
            // The error that a member gets who is not one any more.
            self.member.commit(&[])?;
        }
        let mut looked = Looked {
            deleted: self.deleted(&changes),
            ..Looked::default()
        };
        if let (Some(error), [], None) = (suspicion, &changes.lost[..], &looked.deleted) {
            return Err(error);
        }
        self.tell_lost(&changes.lost);
        for Lost { partition, .. } in changes.lost {
            looked.lost.extend(self.forget(&partition));
        }
        for partition in changes.revoked {
            if let Some(lane) = self.stop_reading(&partition) {
                looked.revoked.push((partition, lane));
            }
        }
        self.begin(changes.taken)?;
        self.member.began()?;
        self.waiting = changes.waiting;
        Ok(looked)
    }

    /// The next batch of any partition, in turn.
    pub fn poll(&mut self) -> Result<Polled<'_>> {
        self.member.progress();
        suspecting(
            self.consumer.poll(),
            &mut self.suspicion,
            self.member.as_mut(),
        )
    }

    /// The next batch of this partition.
    pub fn poll_partition(&mut self, partition: &TopicPartition) -> Result<Polled<'_>> {
        self.member.progress();
        match self.lane(partition) {
            Some(lane) => suspecting(
                self.consumer.poll_lane(lane),
                &mut self.suspicion,
                self.member.as_mut(),
            ),
            None => Ok(Polled::Finished),
        }
    }

    /// Whether what comes next of this partition is on its way.
    #[must_use]
    pub fn is_awaited(&self, partition: &TopicPartition) -> bool {
        self.lane(partition)
            .is_some_and(|lane| self.consumer.is_awaited(lane))
    }

    /// Goes on at `offset` in a partition: needed wherever a batch was not used to its end, or is wanted again.
    pub fn seek(&mut self, partition: &TopicPartition, offset: i64) {
        if let Some(lane) = self.lane(partition) {
            self.consumer.seek(lane, offset);
        }
    }

    /// The same, by lane.
    pub fn seek_lane(&mut self, lane: usize, offset: i64) {
        self.consumer.seek(lane, offset);
    }

    /// Which partition a lane is of, as long as it is ours.
    #[must_use]
    pub fn partition_of(&self, lane: usize) -> Option<&TopicPartition> {
        self.lanes.get(&lane)
    }

    /// Lets partitions go that were revoked, after what was done of them was committed.
    pub fn release(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        for partition in partitions {
            self.forget(partition);
        }
        self.member.release(partitions)
    }

    /// The lane of each partition that is read, and how far it has come: what to commit once all that was handed out
    /// of it is done.
    pub fn positions(&self) -> impl Iterator<Item = (usize, i64)> {
        self.consumer.positions()
    }

    /// Commits offsets: the next ones that are to be read. What is committed already costs nothing.
    ///
    /// A partition that turns out not to be ours any more is not committed, and not read any more.
    pub fn commit(&mut self, offsets: &[(TopicPartition, i64)]) -> Result<()> {
        let due: Vec<(TopicPartition, i64)> = offsets
            .iter()
            .filter(|(partition, offset)| {
                let held = self.held.get(partition);
                held.is_some_and(|held| held.committed != Some(*offset))
            })
            .cloned()
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        let refused = self.member.commit(&due)?;
        for (partition, offset) in due {
            if refused.contains(&partition) {
                self.forget(&partition);
            } else if let Some(held) = self.held.get_mut(&partition) {
                held.committed = Some(offset);
            }
        }
        Ok(())
    }

    /// Partitions that are meant for us and that others still hold.
    #[must_use]
    pub fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }

    /// Whether it is being settled who reads what: what there is to read may come yet.
    #[must_use]
    pub fn is_settling(&self) -> bool {
        self.member.is_settling()
    }

    /// The group.
    #[must_use]
    pub fn group(&self) -> &GroupName {
        &self.group
    }

    /// The members that hold partitions, apart from this one.
    pub fn others(&self) -> Result<Vec<MemberView>> {
        self.member.others()
    }

    /// Whether the group has given us no partition at all.
    #[must_use]
    pub fn holds_nothing(&self) -> bool {
        self.held.is_empty()
    }

    /// The partitions that an open transaction holds back, with its producer's id and its first offset.
    #[must_use]
    pub fn held_back(&self) -> Vec<(TopicPartition, i64, i64)> {
        let mut held_back: BTreeMap<TopicPartition, (i64, i64)> = BTreeMap::new();
        for (partition, pin) in self.pins.iter().flat_map(Pins::iter) {
            if let (Some(by), true) = (pin.held_back, self.held.contains_key(partition)) {
                held_back.insert(partition.clone(), by);
            }
        }
        for (partition, id, offset) in self.consumer.held_back() {
            held_back.insert(partition.name().clone(), (id, offset));
        }
        held_back
            .into_iter()
            .map(|(partition, (id, offset))| (partition, id, offset))
            .collect()
    }

    /// Says that this member gets on, though it takes no new batch.
    pub fn progress(&mut self) {
        self.member.progress();
    }

    /// Leaves the group, and lets everything go.
    pub fn leave(self) -> Result<()> {
        let Self {
            member, consumer, ..
        } = self;
        drop(consumer);
        member.leave()
    }

    /// A topic that is wanted by name and is not there any more.
    fn deleted(&self, changes: &Changes) -> Option<TopicName> {
        let named = self.options.subscription.topics();
        let mut lost = changes.lost.iter().filter(|lost| lost.deleted);
        let lost = lost.find(|lost| named.contains(&lost.partition.topic));
        match lost {
            Some(lost) => Some(lost.partition.topic.clone()),
            None if self.options.waits_for_topics => None,
            None => changes.missing.first().cloned(),
        }
    }

    /// Says what became of partitions that were read and are not ours any more.
    fn tell_lost(&self, lost: &[Lost]) {
        let notes = self.engine.notes();
        let named = self.options.subscription.topics();
        let mut told = None;
        for Lost { partition, deleted } in lost {
            let topic = &partition.topic;
            if !deleted {
                notes.say(&format!(
                    "{partition} was taken from this member of group {}: what it did not commit of it comes again",
                    self.group
                ));
            } else if !named.contains(topic) && told != Some(topic) {
                told = Some(topic);
                notes.say(&format!(
                    "topic {topic} was deleted while it was read: group {} goes on with the others",
                    self.group
                ));
            }
        }
    }

    fn lane(&self, partition: &TopicPartition) -> Option<usize> {
        self.held.get(partition)?.lane
    }

    /// Begins to read what the group has given us.
    fn begin(&mut self, taken: Vec<Claimed>) -> Result<()> {
        let mut committed = Vec::new();
        for claimed in taken {
            if claimed.committed.is_some() {
                committed.push(claimed.topic.partition(claimed.partition)?);
            }
            self.begin_partition(&claimed)?;
        }
        if let (Start::At(_), false, false) =
            (self.options.start, committed.is_empty(), self.start_told)
        {
            self.start_told = true;
            self.engine.notes().say(&format!(
                "group {} goes on where it had got to in {}: where to start acts only where nothing is committed",
                self.group,
                name_some(&committed)
            ));
        }
        Ok(())
    }

    fn begin_partition(&mut self, claimed: &Claimed) -> Result<()> {
        let (topic, number) = (&claimed.topic, claimed.partition);
        let partition = match self.member.partition(topic, number)? {
            Some(partition) => partition,
            None => self.engine.partition(topic, number)?,
        };
        let (isolation, start) = (self.options.isolation, self.options.start);
        let pins = self.pins.as_ref();
        let pinned = pins.and_then(|pins| pins.get(partition.name()).map(|pin| pin.to));
        let from = start.offset(
            &self.group,
            claimed,
            partition.as_ref(),
            isolation,
            self.engine.notes(),
            pinned,
        )?;
        let to = match pins {
            // What was not there when the run began is for the next one.
            Some(_) => Some(pinned.unwrap_or(from)),
            None => self
                .options
                .to
                .map(|to| partition.resolve(to, isolation))
                .transpose()?,
        };
        let lane = self.consumer.assign(Assignment {
            partition: partition.clone(),
            from,
            to,
        });
        self.waking.watch_partition(partition.as_ref(), lane);
        self.lanes.insert(lane, partition.name().clone());
        self.held.insert(
            partition.name().clone(),
            Holding {
                lane: Some(lane),
                committed: claimed.committed.map(|committed| committed.offset),
            },
        );
        Ok(())
    }

    /// The lane that it was read in, if it was.
    fn stop_reading(&mut self, partition: &TopicPartition) -> Option<usize> {
        let lane = self.held.get_mut(partition)?.lane.take()?;
        self.consumer.unassign(lane);
        self.waking.unwatch_partition(lane);
        Some(lane)
    }

    fn forget(&mut self, partition: &TopicPartition) -> Option<usize> {
        let lane = self.stop_reading(partition);
        self.held.remove(partition);
        self.lanes.retain(|_, of| of != partition);
        lane
    }
}

/// A partition that is gone is not an error yet: the group knows whether its topic was deleted, and whether that matters.
fn suspecting<'c>(
    polled: Result<Polled<'c>>,
    suspicion: &mut Option<Error>,
    member: &mut dyn Membership,
) -> Result<Polled<'c>> {
    match polled {
        Err(error) if error.kind() == ErrorKind::TopicDeleted => {
            *suspicion = Some(error);
            member.suspect();
            Ok(Polled::Idle)
        }
        polled => polled,
    }
}

/// What a new group has before it; nothing is said of one that has begun, or is to begin elsewhere.
fn tell_what_lies_ahead(
    engine: &dyn Engine,
    group: &GroupName,
    options: &GroupOptions,
    pins: Option<&Pins>,
) -> Result<()> {
    if options.start != Start::Earliest || !engine.group(group, true)?.committed()?.is_empty() {
        return Ok(());
    }
    let now;
    let pins = if let Some(pins) = pins {
        pins
    } else {
        now = Pins::now(engine, &options.subscription, options.isolation, None)?;
        &now
    };
    let ahead = pins.ahead()?;
    engine.notes().say(&format!(
        "group {} is new and begins at the beginning: {ahead} {} ahead",
        group,
        if ahead == 1 {
            "record lies"
        } else {
            "records lie"
        }
    ));
    Ok(())
}

/// Names partitions for a note: the first few, and of the others their number.
#[must_use]
pub fn name_some(partitions: &[TopicPartition]) -> String {
    let mut names: Vec<String> = partitions
        .iter()
        .take(NAMED)
        .map(ToString::to_string)
        .collect();
    if partitions.len() > NAMED {
        names.push(format!("{} more", partitions.len() - NAMED));
    }
    names.join(", ")
}
