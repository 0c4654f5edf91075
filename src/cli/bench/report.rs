//! What was measured, in words and as JSON.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::histogram::Histogram;
use crate::cli::context::Context;
use crate::count::counted;
use crate::error::Result;

/// A megabyte as Kafka's tools count it.
const MEGABYTE: f64 = 1024.0 * 1024.0;
/// The percentiles, in thousandths.
const PERCENTILES: [(u64, &str); 4] =
    [(500, "50th"), (950, "95th"), (990, "99th"), (999, "99.9th")];

/// How many records of how many bytes, and how fast.
#[derive(Debug, Serialize)]
pub(super) struct Rates {
    records: u64,
    bytes: u64,
    mb: f64,
    seconds: f64,
    records_per_second: f64,
    mb_per_second: f64,
}

impl Rates {
    /// Of so many in so long.
    #[expect(clippy::cast_precision_loss, reason = "fifteen digits are enough")]
    pub(super) fn new(records: u64, bytes: u64, elapsed: Duration) -> Self {
        let seconds = elapsed.as_secs_f64();
        let rate = |amount: f64| {
            if seconds > 0.0 { amount / seconds } else { 0.0 }
        };
        let mb = bytes as f64 / MEGABYTE;
        Self {
            records,
            bytes,
            mb: rounded(mb, 3),
            seconds: rounded(seconds, 6),
            records_per_second: rounded(rate(records as f64), 1),
            mb_per_second: rounded(rate(mb), 3),
        }
    }

    fn words(&self, verb: &str) -> String {
        format!(
            "{} {verb}, {:.1} records/sec ({:.2} MB/sec)",
            counted(self.records, "record"),
            self.records_per_second,
            self.mb_per_second
        )
    }
}

/// How long it took, in `unit`s; nothing of nothing.
#[derive(Debug, Serialize)]
pub(super) struct Latencies {
    avg: Option<f64>,
    max: Option<f64>,
    p50: Option<f64>,
    p95: Option<f64>,
    p99: Option<f64>,
    p99_9: Option<f64>,
}

/// What latencies are told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Millis,
    Micros,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Millis => "ms",
            Self::Micros => "us",
        }
    }

    fn of(self, nanos: f64) -> f64 {
        match self {
            Self::Millis => rounded(nanos / 1e6, 3),
            Self::Micros => rounded(nanos / 1e3, 1),
        }
    }
}

impl Latencies {
    /// What was counted, in `unit`s.
    #[expect(clippy::cast_precision_loss, reason = "fifteen digits are enough")]
    pub(super) fn new(counted: &Histogram, unit: Unit) -> Self {
        let say = |nanos: Option<u64>| nanos.map(|nanos| unit.of(nanos as f64));
        let [p50, p95, p99, p99_9] =
            PERCENTILES.map(|(thousandths, _)| say(counted.percentile(thousandths)));
        Self {
            avg: counted.mean().map(|nanos| unit.of(nanos)),
            max: say(counted.max()),
            p50,
            p95,
            p99,
            p99_9,
        }
    }

    fn words(&self, unit: Unit) -> String {
        let mut words = String::new();
        let mut say = |value: Option<f64>, what: &str| {
            if let Some(value) = value {
                let decimals = if unit == Unit::Millis { 3 } else { 1 };
                let _ = write!(words, ", {value:.decimals$} {} {what}", unit.name());
            }
        };
        say(self.avg, "avg latency");
        say(self.max, "max latency");
        for (value, (_, name)) in [self.p50, self.p95, self.p99, self.p99_9]
            .into_iter()
            .zip(PERCENTILES)
        {
            say(value, name);
        }
        words
    }
}

/// What `bench produce` measured.
#[derive(Serialize)]
pub(super) struct Sent {
    pub(super) topic: String,
    #[serde(flatten)]
    pub(super) rates: Rates,
    pub(super) latency_ms: Latencies,
}

/// What `bench consume` measured.
#[derive(Serialize)]
pub(super) struct Consumed {
    pub(super) topic: String,
    #[serde(flatten)]
    pub(super) rates: Rates,
}

/// What `bench latency` measured.
#[derive(Serialize)]
pub(super) struct Awaited {
    pub(super) topic: String,
    pub(super) records: u64,
    pub(super) latency_us: Latencies,
}

impl Sent {
    /// Prints it.
    pub(super) fn tell(&self, json: bool, context: &mut Context) -> Result<()> {
        let words = || {
            let latencies = self.latency_ms.words(Unit::Millis);
            format!("{}{latencies}.\n", self.rates.words("sent"))
        };
        tell(self, json, words, context)
    }
}

impl Consumed {
    /// Prints it.
    pub(super) fn tell(&self, json: bool, context: &mut Context) -> Result<()> {
        let words = || {
            let rates = &self.rates;
            format!(
                "{}, {} bytes, {:.2} MB, {:.3} s.\n",
                rates.words("consumed"),
                rates.bytes,
                rates.mb,
                rates.seconds
            )
        };
        tell(self, json, words, context)
    }
}

impl Awaited {
    /// Prints it.
    pub(super) fn tell(&self, json: bool, context: &mut Context) -> Result<()> {
        let words = || {
            let latencies = self.latency_us.words(Unit::Micros);
            let records = counted(self.records, "record");
            format!("{records} there and back{latencies}.\n")
        };
        tell(self, json, words, context)
    }
}

fn tell(
    report: &impl Serialize,
    json: bool,
    words: impl FnOnce() -> String,
    context: &mut Context,
) -> Result<()> {
    if json {
        context.output.put_json(report)
    } else {
        context.output.put(words().as_bytes())
    }
}

fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_kafkas_tools() {
        let mut histogram = Histogram::new();
        for micros in 1..=999 {
            histogram.record(Duration::from_micros(micros));
        }
        let rates = Rates::new(1000, 2 << 20, Duration::from_millis(500));
        assert_eq!(
            rates.words("sent"),
            "1000 records sent, 2000.0 records/sec (4.00 MB/sec)"
        );
        let latencies = Latencies::new(&histogram, Unit::Millis);
        let words = latencies.words(Unit::Millis);
        assert!(
            words.starts_with(", 0.500 ms avg latency, 0.999 ms max latency, 0.500 ms 50th, "),
            "{words}"
        );
        assert!(words.ends_with(" ms 99.9th"), "{words}");
        let micros = Latencies::new(&histogram, Unit::Micros);
        assert_eq!(micros.max, Some(999.0));
    }

    #[test]
    fn nothing_has_neither_rate_nor_latency() {
        let rates = Rates::new(0, 0, Duration::ZERO);
        assert_eq!(
            rates.words("sent"),
            "0 records sent, 0.0 records/sec (0.00 MB/sec)"
        );
        let latencies = Latencies::new(&Histogram::new(), Unit::Micros);
        assert_eq!(latencies.words(Unit::Micros), "");
        assert_eq!(latencies.p99_9, None);
    }
}
