//! `kafdir bench latency`: how long it takes from a producer to a consumer.

use std::time::Instant;

use super::histogram::Histogram;
use super::payload::Payload;
use super::report::{Awaited, Latencies, Unit};
use crate::cli::consume::wait;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::lock_args::LockArgs;
use crate::cli::produce::Acks;
use crate::cli::progress::Progress;
use crate::cli::signals::Signals;
use crate::client::{
    Assignment, Consumer, Engine, Polled, ProducerOptions, Producing, TopicConfig, Watch,
};
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Fetched, Isolation};
use crate::record::Record;
use crate::store::{Topic, TopicName, now_ms};

/// The partition that the records go through.
const PARTITION: i32 = 0;

/// Store one record at a time, and await each at the other end
///
/// A producer stores a record and waits until it is acknowledged as --acks says; a consumer that follows the topic, in the
/// same process, is told of it and reads it; then the next one. Reports how long that took, in microseconds. The records
/// stay in partition 0 of the topic: name one that is there for nothing else. One that does not exist is created, with a
/// note on stderr.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topic
    #[arg(value_name = "TOPIC")]
    topic: String,

    /// How many records
    #[arg(
        long,
        alias = "num-records",
        value_name = "N",
        default_value_t = 1_000,
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    records: u64,

    /// Bytes of each value: letters at random
    #[arg(
        long,
        alias = "record-size",
        value_name = "BYTES",
        default_value_t = 100,
        value_parser = clap::value_parser!(u32).range(..=1 << 30)
    )]
    size: u32,

    /// When a record is acknowledged: all = synced to disk; 1 and 0 = written
    #[arg(
        long,
        value_name = "ACKS",
        value_enum,
        default_value = "all",
        allow_negative_numbers = true
    )]
    acks: Acks,

    /// Print the report as a JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir bench latency scratch
  kafdir bench latency scratch --records 10000 --acks 1 --json

Exit status:
  0  every record came, and is reported
  1  failed
  2  the command line is wrong
  4  timed out waiting for a lock
  6  the partition is damaged

  After SIGINT or SIGTERM what was measured is reported; then the same signal ends the process.

JSON:
  topic, records  what was stored and came
  latency_us      from one end to the other: avg, max, p50, p95, p99, p99_9";

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let name = TopicName::new(&args.topic)?;
    let timeout = args.lock.timeout()?;
    context.catch_signals()?;
    let engine = context.engine_for_writing(timeout)?;
    let topic = engine.topic_or_new(&name, Some(&TopicConfig::new()), None)?;
    let mut route = Route::open(engine.as_ref(), topic, args)?;
    let progress = Progress::records(args.records, context.quiet());
    let mut latencies = Histogram::new();
    let measured = route.measure(args, &mut latencies, context, &progress);
    drop(progress);
    match measured {
        Err(error) if error.kind() != ErrorKind::Interrupted => Err(error),
        measured => {
            let report = Awaited {
                topic: name.to_string(),
                records: latencies.count(),
                latency_us: Latencies::new(&latencies, Unit::Micros),
            };
            report.tell(args.json, context)?;
            measured.map(|()| Outcome::Done)
        }
    }
}

/// From a producer to a consumer.
struct Route {
    producer: Box<dyn Producing>,
    consumer: Consumer,
    lane: usize,
    watch: Watch<()>,
}

impl Route {
    fn open(engine: &dyn Engine, topic: Topic, args: &Args) -> Result<Self> {
        let partition = engine.partition(&topic, PARTITION)?;
        let mut watch = Watch::new(engine);
        watch.add_partition(partition.as_ref(), ());
        // What is in no transaction is read whatever transactions are open.
        let isolation = Isolation::ReadUncommitted;
        let mut consumer = Consumer::new(Vec::new(), isolation, true);
        let lane = consumer.assign(Assignment {
            from: partition.readable_end(isolation)?,
            partition,
            to: None,
        });
        let options = ProducerOptions {
            partition: Some(PARTITION),
            acks: args.acks.into(),
            ..ProducerOptions::default()
        };
        Ok(Self {
            producer: engine.producer(topic, options)?,
            consumer,
            lane,
            watch,
        })
    }

    fn measure(
        &mut self,
        args: &Args,
        latencies: &mut Histogram,
        context: &Context,
        progress: &Progress,
    ) -> Result<()> {
        let mut payload = Payload::letters(args.size as usize);
        for _ in 0..args.records {
            let began = Instant::now();
            let value = payload.next();
            let offset = self.store(value)?;
            self.await_record(offset, value, context)?;
            latencies.record(began.elapsed());
            progress.advance(1);
            context.signals.as_ref().map_or(Ok(()), Signals::check)?;
        }
        Ok(())
    }

    /// Stores a record and waits until it is acknowledged; its offset.
    fn store(&mut self, value: &[u8]) -> Result<i64> {
        let record = Record {
            timestamp: now_ms(),
            key: None,
            value: Some(value),
            headers: &[],
        };
        self.producer.send(&record, None)?;
        self.producer.settle()?;
        let produced = self.producer.produced();
        let offset = produced.first().map(|part| part.last_offset);
        offset.ok_or_else(|| Error::failed("a record that was stored has no offset"))
    }

    /// Waits until the record with this offset was read. Where the kernel tells of changes, the consumer looks only once it
    /// was told, as one in another process does.
    fn await_record(&mut self, offset: i64, value: &[u8], context: &Context) -> Result<()> {
        if self.watch.fd().is_some() {
            self.wait(context)?;
        }
        while !self.look(offset, value)? {
            self.wait(context)?;
        }
        Ok(())
    }

    /// Reads what is there; true once the record with this offset was read.
    fn look(&mut self, offset: i64, value: &[u8]) -> Result<bool> {
        self.consumer.wake(self.lane);
        while let Polled::Batch {
            batch, partition, ..
        } = self.consumer.poll()?
        {
            let what = match find(&batch, offset, value)? {
                Found::Before => continue,
                Found::Same => return Ok(true),
                Found::Other => "is not what was stored there",
                Found::Behind => "was deleted before it was read",
            };
            let name = partition.name();
            return Err(Error::failed(format!("{name}: offset {offset} {what}"))
                .help("measure on a topic that is there for nothing else"));
        }
        Ok(false)
    }

    /// Waits until something was written, or a signal comes.
    fn wait(&mut self, context: &Context) -> Result<()> {
        let until = Instant::now() + self.watch.patience();
        wait::wait(context, self.watch.fd(), false, until)?;
        // What changed is not asked: there is one partition. But what was told must be taken.
        self.watch.changes();
        context.signals.as_ref().map_or(Ok(()), Signals::check)
    }
}

/// What a batch says of a record.
enum Found {
    /// It comes later.
    Before,
    /// It is as it was stored.
    Same,
    /// There is another in its place.
    Other,
    /// It should have come before.
    Behind,
}

fn find(batch: &Fetched<'_>, offset: i64, value: &[u8]) -> Result<Found> {
    let mut records = batch.records()?;
    while let Some(record) = records.next().map_err(|fault| batch.damaged(&fault))? {
        if record.offset > offset {
            return Ok(Found::Behind);
        }
        if record.offset == offset {
            let same = record.value == Some(value);
            return Ok(if same { Found::Same } else { Found::Other });
        }
    }
    Ok(Found::Before)
}
