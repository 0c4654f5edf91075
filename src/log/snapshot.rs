//! Producer snapshots (`.snapshot`): which producers had which transactions open at an offset.
//!
//! Apache Kafka writes one at each roll and at a clean stop (`ProducerStateManager.java`): version 1 (i16), a
//! CRC-32C of what follows it (u32), a count (i32), and entries of 46 bytes: producer id (i64), epoch (i16), last
//! sequence (i32), last offset (i64), offset delta (i32), timestamp (i64), coordinator epoch (i32), and the first
//! offset of the open transaction (i64, -1: none). A reader needs them only to know where to begin looking for open
//! transactions; to it one that can't be read is as good as none.

use std::path::Path;

use crate::error::Result;
use crate::store::durable;

const PREFIX_BYTES: usize = 10;
const ENTRY_BYTES: usize = 46;

/// What a snapshot says of one producer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerState {
    /// Its id.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// The sequence number of its last record.
    pub last_sequence: i32,
    /// The offset of its last record.
    pub last_offset: i64,
    /// The records of its last batch, less one.
    pub offset_delta: i32,
    /// The timestamp of its last batch in ms.
    pub timestamp: i64,
    /// The epoch of the coordinator that ended its last transaction; -1 if none has.
    pub coordinator_epoch: i32,
    /// The first offset of its open transaction, if it has one.
    pub open_since: Option<i64>,
}

/// The open transactions that a snapshot tells of: producer id and first offset. `None`: not readable.
pub(crate) fn open_transactions(path: &Path) -> Result<Option<Vec<(i64, i64)>>> {
    let states = durable::read(path)?.and_then(|bytes| parse(&bytes));
    Ok(states.map(|states| {
        states
            .into_iter()
            .filter_map(|state| Some((state.producer_id, state.open_since?)))
            .collect()
    }))
}

/// The producers that a snapshot tells of; `None` if the bytes are no whole snapshot, of the version we know.
#[must_use]
pub fn parse(bytes: &[u8]) -> Option<Vec<ProducerState>> {
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
    entries.chunks_exact(ENTRY_BYTES).map(entry).collect()
}

fn entry(bytes: &[u8]) -> Option<ProducerState> {
    let open_since = i64::from_be_bytes(*bytes.get(38..)?.first_chunk()?);
    Some(ProducerState {
        producer_id: i64::from_be_bytes(*bytes.first_chunk()?),
        producer_epoch: i16::from_be_bytes(*bytes.get(8..)?.first_chunk()?),
        last_sequence: i32::from_be_bytes(*bytes.get(10..)?.first_chunk()?),
        last_offset: i64::from_be_bytes(*bytes.get(14..)?.first_chunk()?),
        offset_delta: i32::from_be_bytes(*bytes.get(22..)?.first_chunk()?),
        timestamp: i64::from_be_bytes(*bytes.get(26..)?.first_chunk()?),
        coordinator_epoch: i32::from_be_bytes(*bytes.get(34..)?.first_chunk()?),
        open_since: (open_since >= 0).then_some(open_since),
    })
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
        let state = ProducerState {
            producer_id: 0,
            producer_epoch: 0,
            last_sequence: 0,
            last_offset: 0,
            offset_delta: 0,
            timestamp: 0x01a2_0732_6c12,
            coordinator_epoch: -1,
            open_since: None,
        };
        assert_eq!(parse(REAL), Some(vec![state]));
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
        let states = parse(&bytes).expect("a whole snapshot");
        assert_eq!((states[0].producer_id, states[0].open_since), (7, Some(41)));
    }
}
