//! `offsets.json`: how far a group has come in each partition. The one file of a group that outlives everything else.
//!
//! It is replaced whole and synced before an offset counts. What can't be read is damage and stays as it is: to take
//! it for empty would make the group read everything again, or skip what it has not read.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::store::{Topic, TopicId, TopicName, TopicPartition, durable, now_ms};

const VERSION: u32 = 1;

/// A committed offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommittedOffset {
    /// The next offset to be read.
    pub offset: i64,
    /// The topic that it is an offset of; none of one that came from elsewhere and does not say.
    pub topic_id: Option<TopicId>,
    /// When it was committed, in ms since the epoch.
    pub commit_timestamp: i64,
}

impl CommittedOffset {
    /// Committed at this moment.
    pub(crate) fn now(topic: &Topic, offset: i64) -> Self {
        Self {
            offset,
            topic_id: known_id(topic),
            commit_timestamp: now_ms(),
        }
    }

    /// Whether it was committed for this topic, and not for one of the same name that was there before.
    #[must_use]
    pub fn is_of(&self, topic: &Topic) -> bool {
        self.topic_id
            .is_none_or(|id| known_id(topic).is_none_or(|known| known == id))
    }
}

/// A topic's id, if it has one.
pub(crate) fn known_id(topic: &Topic) -> Option<TopicId> {
    (topic.id != TopicId::default()).then_some(topic.id)
}

/// The committed offsets of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Committed {
    offsets: BTreeMap<TopicPartition, CommittedOffset>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    version: u32,
    offsets: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    topic: TopicName,
    topic_id: Option<TopicId>,
    partition: i32,
    offset: i64,
    commit_timestamp: i64,
}

impl Committed {
    /// Reads the file; where there is none, nothing is committed.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        Ok(Self::find(path)?.unwrap_or_default())
    }

    /// The same; none where there is no file.
    pub(crate) fn find(path: &Path) -> Result<Option<Self>> {
        let Some(bytes) = durable::read(path)? else {
            return Ok(None);
        };
        parse(&bytes).map(Some).map_err(|why| damaged(path, &why))
    }

    /// The committed offset of a partition.
    #[must_use]
    pub fn get(&self, partition: &TopicPartition) -> Option<&CommittedOffset> {
        self.offsets.get(partition)
    }

    /// All of them, by topic and partition.
    pub fn iter(&self) -> impl Iterator<Item = (&TopicPartition, &CommittedOffset)> {
        self.offsets.iter()
    }

    /// Whether nothing is committed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    pub(crate) fn set(&mut self, partition: TopicPartition, offset: CommittedOffset) {
        self.offsets.insert(partition, offset);
    }

    pub(crate) fn remove(&mut self, partition: &TopicPartition) -> bool {
        self.offsets.remove(partition).is_some()
    }

    /// One line for each offset, for people and for `grep`.
    pub(crate) fn format(&self) -> Result<String> {
        let mut text = format!("{{\"version\":{VERSION},\"offsets\":[");
        let mut separator = "\n";
        for (partition, committed) in &self.offsets {
            let entry = Entry {
                topic: partition.topic.clone(),
                topic_id: committed.topic_id,
                partition: partition.partition,
                offset: committed.offset,
                commit_timestamp: committed.commit_timestamp,
            };
            let entry = serde_json::to_string(&entry)
                .map_err(|error| Error::failed(format!("cannot format an offset: {error}")))?;
            // Writing to a string can't fail.
            let _ = write!(text, "{separator}{entry}");
            separator = ",\n";
        }
        text.push_str("\n]}\n");
        Ok(text)
    }
}

fn parse(bytes: &[u8]) -> Result<Committed, String> {
    let json: Json = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if json.version != VERSION {
        return Err(format!("it is of version {}", json.version));
    }
    let mut committed = Committed::default();
    for entry in json.offsets {
        let partition = TopicPartition::new(entry.topic, entry.partition);
        if entry.offset < 0 || entry.partition < 0 {
            return Err(format!("{partition} has the offset {}", entry.offset));
        }
        let offset = CommittedOffset {
            offset: entry.offset,
            topic_id: entry.topic_id,
            commit_timestamp: entry.commit_timestamp,
        };
        if committed
            .offsets
            .insert(partition.clone(), offset)
            .is_some()
        {
            return Err(format!("{partition} is in it twice"));
        }
    }
    Ok(committed)
}

fn damaged(path: &Path, why: &str) -> Error {
    Error::new(
        ErrorKind::Damaged,
        format!("{} can't be read: {why}", path.display()),
    )
    .help("restore the file from a copy; or move it away, and the group begins as a new one does")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use proptest::prelude::*;

    fn tp(topic: &str, partition: i32) -> TopicPartition {
        TopicPartition::new(TopicName::new(topic).unwrap(), partition)
    }

    fn sample() -> Committed {
        let mut committed = Committed::default();
        for (partition, topic_id) in [(0, Some(TopicId::random())), (7, None)] {
            committed.set(
                tp("orders", partition),
                CommittedOffset {
                    offset: i64::from(partition),
                    topic_id,
                    commit_timestamp: 1_700_000_000_000,
                },
            );
        }
        committed
    }

    #[test]
    fn round_trip() {
        for committed in [Committed::default(), sample()] {
            let text = committed.format().unwrap();
            assert_eq!(parse(text.as_bytes()), Ok(committed));
        }
        assert!(sample().format().unwrap().lines().count() == 4);
    }

    #[test]
    fn what_is_cut_short_is_never_less_than_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("offsets.json");
        let text = sample().format().unwrap();
        for length in 0..text.len() - 1 {
            std::fs::write(&path, &text[..length]).unwrap();
            match Committed::read(&path) {
                Ok(read) => assert_eq!(read, sample(), "{length} bytes"),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Damaged);
                    assert!(error.to_string().contains("offsets.json"), "{error}");
                }
            }
        }
        std::fs::remove_file(&path).unwrap();
        assert!(Committed::read(&path).unwrap().is_empty());
    }

    #[test]
    fn what_no_writer_can_have_meant_is_damage() {
        let one = r#"{"topic":"t","topic_id":null,"partition":0,"offset":1,"commit_timestamp":2}"#;
        for text in [
            String::new(),
            "{}".to_owned(),
            r#"{"version":2,"offsets":[]}"#.to_owned(),
            format!(r#"{{"version":1,"offsets":[{one},{one}]}}"#),
            format!(
                r#"{{"version":1,"offsets":[{}]}}"#,
                one.replace(":1,", ":-1,")
            ),
            format!(
                r#"{{"version":1,"offsets":[{}]}}"#,
                one.replace("\"t\"", "\"../t\"")
            ),
            format!(
                r#"{{"version":1,"offsets":[{}]}}"#,
                one.replace(":2", ":2,\"more\":1")
            ),
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        let text = format!(r#"{{"version":1,"offsets":[{one}]}}"#);
        assert!(parse(text.as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn a_flipped_byte_never_empties_it(at in 0..250_usize, byte: u8) {
            let mut bytes = sample().format().unwrap().into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(read) = parse(&bytes) {
                prop_assert_eq!(read.offsets.len(), 2);
            }
        }
    }
}
