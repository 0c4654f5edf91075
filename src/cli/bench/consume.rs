//! `kafdir bench consume`: how fast records are read.

use std::time::Instant;

use super::report::{Consumed, Rates};
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::lock_args::LockArgs;
use crate::cli::progress::Progress;
use crate::cli::signals::Signals;
use crate::client::{Assignment, Consumer, Polled};
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Fetched, Isolation};
use crate::store::TopicName;

/// Read the records of a topic as fast as possible
///
/// Reads from the beginning to the end as it is at the start, and reports how many records and bytes of keys and values
/// that were, and their rate. Every record is looked at, with its key and headers; none is printed.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The topic
    #[arg(value_name = "TOPIC")]
    topic: String,

    /// End after N records
    #[arg(
        short = 'n',
        long,
        alias = "messages",
        value_name = "N",
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    max_messages: Option<u64>,

    /// Print the report as a JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    lock: LockArgs,
}

const AFTER_HELP: &str = "\
Examples:
  kafdir bench consume scratch
  kafdir bench consume scratch -n 1000000 --json

Exit status:
  0  the end or -n was reached, and what was read is reported
  1  failed, an unknown topic included
  2  the command line is wrong
  4  timed out waiting for a lock
  6  damaged data

  After SIGINT or SIGTERM what was measured is reported; then the same signal ends the process.

JSON:
  topic, records, bytes, mb            what was read; a MB is 1,048,576 bytes
  seconds                             how long that took
  records_per_second, mb_per_second   the rates";

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Outcome> {
    let name = TopicName::new(&args.topic)?;
    let deadline = args.lock.deadline()?;
    context.catch_signals()?;
    let engine = context.engine_for_reading(deadline)?;
    let topic = engine.topic(&name)?;
    let mut assignments = Vec::new();
    let mut expected = 0;
    for number in topic.partition_numbers() {
        let partition = engine.partition(&topic, number)?;
        let from = partition.start()?;
        let to = partition.readable_end(Isolation::ReadCommitted)?;
        expected += to.abs_diff(from);
        assignments.push(Assignment {
            partition,
            from,
            to: Some(to),
        });
    }
    let limit = args.max_messages.unwrap_or(u64::MAX);
    let mut reading = Reading {
        consumer: Consumer::new(assignments, Isolation::ReadCommitted, false),
        records: 0,
        bytes: 0,
        progress: Progress::records(expected.min(limit), context.quiet()),
    };
    let Some(signals) = context.signals.as_ref() else {
        return Err(Error::failed("signals are not caught"));
    };
    let began = Instant::now();
    let read = reading.read(limit, signals);
    let elapsed = began.elapsed();
    let Reading { records, bytes, .. } = reading;
    match read {
        Err(error) if error.kind() != ErrorKind::Interrupted => Err(error),
        read => {
            let report = Consumed {
                topic: name.to_string(),
                rates: Rates::new(records, bytes, elapsed),
            };
            report.tell(args.json, context)?;
            read.map(|()| Outcome::Done)
        }
    }
}

/// A consumer at work.
struct Reading {
    consumer: Consumer,
    records: u64,
    bytes: u64,
    progress: Progress,
}

impl Reading {
    /// Reads so many records, or all.
    fn read(&mut self, limit: u64, signals: &Signals) -> Result<()> {
        while self.records < limit {
            signals.check()?;
            let Polled::Batch {
                batch, from, to, ..
            } = self.consumer.poll_to_end()?
            else {
                return Ok(());
            };
            let (records, bytes) = count(&batch, from, to, limit - self.records)?;
            self.records += records;
            self.bytes += bytes;
            self.progress.advance(records);
        }
        Ok(())
    }
}

/// The records of a batch from `from` up to but without `to`, `most` at most, and the bytes of their keys and values.
fn count(batch: &Fetched<'_>, from: i64, to: i64, most: u64) -> Result<(u64, u64)> {
    let (mut count, mut bytes) = (0, 0);
    let mut records = batch.records()?;
    while let Some(record) = records.next().map_err(|fault| batch.damaged(&fault))? {
        if record.offset < from {
            continue;
        }
        if record.offset >= to || count == most {
            break;
        }
        count += 1;
        bytes += (record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len)) as u64;
    }
    Ok((count, bytes))
}
