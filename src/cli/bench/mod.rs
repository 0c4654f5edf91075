//! `kafdir bench`: what Kafka's performance tools measure, measured here.

mod consume;
mod histogram;
mod latency;
mod payload;
mod pending;
mod produce;
mod report;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::global::Invoked;
use crate::error::Result;

/// Measure rates and latencies: of producing, of consuming, and from one end to the other
///
/// These report what kafka-producer-perf-test, kafka-consumer-perf-test and kafka-e2e-latency report, and mean the same: MB are
/// 1048576 bytes of keys and values, a percentile is the value at its rank. Ctrl-C ends a measurement early: what was
/// measured up to then is reported.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Store records as fast as possible, or at a given rate
    Produce(Box<Invoked<produce::Args>>),
    /// Read the records of a topic as fast as possible
    Consume(Box<Invoked<consume::Args>>),
    /// Store one record at a time, and await each at the other end
    Latency(Box<Invoked<latency::Args>>),
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Outcome> {
    match args.command {
        Command::Produce(produce) => produce::run(&context.invoked(*produce)?, context),
        Command::Consume(consume) => consume::run(&context.invoked(*consume)?, context),
        Command::Latency(latency) => latency::run(&context.invoked(*latency)?, context),
    }
}
