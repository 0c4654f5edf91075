//! Looking at one place in a log: everything that can be said of a batch without its neighbours.

use std::path::Path;

use crate::error::{IoContext, Result};
use crate::log::buffer::{Held, ReadBuffer};
use crate::log::fetched::{Body, Fetched};
use crate::log::flaw::Flaw;
use crate::log::scan::{BatchAt, Torn, crc_matches, read_header};
use crate::log::segment::SegmentLog;
use crate::record::{BatchFault, BatchHeader, check_crc};

/// A batch at a place, or what is wrong there.
pub(super) enum Look {
    /// A whole batch, sound in itself.
    Good(BatchAt),
    /// The header can't be, but with this one in its place the batch would be sound.
    Masked {
        batch: BatchAt,
        right: BatchHeader,
        fault: BatchFault,
    },
    /// Something else.
    Bad {
        flaw: Flaw,
        header: Option<BatchHeader>,
        torn: Option<Torn>,
    },
}

impl Look {
    /// What stands at a position: everything that can be said without its neighbours.
    /// `expected` is the offset that is due there.
    pub(super) fn at(
        segment: &SegmentLog,
        buffer: &mut ReadBuffer,
        position: u64,
        expected: i64,
    ) -> Result<Self> {
        let held = buffer.load(segment, position)?;
        let left = segment.len()?.saturating_sub(position);
        let (Held::Header(header) | Held::Whole(header, _)) = held else {
            let header = read_header(&segment.file, &segment.path, position)?;
            return Ok(torn(header, left));
        };
        let batch = BatchAt { position, header };
        if let Err(fault) = header.check() {
            return Self::behind(segment, batch, expected, fault);
        }
        let body = if let Held::Whole(..) = held {
            if let Err(fault) = check_crc(buffer.bytes(&held)) {
                return Ok(bad(fault, Some(header)));
            }
            Body::Memory(buffer.bytes(&held))
        } else {
            if header.size() > left {
                return Ok(torn(Some(header), left));
            }
            if let Err(fault) = crc_matches(&segment.file, &segment.path, &batch)? {
                return Ok(bad(fault, Some(header)));
            }
            Body::File(segment.file.clone())
        };
        let fetched = Fetched::new(batch, body, segment.path.clone());
        Ok(match decode(&fetched, &segment.path)? {
            Some(fault) => bad(fault, Some(header)),
            None => Self::Good(batch),
        })
    }

    /// The fields that the checksum does not cover may be all that is wrong with a header.
    fn behind(
        segment: &SegmentLog,
        batch: BatchAt,
        expected: i64,
        fault: BatchFault,
    ) -> Result<Self> {
        let right = BatchHeader {
            base_offset: expected,
            magic: BatchHeader::default().magic,
            ..batch.header
        };
        let unmasked = BatchAt {
            header: right,
            ..batch
        };
        let (file, path) = (&segment.file, &segment.path);
        if right.check().is_err()
            || unmasked.end() > segment.len()?
            || crc_matches(file, path, &unmasked)?.is_err()
        {
            return Ok(bad(fault, Some(batch.header)));
        }
        let body = Body::File(file.clone());
        let fetched = Fetched::new(unmasked, body, path.clone());
        Ok(match decode(&fetched, path)? {
            Some(fault) => bad(fault, Some(batch.header)),
            None => Self::Masked {
                batch,
                right,
                fault,
            },
        })
    }
}

fn bad(fault: BatchFault, header: Option<BatchHeader>) -> Look {
    Look::Bad {
        flaw: fault.into(),
        header,
        torn: None,
    }
}

fn torn(header: Option<BatchHeader>, bytes: u64) -> Look {
    if let Some(Err(fault)) = header.map(|header| header.check()) {
        return bad(fault, header);
    }
    Look::Bad {
        flaw: Flaw::Torn { bytes },
        header,
        torn: Some(Torn { header, bytes }),
    }
}

/// Reads every record of a batch: what is wrong with one.
fn decode(fetched: &Fetched<'_>, path: &Path) -> Result<Option<BatchFault>> {
    let mut records = match fetched.try_records() {
        Ok(records) => records,
        Err(fault) => return Ok(Some(fault)),
    };
    loop {
        match records.next() {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(None),
            Err(BatchFault::Read(number)) => {
                return Err(std::io::Error::from_raw_os_error(number)).at("read", path);
            }
            Err(fault) => return Ok(Some(fault)),
        }
    }
}
