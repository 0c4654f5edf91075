//! Where everything lies in a group's directory.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::MAX_FILE_NAME;
use super::member::MemberId;
use super::partition::TopicPartition;

/// What the names of the locks on the committed offsets begin with.
const COMMIT: &str = "commit-";

/// The paths in one group's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupLayout {
    dir: PathBuf,
}

impl GroupLayout {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// The directory itself.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The group lock.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.dir.join("lock")
    }

    /// Who is a member, and whose partition is whose.
    #[must_use]
    pub fn group_file(&self) -> PathBuf {
        self.dir.join("group.json")
    }

    /// The committed offsets.
    #[must_use]
    pub fn offsets_file(&self) -> PathBuf {
        self.dir.join("offsets.json")
    }

    /// The lock on the committed offsets, that of one commit epoch.
    #[must_use]
    pub fn commit_lock(&self, epoch: u64) -> PathBuf {
        self.dir.join(format!("{COMMIT}{epoch}"))
    }

    /// The commit epoch whose lock has this name; none for every other file.
    #[must_use]
    pub fn parse_commit_lock(name: &OsStr) -> Option<u64> {
        let epoch = name.to_str()?.strip_prefix(COMMIT)?.parse().ok()?;
        (name == format!("{COMMIT}{epoch}").as_str()).then_some(epoch)
    }

    /// The members' files.
    #[must_use]
    pub fn members(&self) -> PathBuf {
        self.dir.join("members")
    }

    /// One member's file, locked for as long as it lives.
    #[must_use]
    pub fn member_file(&self, id: &MemberId) -> PathBuf {
        self.members().join(id.file_name())
    }

    /// The claims' files.
    #[must_use]
    pub fn claims(&self) -> PathBuf {
        self.dir.join("claims")
    }

    /// The file of one claim on a partition, locked by who reads that. A group gives each epoch once, whatever the
    /// partition: the epoch alone tells claims from each other, so that a long name can be cut.
    #[must_use]
    pub fn claim_file(&self, tp: &TopicPartition, epoch: u64) -> PathBuf {
        let (mut name, epoch) = (tp.to_string(), format!(".{epoch}"));
        name.truncate(MAX_FILE_NAME - epoch.len());
        self.claims().join(name + &epoch)
    }

    /// The epoch of a claim whose file has this name; none for every other file.
    #[must_use]
    pub fn parse_claim_epoch(name: &OsStr) -> Option<u64> {
        name.to_str()?.rsplit_once('.')?.1.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::store::TopicName;
    use proptest::prelude::*;

    fn layout() -> GroupLayout {
        GroupLayout::new(PathBuf::from("/d/groups/g"))
    }

    #[test]
    fn claims_of_the_longest_topic_fit_and_differ() {
        let topic = TopicName::new(&"x".repeat(249)).unwrap();
        let file = |partition, epoch| {
            let tp = TopicPartition::new(topic.clone(), partition);
            let path = layout().claim_file(&tp, epoch);
            path.file_name().unwrap().to_owned()
        };
        assert_eq!(file(99_999, u64::MAX).len(), 255);
        assert_ne!(file(99_998, 1), file(99_999, 2));
        assert_eq!(GroupLayout::parse_claim_epoch(&file(99_999, 77)), Some(77));
    }

    proptest! {
        #[test]
        fn locks_of_commits_are_known_again(epoch: u64) {
            let path = layout().commit_lock(epoch);
            let name = path.file_name().unwrap();
            prop_assert_eq!(GroupLayout::parse_commit_lock(name), Some(epoch));
        }

        #[test]
        fn other_files_are_no_locks_of_commits(name in "(commit-)?[+0-9a-z.-]{0,4}") {
            if let Some(epoch) = GroupLayout::parse_commit_lock(OsStr::new(&name)) {
                prop_assert_eq!(name, format!("commit-{epoch}"));
            }
        }
    }
}
