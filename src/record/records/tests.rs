#![allow(clippy::unwrap_used, reason = "tests")]

use std::io;

use proptest::prelude::*;

use super::*;
use crate::record::{
    Attributes, BatchBuilder, ControlType, Field, HEADER_BYTES, Header, Record, coordinator_epoch,
};

/// A record with nothing borrowed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Owned {
    offset: i64,
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Owned {
    fn of(record: &StoredRecord<'_>) -> Self {
        assert_eq!(record.headers.len(), record.headers.iter().count());
        Self {
            offset: record.offset,
            timestamp: record.timestamp,
            key: record.key.map(Vec::from),
            value: record.value.map(Vec::from),
            headers: record
                .headers
                .iter()
                .map(|header| (header.name.to_vec(), header.value.map(Vec::from)))
                .collect(),
        }
    }

    fn simple(offset: i64, timestamp: i64, key: Option<&str>, value: &str) -> Self {
        Self {
            offset,
            timestamp,
            key: key.map(Into::into),
            value: Some(value.into()),
            headers: Vec::new(),
        }
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

fn drain(mut records: Records<'_>) -> Result<Vec<Owned>, BatchFault> {
    let mut all = Vec::new();
    while let Some(record) = records.next()? {
        all.push(Owned::of(&record));
    }
    assert!(records.next()?.is_none(), "the end is the end");
    Ok(all)
}

/// A reader that gives a few bytes at a time.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let most = out.len().min(7);
        self.0.read(&mut out[..most])
    }
}

/// Reads a body in every way there is, which must agree.
fn read_body(header: &BatchHeader, body: &[u8]) -> Result<Vec<Owned>, BatchFault> {
    let in_memory = Records::new(header, body).and_then(drain);
    let streamed = Records::streaming(header, Box::new(body)).and_then(drain);
    let trickled = Records::streaming(header, Box::new(Trickle(body))).and_then(drain);
    assert_eq!(in_memory, streamed);
    assert_eq!(in_memory, trickled);
    in_memory
}

fn read(batch: &[u8]) -> Result<Vec<Owned>, BatchFault> {
    let header = check_crc(batch)?;
    read_body(&header, &batch[HEADER_BYTES..])
}

/// Batches written by Kafka brokers, as kafka-python's tests have them.
const A: &str = "00000000000000000000003b00000001020318a2700000000000000000015dff7b063c0000015dff7b063cffffffffffffffffffffffffffff0000000112000000010631323300";
const B: &str = "0000000000000001000000400000000202c85cbd230000000000010000015dff7cdd6c0000015dff7cde14ffffffffffffffffffffffffffff000000020c0000000100000e00d00202010000";
const C: &str = "00000000000000030000003b00000002022e0b85b70000000000000000015dff7ce79d0000015dff7ce79dffffffffffffffffffffffffffff0000000112000000010631323300";
const D: &str = "00000000000000000000004500000000025cd8ef520000000000000000016585b6f3c10000016585b6f3c1ffffffffffffffffffffffffffff000000012600000001066864720208686b6579086876616c";
/// One record as sarama's tests have it: plain, gzip, a bare snappy block, an LZ4 frame of 4 MiB blocks with a checksum.
const E: &str = "0000000000000000000000460000000002547961fd000000000000000001588dcd5938000000000000000000000000000000000000000000000000000128000a00080102030406050607020608090a040b0c";
const F1: &str = "00000000000000000000005f0000000002e74acea5000100000000000001588dcd593800000000000000000000000000000000000000000000000000011f8b080000096e8800ff001500eaff28000a00080102030406050607020608090a040b0c0300adc9586715000000";
const F2: &str = "000000000000000000000048000000000215009f61000200000000000001588dcd59380000000000000000000000000000000000000000000000000001155028000a00080102030406050607020608090a040b0c";
const F3: &str = "0000000000000000000000590000000002a94a77c5000300000000000001588dcd5938000000000000000000000000000000000000000000000000000104224d186470b91500008028000a00080102030406050607020608090a040b0c000000000c3bef92";
/// Written by Kafka 3.9.0 for an idempotent producer.
const H: &str = "0000000000000000000000520000000002a9e5faed000000000002000001a207326c06000001a207326c1200000000000000000000000000000000000314000000046b310476310014001802046b320476320014001804046b3104763400";

#[test]
fn checksum_is_crc_32c() {
    assert_eq!(crc32c::crc32c(b"Some String"), 608_512_271);
}

#[test]
fn reads_batches_of_brokers() {
    let simple = Owned::simple;
    assert_eq!(
        read(&unhex(A)).unwrap(),
        [simple(0, 1_503_229_838_908, None, "123")]
    );
    let first = 0x15d_ff7c_dd6c;
    assert_eq!(
        read(&unhex(B)).unwrap(),
        [simple(1, first, None, ""), simple(2, first + 168, None, "")]
    );
    assert_eq!(
        read(&unhex(C)).unwrap(),
        [simple(3, 0x15d_ff7c_e79d, None, "123")]
    );
    let mut with_header = simple(0, 1_535_546_684_353, None, "hdr");
    with_header.headers = vec![(b"hkey".to_vec(), Some(b"hval".to_vec()))];
    assert_eq!(read(&unhex(D)).unwrap(), [with_header]);
    let first = 0x1a2_0732_6c06;
    assert_eq!(
        read(&unhex(H)).unwrap(),
        [
            simple(0, first, Some("k1"), "v1"),
            simple(1, first + 12, Some("k2"), "v2"),
            simple(2, first + 12, Some("k1"), "v4")
        ]
    );
}

#[test]
fn reads_batches_of_sarama_in_every_codec() {
    let expected = Owned {
        offset: 0,
        timestamp: 0x158_8dcd_5938 + 5,
        key: Some(vec![1, 2, 3, 4]),
        value: Some(vec![5, 6, 7]),
        headers: vec![(vec![8, 9, 10], Some(vec![11, 12]))],
    };
    for hex in [E, F1, F2, F3] {
        assert_eq!(read(&unhex(hex)).unwrap(), std::slice::from_ref(&expected));
    }
}

#[test]
fn headers_are_written_as_they_were_read() {
    for hex in [A, B, C, D, E, F1, F2, F3, H] {
        let bytes = unhex(hex);
        let header = BatchHeader::parse(bytes.first_chunk().unwrap());
        assert_eq!(header.size(), bytes.len() as u64);
        let mut written = [0; HEADER_BYTES];
        header.write(&mut written);
        assert_eq!(written, bytes[..HEADER_BYTES]);
    }
    let header = BatchHeader::parse(unhex(H).first_chunk().unwrap());
    assert_eq!((header.base_offset, header.last_offset()), (0, 2));
    assert_eq!(header.next_offset(), 3);
    assert_eq!((header.producer_id, header.producer_epoch), (0, 0));
    assert_eq!((header.base_sequence, header.records_count), (0, 3));
}

#[test]
fn reads_batches_without_records() {
    for (attributes, crc) in [(0_u8, 0x595f_b7dd), (0x20, 0x512e_43d9)] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[11] = 49;
        bytes[16] = 2;
        bytes[22] = attributes;
        bytes[17..21].copy_from_slice(&u32::to_be_bytes(crc));
        let header = check_crc(&bytes).unwrap();
        assert_eq!(header.attributes.is_control(), attributes == 0x20);
        assert_eq!(read(&bytes).unwrap(), []);
    }
    // An emptied batch keeps its codec's number in no compaction of Kafka's, and would be read if it did.
    let header = BatchHeader {
        attributes: Attributes::default().with_codec(Compression::GZIP),
        last_offset_delta: 9,
        ..BatchHeader::default()
    };
    assert_eq!(read_body(&header, &[]), Ok(vec![]));
}

#[test]
fn reads_markers() {
    for (record, expected) in [
        ("2000000008000000010c00000000000000", ControlType::Commit),
        ("2000000008000000000c00000000000000", ControlType::Abort),
    ] {
        let body = unhex(record);
        let mut records = Records::new(&header_of(1), &body).unwrap();
        let marker = records.next().unwrap().unwrap();
        assert_eq!(ControlType::of_key(marker.key.unwrap()), Some(expected));
        assert_eq!(coordinator_epoch(marker.value.unwrap()), Some(0));
    }
}

#[test]
fn the_log_sets_the_time_of_a_batch_with_append_time() {
    let bytes = unhex(B);
    let mut header = check_crc(&bytes).unwrap();
    header.attributes = header
        .attributes
        .with_timestamp_type(TimestampType::LogAppendTime);
    header.max_timestamp = 77;
    let mut records = Records::new(&header, &bytes[HEADER_BYTES..]).unwrap();
    while let Some(record) = records.next().unwrap() {
        assert_eq!(record.timestamp, 77);
        assert_eq!(record.timestamp_type, TimestampType::LogAppendTime);
    }
}

#[test]
fn compaction_leaves_holes() {
    // Offsets 1 and 4 of a batch that covers 0 to 9.
    let body = [12, 0, 0, 2, 1, 1, 0, 12, 0, 0, 8, 1, 1, 0];
    let header = BatchHeader {
        base_offset: 100,
        last_offset_delta: 9,
        records_count: 2,
        ..BatchHeader::default()
    };
    let offsets: Vec<i64> = read_body(&header, &body)
        .unwrap()
        .iter()
        .map(|record| record.offset)
        .collect();
    assert_eq!(offsets, [101, 104]);
}

#[test]
fn refuses_headers_that_cannot_be() {
    let good = BatchHeader {
        last_offset_delta: 2,
        records_count: 3,
        ..BatchHeader::default()
    };
    assert_eq!(good.check(), Ok(()));
    let fault = |change: fn(&mut BatchHeader)| {
        let mut header = good;
        change(&mut header);
        header.check().unwrap_err()
    };
    assert_eq!(fault(|header| header.magic = 1), BatchFault::Magic(1));
    assert!(fault(|header| header.magic = 0).to_string().contains("v0"));
    assert!(matches!(
        fault(|header| header.batch_length = 48),
        BatchFault::Length { declared: 48, .. }
    ));
    assert_eq!(
        fault(|header| header.attributes = Attributes(7)),
        BatchFault::Codec(7)
    );
    for change in [
        (|header| header.records_count = -1) as fn(&mut BatchHeader),
        |header| header.records_count = 4,
    ] {
        assert!(matches!(fault(change), BatchFault::Count { .. }));
    }
    for change in [
        (|header| header.last_offset_delta = -1) as fn(&mut BatchHeader),
        |header| header.base_offset = -1,
        |header| header.base_offset = i64::MAX - 2,
    ] {
        assert!(matches!(fault(change), BatchFault::Offsets { .. }));
    }
    let negative = BatchHeader {
        batch_length: -13,
        ..good
    };
    assert_eq!(negative.size(), 0);
}

#[test]
fn refuses_batches_that_are_not_whole() {
    let bytes = unhex(A);
    for length in 0..bytes.len() {
        assert!(matches!(
            check_crc(&bytes[..length]),
            Err(BatchFault::Length { there, .. }) if there == length
        ));
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(matches!(check_crc(&longer), Err(BatchFault::Length { .. })));
}

/// A header for `count` records that says nothing else.
fn header_of(count: i32) -> BatchHeader {
    BatchHeader {
        last_offset_delta: count.max(1) - 1,
        records_count: count,
        ..BatchHeader::default()
    }
}

/// What is wrong with a record of these bytes after its length.
fn fault_of(body: &[u8]) -> RecordFault {
    let mut bytes = Vec::new();
    crate::record::varint::write(&mut bytes, i64::try_from(body.len()).unwrap());
    bytes.extend_from_slice(body);
    match read_body(&header_of(1), &bytes) {
        Err(BatchFault::Record { index: 0, why }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn refuses_malformed_records() {
    use Field::*;
    use RecordFault::*;
    // 105 is d2 01 as a varint.
    let cases: &[(&[u8], RecordFault)] = &[
        (&[], PastEnd(Attributes)),
        (&[0], Number(Timestamp)),
        (&[0, 0x80, 0x80], Number(Timestamp)),
        (
            &[0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0],
            Number(Timestamp),
        ),
        (&[0, 0], Number(Offset)),
        (&[0, 0, 255, 255, 255, 255, 255, 1], Number(Offset)),
        (&[0, 0, 0], Number(Key)),
        (&[0, 0, 0, 0xd2, 1, b'k'], PastEnd(Key)),
        (&[0, 0, 0, 3, 1, 0], Negative(Key, -2)),
        (&[0, 0, 0, 1], Number(Value)),
        (&[0, 0, 0, 1, 0xd2, 1, b'v'], PastEnd(Value)),
        (&[0, 0, 0, 1, 5, 0], Negative(Value, -3)),
        (&[0, 0, 0, 1, 1], Number(HeaderCount)),
        (&[0, 0, 0, 1, 1, 1], Negative(HeaderCount, -1)),
        (&[0, 0, 0, 1, 1, 2, 2, b'n'], Number(HeaderValue)),
        (&[0, 0, 0, 1, 1, 2, 1, 1], Negative(HeaderName, -1)),
        (&[0, 0, 0, 1, 1, 2, 0xd2, 1, b'n'], PastEnd(HeaderName)),
        (
            &[0, 0, 0, 1, 1, 2, 2, b'n', 0xd2, 1, b'v'],
            PastEnd(HeaderValue),
        ),
        (&[0, 0, 0, 1, 1, 2, 2, b'n', 3], Negative(HeaderValue, -2)),
        // One header, and a count of two; of none; of two thousand million.
        (&[0, 0, 0, 1, 1, 4, 2, b'n', 1], Number(HeaderName)),
        (&[0, 0, 0, 1, 1, 0, 2, b'n', 1], Unused(3)),
        (
            &[0, 0, 0, 1, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f, 2, b'n', 1],
            Number(HeaderName),
        ),
        (&[0, 0, 0, 1, 1, 0, 0], Unused(1)),
        (&[0, 0, 2, 1, 1, 0], OffsetDelta(1)),
        (&[0, 0, 1, 1, 1, 0], OffsetDelta(-1)),
    ];
    for (body, expected) in cases {
        assert_eq!(fault_of(body), *expected, "{body:?}");
    }
}

#[test]
fn refuses_lengths_that_cannot_be() {
    for (bytes, why) in [
        (&[1, 0][..], RecordFault::Negative(Field::Record, -1)),
        (&[14, 0, 0, 0, 1, 1, 0], RecordFault::PastEnd(Field::Record)),
        (
            &[10, 0, 0, 0, 1, 1, 0],
            RecordFault::Number(Field::HeaderCount),
        ),
        (&[0x80], RecordFault::Number(Field::Record)),
        (
            &[255, 255, 255, 255, 255, 0],
            RecordFault::Number(Field::Record),
        ),
    ] {
        assert_eq!(
            read_body(&header_of(1), bytes),
            Err(BatchFault::Record { index: 0, why }),
            "{bytes:?}"
        );
    }
}

#[test]
fn refuses_counts_that_disagree_with_the_bytes() {
    let record = [12, 0, 0, 0, 1, 1, 0];
    assert_eq!(
        read_body(&header_of(2), &record),
        Err(BatchFault::Missing { read: 1, count: 2 })
    );
    let next = [12, 0, 0, 2, 1, 1, 0];
    let mut header = header_of(2);
    header.records_count = 1;
    assert_eq!(
        read_body(&header, &[record, next].concat()),
        Err(BatchFault::Leftover { count: 1 })
    );
    assert_eq!(
        read_body(&header_of(0), &record),
        Err(BatchFault::Leftover { count: 0 })
    );
    assert!(matches!(
        read_body(&header_of(-1), &record),
        Err(BatchFault::Count { .. })
    ));
}

#[test]
fn refuses_offsets_that_do_not_rise() {
    let record = [12, 0, 0, 0, 1, 1, 0];
    assert_eq!(
        read_body(&header_of(2), &record.repeat(2)),
        Err(BatchFault::Record {
            index: 1,
            why: RecordFault::OffsetDelta(0)
        })
    );
}

#[test]
fn tells_a_failing_disk_from_a_damaged_batch() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from_raw_os_error(5))
        }
    }
    for codec in [
        Compression::None,
        Compression::GZIP,
        Compression::Snappy,
        Compression::LZ4,
        Compression::ZSTD,
    ] {
        let mut header = header_of(1);
        header.attributes = header.attributes.with_codec(codec);
        let fault = Records::streaming(&header, Box::new(Failing)).and_then(drain);
        assert_eq!(fault, Err(BatchFault::Read(5)), "{codec:?}");
    }
}

#[test]
fn a_bomb_is_read_through_a_small_window() {
    // 256 MiB of records that compress to next to nothing.
    const RECORDS: i32 = 1 << 18;
    let mut body = Vec::new();
    let mut encoder = zstd::Encoder::new(&mut body, 1).unwrap();
    for index in 0..RECORDS {
        let mut record = vec![0, 0];
        crate::record::varint::write(&mut record, index.into());
        record.push(1);
        crate::record::varint::write(&mut record, 1024);
        record.resize(record.len() + 1024, 0);
        record.push(0);
        let mut length = Vec::new();
        crate::record::varint::write(&mut length, i64::try_from(record.len()).unwrap());
        io::Write::write_all(&mut encoder, &length).unwrap();
        io::Write::write_all(&mut encoder, &record).unwrap();
    }
    encoder.finish().unwrap();
    assert!(body.len() < 1 << 20, "{}", body.len());
    let mut header = header_of(RECORDS);
    header.attributes = header.attributes.with_codec(Compression::ZSTD);
    let mut records = Records::new(&header, &body).unwrap();
    let mut count = 0;
    while let Some(record) = records.next().unwrap() {
        assert_eq!(record.value.map(<[u8]>::len), Some(1024));
        count += 1;
    }
    assert_eq!(count, RECORDS);
    let Source::Stream(window) = &records.source else {
        panic!("a compressed batch is a stream");
    };
    assert!(window.capacity() <= 64 << 10);
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => proptest::collection::vec(any::<u8>(), 0..40),
        2 => proptest::collection::vec(any::<u8>(), 60..70),
        1 => (any::<u8>(), 8000_usize..70_000).prop_map(|(byte, length)| vec![byte; length]),
    ]
}

fn optional() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop_oneof![1 => Just(None), 3 => bytes().prop_map(Some)]
}

fn timestamp() -> impl Strategy<Value = i64> {
    prop_oneof![
        Just(-1),
        0_i64..10,
        1_700_000_000_000_i64..1_700_000_100_000,
        any::<i64>(),
    ]
}

fn records() -> impl Strategy<Value = Vec<Owned>> {
    let headers = prop_oneof![
        3 => Just(Vec::new()),
        1 => proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..9), optional()), 0..5),
    ];
    let record = (timestamp(), optional(), optional(), headers).prop_map(
        |(timestamp, key, value, headers)| Owned {
            offset: 0,
            timestamp,
            key,
            value,
            headers,
        },
    );
    proptest::collection::vec(record, 1..150).prop_map(|mut records| {
        for (offset, record) in (0..).zip(&mut records) {
            record.offset = offset;
        }
        records
    })
}

fn codec() -> impl Strategy<Value = Compression> {
    proptest::sample::select(vec![
        Compression::None,
        Compression::GZIP,
        Compression::Snappy,
        Compression::LZ4,
        Compression::ZSTD,
    ])
}

fn built(builder: &mut BatchBuilder, records: &[Owned], codec: Compression) -> Vec<u8> {
    builder.clear();
    for record in records {
        let headers: Vec<Header<'_>> = record
            .headers
            .iter()
            .map(|(name, value)| Header {
                name,
                value: value.as_deref(),
            })
            .collect();
        assert!(builder.append(&Record {
            timestamp: record.timestamp,
            key: record.key.as_deref(),
            value: record.value.as_deref(),
            headers: &headers,
        }));
    }
    builder.seal(codec).unwrap().bytes().to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_built_is_read(batches in proptest::collection::vec((records(), codec()), 1..4)) {
        let mut builder = BatchBuilder::new(usize::MAX);
        for (records, codec) in batches {
            let batch = built(&mut builder, &records, codec);
            prop_assert_eq!(batch.len() as u64, check_crc(&batch).unwrap().size());
            prop_assert!(read(&batch).unwrap() == records);
        }
    }

    #[test]
    fn a_flipped_bit_is_found(
        records in records(),
        codec in codec(),
        at in any::<proptest::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let mut batch = built(&mut BatchBuilder::new(usize::MAX), &records, codec);
        let at = at.index(batch.len());
        batch[at] ^= 1 << bit;
        // Base offset and leader epoch lie outside the checksum.
        if !(0..8).contains(&at) && !(12..16).contains(&at) {
            prop_assert!(check_crc(&batch).is_err());
        }
        // Even unchecked it must be read without a panic, to an end that comes.
        let header = BatchHeader::parse(batch.first_chunk().unwrap());
        let _ = read_flipped(&header, &batch[HEADER_BYTES..]);
    }

    #[test]
    fn a_cut_batch_is_found(
        records in records(),
        codec in codec(),
        at in any::<proptest::sample::Index>(),
    ) {
        let batch = built(&mut BatchBuilder::new(usize::MAX), &records, codec);
        let cut = &batch[..at.index(batch.len())];
        prop_assert!(check_crc(cut).is_err());
        if cut.len() >= HEADER_BYTES {
            let header = BatchHeader::parse(cut.first_chunk().unwrap());
            let whole = header.attributes.codec().unwrap();
            let end = read_flipped(&header, &cut[HEADER_BYTES..]);
            // Of an LZ4 frame the end mark may be missing, of zstd nothing, of gzip not even the checksum.
            if whole != Compression::LZ4 {
                prop_assert!(end.is_err());
            }
        }
    }

    #[test]
    fn any_body_is_read_without_panic(
        body in proptest::collection::vec(any::<u8>(), 0..300),
        attributes in 0_i16..128,
        count in -2_i32..100,
    ) {
        let mut header = header_of(count);
        header.attributes = Attributes(attributes);
        let _ = read_flipped(&header, &body);
    }
}

/// Reads a damaged body in memory and as a stream. They need not fail in the same words: a codec may say more or less
/// depending on how much it was given.
fn read_flipped(header: &BatchHeader, body: &[u8]) -> Result<Vec<Owned>, BatchFault> {
    let in_memory = Records::new(header, body).and_then(drain);
    let streamed = Records::streaming(header, Box::new(Trickle(body))).and_then(drain);
    assert_eq!(in_memory.is_ok(), streamed.is_ok());
    in_memory
}
