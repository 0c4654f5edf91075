//! What a group's member has been given, as members tell each other: Kafka's `ConsumerProtocolAssignment`
//! (<https://github.com/apache/kafka/blob/4.0/clients/src/main/resources/common/message/ConsumerProtocolAssignment.json>).
//!
//! librdkafka hands these bytes out as they are. Numbers are big-endian; a version, then an array of topics, each a name
//! and an array of partitions. What follows, later versions may add.

use crate::store::{TopicName, TopicPartition};

/// The partitions; of bytes that are cut short, those before the cut.
pub(super) fn read(bytes: &[u8]) -> Vec<TopicPartition> {
    let mut partitions = Vec::new();
    let mut rest = Rest(bytes);
    let _ = rest.topics(&mut partitions);
    partitions.sort_unstable();
    partitions
}

struct Rest<'b>(&'b [u8]);

impl<'b> Rest<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn i16(&mut self) -> Option<i16> {
        let bytes = self.take(2)?.try_into().ok()?;
        Some(i16::from_be_bytes(bytes))
    }

    fn i32(&mut self) -> Option<i32> {
        let bytes = self.take(4)?.try_into().ok()?;
        Some(i32::from_be_bytes(bytes))
    }

    fn topics(&mut self, partitions: &mut Vec<TopicPartition>) -> Option<()> {
        let _version = self.i16()?;
        for _ in 0..self.i32()? {
            let length = usize::try_from(self.i16()?).ok()?;
            let name = std::str::from_utf8(self.take(length)?).ok()?;
            let topic = TopicName::new(name).ok()?;
            for _ in 0..self.i32()? {
                partitions.push(TopicPartition::new(topic.clone(), self.i32()?));
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn topics_and_partitions() {
        let bytes = b"\0\x01\0\0\0\x02\0\x01b\0\0\0\x01\0\0\0\x07\0\x02aa\0\0\0\x02\0\0\0\x01\0\0\0\0\xff\xff\xff\xff";
        let names: Vec<String> = read(bytes).iter().map(ToString::to_string).collect();
        assert_eq!(names, ["aa-0", "aa-1", "b-7"]);
        for cut in 0..bytes.len() {
            assert!(read(&bytes[..cut]).len() <= 3);
        }
        assert!(read(b"\0\0\x7f\xff\xff\xff").is_empty());
    }
}
