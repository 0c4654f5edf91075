//! Producer snapshots (`.snapshot`): which producers had which transactions open at an offset.
//!
//! Apache Kafka writes one at each roll and at a clean stop (`ProducerStateManager.java`): version 1 (i16), a
//! CRC-32C of what follows it (u32), a count (i32), and entries of 46 bytes: producer id (i64), epoch (i16), last
//! sequence (i32), last offset (i64), offset delta (i32), timestamp (i64), coordinator epoch (i32), and the first
//! offset of the open transaction (i64, -1: none). Read here only to know where to begin looking for open
//! transactions; one that can't be read is as good as none.

use std::path::Path;

use crate::error::{IoContext, Result};

const PREFIX_BYTES: usize = 10;
const ENTRY_BYTES: usize = 46;

/// The open transactions that a snapshot tells of: producer id and first offset. `None`: not readable.
pub(crate) fn open_transactions(path: &Path) -> Result<Option<Vec<(i64, i64)>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(parse(&bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).at("read", path),
    }
}

fn parse(bytes: &[u8]) -> Option<Vec<(i64, i64)>> {
    let version = i16::from_be_bytes(*bytes.first_chunk()?);
    let crc = u32::from_be_bytes(*bytes.get(2..)?.first_chunk()?);
    let count = usize::try_from(i32::from_be_bytes(*bytes.get(6..)?.first_chunk()?)).ok()?;
    let entries = bytes.get(PREFIX_BYTES..)?;
    if version != 1
        || crc32c::crc32c(&bytes[6..]) != crc
        || entries.len() != count.checked_mul(ENTRY_BYTES)?
    {
        return None;
    }
    let open = entries.chunks_exact(ENTRY_BYTES).filter_map(|entry| {
        let producer_id = i64::from_be_bytes(*entry.first_chunk()?);
        let first_offset = i64::from_be_bytes(*entry.last_chunk()?);
        (first_offset >= 0).then_some((producer_id, first_offset))
    });
    Some(open.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by Apache Kafka 3.9: one producer, no open transaction.
    const REAL: &[u8] = &[
        0x00, 0x01, 0x16, 0x3d, 0x56, 0x3d, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xa2, 0x07, 0x32, 0x6c, 0x12, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    ];

    #[test]
    fn a_brokers_snapshot_is_understood() {
        assert_eq!(parse(REAL), Some(vec![]));
    }

    #[test]
    fn any_flipped_bit_makes_it_unreadable() {
        for bit in 0..REAL.len() * 8 {
            let mut bytes = REAL.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(parse(&bytes), None, "bit {bit}");
        }
        assert_eq!(parse(&REAL[..REAL.len() - 1]), None);
        assert_eq!(parse(&[]), None);
    }

    #[test]
    fn an_open_transaction_is_told() {
        let mut body = vec![0, 0, 0, 1];
        body.extend_from_slice(&7i64.to_be_bytes());
        body.extend_from_slice(&[0; 30]);
        body.extend_from_slice(&41i64.to_be_bytes());
        let mut bytes = vec![0, 1];
        bytes.extend_from_slice(&crc32c::crc32c(&body).to_be_bytes());
        bytes.extend_from_slice(&body);
        assert_eq!(parse(&bytes), Some(vec![(7, 41)]));
    }
}
