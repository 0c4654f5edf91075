//! Kafka's text checkpoints: a version, a count, one entry a line
//! (<https://github.com/apache/kafka/blob/3.9/server-common/src/main/java/org/apache/kafka/server/common/CheckpointFile.java>).
//!
//! Two kinds: offsets by partition, of which a log.dir has a few, and leader epochs, of which each partition has one.
//! An empty file has no entries; a wrong version or count is damage, not something to guess at.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::Path;

use super::durable;
use super::names::{LEADER_EPOCHS_FILE, TopicName, TopicPartition};
use crate::error::{Error, ErrorKind, Result};

/// The only version there is, of both kinds.
const VERSION: &str = "0";

/// Offsets by partition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OffsetCheckpoint(BTreeMap<TopicPartition, i64>);

impl OffsetCheckpoint {
    /// Reads a file; one that is not there has no entries.
    pub fn read(path: &Path) -> Result<Self> {
        match durable::read_text(path)? {
            Some(text) => Self::parse(&text).map_err(|fault| fault.at(path)),
            None => Ok(Self::default()),
        }
    }

    /// Replaces a file.
    pub fn write(&self, path: &Path) -> Result<()> {
        durable::replace(path, self.format().as_bytes())
    }

    /// The partition's offset.
    #[must_use]
    pub fn get(&self, tp: &TopicPartition) -> Option<i64> {
        self.0.get(tp).copied()
    }

    /// Sets the partition's offset.
    pub fn set(&mut self, tp: &TopicPartition, offset: i64) {
        self.0.insert(tp.clone(), offset);
    }

    /// Removes the partition.
    pub fn remove(&mut self, tp: &TopicPartition) {
        self.0.remove(tp);
    }

    /// Removes all partitions of a topic.
    pub fn remove_topic(&mut self, topic: &TopicName) {
        self.0.retain(|tp, _| tp.topic != *topic);
    }

    /// All entries, by partition.
    pub fn iter(&self) -> impl Iterator<Item = (&TopicPartition, i64)> {
        self.0.iter().map(|(tp, offset)| (tp, *offset))
    }

    /// What can be read of a damaged file, and the lines that can't.
    pub(crate) fn salvage(text: &str) -> (Self, Vec<String>) {
        let mut salvaged = Self::default();
        let mut lost = Vec::new();
        for (index, line) in text.lines().enumerate() {
            // The first two lines say a version and a count, unless one of them was lost.
            match offset_entry(line) {
                Some((tp, offset)) => salvaged.set(&tp, offset),
                None if index < 2 => {}
                None => lost.push(line.to_owned()),
            }
        }
        (salvaged, lost)
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        let entries = parse(text, offset_entry);
        let entries = entries.map_err(|fault| fault.wanting("'TOPIC PARTITION OFFSET'"))?;
        Ok(Self(entries.into_iter().collect()))
    }

    fn format(&self) -> String {
        format(
            self.iter()
                .map(|(tp, offset)| format!("{} {} {offset}", tp.topic, tp.partition)),
        )
    }
}

fn offset_entry(line: &str) -> Option<(TopicPartition, i64)> {
    let mut fields = line.split(' ');
    let entry = (fields.next()?, fields.next()?, fields.next()?);
    let name = format!("{}-{}", entry.0, entry.1);
    let offset = entry.2.parse().ok().filter(|offset| *offset >= 0)?;
    let tp = TopicPartition::parse(OsStr::new(&name))?;
    fields.next().is_none().then_some((tp, offset))
}

/// Where a leader epoch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochStart {
    /// The epoch.
    pub epoch: i32,
    /// The first offset written in it.
    pub start_offset: i64,
}

/// A partition's leader epochs, in rising order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeaderEpochs(Vec<EpochStart>);

impl LeaderEpochs {
    /// Of a partition that was made here: no leader but the first.
    #[must_use]
    pub fn initial() -> Self {
        Self(vec![EpochStart {
            epoch: 0,
            start_offset: 0,
        }])
    }

    /// Reads those of the partition in `dir`; no file, no entries.
    pub fn read(dir: &Path) -> Result<Self> {
        let path = dir.join(LEADER_EPOCHS_FILE);
        match durable::read_text(&path)? {
            Some(text) => Self::parse(&text).map_err(|fault| fault.at(&path)),
            None => Ok(Self::default()),
        }
    }

    /// Replaces those of the partition in `dir`.
    pub fn write(&self, dir: &Path) -> Result<()> {
        durable::replace(&dir.join(LEADER_EPOCHS_FILE), self.format().as_bytes())
    }

    /// The last epoch.
    #[must_use]
    pub fn latest(&self) -> Option<i32> {
        self.0.last().map(|last| last.epoch)
    }

    /// All of them.
    #[must_use]
    pub fn entries(&self) -> &[EpochStart] {
        &self.0
    }

    /// Adds one, unless it does not come after the last.
    pub fn push(&mut self, entry: EpochStart) {
        if self.latest().is_none_or(|latest| entry.epoch > latest) {
            self.0.push(entry);
        }
    }

    /// Forgets the epochs that begin at or after `end`: the log was cut there.
    pub fn truncate(&mut self, end: i64) {
        self.0.retain(|entry| entry.start_offset < end);
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        let entries = parse(text, |line| {
            let (epoch, start) = line.split_once(' ')?;
            let epoch = epoch.parse().ok().filter(|epoch| *epoch >= 0)?;
            let start_offset = start.parse().ok().filter(|offset| *offset >= 0)?;
            Some(EpochStart {
                epoch,
                start_offset,
            })
        });
        let entries = entries.map_err(|fault| fault.wanting("'EPOCH OFFSET'"))?;
        let fall = entries.windows(2).position(|pair| {
            pair[0].epoch >= pair[1].epoch || pair[0].start_offset > pair[1].start_offset
        });
        match fall {
            Some(index) => Err(Fault {
                line: index + 4,
                why: "epochs must rise, and their offsets must not fall".to_owned(),
            }),
            None => Ok(Self(entries)),
        }
    }

    pub(crate) fn format(&self) -> String {
        format(
            self.0
                .iter()
                .map(|entry| format!("{} {}", entry.epoch, entry.start_offset)),
        )
    }
}

/// What is wrong with a checkpoint, and where.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    /// From 1.
    line: usize,
    why: String,
}

impl Fault {
    fn wanting(mut self, entry: &str) -> Self {
        self.why = self.why.replace("{entry}", entry);
        self
    }

    fn at(self, path: &Path) -> Error {
        Error::new(
            ErrorKind::Damaged,
            format!(
                "{} is damaged in line {}: {}",
                path.display(),
                self.line,
                self.why
            ),
        )
        .help("mend the line, or move the file away: what it said is then found out anew where that is possible")
    }
}

fn parse<T>(text: &str, entry: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Fault> {
    let mut lines = text.lines().enumerate();
    match lines.next() {
        None => return Ok(Vec::new()),
        Some((_, VERSION)) => {}
        Some((_, other)) => {
            return Err(fault(
                1,
                format!("version {VERSION} expected, not '{other}'"),
            ));
        }
    }
    let count = lines.next().map_or("", |(_, line)| line);
    let Ok(count) = count.parse::<usize>() else {
        return Err(fault(
            2,
            format!("the number of entries expected, not '{count}'"),
        ));
    };
    let mut entries = Vec::new();
    for (index, line) in lines {
        match entry(line) {
            Some(entry) => entries.push(entry),
            None => {
                return Err(fault(
                    index + 1,
                    format!("{{entry}} expected, not '{line}'"),
                ));
            }
        }
    }
    if entries.len() == count {
        Ok(entries)
    } else {
        Err(fault(
            2,
            format!(
                "it says that its entries are {count}, and it has {}",
                entries.len()
            ),
        ))
    }
}

fn fault(line: usize, why: String) -> Fault {
    Fault { line, why }
}

fn format(entries: impl Iterator<Item = String>) -> String {
    let mut body = String::new();
    let mut count = 0_usize;
    for entry in entries {
        // Writing to a string can't fail.
        let _ = writeln!(body, "{entry}");
        count += 1;
    }
    format!("{VERSION}\n{count}\n{body}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use proptest::prelude::*;

    fn offsets_fault(text: &str) -> (usize, String) {
        let fault = OffsetCheckpoint::parse(text).unwrap_err();
        (fault.line, fault.why)
    }

    #[test]
    fn kafkas_files() {
        let offsets = OffsetCheckpoint::parse("0\n2\ncmp 0 13\na-b 1 7\n").unwrap();
        let tp = TopicPartition::new(TopicName::new("a-b").unwrap(), 1);
        assert_eq!(offsets.get(&tp), Some(7));
        assert_eq!(offsets.format(), "0\n2\na-b 1 7\ncmp 0 13\n");
        assert_eq!(
            OffsetCheckpoint::parse("").unwrap(),
            OffsetCheckpoint::default()
        );
        assert_eq!(LeaderEpochs::initial().format(), "0\n1\n0 0\n");
        assert_eq!(LeaderEpochs::parse("0\n0\n").unwrap().latest(), None);
    }

    #[test]
    fn faults_have_lines() {
        assert_eq!(offsets_fault("1\n0\n").0, 1);
        assert_eq!(offsets_fault("0\nx\n").0, 2);
        assert_eq!(offsets_fault("0\n").0, 2);
        assert_eq!(
            offsets_fault("0\n2\na 0 1\n"),
            (2, "it says that its entries are 2, and it has 1".to_owned())
        );
        for line in [
            "a 0", "a 0 x", "a 0 -1", "a 00 1", "a b 0 1", "a/b 0 1", "a 0 1 ", "",
        ] {
            let (at, why) = offsets_fault(&format!("0\n2\na 0 1\n{line}\n"));
            assert_eq!(at, 4, "{line}");
            assert!(why.contains("'TOPIC PARTITION OFFSET' expected"), "{why}");
        }
        for (text, line) in [
            ("0\n1\n0\n", 3),
            ("0\n2\n1 0\n1 5\n", 4),
            ("0\n2\n1 5\n2 4\n", 4),
        ] {
            assert_eq!(
                LeaderEpochs::parse(text).unwrap_err().line,
                line,
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_fault_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c");
        std::fs::write(&path, "0\n1\nx\n").unwrap();
        let error = OffsetCheckpoint::read(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged);
        assert!(
            error.to_string().contains("/c is damaged in line 3"),
            "{error}"
        );
    }

    #[test]
    fn epochs_rise_and_are_cut() {
        let mut epochs = LeaderEpochs::initial();
        epochs.push(EpochStart {
            epoch: 3,
            start_offset: 10,
        });
        epochs.push(EpochStart {
            epoch: 3,
            start_offset: 20,
        });
        assert_eq!(epochs.entries().len(), 2);
        epochs.truncate(10);
        assert_eq!(epochs.latest(), Some(0));
    }

    proptest! {
        #[test]
        fn round_trip(entries in proptest::collection::btree_map(("[a-z.-]{1,9}", 0..100_000_i32), 0..=i64::MAX, 0..20)) {
            let mut offsets = OffsetCheckpoint::default();
            for ((topic, partition), offset) in entries {
                if let Ok(topic) = TopicName::new(&topic) {
                    offsets.set(&TopicPartition::new(topic, partition), offset);
                }
            }
            prop_assert_eq!(OffsetCheckpoint::parse(&offsets.format()).unwrap(), offsets);
        }
    }
}
