//! Values of flags, and flags that exclude each other, where clap's own means don't reach: its errors know no grammar
//! of ours, and its exclusions no values.

use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::record::Position;
use crate::text::{parse_duration, parse_position};

/// The time span that `flag` was given, if it was.
pub(crate) fn duration(flag: &str, text: Option<&str>) -> Result<Option<Duration>> {
    text.map(|text| parse_duration(text).map_err(|error| error.within(flag)))
        .transpose()
}

/// When a time span that begins now is over; never, if that is beyond what the clock can say.
pub(crate) fn deadline(timeout: Option<Duration>) -> Option<Instant> {
    timeout.and_then(|timeout| Instant::now().checked_add(timeout))
}

/// The position that `flag` was given, if it was; `now` as [`now_ms`] says.
pub(crate) fn position(flag: &str, text: Option<&str>, now: i64) -> Result<Option<Position>> {
    text.map(|text| parse_position(text, now).map_err(|error| error.within(flag)))
        .transpose()
}

/// Refuses the first of `others` that was given along with `flag`.
pub(crate) fn excludes(flag: &str, others: &[(&str, bool)]) -> Result<()> {
    match others.iter().find(|(_, given)| *given) {
        Some((other, _)) => Err(Error::usage(format!(
            "{flag} and {other} exclude each other"
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn errors_name_the_flag() {
        let error = duration("--timeout", Some("soon")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.to_string().starts_with("--timeout: "), "{error}");
        let error = position("--from", Some("there"), 0).unwrap_err();
        assert!(error.to_string().starts_with("--from: "), "{error}");
    }

    #[test]
    fn the_first_flag_too_many_is_named() {
        let error = excludes("--json", &[("-K", false), ("-D", true), ("-0", true)]).unwrap_err();
        assert_eq!(error.to_string(), "--json and -D exclude each other");
        assert!(excludes("--json", &[("-K", false)]).is_ok());
    }
}
