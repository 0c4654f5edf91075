//! `kafdir bench produce`: how many records a producer stores, and how long each takes to be acknowledged.

use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::histogram::Histogram;
use super::payload::Payload;
use super::pending::Pending;
use super::report::{Latencies, Rates, Sent, Unit};
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::lock_args::LockArgs;
use crate::cli::produce::{Acks, Codec};
use crate::cli::progress::Progress;
use crate::cli::signals::Signals;
use crate::client::{ProducerOptions, Producing, TopicConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Record;
use crate::store::{TopicName, now_ms};

/// How much goes to one partition before the next one's turn: Kafka's own `batch.size`.
const TURN_BYTES: usize = 16 << 10;
/// Less than this ahead of its time a record is sent at once: rates are kept by pauses, and shorter ones cost more than
/// they are.
const PAUSE: Duration = Duration::from_millis(1);
/// Records between two steps of the progress bar, where no rate is kept.
const PROGRESS_RECORDS: u64 = 1024;

/// Store records as fast as possible, or at a given rate
///
/// Reports how many records were sent, their rate, and how long each took from being handed over to being acknowledged
/// as --acks says. The records stay in the topic: name one that is there for nothing else. One that does not exist is
/// created, with a note on stderr.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topic; its partitions get records in turn
    #[arg(value_name = "TOPIC")]
    topic: String,

    /// How many records
    #[arg(
        long,
        alias = "num-records",
        value_name = "N",
        default_value_t = 100_000,
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    records: u64,

    /// Bytes of each value: letters at random [default: 100]
    #[arg(
        long,
        alias = "record-size",
        value_name = "BYTES",
        value_parser = clap::value_parser!(u32).range(..=1 << 30),
        conflicts_with = "payload_file"
    )]
    size: Option<u32>,

    /// Take the values from the lines of FILE, in turn
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    payload_file: Option<PathBuf>,

    /// At most N records a second; -1: as fast as possible
    #[arg(
        long,
        value_name = "N",
        default_value_t = -1,
        allow_negative_numbers = true,
        value_parser = clap::value_parser!(i64).range(-1..)
    )]
    throughput: i64,

    /// When a record is acknowledged: all = synced to disk; 1 and 0 = written
    #[arg(
        long,
        value_name = "ACKS",
        value_enum,
        default_value = "all",
        allow_negative_numbers = true
    )]
    acks: Acks,

    /// Compress batches [default: the topic's compression.type]
    #[arg(short = 'z', long, value_name = "CODEC", value_enum)]
    compression: Option<Codec>,

    /// Print the report as a JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir bench produce scratch
  kafdir bench produce scratch --records 1000000 --size 10 --acks 1
  kafdir bench produce scratch --records 5000 --throughput 1000 --json
  kafdir bench produce scratch --payload-file access.log -z zstd

Exit status:
  0  everything was stored and is reported
  1  failed
  2  the command line is wrong
  4  timed out waiting for a lock
  6  the partition is damaged

  After SIGINT or SIGTERM what was measured is reported; then the same signal ends the process.

JSON:
  topic, records, bytes, mb            what was stored; a MB is 1,048,576 bytes
  seconds                             how long that took
  records_per_second, mb_per_second   the rates
  latency_ms                          from handing over to acknowledgement: avg, max, p50, p95, p99, p99_9";

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let name = TopicName::new(&args.topic)?;
    let rate = rate(args.throughput)?;
    let payload = match &args.payload_file {
        Some(path) => Payload::lines(path)?,
        None => Payload::letters(args.size.unwrap_or(100) as usize),
    };
    let timeout = args.lock.timeout()?;
    context.catch_signals()?;
    let engine = context.engine_for_writing(timeout)?;
    let topic = engine.topic_or_new(&name, Some(&TopicConfig::new()), None)?;
    let partitions = usize::try_from(topic.partition_count).unwrap_or(1);
    let options = ProducerOptions {
        compression: args.compression.map(Into::into),
        acks: args.acks.into(),
        ..ProducerOptions::default()
    };
    let producer = engine.producer(topic, options)?;
    let mut sending = Sending {
        producer,
        payload,
        partitions,
        rate,
        records: 0,
        bytes: 0,
        latencies: Histogram::new(),
        pending: Pending::new(partitions),
    };
    let Some(signals) = context.signals.as_ref() else {
        return Err(Error::failed("signals are not caught"));
    };
    let progress = Progress::records(args.records, context.quiet());
    let sent = sending.send(args.records, signals, &progress);
    drop(progress);
    match sent {
        Err(error) if error.kind() != ErrorKind::Interrupted => Err(error),
        sent => {
            let report = sending.finish()?;
            report.tell(args.json, context)?;
            sent.map(|()| Outcome::Done)
        }
    }
}

/// How many records a second; `None`: as many as go.
fn rate(throughput: i64) -> Result<Option<u64>> {
    match u64::try_from(throughput) {
        Err(_) => Ok(None),
        Ok(0) => Err(Error::usage("--throughput: 0 records a second never end")
            .help("-1 is as fast as possible")),
        Ok(rate) => Ok(Some(rate)),
    }
}

/// A producer at work.
struct Sending {
    producer: Box<dyn Producing>,
    payload: Payload,
    partitions: usize,
    rate: Option<u64>,
    records: u64,
    bytes: u64,
    latencies: Histogram,
    pending: Pending,
}

impl Sending {
    /// Sends so many records.
    fn send(&mut self, records: u64, signals: &Signals, progress: &Progress) -> Result<()> {
        let (mut partition, mut turn) = (0, 0);
        let step = if self.rate.is_some() {
            1
        } else {
            PROGRESS_RECORDS
        };
        while self.records < records {
            signals.check()?;
            self.keep_rate(signals)?;
            turn += self.send_one(partition)?;
            if turn >= TURN_BYTES {
                // The syncs that were heard of meanwhile are of all partitions.
                self.pending
                    .settle_all(self.producer.as_ref(), &mut self.latencies);
                partition = (partition + 1) % self.partitions;
                turn = 0;
            }
            if self.records.is_multiple_of(step) {
                progress.advance(step);
            }
        }
        Ok(())
    }

    /// Sends one to a partition; the bytes of its value.
    fn send_one(&mut self, partition: usize) -> Result<usize> {
        let value = self.payload.next();
        let record = Record {
            timestamp: now_ms(),
            key: None,
            value: Some(value),
            headers: &[],
        };
        let number = i32::try_from(partition).unwrap_or(i32::MAX);
        self.pending.begin(partition);
        self.producer.send(&record, Some(number))?;
        self.records += 1;
        self.bytes += value.len() as u64;
        let sent = value.len();
        self.pending
            .settle(partition, self.producer.as_ref(), &mut self.latencies);
        Ok(sent)
    }

    /// Pauses as long as the next record is ahead of its time. As in any pause of its input, a producer first lets out
    /// what it holds.
    fn keep_rate(&mut self, signals: &Signals) -> Result<()> {
        let Some(due) = self.rate.and_then(|rate| {
            let nanos = u128::from(self.records) * 1_000_000_000 / u128::from(rate);
            let nanos = u64::try_from(nanos).unwrap_or(u64::MAX);
            self.pending
                .began()
                .checked_add(Duration::from_nanos(nanos))
        }) else {
            return Ok(());
        };
        if due.saturating_duration_since(Instant::now()) < PAUSE {
            return Ok(());
        }
        self.producer.flush()?;
        loop {
            self.producer.tick()?;
            self.pending
                .settle_all(self.producer.as_ref(), &mut self.latencies);
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            pause(left, signals, self.producer.as_ref())?;
            signals.check()?;
        }
    }

    /// Waits until everything is acknowledged, and says what was measured.
    fn finish(mut self) -> Result<Sent> {
        self.producer.settle()?;
        self.pending
            .settle_all(self.producer.as_ref(), &mut self.latencies);
        let elapsed = self.pending.began().elapsed();
        Ok(Sent {
            topic: self.producer.topic().name.to_string(),
            rates: Rates::new(self.records, self.bytes, elapsed),
            latency_ms: Latencies::new(&self.latencies, Unit::Millis),
        })
    }
}

/// Waits so long, or until a sync has ended or a signal comes.
fn pause(left: Duration, signals: &Signals, producer: &dyn Producing) -> Result<()> {
    let mut polled = vec![PollFd::new(signals.as_fd(), PollFlags::POLLIN)];
    let bell = producer.bell();
    polled.extend(bell.map(|bell| PollFd::new(bell, PollFlags::POLLIN)));
    let millis = left.as_micros().div_ceil(1000);
    match poll(
        &mut polled,
        PollTimeout::try_from(millis).unwrap_or(PollTimeout::MAX),
    ) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(errno) => Err(Error::failed(format!("cannot wait: {errno}"))),
    }
}
