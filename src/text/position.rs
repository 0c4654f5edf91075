//! Positions and ranges as they are typed: one grammar for every command.
//!
//! `start`, `end`, `N`, `-N` (before the end), `+N` (after the start), `@TIME`; ranges `FROM:TO`, either of which may
//! be left out. Kafka's and its tools' other words for the two ends are understood too.

use super::time::parse_time;
use crate::error::{Error, Result};
use crate::record::{Position, Range};

/// Reads a position; `now` (ms since the epoch) is what `@1h` is counted back from.
pub fn parse_position(text: &str, now: i64) -> Result<Position> {
    position(text, |time| parse_time(time, now))
}

/// Reads a position, or a range `FROM:TO`; a position alone is where the range begins.
///
/// Times contain colons themselves, so one separates where a position, or nothing, stands on both sides of it. No
/// time is another time, a colon and a position, so there is never more than one such place.
pub fn parse_range(text: &str, now: i64) -> Result<Range> {
    range(text, |end| parse_position(end, now))
}

fn position(text: &str, time: impl FnOnce(&str) -> Result<i64>) -> Result<Position> {
    match text {
        "start" | "beginning" | "earliest" | "oldest" => return Ok(Position::Start),
        "end" | "latest" | "newest" => return Ok(Position::End),
        _ => {}
    }
    if let Some(text) = text.strip_prefix('@') {
        return time(text).map(Position::Time);
    }
    let (kind, digits): (fn(i64) -> Position, &str) = match text.as_bytes() {
        [b'-', ..] => (Position::FromEnd, &text[1..]),
        [b'+', ..] => (Position::FromStart, &text[1..]),
        _ => (Position::Offset, text),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused(text, "is not a position"));
    }
    digits
        .parse()
        .map(kind)
        .map_err(|_| refused(text, "is beyond any offset"))
}

fn range(text: &str, position: impl Fn(&str) -> Result<Position>) -> Result<Range> {
    if !text.contains(':') {
        return Ok(Range {
            from: Some(position(text)?),
            to: None,
        });
    }
    let whole = position(text);
    if let Ok(from) = whole {
        return Ok(Range {
            from: Some(from),
            to: None,
        });
    }
    let end = |text: &str| match text {
        "" => Ok(None),
        _ => position(text).map(Some),
    };
    // Of what is wrong, the half that follows a good one says most.
    let mut wrong = None;
    for (colon, _) in text.match_indices(':') {
        let Ok(from) = end(&text[..colon]) else {
            continue;
        };
        match end(&text[colon + 1..]) {
            Ok(to) => return Ok(Range { from, to }),
            Err(error) => wrong = Some(error),
        }
    }
    Err(wrong.unwrap_or(match whole {
        // Taken for one time: what is wrong with it is said already.
        Err(error) if text.starts_with('@') => error,
        _ => refused(text, "is neither a position nor a range"),
    }))
}

fn refused(text: &str, why: &str) -> Error {
    Error::usage(format!("{text:?} {why}")).help(
        "positions are start, end, N (an offset), -N (before the end), +N (after the start) and @TIME; \
         ranges are FROM:TO, each a position or nothing",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use jiff::tz::TimeZone;
    use proptest::option;
    use proptest::prelude::*;

    use super::super::time::{format_time, parse_time_in};
    use super::*;
    use crate::error::ErrorKind;

    /// 2026-01-31T10:00:00Z.
    const NOW: i64 = 1_769_853_600_000;
    const HOUR: i64 = 60 * 60 * 1000;

    fn range(text: &str) -> Result<Range> {
        parse_range(text, NOW)
    }

    /// In central Europe, wherever the test runs.
    fn local(text: &str) -> Result<Position> {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        position(text, |time| parse_time_in(time, NOW, || Ok(zone)))
    }

    #[test]
    fn good_positions() {
        for (text, position) in [
            ("start", Position::Start),
            ("beginning", Position::Start),
            ("earliest", Position::Start),
            ("oldest", Position::Start),
            ("end", Position::End),
            ("latest", Position::End),
            ("newest", Position::End),
            ("0", Position::Offset(0)),
            ("007", Position::Offset(7)),
            ("9223372036854775807", Position::Offset(i64::MAX)),
            ("-0", Position::FromEnd(0)),
            ("-5", Position::FromEnd(5)),
            ("+0", Position::FromStart(0)),
            ("+5", Position::FromStart(5)),
            ("@1h", Position::Time(NOW - HOUR)),
            ("@1769853600", Position::Time(NOW)),
            ("@2026-01-31T12:00:00+02:00", Position::Time(NOW)),
        ] {
            assert_eq!(parse_position(text, NOW).unwrap(), position, "{text}");
            let whole = Range {
                from: Some(position),
                to: None,
            };
            assert_eq!(range(text).unwrap(), whole, "{text}");
        }
    }

    #[test]
    fn bad_positions() {
        for text in [
            "",
            "-",
            "+",
            "@",
            "--5",
            "+-5",
            "5-",
            "1.5",
            "1e3",
            " 5",
            "5 ",
            "Start",
            "START",
            "0x10",
            "٣",
            "é",
            "-é",
            "9223372036854775808",
            "-9223372036854775808",
            "@5",
            "@start",
            "@-1h",
            "@@1h",
            "s@1769853600000",
        ] {
            let error = parse_position(text, NOW).expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Usage, "{text}");
            assert!(error.help_text().is_some(), "{text}");
            assert!(range(text).is_err(), "{text}");
        }
    }

    #[test]
    fn good_ranges() {
        let at = |millis| Some(Position::Time(millis));
        for (text, from, to) in [
            (":", None, None),
            ("start:end", Some(Position::Start), Some(Position::End)),
            (
                "100:200",
                Some(Position::Offset(100)),
                Some(Position::Offset(200)),
            ),
            ("100:", Some(Position::Offset(100)), None),
            (":100", None, Some(Position::Offset(100))),
            ("-5:", Some(Position::FromEnd(5)), None),
            (
                "+5:-5",
                Some(Position::FromStart(5)),
                Some(Position::FromEnd(5)),
            ),
            ("@2h:@1h", at(NOW - 2 * HOUR), at(NOW - HOUR)),
            ("100:@1h", Some(Position::Offset(100)), at(NOW - HOUR)),
            (
                "@2026-01-31T10:00:00Z:@2026-01-31T11:00:00Z",
                at(NOW),
                at(NOW + HOUR),
            ),
            ("@2026-01-31T10:00:00Z:", at(NOW), None),
            (":@2026-01-31T10:00:00Z", None, at(NOW)),
            (
                "@2026-01-31T10:00:00Z:00",
                at(NOW),
                Some(Position::Offset(0)),
            ),
            (
                "@2026-01-31T12:00:00+02:00:5",
                at(NOW),
                Some(Position::Offset(5)),
            ),
            (
                "@2026-01-31T12:00:00+02:00:+5",
                at(NOW),
                Some(Position::FromStart(5)),
            ),
        ] {
            assert_eq!(range(text).unwrap(), Range { from, to }, "{text}");
        }
    }

    #[test]
    fn local_times_in_ranges() {
        let ten = Some(local("@2026-01-31T11:00:00").unwrap());
        let next = Some(local("@2026-02-01").unwrap());
        assert_eq!(
            (ten, next),
            (
                Some(Position::Time(NOW)),
                Some(Position::Time(NOW + 13 * HOUR))
            )
        );
        for (text, from, to) in [
            ("@2026-01-31T11:00:00", ten, None),
            ("@2026-01-31T11:00:00:", ten, None),
            (":@2026-01-31T11:00:00", None, ten),
            ("@2026-01-31T11:00:00:@2026-02-01", ten, next),
            ("@2026-01-31T11:00:00:@2026-01-31T11:00:00", ten, ten),
            ("@2026-02-01:@2026-01-31T11:00:00", next, ten),
            ("@2026-01-31T11:00:00:5", ten, Some(Position::Offset(5))),
        ] {
            assert_eq!(
                super::range(text, local).unwrap(),
                Range { from, to },
                "{text}"
            );
        }
    }

    #[test]
    fn bad_ranges() {
        for (text, part) in [
            ("::", "\":\" is not a position"),
            ("1:2:3", "\"2:3\" is not a position"),
            ("a:b", "neither a position nor a range"),
            ("5:x", "\"x\" is not a position"),
            ("5:@x", "\"x\" is not a time"),
            ("@2026-01-31T10:00", "\"2026-01-31T10:00\" is not a time"),
            (
                "@2026-01-31T10:00:5",
                "\"2026-01-31T10:00:5\" is not a time",
            ),
            ("@2026-01-31T10:00:00+02:5", "is not a time"),
            ("@x:@1h", "\"x:@1h\" is not a time"),
            ("1h:2h", "neither a position nor a range"),
        ] {
            let error = range(text).expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Usage, "{text}");
            assert!(error.to_string().contains(part), "{text}: {error}");
            assert!(error.help_text().is_some(), "{text}");
        }
    }

    fn any_position() -> impl Strategy<Value = (String, Position)> {
        prop_oneof![
            Just(("start".to_owned(), Position::Start)),
            Just(("end".to_owned(), Position::End)),
            (0..i64::MAX).prop_map(|offset| (offset.to_string(), Position::Offset(offset))),
            (0..i64::MAX).prop_map(|count| (format!("-{count}"), Position::FromEnd(count))),
            (0..i64::MAX).prop_map(|count| (format!("+{count}"), Position::FromStart(count))),
            (0..NOW).prop_map(|time| (format!("@{}", format_time(time)), Position::Time(time))),
            (0..NOW).prop_map(|time| {
                let shown = format_time(time).replace('Z', "+00:00");
                (format!("@{shown}"), Position::Time(time))
            }),
            (0i64..1000)
                .prop_map(|hours| (format!("@{hours}h"), Position::Time(NOW - hours * HOUR))),
        ]
    }

    proptest! {
        #[test]
        fn any_two_positions_make_a_range(from in option::of(any_position()), to in option::of(any_position())) {
            let text = |end: &Option<(String, Position)>| end.as_ref().map_or(String::new(), |end| end.0.clone());
            let joined = format!("{}:{}", text(&from), text(&to));
            let expected = Range { from: from.map(|end| end.1), to: to.map(|end| end.1) };
            prop_assert_eq!(range(&joined).unwrap(), expected);
        }

        #[test]
        fn no_text_is_a_panic(text in "[0-9@:+\\-TZé]{0,30}") {
            let _ = range(&text);
        }
    }
}
