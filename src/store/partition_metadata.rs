//! `partition.metadata`: which topic a partition's directory belongs to.
//!
//! Kafka's file and form: two lines, no line feed behind the second
//! (<https://github.com/apache/kafka/blob/3.9/storage/src/main/java/org/apache/kafka/storage/internals/checkpoint/PartitionMetadataFile.java>).

use std::path::Path;

use super::durable;
use super::names::{PARTITION_METADATA_FILE, TopicId};
use crate::error::{Error, Result};

/// The topic id in `dir`; none if the file, or the directory, is not there.
pub fn read(dir: &Path) -> Result<Option<TopicId>> {
    let path = dir.join(PARTITION_METADATA_FILE);
    let Some(text) = durable::read_text(&path)? else {
        return Ok(None);
    };
    match parse(&text) {
        Ok(id) => Ok(Some(id)),
        Err((line, why)) => Err(Error::new(
            crate::error::ErrorKind::Damaged,
            format!("{} is damaged in line {line}: {why}", path.display()),
        )
        .help("restore the file: 'version: 0' and 'topic_id: ' with the topic's id, or delete it if the topic is not of this directory")),
    }
}

/// Writes it, durably.
pub fn write(dir: &Path, id: TopicId) -> Result<()> {
    durable::replace(&dir.join(PARTITION_METADATA_FILE), format(id).as_bytes())
}

fn format(id: TopicId) -> String {
    format!("version: 0\ntopic_id: {id}")
}

fn parse(text: &str) -> Result<TopicId, (usize, String)> {
    let mut lines = text.lines();
    match lines.next() {
        Some("version: 0") => {}
        other => {
            return Err((
                1,
                format!("'version: 0' expected, not '{}'", other.unwrap_or("")),
            ));
        }
    }
    let line = lines.next().unwrap_or("");
    let id = line.strip_prefix("topic_id: ").and_then(TopicId::parse);
    match (id, lines.next()) {
        (Some(id), None) => Ok(id),
        (None, _) => Err((
            2,
            format!("'topic_id: ' and 22 characters expected, not '{line}'"),
        )),
        (_, Some(line)) => Err((3, format!("the end expected, not '{line}'"))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn kafkas_form_and_back() {
        let id = TopicId::random();
        let text = format(id);
        assert_eq!(text.len(), 43);
        assert_eq!(parse(&text), Ok(id));
        assert_eq!(parse(&format!("{text}\n")), Ok(id));
        assert_eq!(parse("").unwrap_err().0, 1);
        assert_eq!(parse("version: 1\n").unwrap_err().0, 1);
        assert_eq!(parse("version: 0\ntopic_id: x").unwrap_err().0, 2);
        assert_eq!(parse(&format!("{text}\nx")).unwrap_err().0, 3);
    }

    #[test]
    fn missing_is_no_error() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read(dir.path()).unwrap(), None);
        assert_eq!(read(&dir.path().join("gone")).unwrap(), None);
        let id = TopicId::random();
        write(dir.path(), id).unwrap();
        assert_eq!(read(dir.path()).unwrap(), Some(id));
    }
}
