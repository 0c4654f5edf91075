//! Times and spans of time as people type them, and times as people read them.
//!
//! A time without an offset is one in `$TZ`. A local time that a clock change made twice or never is taken as
//! RFC 5545 says: the first of two, and after a gap as much later as the gap is long.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::error::{Error, Result};

/// Reads a time, in ms since the epoch; `now` is what spans are counted back from.
///
/// Digits alone are seconds if there are 10 or 11 of them, ms if 12 or more. Otherwise: RFC 3339 with its offset;
/// `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SS[.fff]` in `$TZ`; or how long ago, as [`parse_duration`] reads it.
pub fn parse_time(text: &str, now: i64) -> Result<i64> {
    parse_time_in(text, now, local_zone)
}

/// Reads a time in data, where a span would be counted back from nobody knows when: all of [`parse_time`] but those.
pub(super) fn parse_instant(text: &str) -> Result<i64> {
    if millis_of_span(text).is_some() {
        return Err(refused(text));
    }
    parse_time_in(text, 0, local_zone)
}

/// Reads a span of time: `500ms`, `10s`, `5m`, `1h`, `7d`, `2w`, or several of them from large to small (`1h30m`).
/// A day is 24 hours.
pub fn parse_duration(text: &str) -> Result<Duration> {
    let millis = millis_of_span(text).ok_or_else(|| {
        Error::usage(format!("{text:?} is not a span of time"))
            .help("spans are whole numbers with a unit: 500ms, 10s, 5m, 1h, 7d, 2w, or 1h30m")
    })?;
    Ok(Duration::from_millis(millis))
}

/// Writes a time for people: RFC 3339 in UTC with ms. One that no calendar reaches stays a number.
#[must_use]
pub fn format_time(millis: i64) -> String {
    Timestamp::from_millisecond(millis)
        .map_or_else(|_| millis.to_string(), |time| format!("{time:.3}"))
}

/// [`parse_time`] in any time zone, which is asked for only where it matters.
pub(super) fn parse_time_in(
    text: &str,
    now: i64,
    zone: impl FnOnce() -> Result<TimeZone>,
) -> Result<i64> {
    if let Some(millis) = millis_of_digits(text) {
        return Ok(millis);
    }
    if let Some(span) = millis_of_span(text) {
        let ago = i64::try_from(span)
            .ok()
            .and_then(|span| now.checked_sub(span));
        return since_epoch(text, ago);
    }
    match Calendar::of(text) {
        Some(Calendar::Instant) => {
            let time: Option<Timestamp> = text.parse().ok();
            since_epoch(
                text,
                Some(time.ok_or_else(|| refused(text))?.as_millisecond()),
            )
        }
        Some(Calendar::Local) => {
            let time: Option<DateTime> = text.parse().ok();
            let time = time.ok_or_else(|| refused(text))?;
            match zone()?.to_timestamp(time) {
                Err(_) if time.year() > 1970 => Err(too_late(text)),
                time => since_epoch(text, time.ok().map(Timestamp::as_millisecond)),
            }
        }
        None => Err(refused(text)),
    }
}

/// The time zone of the process. A system that names none has UTC; a `$TZ` that can't be used is an error, since
/// anything else would be off by hours without a word.
fn local_zone() -> Result<TimeZone> {
    match (TimeZone::try_system(), std::env::var_os("TZ")) {
        (Ok(zone), _) => Ok(zone),
        (Err(_), None) => Ok(TimeZone::UTC),
        (Err(_), Some(name)) => Err(Error::usage(format!("TZ={} is no known time zone", name.display()))
            .help("install the system's time zone data, or give the time with its offset, as 2026-01-31T10:00:00Z")),
    }
}

fn refused(text: &str) -> Error {
    Error::usage(format!("{text:?} is not a time")).help(
        "times are 10 or 11 digits (seconds), 12 or more (ms), RFC 3339 (2026-01-31T10:00:00Z), \
         YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS in $TZ, or how long ago: 1h, 7d, 1h30m",
    )
}

fn since_epoch(text: &str, millis: Option<i64>) -> Result<i64> {
    millis.filter(|millis| *millis >= 0).ok_or_else(|| {
        Error::usage(format!(
            "{text:?} is a time before 1970, which no record can have"
        ))
        .help("the earliest time is 1970-01-01T00:00:00Z")
    })
}

/// The calendar ends early on its last day, so that each of its times is one in every zone.
fn too_late(text: &str) -> Error {
    Error::usage(format!("{text:?} is later than any time that can be read")).help(
        "the latest time is 9999-12-30T22:00:00Z; a range goes on to the end where nothing is said of its end",
    )
}

fn millis_of_digits(text: &str) -> Option<i64> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    match text.len() {
        10 | 11 => Some(number * 1000),
        12.. => Some(number),
        _ => None,
    }
}

/// Units of a span in ms, from large to small.
const UNITS: [(&str, u64); 6] = [
    ("w", 7 * 24 * 60 * 60 * 1000),
    ("d", 24 * 60 * 60 * 1000),
    ("h", 60 * 60 * 1000),
    ("m", 60 * 1000),
    ("s", 1000),
    ("ms", 1),
];

fn millis_of_span(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut rest = text;
    let mut units = &UNITS[..];
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let after = &rest[digits..];
        let letters = after
            .find(|letter: char| letter.is_ascii_digit())
            .unwrap_or(after.len());
        // Each unit once and in order, so that 1m1h, more likely a slip than a meaning, is refused.
        let unit = units
            .iter()
            .position(|(name, _)| *name == &after[..letters])?;
        total = total.checked_add(number.checked_mul(units[unit].1)?)?;
        units = &units[unit + 1..];
        rest = &after[letters..];
    }
    (!text.is_empty()).then_some(total)
}

/// The two shapes of a calendar time. The calendar itself is jiff's, which would take more shapes than are promised:
/// some that a range `FROM:TO` could be cut in, as `T10:00` or an offset `+02`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Calendar {
    /// RFC 3339: date, time and offset.
    Instant,
    /// A date, or date and time, in the local zone.
    Local,
}

impl Calendar {
    fn of(text: &str) -> Option<Self> {
        let rest = strip_shape(text, "0000-00-00")?;
        if rest.is_empty() {
            return Some(Self::Local);
        }
        let rest = strip_shape(rest.strip_prefix(['T', 't', ' '])?, "00:00:00")?;
        let rest = match rest.strip_prefix('.') {
            Some(fraction) => {
                let rest = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
                if !(1..=9).contains(&(fraction.len() - rest.len())) {
                    return None;
                }
                rest
            }
            None => rest,
        };
        match rest {
            "" => Some(Self::Local),
            "Z" | "z" => Some(Self::Instant),
            offset => strip_shape(offset.strip_prefix(['+', '-'])?, "00:00")?
                .is_empty()
                .then_some(Self::Instant),
        }
    }
}

/// Takes `shape`, in which 0 stands for any digit, from the front of `text`.
fn strip_shape<'a>(text: &'a str, shape: &str) -> Option<&'a str> {
    let (front, rest) = text.split_at_checked(shape.len())?;
    let fits = front
        .bytes()
        .zip(shape.bytes())
        .all(|(byte, shape)| match shape {
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
        });
    fits.then_some(rest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorKind;

    /// 2026-01-31T10:00:00Z.
    const NOW: i64 = 1_769_853_600_000;
    const DAY: i64 = 24 * 60 * 60 * 1000;

    /// Central European time by its rule, so that no time zone data is needed.
    fn berlin() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    fn time(text: &str) -> Result<i64> {
        parse_time_in(text, NOW, || Ok(berlin()))
    }

    #[test]
    fn good_times() {
        for (text, millis) in [
            ("1769853600", NOW),
            ("0000000000", 0),
            ("10000000000", 10_000_000_000_000),
            ("176985360000", 176_985_360_000),
            ("1769853600000", NOW),
            ("9223372036854775807", i64::MAX),
            ("2026-01-31T10:00:00Z", NOW),
            ("2026-01-31t10:00:00z", NOW),
            ("2026-01-31 10:00:00Z", NOW),
            ("2026-01-31T10:00:00.123Z", NOW + 123),
            ("2026-01-31T10:00:00.123999999Z", NOW + 123),
            ("2026-01-31T11:30:00.5+01:30", NOW + 500),
            ("2026-01-31T05:00:00-05:00", NOW),
            ("2026-01-31", NOW - 11 * 60 * 60 * 1000),
            ("2026-01-31T11:00:00", NOW),
            ("2026-01-31T11:00:00.25", NOW + 250),
            ("1970-01-01T00:00:00Z", 0),
            ("7d", NOW - 7 * DAY),
            ("2w", NOW - 14 * DAY),
            ("45s", NOW - 45_000),
            ("1h30m", NOW - 90 * 60_000),
            ("250ms", NOW - 250),
            ("1w2d3h4m5s6ms", NOW - 9 * DAY - 11_045_006),
            ("0s", NOW),
        ] {
            assert_eq!(time(text).unwrap(), millis, "{text}");
        }
    }

    #[test]
    fn bad_times() {
        for text in [
            "",
            "1",
            "999999999",
            "99999999999999999999",
            "-1769853600",
            "now",
            "yesterday",
            "2026",
            "2026-01",
            "2026-1-31",
            "2026-02-30",
            "2026-13-01",
            "2026-01-31T",
            "2026-01-31Z",
            "2026-01-31T10",
            "2026-01-31T10:00",
            "2026-01-31T10:00Z",
            "2026-01-31T25:00:00",
            "2026-01-31T10:00:00+01",
            "2026-01-31T10:00:00+0100",
            "2026-01-31T10:00:00+99:99",
            "2026-01-31T10:00:00[Europe/Berlin]",
            "2026-01-31T10:00:00Z[UTC]",
            "2026-01-31T10:00:00,5Z",
            "2026-01-31T10:00:00.",
            "2026-01-31T10:00:00.1234567890",
            "+002026-01-31",
            "2026-W05-6",
            " 2026-01-31",
            "2026-01-31 ",
            "2026-01-3é",
            "1969-12-31T23:59:59Z",
            "1970-01-01",
            "h",
            "1",
            "1x",
            "1H",
            "1.5h",
            "-1h",
            "1h-1m",
            "1m1h",
            "1h1h",
            "1h ",
            "1 h",
            "1h ago",
            "99999999999999999999h",
            "9999999999999999h",
            "3000w",
        ] {
            let error = time(text).expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Usage, "{text}");
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
            assert!(error.help_text().is_some(), "{text}");
        }
    }

    #[test]
    fn a_time_beyond_the_calendar_is_not_called_an_early_one() {
        let error = time("9999-12-31").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(
            error.to_string().starts_with("\"9999-12-31\" is later"),
            "{error}"
        );
        assert!(error.help_text().unwrap().contains("is 9999-12-30T"));
    }

    #[test]
    fn local_times_around_a_clock_change() {
        for (text, utc) in [
            // 02:30 comes twice: the first one counts.
            ("2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
            // 02:30 never comes: an hour later by the clock.
            ("2026-03-29T02:30:00", "2026-03-29T01:30:00Z"),
        ] {
            assert_eq!(time(text).unwrap(), time(utc).unwrap(), "{text}");
        }
    }

    #[test]
    fn the_zone_is_asked_for_local_times_only() {
        let no_zone = || Err(Error::usage("TZ=nowhere is no known time zone"));
        assert!(parse_time_in("2026-01-31T10:00:00Z", NOW, no_zone).is_ok());
        assert!(parse_time_in("1h", NOW, no_zone).is_ok());
        let error = parse_time_in("2026-01-31", NOW, no_zone).unwrap_err();
        assert!(error.to_string().contains("TZ=nowhere"));
    }

    #[test]
    fn spans() {
        assert_eq!(parse_duration("500ms").unwrap(), Duration::from_millis(500));
        assert_eq!(parse_duration("1h30m").unwrap(), Duration::from_secs(5400));
        assert_eq!(parse_duration("0s").unwrap(), Duration::ZERO);
        for text in ["", "10", "0", "1h30", "1us", "ms"] {
            let error = parse_duration(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage, "{text}");
            assert!(error.help_text().unwrap().contains("500ms"));
        }
    }

    #[test]
    fn for_people() {
        assert_eq!(format_time(NOW), "2026-01-31T10:00:00.000Z");
        assert_eq!(format_time(NOW + 7), "2026-01-31T10:00:00.007Z");
        assert_eq!(format_time(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(format_time(i64::MAX), i64::MAX.to_string());
    }

    proptest! {
        #[test]
        fn what_people_read_reads_back(millis in 0i64..253_402_000_000_000) {
            prop_assert_eq!(time(&format_time(millis)).unwrap(), millis);
        }

        #[test]
        fn spans_add_up(numbers in proptest::array::uniform6(0u64..1000)) {
            let parts = numbers.iter().zip(UNITS).map(|(number, (unit, _))| number.to_string() + unit);
            let text: String = parts.collect();
            let sum: u64 = numbers.iter().zip(UNITS).map(|(number, (_, millis))| number * millis).sum();
            prop_assert_eq!(parse_duration(&text).unwrap(), Duration::from_millis(sum));
        }

        #[test]
        fn no_text_is_a_panic(text in "[0-9TZ:.+ \\-whdmsé]{0,30}") {
            let _ = time(&text);
        }
    }
}
