//! The wall clock, as Kafka's timestamps count it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Now, in ms since the epoch; 0 where the clock stands before it.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
