//! What an idempotent producer has written: found by the numbers in its batches' headers.

use crate::error::Result;
use crate::log::partition::Partition;
use crate::log::walk::Walk;
use crate::record::advance_sequence;

/// The number that the producer's next record gets in this partition, as its last batch at or after offset `from`
/// tells; `None` where there is none of its batches.
pub fn next_sequence(partition: &Partition, from: i64, producer_id: i64) -> Result<Option<i32>> {
    let mut next = None;
    Walk::new(partition, from).each(|_, batch| {
        let header = &batch.header;
        if header.producer_id == producer_id && !header.attributes.is_control() {
            next = Some(advance_sequence(
                header.base_sequence,
                i64::from(header.last_offset_delta) + 1,
            ));
        }
        Ok(true)
    })?;
    Ok(next)
}
