//! `group.json`: who is a member, whose partition is whose, and which epochs count.
//!
//! It is good in one boot: members and claims are processes. So it is replaced whole, which readers rely on, but not
//! synced. Of another boot it is made anew, with everything in it that only grows greater than it was.

use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::group::subscription::Subscription;
use crate::store::{MemberId, TopicId, TopicName, TopicPartition, durable};

const VERSION: u32 = 1;

/// What the file says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GroupFile {
    /// The boot it is good in.
    pub(crate) boot_id: String,
    /// Raised by every rebalance.
    pub(crate) generation: i64,
    /// The name of the assignor; none where there never was a member.
    pub(crate) assignor: Option<String>,
    /// Whose lock counts for commits; raised when a member is put out.
    pub(crate) commit_epoch: u64,
    /// The last claim epoch given out. Each is given once, whatever the partition.
    pub(crate) last_epoch: u64,
    /// In the order in which they came.
    pub(crate) members: Vec<MemberEntry>,
    /// All partitions of the topics that somebody subscribes to, by topic and number.
    pub(crate) partitions: Vec<PartitionEntry>,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberEntry {
    pub(crate) id: MemberId,
    pub(crate) client_id: String,
    pub(crate) host: String,
    pub(crate) pid: u32,
    /// When it joined, in ms since the epoch.
    pub(crate) since: i64,
    pub(crate) topics: Vec<TopicName>,
    pub(crate) patterns: Vec<String>,
    pub(crate) exclusive: bool,
}

/// A partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartitionEntry {
    pub(crate) topic: TopicName,
    /// None of a topic that came from elsewhere and does not say.
    pub(crate) topic_id: Option<TopicId>,
    pub(crate) partition: i32,
    /// Who shall have it.
    pub(crate) owner: Option<MemberId>,
    /// Whose claim it is.
    pub(crate) holder: Option<MemberId>,
    /// The claim's epoch; 0 where there never was one.
    pub(crate) epoch: u64,
}

impl PartitionEntry {
    pub(crate) fn name(&self) -> TopicPartition {
        TopicPartition::new(self.topic.clone(), self.partition)
    }

    pub(crate) fn is_owned_by(&self, member: &MemberId) -> bool {
        self.owner.as_ref() == Some(member)
    }

    pub(crate) fn is_held_by(&self, member: &MemberId, epoch: u64) -> bool {
        self.epoch == epoch && self.holder.as_ref() == Some(member)
    }
}

impl MemberEntry {
    pub(crate) fn subscription(&self) -> Result<Subscription> {
        Subscription::new(self.topics.clone(), self.patterns.clone())
    }
}

/// What every rebalance and every eviction changes, and no taking of a partition does. It is in the file's first line.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Agreement {
    boot_id: String,
    generation: i64,
    commit_epoch: u64,
}

impl Agreement {
    /// No first line of ours is longer, in bytes.
    pub(crate) const LONGEST: usize = 1024;

    /// From the beginning of the file; none where that is not as we write it.
    pub(crate) fn parse(beginning: &[u8]) -> Option<Self> {
        let end = beginning.iter().position(|byte| *byte == b'\n')?;
        let mut head = beginning[..end].strip_suffix(b",")?.to_vec();
        head.push(b'}');
        serde_json::from_slice(&head).ok()
    }

    pub(crate) fn of(state: &GroupFile) -> Self {
        Self {
            boot_id: state.boot_id.clone(),
            generation: state.generation,
            commit_epoch: state.commit_epoch,
        }
    }
}

#[derive(Serialize)]
struct Head<'a> {
    version: u32,
    boot_id: &'a str,
    generation: i64,
    assignor: Option<&'a str>,
    commit_epoch: u64,
    last_epoch: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    version: u32,
    boot_id: String,
    generation: i64,
    assignor: Option<String>,
    commit_epoch: u64,
    last_epoch: u64,
    members: Vec<MemberEntry>,
    partitions: Vec<PartitionEntry>,
}

impl GroupFile {
    /// What every such file ends with.
    pub(crate) const END: &'static [u8; 3] = b"]}\n";

    /// That of a group without members; every number is the first one.
    pub(crate) fn new(boot_id: &str) -> Self {
        Self {
            boot_id: boot_id.to_owned(),
            generation: 0,
            assignor: None,
            commit_epoch: 1,
            last_epoch: 0,
            members: Vec::new(),
            partitions: Vec::new(),
        }
    }

    /// Reads the file at `path` from its bytes.
    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Self> {
        parse(bytes).map_err(|why| {
            Error::new(
                ErrorKind::Damaged,
                format!("{} can't be read: {why}", path.display()),
            )
            .help("stop the group's members, then remove the file: it holds no offsets, and is made anew")
        })
    }

    /// Replaces the file.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        durable::replace_unsynced(path, self.format()?.as_bytes())
    }

    /// The member of this id.
    pub(crate) fn member(&self, id: &MemberId) -> Option<&MemberEntry> {
        self.members.iter().find(|member| member.id == *id)
    }

    /// The entry of a partition.
    pub(crate) fn partition(&self, partition: &TopicPartition) -> Option<&PartitionEntry> {
        let key = (&partition.topic, partition.partition);
        self.partitions
            .binary_search_by(|entry| (&entry.topic, entry.partition).cmp(&key))
            .ok()
            .map(|index| &self.partitions[index])
    }

    /// A claim epoch that was never given out before.
    pub(crate) fn next_epoch(&mut self) -> u64 {
        self.last_epoch += 1;
        self.last_epoch
    }

    /// One line for each member and each partition, for people and for `grep`.
    fn format(&self) -> Result<String> {
        let head = Head {
            version: VERSION,
            boot_id: &self.boot_id,
            generation: self.generation,
            assignor: self.assignor.as_deref(),
            commit_epoch: self.commit_epoch,
            last_epoch: self.last_epoch,
        };
        let mut text = json(&head)?;
        text.pop();
        lines(&mut text, "members", &self.members)?;
        lines(&mut text, "partitions", &self.partitions)?;
        text.push_str("}\n");
        Ok(text)
    }
}

fn lines<T: Serialize>(text: &mut String, name: &str, entries: &[T]) -> Result<()> {
    // Writing to a string can't fail.
    let _ = write!(text, ",\n\"{name}\":[");
    let mut separator = "\n";
    for entry in entries {
        text.push_str(separator);
        text.push_str(&json(entry)?);
        separator = ",\n";
    }
    text.push(']');
    Ok(())
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| Error::failed(format!("cannot format a group: {error}")))
}

fn parse(bytes: &[u8]) -> Result<GroupFile, String> {
    let json: Json = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if json.version != VERSION {
        return Err(format!("it is of version {}", json.version));
    }
    let in_order = json
        .partitions
        .windows(2)
        .all(|pair| (&pair[0].topic, pair[0].partition) < (&pair[1].topic, pair[1].partition));
    if !in_order {
        return Err("its partitions are not in order".to_owned());
    }
    Ok(GroupFile {
        boot_id: json.boot_id,
        generation: json.generation,
        assignor: json.assignor,
        commit_epoch: json.commit_epoch,
        last_epoch: json.last_epoch,
        members: json.members,
        partitions: json.partitions,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    pub(crate) fn sample() -> GroupFile {
        let mut file = GroupFile::new("boot");
        let topic = TopicName::new("orders").unwrap();
        let id = MemberId::random("kafdir").unwrap();
        file.assignor = Some("range".to_owned());
        file.members.push(MemberEntry {
            id: id.clone(),
            client_id: "kafdir".to_owned(),
            host: "here".to_owned(),
            pid: 17,
            since: 1,
            topics: vec![topic.clone()],
            patterns: vec!["^x\"".to_owned()],
            exclusive: false,
        });
        for partition in [0, 2, 10] {
            let epoch = file.next_epoch();
            file.partitions.push(PartitionEntry {
                topic: topic.clone(),
                topic_id: Some(TopicId::random()),
                partition,
                owner: Some(id.clone()),
                holder: None,
                epoch,
            });
        }
        file
    }

    #[test]
    fn round_trip() {
        for file in [GroupFile::new("boot"), sample()] {
            let text = file.format().unwrap();
            assert_eq!(parse(text.as_bytes()).unwrap(), file, "{text}");
        }
        assert_eq!(sample().format().unwrap().lines().count(), 7);
        for file in [GroupFile::new("boot"), sample()] {
            assert!(file.format().unwrap().as_bytes().ends_with(GroupFile::END));
        }
    }

    #[test]
    fn the_first_line_is_what_was_agreed_on() {
        let text = sample().format().unwrap();
        let agreed = Agreement::of(&sample());
        assert_eq!(Agreement::parse(text.as_bytes()), Some(agreed));
        assert_eq!(Agreement::parse(&text.as_bytes()[..20]), None);
        assert_eq!(Agreement::parse(b"{}\n"), None);
    }

    #[test]
    fn partitions_are_found_by_number() {
        let file = sample();
        let find = |partition| {
            let tp = TopicPartition::new(TopicName::new("orders").unwrap(), partition);
            file.partition(&tp).map(|entry| entry.partition)
        };
        assert_eq!(
            (find(0), find(2), find(10), find(1)),
            (Some(0), Some(2), Some(10), None)
        );
    }

    #[test]
    fn what_no_writer_can_have_meant_is_damage() {
        let text = sample().format().unwrap();
        for length in 0..text.len() - 1 {
            assert!(parse(&text.as_bytes()[..length]).is_err(), "{length} bytes");
        }
        for (from, to) in [
            ("\"version\":1", "\"version\":2"),
            ("\"orders\"", "\"../orders\""),
            ("\"partition\":2", "\"partition\":11"),
            ("\"partition\":2", "\"partition\":0"),
            ("\"owner\"", "\"other\""),
        ] {
            let text = text.replace(from, to);
            let error = GroupFile::parse(Path::new("group.json"), text.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Damaged, "{to}");
        }
    }
}
