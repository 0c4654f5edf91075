//! Committed offsets as CSV: what Kafka's `kafka-consumer-groups --export` writes and its `--from-file` reads.
//!
//! A row is `topic,partition,offset`, with `group` in front where several groups are in one file. There is no heading,
//! but one in these words is passed over.

use std::collections::HashSet;

use csv::{ReaderBuilder, StringRecord, WriterBuilder};

use crate::error::{Error, Result};
use crate::store::{GroupName, TopicName, TopicPartition};

/// The names of the columns, for those who write them down.
const COLUMNS: [&str; 4] = ["group", "topic", "partition", "offset"];

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetRow {
    /// The group, where the row names it.
    pub group: Option<GroupName>,
    /// The partition.
    pub partition: TopicPartition,
    /// The offset of the next record to be read.
    pub offset: i64,
}

/// Reads all rows; errors name the line. A partition that is there twice is an error: one of its offsets would be lost.
pub fn read_offsets(text: &[u8]) -> Result<Vec<OffsetRow>> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text);
    let mut rows: Vec<OffsetRow> = Vec::new();
    let mut seen = HashSet::new();
    for record in reader.records() {
        let record = record.map_err(|error| Error::failed(format!("no CSV: {error}")))?;
        let line = record.position().map_or(0, csv::Position::line);
        if rows.is_empty() && is_heading(&record) {
            continue;
        }
        let row = row(&record).map_err(|error| error.within(format!("line {line}")))?;
        if rows
            .first()
            .is_some_and(|first| first.group.is_some() != row.group.is_some())
        {
            return Err(Error::failed(format!(
                "line {line}: some lines name a group, and some don't"
            )));
        }
        if !seen.insert((row.group.clone(), row.partition.clone())) {
            let message = format!("line {line}: partition {} is there twice", row.partition);
            return Err(Error::failed(message));
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Writes one row; the group, where it is given, comes first.
pub fn write_offset(row: &OffsetRow) -> Result<Vec<u8>> {
    let mut writer = WriterBuilder::new().from_writer(Vec::new());
    let partition = row.partition.partition.to_string();
    let offset = row.offset.to_string();
    let fields = [row.partition.topic.as_str(), &partition, &offset];
    let group = row.group.as_ref().map(GroupName::as_str);
    let written = writer.write_record(group.into_iter().chain(fields));
    let bytes = written
        .map_err(|error| error.to_string())
        .and_then(|()| writer.into_inner().map_err(|error| error.to_string()));
    bytes.map_err(|error| Error::failed(format!("cannot write CSV: {error}")))
}

fn is_heading(record: &StringRecord) -> bool {
    record.iter().eq(COLUMNS) || record.iter().eq(COLUMNS[1..].iter().copied())
}

fn row(record: &StringRecord) -> Result<OffsetRow> {
    let fields: Vec<&str> = record.iter().collect();
    let (group, [topic, partition, offset]) = match fields[..] {
        [topic, partition, offset] => (None, [topic, partition, offset]),
        [group, topic, partition, offset] => (Some(group), [topic, partition, offset]),
        _ => {
            return Err(Error::failed(format!(
                "{} values, where topic,partition,offset or group,topic,partition,offset should be",
                fields.len()
            )));
        }
    };
    let topic = TopicName::new(topic.trim()).map_err(|error| failed(&error))?;
    Ok(OffsetRow {
        group: group
            .map(GroupName::new)
            .transpose()
            .map_err(|error| failed(&error))?,
        partition: TopicPartition::new(topic, number("partition", partition)?),
        offset: number("offset", offset)?,
    })
}

/// What is wrong in a file is no fault of the command line.
fn failed(error: &Error) -> Error {
    Error::failed(error.to_string())
}

fn number<T: TryFrom<i64>>(what: &str, text: &str) -> Result<T> {
    let number = text.trim().parse().ok().filter(|number| *number >= 0);
    number
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| Error::failed(format!("{text:?} is no {what}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use proptest::prelude::*;

    use super::*;

    fn row(group: Option<&str>, topic: &str, partition: i32, offset: i64) -> OffsetRow {
        OffsetRow {
            group: group.map(|group| GroupName::new(group).unwrap()),
            partition: TopicPartition::new(TopicName::new(topic).unwrap(), partition),
            offset,
        }
    }

    #[test]
    fn rows_as_kafka_writes_them() {
        assert_eq!(
            read_offsets(b"orders,0,12\norders,1,0\n").unwrap(),
            [row(None, "orders", 0, 12), row(None, "orders", 1, 0)]
        );
        assert_eq!(
            read_offsets(b"billing,orders,0,12\r\n\"a,b\"\"c\",orders,0,3").unwrap(),
            [
                row(Some("billing"), "orders", 0, 12),
                row(Some("a,b\"c"), "orders", 0, 3)
            ]
        );
        assert_eq!(
            read_offsets(b"topic,partition,offset\nt, 0, 7\n").unwrap(),
            [row(None, "t", 0, 7)]
        );
        assert_eq!(read_offsets(b"").unwrap(), []);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, words) in [
            ("t,0,1\nt,0\n", "line 2: 2 values"),
            ("t,0,1,2,3\n", "line 1: 5 values"),
            ("t,0,1\nt,x,1\n", "line 2: \"x\" is no partition"),
            ("t,0,1\nt,2147483648,1\n", "is no partition"),
            ("t,-1,1\n", "\"-1\" is no partition"),
            ("t,0,\n", "line 1: \"\" is no offset"),
            ("t,0,-1\n", "\"-1\" is no offset"),
            ("t,0,99999999999999999999\n", "is no offset"),
            ("t/u,0,1\n", "line 1: topic name is invalid"),
            (",t,0,1\n", "line 1: a group's name must not be empty"),
            ("t,0,1\ng,t,0,1\n", "line 2: some lines name a group"),
            (
                "t,0,1\nt,1,1\nt,0,2\n",
                "line 3: partition t-0 is there twice",
            ),
            (
                "t,0,1\ntopic,partition,offset\n",
                "line 2: \"partition\" is no partition",
            ),
        ] {
            let error = read_offsets(text.as_bytes()).expect_err(text).to_string();
            assert!(error.contains(words), "{text:?}: {error}");
        }
        assert!(read_offsets(b"t\xff,0,1\n").is_err());
    }

    proptest! {
        #[test]
        fn round_trip(
            rows in proptest::collection::btree_map(
                ("[a-z]{1,3}", 0..3_i32, "\\PC{1,9}|[\", ]{1,3}"),
                0..=i64::MAX,
                0..20,
            ),
            with_group in any::<bool>(),
        ) {
            let mut seen = HashSet::new();
            let rows: Vec<OffsetRow> = rows
                .into_iter()
                .map(|((topic, partition, group), offset)| {
                    row(with_group.then_some(&*group), &topic, partition, offset)
                })
                .filter(|row| seen.insert((row.group.clone(), row.partition.clone())))
                .collect();
            let text: Vec<u8> = rows.iter().flat_map(|row| write_offset(row).unwrap()).collect();
            prop_assert_eq!(read_offsets(&text).unwrap(), rows);
        }
    }
}
