//! Committing what a member has read.

use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind, Result};
use crate::group::claim::Claim;
use crate::group::commit::{self, Change};
use crate::group::member::{GRACE, Member};
use crate::group::offsets_file::{Committed, CommittedOffset};
use crate::group::section::Section;
use crate::store::{MemberId, TopicPartition};

/// Offsets that a member has come to.
struct Reached<'a> {
    me: &'a MemberId,
    claims: &'a BTreeMap<TopicPartition, Claim>,
    accepted: Vec<(TopicPartition, CommittedOffset)>,
    refused: Vec<TopicPartition>,
    evicted: bool,
}

impl Change for Reached<'_> {
    fn edit(&mut self, committed: &mut Committed) -> bool {
        for (partition, offset) in &self.accepted {
            committed.set(partition.clone(), *offset);
        }
        !self.accepted.is_empty()
    }

    /// Only for partitions that the member holds now, under the epoch that it has.
    fn is_allowed(&mut self, section: &mut Section<'_>) -> Result<bool> {
        let state = &section.state;
        self.evicted = state.member(self.me).is_none();
        let all = self.accepted.len();
        let (accepted, refused) =
            std::mem::take(&mut self.accepted)
                .into_iter()
                .partition(|(name, _)| {
                    let (entry, claim) = (state.partition(name), self.claims.get(name));
                    !self.evicted
                        && entry
                            .zip(claim)
                            .is_some_and(|(entry, claim)| entry.is_held_by(self.me, claim.epoch))
                });
        self.accepted = accepted;
        let refused: Vec<(TopicPartition, CommittedOffset)> = refused;
        self.refused
            .extend(refused.into_iter().map(|(name, _)| name));
        Ok(self.accepted.len() == all)
    }
}

impl Member {
    /// Commits offsets, each the next one to be read, durably; the logs are synced up to them before. The partitions
    /// that the member does not hold are given back, and nothing is committed for them. [`ErrorKind::Evicted`] if it
    /// is not in the group any more.
    pub fn commit(&mut self, offsets: &[(TopicPartition, i64)]) -> Result<Vec<TopicPartition>> {
        if self.news.evicted {
            return Err(self.put_out());
        }
        let (accepted, refused) = self.secure(offsets)?;
        let mut change = Reached {
            me: &self.id,
            claims: &self.claims,
            accepted,
            refused,
            evicted: false,
        };
        let patience = self.group.store().patience();
        let mut applied = commit::apply(
            &self.group,
            &mut self.lock,
            &patience.to_finish(GRACE),
            &mut change,
        );
        // Asked to stop while we waited: what was done is worth a little more time.
        if applied
            .as_ref()
            .is_err_and(|error| error.kind() == ErrorKind::Interrupted)
        {
            let patience = patience.to_finish(GRACE);
            applied = commit::apply(&self.group, &mut self.lock, &patience, &mut change);
        }
        let Reached {
            refused, evicted, ..
        } = change;
        let gone = applied
            .as_ref()
            .is_err_and(|error| error.kind() == ErrorKind::UnknownGroup);
        if evicted || gone {
            self.go_out();
            return Err(self.put_out());
        }
        applied.map(|()| refused)
    }

    /// Syncs the logs; what of the offsets may be committed, and which partitions may not.
    #[expect(
        clippy::type_complexity,
        reason = "two lists, named by who takes them apart"
    )]
    fn secure(
        &self,
        offsets: &[(TopicPartition, i64)],
    ) -> Result<(Vec<(TopicPartition, CommittedOffset)>, Vec<TopicPartition>)> {
        let store = self.group.store();
        let (mut accepted, mut refused) = (Vec::new(), Vec::new());
        for (name, offset) in offsets {
            if *offset < 0 {
                return Err(Error::failed(format!("{offset} is no offset for {name}")));
            }
            let Some(claim) = self.claims.get(name) else {
                refused.push(name.clone());
                continue;
            };
            match claim.secure(store, name, *offset) {
                Ok(committed) => accepted.push((name.clone(), committed)),
                Err(error) if is_gone(&error) => refused.push(name.clone()),
                Err(error) => return Err(error),
            }
        }
        Ok((accepted, refused))
    }
}

/// Whether the topic was deleted.
fn is_gone(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::TopicDeleted | ErrorKind::UnknownTopic
    )
}
