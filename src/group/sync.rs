//! A member's look at its group, and what it does about what it finds.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use crate::error::{ErrorKind, Result};
use crate::group::catalog::Catalog;
use crate::group::changes::Waiting;
use crate::group::claim::{self, Claim};
use crate::group::group_file::GroupFile;
use crate::group::member::{Member, News};
use crate::group::rebalance;
use crate::group::section::{self, Section};
use crate::group::snapshot::Found;
use crate::group::view::MemberView;
use crate::store::{MemberId, TopicName, TopicPartition};

impl Member {
    /// Looks, and acts on what it finds.
    pub(crate) fn look(&mut self) -> Result<()> {
        let close = self.vigilance.look(Instant::now());
        let changed = self.has_changed()?;
        let store = self.group.store();
        let topics = self.catalog.is_outdated(store)?
            || (close && self.catalog.may_miss_directories(store)?);
        if !(close || changed || topics) {
            return Ok(());
        }
        if changed {
            match Found::read(self.group.paths())? {
                Found::Current(snapshot) => self.snapshot = snapshot.into(),
                Found::Old(_) | Found::Nothing => {
                    self.go_out();
                    return Ok(());
                }
            }
        }
        if !self.keep_what_counts() {
            return Ok(());
        }
        let members = &self.snapshot.state.members;
        if topics || !self.catalog.covers(members) {
            self.catalog = Catalog::read(self.group.store(), members, None)?;
        }
        if self.has_work(close)? && !self.act()? {
            return Ok(());
        }
        self.refresh();
        self.adopt()
    }

    /// Whether the group's file has changed in what concerns this member. Where many share many partitions, each that
    /// is taken makes a new file: who has all that it shall have, and owes nothing, need not read every one whole.
    fn has_changed(&self) -> Result<bool> {
        let path = self.group.paths().group_file();
        if self.snapshot.is_current(&path)? {
            return Ok(false);
        }
        let is_content = self.news.waiting.is_empty() && self.news.revoked.is_empty();
        Ok(!(is_content && self.snapshot.is_agreed(&path)?))
    }

    /// Drops what the group says is not ours any more; false if we are not in it.
    fn keep_what_counts(&mut self) -> bool {
        if self.snapshot.state.member(&self.id).is_none() {
            self.go_out();
            return false;
        }
        let state = Arc::clone(&self.snapshot.state);
        self.drop_uncounted(&state);
        true
    }

    /// Lets go of claims that do not count by this state.
    fn drop_uncounted(&mut self, state: &GroupFile) {
        let lost: Vec<TopicPartition> = self
            .claims
            .iter()
            .filter(|(name, claim)| !self.counts(state, name, claim))
            .map(|(name, _)| name.clone())
            .collect();
        let lost = lost
            .into_iter()
            .filter_map(|name| self.claims.remove_entry(&name))
            .collect();
        self.lose(lost);
    }

    fn counts(&self, state: &GroupFile, name: &TopicPartition, claim: &Claim) -> bool {
        state
            .partition(name)
            .is_some_and(|entry| entry.is_held_by(&self.id, claim.epoch))
    }

    fn lose(&mut self, lost: Vec<(TopicPartition, Claim)>) {
        for (name, claim) in lost {
            // What nobody was told of can't be missed.
            let told = self.news.taken.len();
            self.news.taken.retain(|taken| *taken != name);
            if self.news.taken.len() == told {
                self.news.lost.push((name, claim.topic));
            }
        }
    }

    /// We are not in the group any more: nothing we hold counts.
    pub(crate) fn go_out(&mut self) {
        let lost = std::mem::take(&mut self.claims).into_iter().collect();
        self.lose(lost);
        self.news = News {
            lost: std::mem::take(&mut self.news.lost),
            generation: self.news.generation,
            evicted: true,
            ..News::default()
        };
    }

    /// Whether there is something to be done that needs the group lock.
    fn has_work(&self, close: bool) -> Result<bool> {
        let (state, paths) = (&self.snapshot.state, self.group.paths());
        if !rebalance::is_fit(state, &self.catalog) {
            return Ok(true);
        }
        for entry in &state.partitions {
            if entry.is_owned_by(&self.id)
                && !self.claims.contains_key(&entry.name())
                && claim::is_free(paths, entry)?
            {
                return Ok(true);
            }
        }
        if close {
            for member in &state.members {
                if member.id != self.id && !section::is_alive(paths, &member.id)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Does it; false if we turn out not to be in the group any more.
    fn act(&mut self) -> Result<bool> {
        let group = self.group.clone();
        let patience = group.store().patience();
        loop {
            let entered = Section::enter(
                group.paths(),
                &mut self.lock,
                patience,
                Some(&self.snapshot),
            );
            let mut section = match entered.map_err(|error| group.unless_gone(error)) {
                Err(error) if error.kind() == ErrorKind::UnknownGroup => {
                    self.go_out();
                    return Ok(false);
                }
                section => section?,
            };
            let Some(known) = section.known() else {
                self.go_out();
                return Ok(false);
            };
            self.snapshot = known;
            if !self.keep_what_counts() {
                return Ok(false);
            }
            let members = &section.state.members;
            if !self.catalog.covers(members) || self.catalog.has_changed(group.store())? {
                drop(section);
                let members = &self.snapshot.state.members;
                self.catalog = Catalog::read(group.store(), members, None)?;
                continue;
            }
            let dropped = section.drop_dead(Some(&self.id))?;
            if dropped || !rebalance::is_fit(&section.state, &self.catalog) {
                rebalance::rebalance(&mut section.state, &self.catalog)?;
                // Those of a topic that was deleted: one of its name is to be taken anew.
                self.drop_uncounted(&section.state);
            }
            let state = &mut section.state;
            let taken =
                claim::take_free(group.paths(), state, &self.catalog, &self.id, &self.claims)?;
            if section.is_changed() {
                let (snapshot, _guard) = section.write()?;
                self.snapshot = snapshot;
            }
            self.hold(taken);
            return Ok(true);
        }
    }

    /// Holds claims that were taken, and will tell of them.
    pub(crate) fn hold(&mut self, taken: Vec<(TopicPartition, Claim)>) {
        for (name, claim) in taken {
            self.news.taken.push(name.clone());
            self.claims.insert(name, claim);
        }
    }

    /// Finds out what is to be revoked, what is waited for, and what is not there.
    pub(crate) fn refresh(&mut self) {
        let (state, paths) = (&self.snapshot.state, self.group.paths());
        let named = state.member(&self.id).map_or(&[][..], |me| &me.topics);
        let is_missing = |topic: &&TopicName| {
            let found = state
                .partitions
                .binary_search_by(|entry| entry.topic.cmp(topic));
            found.is_err()
        };
        self.news.missing = named.iter().filter(is_missing).cloned().collect();
        self.news.revoked.clear();
        self.news.waiting.clear();
        let mut holders: HashMap<&MemberId, Arc<MemberView>> = HashMap::new();
        for entry in &state.partitions {
            let name = entry.name();
            let held = self.claims.contains_key(&name);
            if entry.is_owned_by(&self.id) == held {
                continue;
            }
            if held {
                self.news.revoked.push(name);
                continue;
            }
            let holder = entry
                .holder
                .as_ref()
                .and_then(|holder| state.member(holder));
            let holder = holder.map(|holder| {
                let view = holders
                    .entry(&holder.id)
                    .or_insert_with(|| Arc::new(MemberView::new(paths, state, holder)));
                Arc::clone(view)
            });
            self.news.waiting.push(Waiting {
                partition: name,
                holder,
            });
        }
    }

    /// Notes the generation as adopted, when nothing is left to be revoked.
    pub(crate) fn adopt(&mut self) -> Result<()> {
        if self.news.revoked.is_empty() && !self.news.evicted {
            self.file.adopt(self.snapshot.state.generation)?;
        }
        Ok(())
    }
}
