//! When the active segment is closed and a new one begun: Apache Kafka's rules (`LogSegment.shouldRoll`).

use crate::log::{offset_index, time_index};
use crate::store::{AppendRecord, Settings};

/// The batch that is to be appended, as far as rolling is concerned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Incoming {
    pub(crate) bytes: u64,
    pub(crate) records: i32,
    pub(crate) max_timestamp: i64,
}

/// Whether the segment must be rolled before the batch is appended. `now` in ms.
///
/// Time is that of the records: a segment waits for `segment.ms` from the first batch's timestamp to the incoming
/// one's, and only where the first has none from the segment's creation to now.
pub(crate) fn is_due(
    record: &AppendRecord,
    settings: &Settings,
    batch: Incoming,
    now: i64,
) -> bool {
    if record.end == 0 {
        return false;
    }
    let waited = if record.first_timestamp >= 0 {
        batch.max_timestamp.saturating_sub(record.first_timestamp)
    } else {
        now.saturating_sub(record.created)
    };
    record.end.saturating_add(batch.bytes) > settings.segment_bytes()
        || waited > settings.segment_ms().saturating_sub(record.jitter)
        || indexes_are_full(record, settings)
        || record.next_offset + i64::from(batch.records) - 1 - record.segment > i64::from(i32::MAX)
}

/// How much earlier than `segment.ms` a new segment is rolled, in ms: by chance, so that the segments of many
/// partitions don't all come due at once.
pub(crate) fn jitter(settings: &Settings) -> i64 {
    let most = settings
        .segment_jitter_ms()
        .min(settings.segment_ms())
        .unsigned_abs();
    let chance = uuid::Uuid::new_v4().as_u64_pair().0;
    i64::try_from(chance.checked_rem(most).unwrap_or(0)).unwrap_or(0)
}

fn indexes_are_full(record: &AppendRecord, settings: &Settings) -> bool {
    let room = settings.segment_index_bytes();
    let offset_width = offset_index::ENTRY_BYTES as u64;
    let time_width = time_index::ENTRY_BYTES as u64;
    // The time index keeps one slot for the entry that closes the segment.
    record.index_end + offset_width > room || record.time_index_end + 2 * time_width > room
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{SettingMap, testing};

    fn record() -> AppendRecord {
        AppendRecord {
            end: 900,
            first_timestamp: 1_000,
            next_offset: 10,
            ..AppendRecord::default()
        }
    }

    fn settings(text: &[&str]) -> Settings {
        let set = testing::settings(text);
        Settings::effective(&SettingMap::default(), &set).expect("good settings")
    }

    const SMALL: Incoming = Incoming {
        bytes: 100,
        records: 1,
        max_timestamp: 1_000,
    };

    #[test]
    fn a_segment_is_rolled_before_it_passes_its_size() {
        let settings = settings(&["segment.bytes=1000"]);
        assert!(!is_due(&record(), &settings, SMALL, 0));
        assert!(is_due(
            &record(),
            &settings,
            Incoming {
                bytes: 101,
                ..SMALL
            },
            0
        ));
        let empty = AppendRecord { end: 0, ..record() };
        assert!(!is_due(
            &empty,
            &settings,
            Incoming {
                bytes: 5_000,
                ..SMALL
            },
            0
        ));
    }

    #[test]
    fn time_is_that_of_the_records() {
        let settings = settings(&["segment.ms=50"]);
        assert!(!is_due(
            &record(),
            &settings,
            Incoming {
                max_timestamp: 1_050,
                ..SMALL
            },
            i64::MAX
        ));
        assert!(is_due(
            &record(),
            &settings,
            Incoming {
                max_timestamp: 1_051,
                ..SMALL
            },
            0
        ));
        let without = AppendRecord {
            first_timestamp: -1,
            created: 7,
            ..record()
        };
        assert!(is_due(&without, &settings, SMALL, 58));
        assert!(!is_due(&without, &settings, SMALL, 57));
    }

    #[test]
    fn offsets_stay_within_what_an_index_entry_can_say() {
        let settings = Settings::default();
        let far = AppendRecord {
            next_offset: i64::from(i32::MAX),
            ..record()
        };
        assert!(!is_due(&far, &settings, SMALL, 0));
        assert!(is_due(
            &far,
            &settings,
            Incoming {
                records: 2,
                ..SMALL
            },
            0
        ));
    }
}
