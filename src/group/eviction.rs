//! Putting a member out that hangs.

use crate::error::{Error, Result};
use crate::group::catalog::Catalog;
use crate::group::group::Group;
use crate::group::rebalance;
use crate::store::TopicPartition;

impl Group {
    /// Puts a member out; what it held. It may hold its locks for as long as it likes: every claim of its gets
    /// another epoch, and so do commits. What it then tries to commit is refused.
    pub fn evict(&self, member_id: &str) -> Result<Vec<TopicPartition>> {
        let store = self.store();
        store.begin_writing()?;
        let mut lock = self.lock_file()?;
        loop {
            let seen = self.enter(&mut lock)?.state.members;
            let catalog = Catalog::read(store, &seen, None)?;
            let mut section = self.enter(&mut lock)?;
            if !catalog.covers(&section.state.members) || catalog.has_changed(store)? {
                continue;
            }
            let Some(id) = section
                .state
                .members
                .iter()
                .map(|member| member.id.clone())
                .find(|id| id.as_str() == member_id)
            else {
                return Err(self.no_member(member_id, section.state.members.len()));
            };
            let mut held = Vec::new();
            let state = &mut section.state;
            for index in 0..state.partitions.len() {
                if state.partitions[index].holder.as_ref() == Some(&id) {
                    let epoch = state.next_epoch();
                    let entry = &mut state.partitions[index];
                    entry.epoch = epoch;
                    held.push(entry.name());
                }
            }
            state.commit_epoch += 1;
            section.drop_member(&id);
            section.drop_dead(None)?;
            rebalance::rebalance(&mut section.state, &catalog)?;
            section.write()?;
            return Ok(held);
        }
    }

    fn no_member(&self, id: &str, members: usize) -> Error {
        let name = self.name();
        let error = Error::failed(format!("the group '{name}' has no member '{id}'"));
        if members == 0 {
            return error.help("it has no members at all");
        }
        error.help(format!(
            "'kafdir group describe --members {name}' names those it has"
        ))
    }
}
