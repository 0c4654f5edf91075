#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::record::check_crc;

fn record(value: &[u8]) -> Record<'_> {
    Record {
        timestamp: 1_503_229_838_908,
        key: None,
        value: Some(value),
        headers: &[],
    }
}

#[test]
fn writes_what_a_broker_wrote() {
    let expected: Vec<u8> = [
        &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x3b, 0, 0, 0, 1, 2][..],
        &[0x03, 0x18, 0xa2, 0x70, 0, 0, 0, 0, 0, 0],
        &[0, 0, 0x01, 0x5d, 0xff, 0x7b, 0x06, 0x3c],
        &[0, 0, 0x01, 0x5d, 0xff, 0x7b, 0x06, 0x3c],
        &[0xff; 14],
        &[0, 0, 0, 1, 0x12, 0, 0, 0, 1, 6, b'1', b'2', b'3', 0],
    ]
    .concat();
    let mut builder = BatchBuilder::new(1 << 20);
    assert!(builder.append(&record(b"123")));
    assert_eq!(builder.size(), expected.len());
    let mut batch = builder.seal(Compression::None).unwrap();
    batch.stamp(0, 1, None);
    assert_eq!(batch.bytes(), expected);
}

#[test]
fn is_full_at_its_limit_and_not_before() {
    let one = BatchBuilder::batch_size_of(&record(b"0123456789"));
    assert_eq!(one, HEADER_BYTES + 17);
    let mut builder = BatchBuilder::new(one + 17);
    assert!(builder.append(&record(b"0123456789")));
    assert_eq!(builder.size(), one);
    assert!(!builder.append(&record(b"0123456789+")));
    assert!(builder.append(&record(b"0123456789")));
    assert_eq!(builder.size(), one + 17);
    assert!(!builder.append(&record(b"")));
    assert_eq!(builder.count(), 2);
    builder.clear();
    assert!(builder.is_empty());
    assert_eq!(builder.size(), HEADER_BYTES);
    assert!(builder.append(&record(b"")));
}

#[test]
fn an_empty_batch_takes_any_record() {
    let large = vec![7; 100_000];
    let mut builder = BatchBuilder::new(1000);
    assert!(builder.append(&record(&large)));
    assert_eq!(builder.size(), BatchBuilder::batch_size_of(&record(&large)));
    assert!(!builder.append(&record(b"")));
    let batch = builder.seal(Compression::None).unwrap();
    assert_eq!(check_crc(batch.bytes()).unwrap().records_count, 1);
}

#[test]
fn knows_the_size_of_every_shape_of_record() {
    let headers = [
        Header {
            name: b"a",
            value: None,
        },
        Header {
            name: b"",
            value: Some(&[1; 64]),
        },
    ];
    for key in [None, Some(&[][..]), Some(&[1; 63]), Some(&[1; 64])] {
        for value in [None, Some(&[][..]), Some(&[1; 8191]), Some(&[1; 8192])] {
            for headers in [&headers[..], &[]] {
                let record = Record {
                    timestamp: -1,
                    key,
                    value,
                    headers,
                };
                let mut builder = BatchBuilder::new(1);
                assert!(builder.append(&record));
                assert_eq!(builder.size(), BatchBuilder::batch_size_of(&record));
                let batch = builder.seal(Compression::None).unwrap();
                assert_eq!(batch.bytes().len(), BatchBuilder::batch_size_of(&record));
            }
        }
    }
}

#[test]
fn timestamps_are_of_the_first_and_the_greatest() {
    let mut builder = BatchBuilder::new(1000);
    for timestamp in [50, 20, 70, 60] {
        assert!(builder.append(&Record {
            timestamp,
            ..record(b"")
        }));
    }
    let batch = builder.seal(Compression::None).unwrap();
    assert_eq!(batch.first_timestamp(), 50);
    assert_eq!(batch.max_timestamp(), 70);
    assert_eq!(batch.record_count(), 4);
    let header = check_crc(batch.bytes()).unwrap();
    assert_eq!((header.base_timestamp, header.max_timestamp), (50, 70));
    builder.clear();
    assert!(builder.append(&Record {
        timestamp: 3,
        ..record(b"")
    }));
    let batch = builder.seal(Compression::None).unwrap();
    assert_eq!((batch.first_timestamp(), batch.max_timestamp()), (3, 3));
}

#[test]
fn stamps_leave_the_checksum_right() {
    for codec in [Compression::None, Compression::ZSTD] {
        for records in [1, 2, 1000] {
            let mut builder = BatchBuilder::new(1 << 20);
            for _ in 0..records {
                assert!(builder.append(&record(&[7; 100])));
            }
            let mut batch = builder.seal(codec).unwrap();
            batch.stamp(500, 3, None);
            let header = check_crc(batch.bytes()).unwrap();
            assert_eq!(&header, batch.header());
            assert_eq!(
                (header.base_offset, header.partition_leader_epoch),
                (500, 3)
            );
            assert_eq!(header.next_offset(), 500 + i64::from(records));
            assert_eq!(
                header.attributes.timestamp_type(),
                TimestampType::CreateTime
            );
            for time in [0, 1_800_000_000_000, i64::MAX] {
                batch.stamp(600, 4, Some(time));
                let header = check_crc(batch.bytes()).unwrap();
                assert_eq!(header.max_timestamp, time);
                assert_eq!(batch.max_timestamp(), time);
                assert_eq!(
                    header.attributes.timestamp_type(),
                    TimestampType::LogAppendTime
                );
                assert_eq!(header.attributes.codec(), Ok(codec));
            }
            batch.stamp(700, 5, None);
            let header = check_crc(batch.bytes()).unwrap();
            assert_eq!(header.max_timestamp, 1_503_229_838_908);
            assert_eq!(
                header.attributes.timestamp_type(),
                TimestampType::CreateTime
            );
        }
    }
}

#[test]
fn what_compression_would_enlarge_stays_as_it_is() {
    for codec in [
        Compression::GZIP,
        Compression::Snappy,
        Compression::LZ4,
        Compression::ZSTD,
    ] {
        let mut builder = BatchBuilder::new(1000);
        assert!(builder.append(&record(b"123")));
        let plain = builder.size();
        let batch = builder.seal(codec).unwrap();
        assert_eq!(batch.bytes().len(), plain);
        let header = check_crc(batch.bytes()).unwrap();
        assert_eq!(header.attributes.codec(), Ok(Compression::None));
    }
}

#[test]
fn can_be_sealed_again_and_refuses_an_empty_batch() {
    let mut builder = BatchBuilder::new(1 << 20);
    assert!(builder.seal(Compression::None).is_err());
    for _ in 0..100 {
        assert!(builder.append(&record(b"the same again")));
    }
    let first = builder.seal(Compression::LZ4).unwrap().bytes().to_vec();
    assert!(first.len() < builder.size());
    let again = builder.seal(Compression::LZ4).unwrap().bytes().to_vec();
    assert_eq!(first, again);
}
