//! Times in a format string.

use jiff::Timestamp;
use jiff::fmt::strtime;

use super::number::{NumberShape, write_number};

/// How a time is written, always in UTC. One that no calendar reaches, "no timestamp" included, is a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TimeShape {
    /// RFC 3339 with ms.
    Iso,
    /// What strftime makes of this.
    Strftime(String),
}

impl TimeShape {
    /// What strftime makes of `format`; or what is wrong with it.
    pub(super) fn strftime(format: &str) -> Result<Self, String> {
        strtime::format(format, Timestamp::UNIX_EPOCH)
            .map(|_| Self::Strftime(format.to_owned()))
            .map_err(|error| error.to_string())
    }

    /// What Go's time package makes of `layout`, which shows how it would write the reference time
    /// (<https://pkg.go.dev/time#Layout>).
    pub(super) fn go(layout: &str) -> Result<Self, String> {
        let mut format = String::new();
        let mut rest = layout;
        while let Some(first) = rest.chars().next() {
            if let Some((shown, specifier)) = GO.iter().find(|(shown, _)| rest.starts_with(shown)) {
                format.push_str(specifier);
                rest = &rest[shown.len()..];
                continue;
            }
            format.push(first);
            if first == '%' {
                format.push('%');
            }
            rest = &rest[first.len_utf8()..];
        }
        Self::strftime(&format)
    }

    /// Appends a time in ms.
    pub(super) fn write(&self, millis: i64, out: &mut Vec<u8>) {
        let format = match self {
            Self::Iso => "%Y-%m-%dT%H:%M:%S%.3fZ",
            Self::Strftime(format) => format,
        };
        let time = Timestamp::from_millisecond(millis)
            .ok()
            .filter(|_| millis >= 0);
        let text = time.and_then(|time| strtime::format(format, time).ok());
        match text {
            Some(text) => out.extend_from_slice(text.as_bytes()),
            None => write_number(millis, NumberShape::Decimal, out),
        }
    }
}

/// Parts of Go's reference time, and what strftime calls them; a longer one before those that it begins with.
const GO: [(&str, &str); 34] = [
    ("January", "%B"),
    ("Jan", "%b"),
    ("Monday", "%A"),
    ("Mon", "%a"),
    ("MST", "UTC"),
    ("2006", "%Y"),
    ("002", "%j"),
    ("01", "%m"),
    ("02", "%d"),
    ("03", "%I"),
    ("04", "%M"),
    ("05", "%S"),
    ("06", "%y"),
    ("15", "%H"),
    ("_2", "%e"),
    ("PM", "%p"),
    ("pm", "%P"),
    ("Z07:00:00", "Z"),
    ("Z07:00", "Z"),
    ("Z0700", "Z"),
    ("Z07", "Z"),
    ("-07:00:00", "+00:00:00"),
    ("-07:00", "+00:00"),
    ("-0700", "+0000"),
    ("-07", "+00"),
    (".000000000", "%.9f"),
    (".000000", "%.6f"),
    (".000", "%.3f"),
    (".999", "%.f"),
    ("1", "%-m"),
    ("2", "%-d"),
    ("3", "%-I"),
    ("4", "%-M"),
    ("5", "%-S"),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn layouts_of_go() {
        let written = |layout: &str| {
            let mut out = Vec::new();
            TimeShape::go(layout)
                .unwrap()
                .write(1_700_000_000_120, &mut out);
            String::from_utf8(out).unwrap()
        };
        // Go's own names for them: Layout, ANSIC, RFC822Z, RFC850, RFC3339Nano, Kitchen, StampMilli.
        for (layout, shown) in [
            ("01/02 03:04:05PM '06 -0700", "11/14 10:13:20PM '23 +0000"),
            ("Mon Jan _2 15:04:05 2006", "Tue Nov 14 22:13:20 2023"),
            ("02 Jan 06 15:04 -0700", "14 Nov 23 22:13 +0000"),
            (
                "Monday, 02-Jan-06 15:04:05 MST",
                "Tuesday, 14-Nov-23 22:13:20 UTC",
            ),
            ("2006-01-02T15:04:05.999Z07:00", "2023-11-14T22:13:20.12Z"),
            ("3:04PM", "10:13PM"),
            ("Jan _2 15:04:05.000 100%", "Nov 14 22:13:20.120 1100%"),
        ] {
            // In the last one Go too takes the 1 for a month.
            let shown = if layout.ends_with('%') {
                "Nov 14 22:13:20.120 1100%"
            } else {
                shown
            };
            assert_eq!(written(layout), shown, "{layout}");
        }
    }

    #[test]
    fn no_calendar() {
        let mut out = Vec::new();
        TimeShape::Iso.write(-1, &mut out);
        out.push(b' ');
        TimeShape::Iso.write(i64::MAX, &mut out);
        assert_eq!(out, format!("-1 {}", i64::MAX).as_bytes());
    }
}
