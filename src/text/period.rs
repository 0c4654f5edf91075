//! Spans of time as Kafka's tools take them.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

use super::time::parse_duration;
use crate::error::{Error, Result};

/// Reads a span of time: ISO 8601's `PnDTnHnMnS`, as Kafka's `--by-duration` takes it, or what [`parse_duration`] reads.
/// A day is 24 hours; months and years have no length of their own and are refused.
pub fn parse_period(text: &str) -> Result<Duration> {
    if !text.starts_with(['P', 'p']) {
        return parse_duration(text);
    }
    let span: Option<Span> = text.parse().ok();
    span.filter(|span| span.get_years() == 0 && span.get_months() == 0)
        .and_then(|span| {
            span.to_duration(SpanRelativeTo::days_are_24_hours())
                .ok()
        })
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| {
            Error::usage(format!("{text:?} is not a span of time"))
                .help("spans are PnDTnHnMnS (P7D, PT1H30M), or whole numbers with a unit: 10s, 5m, 1h, 7d")
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn kafkas_spans_and_ours() {
        for (text, seconds) in [
            ("P1D", 86_400),
            ("P1DT2H3M4S", 93_784),
            ("PT0S", 0),
            ("P2W", 1_209_600),
            ("PT36H", 129_600),
            ("1d12h", 129_600),
        ] {
            assert_eq!(
                parse_period(text).unwrap(),
                Duration::from_secs(seconds),
                "{text}"
            );
        }
        assert_eq!(parse_period("PT0.5S").unwrap(), Duration::from_millis(500));
    }

    #[test]
    fn what_is_none() {
        for text in ["", "P", "PT", "P1M", "P1Y", "-P1D", "P-1D", "P1", "1 day"] {
            let error = parse_period(text).expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Usage, "{text}");
        }
    }
}
