//! The topics that a group's members want, as they are now.
//!
//! They are looked up before the group lock is taken: looking a topic up can mean to finish one that was begun, under
//! the topics' lock, which comes first. Under the group lock one look at the directory's age tells whether it still
//! is so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::error::{Error, Result};
use crate::group::group_file::MemberEntry;
use crate::group::subscription::Subscription;
use crate::store::{Store, Topic, TopicName};

/// A directory that was changed so recently may be changed again without looking different: clocks of file systems
/// tick every few ms.
const RECENT: Duration = Duration::from_millis(50);

/// Topics, and who wants them.
#[derive(Debug)]
pub(crate) struct Catalog {
    /// Those that are there, of those that are wanted.
    topics: BTreeMap<TopicName, Topic>,
    names: BTreeSet<TopicName>,
    /// The topics that each pattern matches.
    patterns: BTreeMap<String, BTreeSet<TopicName>>,
    named: Age,
    logs: Age,
}

/// When a directory was changed last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Age {
    modified: (i64, i64),
    inode: u64,
    recent: bool,
}

impl Catalog {
    /// Looks up what these members want, and one more subscription.
    pub(crate) fn read(
        store: &Store,
        members: &[MemberEntry],
        more: Option<&Subscription>,
    ) -> Result<Self> {
        let (named, logs) = (
            Age::of(&store.layout().topics())?,
            Age::of(store.layout().logs())?,
        );
        let mut names: BTreeSet<TopicName> = BTreeSet::new();
        let mut patterns: BTreeSet<String> = BTreeSet::new();
        for member in members {
            names.extend(member.topics.iter().cloned());
            patterns.extend(member.patterns.iter().cloned());
        }
        if let Some(more) = more {
            names.extend(more.topics().iter().cloned());
            patterns.extend(more.patterns().map(str::to_owned));
        }
        let patterns = matched(store, patterns)?;
        let mut topics = BTreeMap::new();
        for name in names.iter().chain(patterns.values().flatten()) {
            if !topics.contains_key(name)
                && let Some(topic) = store.find_topic(name)?
            {
                topics.insert(name.clone(), topic);
            }
        }
        Ok(Self {
            topics,
            names,
            patterns,
            named,
            logs,
        })
    }

    /// Whether it says something about everything that these members want.
    pub(crate) fn covers(&self, members: &[MemberEntry]) -> bool {
        members.iter().all(|member| {
            member.topics.iter().all(|name| self.names.contains(name))
                && member
                    .patterns
                    .iter()
                    .all(|pattern| self.patterns.contains_key(pattern))
        })
    }

    /// Whether topics with a file may have changed since it was read.
    pub(crate) fn is_outdated(&self, store: &Store) -> Result<bool> {
        Ok(self.named.recent || self.has_changed(store)?)
    }

    /// The same, for sure: a change within a tick of the clock is not seen.
    pub(crate) fn has_changed(&self, store: &Store) -> Result<bool> {
        Ok(!self.named.is_of(Age::of(&store.layout().topics())?))
    }

    /// Whether topics that came from elsewhere may have changed: what has no file is seen by its directories, among
    /// which producers work all the time.
    pub(crate) fn may_miss_directories(&self, store: &Store) -> Result<bool> {
        Ok(self.logs.recent || !self.logs.is_of(Age::of(store.layout().logs())?))
    }

    /// A topic that somebody wants.
    pub(crate) fn topic(&self, name: &TopicName) -> Option<&Topic> {
        self.topics.get(name)
    }

    /// The topics that a member reads, sorted.
    pub(crate) fn topics_of(&self, member: &MemberEntry) -> Vec<TopicName> {
        let by_pattern = member
            .patterns
            .iter()
            .filter_map(|pattern| self.patterns.get(pattern))
            .flatten();
        let wanted: BTreeSet<&TopicName> = member.topics.iter().chain(by_pattern).collect();
        wanted
            .into_iter()
            .filter(|name| self.topics.contains_key(*name))
            .cloned()
            .collect()
    }
}

fn matched(
    store: &Store,
    patterns: BTreeSet<String>,
) -> Result<BTreeMap<String, BTreeSet<TopicName>>> {
    let mut matched = BTreeMap::new();
    if patterns.is_empty() {
        return Ok(matched);
    }
    let topics = store.topics()?;
    for pattern in patterns {
        let subscription = Subscription::new(Vec::new(), vec![pattern.clone()])?;
        let names = topics
            .iter()
            .filter(|name| subscription.matches(name))
            .cloned()
            .collect();
        matched.insert(pattern, names);
    }
    Ok(matched)
}

impl Age {
    fn of(dir: &Path) -> Result<Self> {
        let metadata = match fs::metadata(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self {
                    modified: (0, 0),
                    inode: 0,
                    recent: false,
                });
            }
            metadata => metadata.map_err(|error| Error::io("look at", dir, error))?,
        };
        let recent = metadata
            .modified()
            .ok()
            .and_then(|modified| SystemTime::now().duration_since(modified).ok())
            .is_none_or(|age| age < RECENT);
        Ok(Self {
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            inode: metadata.ino(),
            recent,
        })
    }

    fn is_of(self, other: Self) -> bool {
        (self.modified, self.inode) == (other.modified, other.inode)
    }
}
