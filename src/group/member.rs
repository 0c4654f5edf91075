//! A member of a group, as long as it is one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::group::catalog::Catalog;
use crate::group::changes::{Changes, Claimed, Lost, Waiting};
use crate::group::claim::Claim;
use crate::group::group::Group;
use crate::group::member_file::MemberFile;
use crate::group::offsets_file::known_id;
use crate::group::rebalance;
use crate::group::section::Section;
use crate::group::snapshot::Snapshot;
use crate::group::vigilance::Vigilance;
use crate::store::{LockFile, MemberId, Topic, TopicName, TopicPartition};

/// How long to wait for a lock that is needed to end in order after we were asked to stop.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// A member. Dropping it is what a crash is: its locks are free, and the others find out. [`Self::leave`] is the
/// polite way.
#[derive(Debug)]
pub struct Member {
    pub(crate) group: Group,
    pub(crate) id: MemberId,
    pub(crate) file: MemberFile,
    pub(crate) lock: LockFile,
    /// What it holds.
    pub(crate) claims: BTreeMap<TopicPartition, Claim>,
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) catalog: Catalog,
    pub(crate) vigilance: Vigilance,
    /// What is to be told.
    pub(crate) news: News,
}

/// What becoming a member brings.
pub(crate) struct Membership {
    pub(crate) file: MemberFile,
    pub(crate) claims: Vec<(TopicPartition, Claim)>,
    pub(crate) snapshot: Arc<Snapshot>,
}

/// What the member has found and not told, or tells as long as it is so.
#[derive(Debug, Default)]
pub(crate) struct News {
    pub(crate) taken: Vec<TopicPartition>,
    /// With the topic as it was when the partition was taken.
    pub(crate) lost: Vec<(TopicPartition, Topic)>,
    pub(crate) missing: Vec<TopicName>,
    pub(crate) revoked: Vec<TopicPartition>,
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) evicted: bool,
    pub(crate) generation: i64,
}

impl Member {
    pub(crate) fn new(
        group: Group,
        id: MemberId,
        lock: LockFile,
        catalog: Catalog,
        membership: Membership,
    ) -> Self {
        let mut member = Self {
            group,
            id,
            file: membership.file,
            lock,
            claims: BTreeMap::new(),
            snapshot: membership.snapshot,
            catalog,
            vigilance: Vigilance::new(Instant::now()),
            news: News::default(),
        };
        member.hold(membership.claims);
        member.refresh();
        member
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.as_str()
    }

    /// The group that it joined.
    #[must_use]
    pub fn group(&self) -> &Group {
        &self.group
    }

    /// The directories to be watched: the group's, that of its members, that of its claims. Of what happens in the
    /// last two [`Self::rouse`] is to be told.
    #[must_use]
    pub fn dirs(&self) -> [PathBuf; 3] {
        self.group.dirs()
    }

    /// To be called when something happened in `members/` or `claims/`: somebody may have died or let go.
    pub fn rouse(&mut self) {
        self.vigilance.rouse(Instant::now());
    }

    /// After how long to call [`Self::sync`] again although nothing was told: the kernel tells of a death a little
    /// before the dead one's locks are free. None: when something is told, or within a second.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.vigilance.pause()
    }

    /// Whether it knows of no other member.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.snapshot.state.members.len() <= 1
    }

    /// What it holds.
    pub fn partitions(&self) -> impl Iterator<Item = &TopicPartition> {
        self.claims.keys()
    }

    /// Looks at the group, and tells what has changed. Drops members that have died, rebalances where members or
    /// topics have changed, and takes what it shall read and nobody reads. Costs a look at two names when nothing
    /// has changed.
    pub fn sync(&mut self) -> Result<Changes> {
        if !self.news.evicted {
            self.look()?;
        }
        self.tell()
    }

    /// Lets claims go. What was read of them is to be committed before: afterwards that is refused.
    pub fn release(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        for partition in partitions {
            self.claims.remove(partition);
        }
        self.news.taken.retain(|taken| !partitions.contains(taken));
        self.refresh();
        self.adopt()
    }

    /// Notes that it got on: that it handed records over, or found that there are none. Costs nothing if it was noted
    /// within the last second.
    pub fn progress(&mut self) {
        self.file.progress();
    }

    /// Leaves the group: the others get what it held at once.
    pub fn leave(mut self) -> Result<()> {
        if self.news.evicted {
            return Ok(());
        }
        let group = self.group.clone();
        let patience = group.store().patience().to_finish(GRACE);
        loop {
            let entered = Section::enter(
                group.paths(),
                &mut self.lock,
                &patience,
                Some(&self.snapshot),
            );
            let mut section = match entered.map_err(|error| group.unless_gone(error)) {
                Err(error) if error.kind() == ErrorKind::UnknownGroup => return Ok(()),
                section => section?,
            };
            if section.state.member(&self.id).is_none() {
                return Ok(());
            }
            let members = section.state.members.clone();
            // By what was known of topics some time ago, the others would lose those that came since.
            if !self.catalog.covers(&members) || self.catalog.has_changed(group.store())? {
                drop(section);
                self.catalog = Catalog::read(group.store(), &members, None)?;
                continue;
            }
            section.drop_member(&self.id);
            section.drop_dead(None)?;
            rebalance::rebalance(&mut section.state, &self.catalog)?;
            let (_, guard) = section.write()?;
            // Under the group lock, so that who comes next finds them free.
            self.claims.clear();
            drop(self.file);
            drop(guard);
            return Ok(());
        }
    }

    /// The error for what only a member may do.
    pub(crate) fn put_out(&self) -> Error {
        Error::new(
            ErrorKind::Evicted,
            format!(
                "the member {} is not in the group '{}' any more: somebody put it out",
                self.id,
                self.group.name()
            ),
        )
        .help("what it has read since its last commit is read again by another member")
    }

    fn tell(&mut self) -> Result<Changes> {
        let taken = self.tell_taken()?;
        let generation = self.snapshot.state.generation;
        let generation_changed =
            std::mem::replace(&mut self.news.generation, generation) != generation;
        Ok(Changes {
            taken,
            revoked: self.news.revoked.clone(),
            lost: self.tell_lost()?,
            missing: self.news.missing.clone(),
            waiting: self.news.waiting.clone(),
            evicted: self.news.evicted,
            generation_changed,
        })
    }

    /// Why they were lost is asked of the store, and not of what the group makes of it.
    fn tell_lost(&mut self) -> Result<Vec<Lost>> {
        let store = self.group.store();
        let mut told = Vec::new();
        for (partition, topic) in std::mem::take(&mut self.news.lost) {
            let is_there = || -> Result<bool> {
                let now = store.find_topic(&partition.topic)?;
                Ok(now.is_some_and(|now| rebalance::same_topic(known_id(&topic), known_id(&now))))
            };
            let deleted = !self.news.evicted && !is_there()?;
            told.push(Lost { partition, deleted });
        }
        Ok(told)
    }

    /// The committed offsets are read now: nobody else can commit for a partition whose claim is held.
    fn tell_taken(&mut self) -> Result<Vec<Claimed>> {
        if self.news.taken.is_empty() {
            return Ok(Vec::new());
        }
        let committed = self.group.committed()?;
        let taken = std::mem::take(&mut self.news.taken);
        Ok(taken
            .into_iter()
            .filter_map(|name| {
                let claim = self.claims.get(&name)?;
                Some(Claimed {
                    topic: claim.topic.clone(),
                    partition: name.partition,
                    committed: committed.get(&name).copied(),
                })
            })
            .collect())
    }
}
