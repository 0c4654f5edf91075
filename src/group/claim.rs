//! The lock on a partition that is read for the group.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error as _;
use std::io;
use std::sync::Arc;

use nix::libc;

use crate::error::Result;
use crate::group::catalog::Catalog;
use crate::group::group_file::{GroupFile, PartitionEntry};
use crate::group::offsets_file::{CommittedOffset, known_id};
use crate::log::Partition;
use crate::store::lock::Mode;
use crate::store::{
    GroupLayout, HeldLock, LockFile, MemberId, Store, Topic, TopicPartition, raise_file_limit,
};

/// From so many open claims on the usual limit of open files may not do.
const MANY: usize = 128;

/// A claim that is held as long as this value lives.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) epoch: u64,
    pub(crate) topic: Topic,
    _lock: HeldLock,
}

impl Claim {
    /// Takes a claim under an epoch that was never given out. To be called under the group lock, for a partition whose
    /// last claim is free; the state says so afterwards.
    fn take(
        paths: &GroupLayout,
        state: &mut GroupFile,
        index: usize,
        topic: &Topic,
        me: &MemberId,
    ) -> Result<Self> {
        let name = state.partitions[index].name();
        let (epoch, lock) = loop {
            let epoch = state.next_epoch();
            // One that a crash has left before it was told of can't be in use, but costs nothing to pass over.
            if let Some(lock) = hold(paths, &name, epoch)? {
                break (epoch, lock);
            }
        };
        let entry = &mut state.partitions[index];
        entry.holder = Some(me.clone());
        entry.epoch = epoch;
        Ok(Self {
            epoch,
            topic: topic.clone(),
            _lock: lock,
        })
    }

    /// Syncs the partition's log up to an offset; what is to be committed then. A topic that came from elsewhere may
    /// have got an id since the claim was taken.
    pub(crate) fn secure(
        &self,
        store: &Arc<Store>,
        name: &TopicPartition,
        offset: i64,
    ) -> Result<CommittedOffset> {
        let topic = if known_id(&self.topic).is_some() {
            Cow::Borrowed(&self.topic)
        } else {
            Cow::Owned(store.topic(&name.topic)?)
        };
        Partition::open(store, &topic, name.partition)?.make_durable(store, &topic, offset)?;
        Ok(CommittedOffset::now(&topic, offset))
    }
}

fn hold(paths: &GroupLayout, name: &TopicPartition, epoch: u64) -> Result<Option<HeldLock>> {
    LockFile::try_hold(&paths.claim_file(name, epoch), Mode::Exclusive).map_err(|error| {
        let raw = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        if raw.and_then(io::Error::raw_os_error) != Some(libc::EMFILE) {
            return error;
        }
        error.help("a member has a file open for each partition it holds: raise the limit with 'ulimit -n', or start more members")
    })
}

/// Whether nobody reads the partition under its last claim.
pub(crate) fn is_free(paths: &GroupLayout, entry: &PartitionEntry) -> Result<bool> {
    if entry.epoch == 0 {
        return Ok(true);
    }
    let held = LockFile::probe(&paths.claim_file(&entry.name(), entry.epoch))?;
    Ok(held != Some(true))
}

/// Takes the claims of all partitions that a member shall read, holds not, and nobody reads. To be called under the
/// group lock; the state says so afterwards.
pub(crate) fn take_free(
    paths: &GroupLayout,
    state: &mut GroupFile,
    catalog: &Catalog,
    me: &MemberId,
    held: &BTreeMap<TopicPartition, Claim>,
) -> Result<Vec<(TopicPartition, Claim)>> {
    let mut wanted = Vec::new();
    for (index, entry) in state.partitions.iter().enumerate() {
        if entry.is_owned_by(me) && !held.contains_key(&entry.name()) && is_free(paths, entry)? {
            wanted.push(index);
        }
    }
    if held.len() + wanted.len() > MANY {
        // Whether that is enough shows when they are opened.
        let _ = raise_file_limit();
    }
    let mut taken = Vec::with_capacity(wanted.len());
    for index in wanted {
        let name = state.partitions[index].name();
        if let Some(topic) = catalog.topic(&name.topic) {
            taken.push((name, Claim::take(paths, state, index, topic, me)?));
        }
    }
    Ok(taken)
}
