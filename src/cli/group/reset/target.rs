//! Where a reset puts a group: one of Kafka's flags, or a position.

use std::path::PathBuf;

use crate::client::ResetTarget;
use crate::error::{Error, Result};
use crate::record::Position;
use crate::text::{parse_period, parse_position, parse_time};

// Exactly one of them. (A doc comment would describe the command.)
#[derive(Debug, Default, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct TargetArgs {
    /// To the first record that is still there
    #[arg(long)]
    to_earliest: bool,

    /// To the log's end: only what is written from now on is read
    #[arg(long)]
    to_latest: bool,

    /// To where it is; to the log's end where it has committed nothing
    #[arg(long)]
    to_current: bool,

    /// To this offset
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    to_offset: Option<i64>,

    /// So many records further on; back, if N is negative
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    shift_by: Option<i64>,

    /// To the first record of this time or later: 2026-01-31T10:00:00 (in $TZ), RFC 3339, seconds, ms, or 7d for ago
    #[arg(long, value_name = "TIME")]
    to_datetime: Option<String>,

    /// To the first record that is no older: P1DT2H as Kafka has it, or 1d2h
    #[arg(long, value_name = "DURATION")]
    by_duration: Option<String>,

    /// To a position in the words of consume --offset: start, end, N, -N, +N, @TIME
    #[arg(long, value_name = "POSITION", allow_hyphen_values = true)]
    to: Option<String>,

    /// To the offsets in a CSV file, as --export and --save-previous write it
    #[arg(long, value_name = "CSV", value_hint = clap::ValueHint::FilePath)]
    pub(super) from_file: Option<PathBuf>,
}

impl TargetArgs {
    /// What was asked for, but a file; `now` is what spans are counted back from, in ms.
    pub(super) fn target(&self, now: i64) -> Result<Option<ResetTarget>> {
        let position = if self.to_earliest {
            Position::Start
        } else if self.to_latest {
            Position::End
        } else if self.to_current {
            return Ok(Some(ResetTarget::Current));
        } else if let Some(offset) = self.to_offset {
            Position::Offset(offset)
        } else if let Some(count) = self.shift_by {
            return Ok(Some(ResetTarget::ShiftBy(count)));
        } else if let Some(time) = &self.to_datetime {
            Position::Time(parse_time(time, now).map_err(|error| error.within("--to-datetime"))?)
        } else if let Some(period) = &self.by_duration {
            before(now, period).map_err(|error| error.within("--by-duration"))?
        } else if let Some(position) = &self.to {
            parse_position(position, now).map_err(|error| error.within("--to"))?
        } else {
            return Ok(None);
        };
        Ok(Some(ResetTarget::To(position)))
    }
}

fn before(now: i64, period: &str) -> Result<Position> {
    let span = parse_period(period)?.as_millis();
    i64::try_from(span)
        .ok()
        .and_then(|span| now.checked_sub(span))
        .filter(|time| *time >= 0)
        .map(Position::Time)
        .ok_or_else(|| Error::usage(format!("{period:?} ago is before 1970")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    const NOW: i64 = 1_769_853_600_000;

    #[test]
    fn each_flag_is_a_place() {
        let none = TargetArgs::default;
        let text = |text: &str| Some(text.to_owned());
        for (args, expected) in [
            (
                TargetArgs {
                    by_duration: text("PT1S"),
                    ..none()
                },
                ResetTarget::To(Position::Time(NOW - 1000)),
            ),
            (
                TargetArgs {
                    to_datetime: text("2026-01-31T10:00:00Z"),
                    ..none()
                },
                ResetTarget::To(Position::Time(NOW)),
            ),
            (
                TargetArgs {
                    to: text("-5"),
                    ..none()
                },
                ResetTarget::To(Position::FromEnd(5)),
            ),
            (
                TargetArgs {
                    to_offset: Some(-5),
                    ..none()
                },
                ResetTarget::To(Position::Offset(-5)),
            ),
            (
                TargetArgs {
                    shift_by: Some(-5),
                    ..none()
                },
                ResetTarget::ShiftBy(-5),
            ),
        ] {
            assert_eq!(args.target(NOW).unwrap(), Some(expected), "{args:?}");
        }
        assert_eq!(none().target(NOW).unwrap(), None);
    }

    #[test]
    fn errors_name_the_flag() {
        let args = TargetArgs {
            by_duration: Some("P99999D".to_owned()),
            ..TargetArgs::default()
        };
        let error = args.target(NOW).unwrap_err().to_string();
        assert_eq!(error, "--by-duration: \"P99999D\" ago is before 1970");
    }
}
