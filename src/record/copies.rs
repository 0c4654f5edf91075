//! Records that outlive the batch that they were read from.

use super::record::TimestampType;
use super::stored::{RawHeaders, StoredRecord};

/// Copies of records, one after the other in one buffer.
#[derive(Debug, Default)]
pub struct Copies {
    bytes: Vec<u8>,
    copies: Vec<Copy>,
}

#[derive(Debug)]
struct Copy {
    offset: i64,
    timestamp: i64,
    timestamp_type: TimestampType,
    /// Where it begins in the buffer.
    start: usize,
    key: Option<usize>,
    value: Option<usize>,
    header_count: usize,
    headers: usize,
}

impl Copies {
    /// Copies a record.
    pub fn push(&mut self, record: &StoredRecord<'_>) {
        let (header_count, headers) = record.headers.encoded();
        self.copies.push(Copy {
            offset: record.offset,
            timestamp: record.timestamp,
            timestamp_type: record.timestamp_type,
            start: self.bytes.len(),
            key: record.key.map(<[u8]>::len),
            value: record.value.map(<[u8]>::len),
            header_count,
            headers: headers.len(),
        });
        for part in [record.key, record.value, Some(headers)]
            .into_iter()
            .flatten()
        {
            self.bytes.extend_from_slice(part);
        }
    }

    /// One of the copies, by its number from 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<StoredRecord<'_>> {
        let copy = self.copies.get(index)?;
        let rest = self.bytes.get(copy.start..)?;
        let (key, rest) = rest.split_at_checked(copy.key.unwrap_or(0))?;
        let (value, rest) = rest.split_at_checked(copy.value.unwrap_or(0))?;
        Some(StoredRecord {
            offset: copy.offset,
            timestamp: copy.timestamp,
            timestamp_type: copy.timestamp_type,
            key: copy.key.map(|_| key),
            value: copy.value.map(|_| value),
            headers: RawHeaders::from_encoded(copy.header_count, rest.get(..copy.headers)?),
        })
    }

    /// How many bytes the copies hold.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.copies.clear();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::super::{
        BatchBuilder, Compression, HEADER_BYTES, Header, Record, Records, check_crc,
    };
    use super::*;

    #[test]
    fn copies_are_what_was_copied() {
        let headers = [
            Header {
                name: b"n",
                value: None,
            },
            Header {
                name: b"m",
                value: Some(b"x"),
            },
        ];
        let record = |key, value, headers| Record {
            timestamp: 5,
            key,
            value,
            headers,
        };
        let mut builder = BatchBuilder::new(1 << 16);
        builder.append(&record(Some(b"k"), Some(b"value"), &headers));
        builder.append(&record(None, Some(b""), &[]));
        builder.append(&record(Some(b""), None, &[]));
        let mut batch = builder.seal(Compression::None).unwrap();
        batch.stamp(7, 0, None);
        let header = check_crc(batch.bytes()).unwrap();
        let mut records = Records::new(&header, &batch.bytes()[HEADER_BYTES..]).unwrap();
        let mut copies = Copies::default();
        let mut originals = Vec::new();
        while let Some(record) = records.next().unwrap() {
            copies.push(&record);
            originals.push(format!(
                "{record:?} {:?}",
                record.headers.iter().collect::<Vec<_>>()
            ));
        }
        for (index, original) in originals.iter().enumerate() {
            let copy = copies.get(index).unwrap();
            assert_eq!(
                &format!("{copy:?} {:?}", copy.headers.iter().collect::<Vec<_>>()),
                original
            );
        }
        assert!(copies.get(3).is_none());
        copies.clear();
        assert!(copies.get(0).is_none() && copies.bytes() == 0);
    }
}
