//! Which segments may go: Apache Kafka's rules (`UnifiedLog.deleteOldSegments`).
//!
//! Only whole segments go, the oldest first, up to the first that does not qualify: those below the log start
//! offset, then those over `retention.bytes`, then those older than `retention.ms`. The active segment stays.

use crate::error::Result;
use crate::log::partition::Partition;
use crate::log::segment::{SegmentLog, list_segments};
use crate::log::times::largest_timestamp;
use crate::store::Settings;

/// A segment, as far as retention is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Its base offset.
    pub base: i64,
    /// The base offset of the segment after it.
    pub next_base: i64,
    /// Bytes of its log file.
    pub bytes: u64,
    /// Its largest timestamp in ms; `None` where it holds no record.
    pub largest_timestamp: Option<i64>,
}

/// How many of `closed`, the segments before the active one from the oldest on, may go. `active_bytes` is the size of
/// the active segment, `now` in ms.
#[must_use]
pub(crate) fn deletable(
    closed: &[Candidate],
    active_bytes: u64,
    log_start: i64,
    settings: &Settings,
    now: i64,
) -> usize {
    let below_start = closed
        .iter()
        .take_while(|segment| segment.next_base <= log_start)
        .count();
    if !settings.cleanup_policy().delete {
        return below_start;
    }
    let total = closed.iter().map(|segment| segment.bytes).sum::<u64>() + active_bytes;
    let mut excess = settings
        .retention_bytes()
        .map_or(0, |limit| total.saturating_sub(limit));
    let over_size = closed
        .iter()
        .take_while(|segment| {
            let goes = excess > 0 && segment.bytes <= excess;
            excess = excess.saturating_sub(segment.bytes);
            goes
        })
        .count();
    // Each rule begins where the one before it stopped.
    let done = below_start.max(over_size);
    done + closed[done..]
        .iter()
        .take_while(|segment| is_too_old(segment, settings, now))
        .count()
}

/// What retention gives up in a partition.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct GivenUp {
    /// Segments before the active one, the oldest first.
    pub closed: Vec<Candidate>,
    /// The active segment, where it is the only one left and too old: a new one is begun before it goes.
    pub active: Option<Candidate>,
}

impl GivenUp {
    /// All of them, the oldest first.
    pub fn segments(&self) -> impl Iterator<Item = &Candidate> {
        self.closed.iter().chain(&self.active)
    }
}

/// What retention gives up in the partition now; `now` in ms.
pub fn given_up(partition: &Partition, settings: &Settings, now: i64) -> Result<GivenUp> {
    let start = partition.start()?;
    let bases = list_segments(partition.dir())?;
    // Most topics keep everything: then nothing is opened to find that out.
    let keeps = settings.retention_ms().is_none() && settings.retention_bytes().is_none();
    if keeps && bases.get(1).is_none_or(|&second| second > start) {
        return Ok(GivenUp::default());
    }
    let mut segments = candidates(partition, settings, &bases)?;
    let Some(active) = segments.pop() else {
        return Ok(GivenUp::default());
    };
    let count = deletable(&segments, active.bytes, start, settings, now);
    let all_closed = count == segments.len();
    segments.truncate(count);
    let active =
        (all_closed && active.bytes > 0 && is_too_old(&active, settings, now)).then_some(active);
    Ok(GivenUp {
        closed: segments,
        active,
    })
}

fn is_too_old(segment: &Candidate, settings: &Settings, now: i64) -> bool {
    settings.cleanup_policy().delete
        && settings.retention_ms().is_some_and(|limit| {
            segment
                .largest_timestamp
                .is_none_or(|largest| now.saturating_sub(largest) > limit)
        })
}

fn candidates(partition: &Partition, settings: &Settings, bases: &[i64]) -> Result<Vec<Candidate>> {
    let timed = settings.cleanup_policy().delete && settings.retention_ms().is_some();
    let mut candidates = Vec::new();
    for (at, &base) in bases.iter().enumerate() {
        let Some(segment) = SegmentLog::open(partition.dir(), base)? else {
            continue;
        };
        let next_base = match bases.get(at + 1) {
            Some(&next) => next,
            None => partition.end()?.offset,
        };
        let bytes = segment.len()?;
        let largest_timestamp = if timed {
            largest_timestamp(&segment)?
        } else {
            None
        };
        candidates.push(Candidate {
            base,
            next_base,
            bytes,
            largest_timestamp,
        });
    }
    Ok(candidates)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{SettingMap, testing};

    fn settings(text: &[&str]) -> Settings {
        let set = testing::settings(text);
        Settings::effective(&SettingMap::default(), &set).expect("good settings")
    }

    fn three() -> [Candidate; 3] {
        [0, 10, 20].map(|base| Candidate {
            base,
            next_base: base + 10,
            bytes: 100,
            largest_timestamp: Some(1_000 + base),
        })
    }

    #[test]
    fn nothing_goes_unless_asked() {
        assert_eq!(
            deletable(&three(), 50, 0, &Settings::default(), i64::MAX),
            0
        );
    }

    #[test]
    fn below_the_log_start_whole_segments_go() {
        let default = Settings::default();
        assert_eq!(deletable(&three(), 50, 19, &default, 0), 1);
        assert_eq!(deletable(&three(), 50, 20, &default, 0), 2);
    }

    #[test]
    fn size_leaves_at_least_the_limit() {
        let count = |limit: &str| deletable(&three(), 50, 0, &settings(&[limit]), 0);
        assert_eq!(count("retention.bytes=351"), 0);
        assert_eq!(count("retention.bytes=251"), 0);
        assert_eq!(count("retention.bytes=250"), 1);
        assert_eq!(count("retention.bytes=50"), 3);
        assert_eq!(count("retention.bytes=0"), 3);
    }

    #[test]
    fn age_is_that_of_the_youngest_record_and_stops_at_the_first_young_segment() {
        let settings = settings(&["retention.ms=100"]);
        assert_eq!(deletable(&three(), 50, 0, &settings, 1_100), 0);
        assert_eq!(deletable(&three(), 50, 0, &settings, 1_101), 1);
        let mut mixed = three();
        mixed[0].largest_timestamp = Some(9_000);
        assert_eq!(deletable(&mixed, 50, 0, &settings, 2_000), 0);
    }

    #[test]
    fn a_compacted_topic_loses_nothing_by_age_or_size() {
        let settings = settings(&[
            "cleanup.policy=compact",
            "retention.ms=1",
            "retention.bytes=0",
        ]);
        assert_eq!(deletable(&three(), 50, 10, &settings, i64::MAX), 1);
    }
}
