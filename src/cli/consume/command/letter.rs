//! A dead letter: a record that COMMAND could not process, with headers that say where it was and why.

use crate::record::Header;
use crate::store::TopicPartition;

use super::ending::Ending;

const NAMES: [&str; 6] = [
    "kafdir.dlq.topic",
    "kafdir.dlq.partition",
    "kafdir.dlq.offset",
    "kafdir.dlq.attempts",
    "kafdir.dlq.exit",
    "kafdir.dlq.error",
];

/// The headers that all dead letters of one run share, but for the offset; all are text.
pub(super) struct Postmark([Vec<u8>; 6]);

impl Postmark {
    /// For records of `partition` that were tried so often; `error` is the last line of the last run's stderr.
    pub(super) fn new(
        partition: &TopicPartition,
        attempts: u32,
        ending: Ending,
        error: Vec<u8>,
    ) -> Self {
        Self([
            partition.topic.as_str().into(),
            partition.partition.to_string().into(),
            Vec::new(),
            attempts.to_string().into(),
            ending.code().to_string().into(),
            error,
        ])
    }

    /// The headers of the letter for the record at `offset` that has the headers `old`: those, and ours, which replace
    /// the ones of an earlier life as a dead letter.
    pub(super) fn stamp<'a>(
        &'a mut self,
        offset: i64,
        old: impl Iterator<Item = Header<'a>>,
    ) -> Vec<Header<'a>> {
        self.0[2] = offset.to_string().into();
        let is_ours = |name: &[u8]| NAMES.iter().any(|known| name == known.as_bytes());
        let own = NAMES.iter().zip(&self.0).map(|(name, value)| Header {
            name: name.as_bytes(),
            value: Some(value),
        });
        old.filter(|header| !is_ours(header.name))
            .chain(own)
            .collect()
    }

    /// Leaves out what COMMAND said.
    pub(super) fn drop_error(&mut self) {
        self.0[5].clear();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::store::TopicName;

    #[test]
    fn headers_are_kept_in_order_and_older_marks_replaced() {
        let partition = TopicPartition {
            topic: TopicName::new("orders").unwrap(),
            partition: 3,
        };
        let mut mark = Postmark::new(&partition, 2, Ending::Killed(9), b"no memory".to_vec());
        let old = [
            ("a", Some("1")),
            ("kafdir.dlq.error", Some("old")),
            ("a", None),
            ("kafdir.dlq.offset", Some("1")),
            ("kafdir.dlq.mine", Some("x")),
        ]
        .map(|(name, value)| Header {
            name: name.as_bytes(),
            value: value.map(str::as_bytes),
        });
        let stamped = mark.stamp(7, old.into_iter());
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let found: Vec<_> = stamped
            .iter()
            .map(|header| (text(header.name), header.value.map(text)))
            .collect();
        let expected = [
            ("a", Some("1")),
            ("a", None),
            ("kafdir.dlq.mine", Some("x")),
            ("kafdir.dlq.topic", Some("orders")),
            ("kafdir.dlq.partition", Some("3")),
            ("kafdir.dlq.offset", Some("7")),
            ("kafdir.dlq.attempts", Some("2")),
            ("kafdir.dlq.exit", Some("137")),
            ("kafdir.dlq.error", Some("no memory")),
        ]
        .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
        assert_eq!(found, expected);
    }
}
