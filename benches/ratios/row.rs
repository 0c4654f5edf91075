//! A row of the table: what was measured, beside its limit and its goal.

use std::fmt;

use crate::sample::Pairs;

/// What a row's numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Bytes per second.
    Rate,
    /// Seconds.
    Time,
    /// Bytes.
    Size,
}

/// Which ratio is good enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// The figure is at least so many times the limit.
    AtLeast(f64),
    /// The figure is at most so many times the limit.
    AtMost(f64),
}

/// A row.
pub(crate) struct Row {
    name: String,
    what: String,
    unit: Unit,
    pairs: Pairs,
    goal: Goal,
}

impl Row {
    pub(crate) fn new(
        name: impl Into<String>,
        what: impl Into<String>,
        unit: Unit,
        pairs: Pairs,
        goal: Goal,
    ) -> Self {
        Self {
            name: name.into(),
            what: what.into(),
            unit,
            pairs,
            goal,
        }
    }

    pub(crate) fn is_met(&self) -> bool {
        match self.goal {
            Goal::AtLeast(least) => self.pairs.ratio() >= least,
            Goal::AtMost(most) => self.pairs.ratio() <= most,
        }
    }
}

/// The names of the columns.
pub(crate) fn heading() -> String {
    format!(
        "{:<22} {:>12} {:>12} {:>6} {:>12}  {:<8} {:<8} what",
        "row", "figure", "limit", "ratio", "range", "goal", ""
    )
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = self.pairs.range();
        write!(
            f,
            "{:<22} {:>12} {:>12} {:>6.2} {:>12}  {:<8} {:<8} {}",
            self.name,
            self.unit.show(self.pairs.figure()),
            self.unit.show(self.pairs.limit()),
            self.pairs.ratio(),
            format!("{low:.2}..{high:.2}"),
            self.goal.to_string(),
            if self.is_met() { "met" } else { "NOT MET" },
            self.what
        )
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, ">= {least:.2}"),
            Self::AtMost(most) => write!(f, "<= {most:.2}"),
        }
    }
}

impl Unit {
    fn show(self, number: f64) -> String {
        match self {
            Self::Rate => format!("{:.0} MB/s", number / 1e6),
            Self::Time if number < 1e-3 => format!("{:.0} us", number * 1e6),
            Self::Time => format!("{:.2} ms", number * 1e3),
            Self::Size => format!("{:.1} MiB", number / 1024.0 / 1024.0),
        }
    }
}
