//! Becoming a member.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::error::{Error, ErrorKind, Result};
use crate::group::assignor::Assignor;
use crate::group::catalog::Catalog;
use crate::group::claim;
use crate::group::group::Group;
use crate::group::group_file::MemberEntry;
use crate::group::member::{Member, Membership};
use crate::group::member_file::MemberFile;
use crate::group::rebalance;
use crate::group::section::Section;
use crate::group::snapshot::Found;
use crate::group::subscription::Subscription;
use crate::store::{MemberId, durable, now_ms};

/// The kernel's name for this host.
const HOST_NAME: &str = "/proc/sys/kernel/hostname";

/// What a new member brings.
#[derive(Debug, Clone)]
pub struct Joining {
    /// The name it gives itself; its id begins with it.
    pub client_id: String,
    /// How partitions are to be dealt: all members must agree.
    pub assignor: Assignor,
    /// What it wants to read.
    pub subscription: Subscription,
    /// Whether it wants the group for itself.
    pub exclusive: bool,
}

impl Group {
    /// Becomes a member, and takes what it is given as far as that is free.
    ///
    /// An error if the members use another assignor; if there is one, and the new one wants the group for itself; if
    /// the member there is wants that.
    pub fn join(&self, joining: &Joining) -> Result<Member> {
        self.store().begin_writing()?;
        let id = MemberId::random(&joining.client_id)?;
        loop {
            // One that is deleted meanwhile is made once more.
            let mut lock = match self.lock_file_to_join() {
                Err(error) if error.kind() == ErrorKind::UnknownGroup => continue,
                lock => lock?,
            };
            // What is damaged is better known before anything is taken from anybody.
            self.committed()?;
            let known = match Found::read(self.paths())? {
                Found::Current(snapshot) => Some(Arc::new(snapshot)),
                Found::Old(_) | Found::Nothing => None,
            };
            let members = known.as_ref().map_or(&[][..], |known| &known.state.members);
            let catalog = Catalog::read(self.store(), members, Some(&joining.subscription))?;
            let patience = self.store().patience();
            let entered = Section::enter(self.paths(), &mut lock, patience, known.as_ref());
            let section = match entered.map_err(|error| self.unless_gone(error)) {
                Err(error) if error.kind() == ErrorKind::UnknownGroup => continue,
                section => section?,
            };
            if !catalog.covers(&section.state.members) || catalog.has_changed(self.store())? {
                continue;
            }
            let membership = self
                .admit(joining, &id, section, &catalog)
                .inspect_err(|_| {
                    // Nobody was told of it.
                    let _ = durable::remove(&self.paths().member_file(&id));
                })?;
            return Ok(Member::new(self.clone(), id, lock, catalog, membership));
        }
    }

    /// Adds the member to the state, under the group lock.
    fn admit(
        &self,
        joining: &Joining,
        id: &MemberId,
        mut section: Section<'_>,
        catalog: &Catalog,
    ) -> Result<Membership> {
        // Only now can nobody delete the group any more.
        self.make_directories()?;
        section.drop_dead(None)?;
        // A state that is made anew is swept around when it is written.
        if section.known().is_some() {
            section.sweep();
        }
        self.check_welcome(joining, &section)?;
        let mut file = MemberFile::create(self.paths(), id)?;
        let state = &mut section.state;
        state.assignor = Some(joining.assignor.name().to_owned());
        state.members.push(MemberEntry {
            id: id.clone(),
            client_id: joining.client_id.clone(),
            host: host_name(),
            pid: std::process::id(),
            since: now_ms(),
            topics: joining.subscription.topics().to_vec(),
            patterns: joining.subscription.patterns().map(str::to_owned).collect(),
            exclusive: joining.exclusive,
        });
        rebalance::rebalance(state, catalog)?;
        let claims = claim::take_free(self.paths(), state, catalog, id, &BTreeMap::new())?;
        file.adopt(state.generation)?;
        let (snapshot, _guard) = section.write()?;
        Ok(Membership {
            file,
            claims,
            snapshot,
        })
    }

    fn check_welcome(&self, joining: &Joining, section: &Section<'_>) -> Result<()> {
        let state = &section.state;
        let Some(first) = state.members.first() else {
            return Ok(());
        };
        let name = self.name();
        if joining.exclusive {
            return Err(Error::failed(format!(
                "the group '{name}' has a member already: {}",
                described(first)
            ))
            .help(
                "an exclusive member wants the group for itself: wait until the other has left",
            ));
        }
        if let Some(other) = state.members.iter().find(|member| member.exclusive) {
            return Err(Error::failed(format!(
                "the group '{name}' has an exclusive member: {}",
                described(other)
            ))
            .help("it wants the group for itself: wait until it has left"));
        }
        let used = state.assignor.as_deref().unwrap_or_default();
        if used != joining.assignor.name() {
            return Err(Error::failed(format!(
                "the members of the group '{name}' use the assignor {used}, not {}",
                joining.assignor.name()
            ))
            .help(format!(
                "all members of a group must agree: join with --assignor {used}, or stop the others first"
            )));
        }
        Ok(())
    }
}

/// A member, for a message.
fn described(member: &MemberEntry) -> String {
    let since = Timestamp::from_millisecond(member.since)
        .map_or_else(|_| member.since.to_string(), |since| since.to_string());
    format!(
        "{} (pid {} on {}, since {since})",
        member.id, member.pid, member.host
    )
}

fn host_name() -> String {
    std::fs::read_to_string(HOST_NAME)
        .map_or_else(|_| "localhost".to_owned(), |name| name.trim().to_owned())
}
