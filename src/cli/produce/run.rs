//! Doing what a `produce` plan says.

use std::sync::Arc;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::flag;
use crate::cli::input::Input;
use crate::cli::produce::feed::{Feed, Form};
use crate::cli::produce::forms::InputPlan;
use crate::cli::produce::plan::{Input as Named, ProducePlan, Routing, Source};
use crate::cli::produce::{report, resume};
use crate::cli::progress::Progress;
use crate::cli::signals::Signals;
use crate::cli::standard_streams;
use crate::client::{Engine, PartitionerKind, ProducerOptions, Producing, TopicConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Header, Record};
use crate::store::now_ms;
use crate::store::{Store, Topic};
use crate::text::{CsvReader, HeaderBuf, LineParser, RecordSplitter};

/// JSON may need six bytes for one of a record (`\u0000`).
const JSON_EXPANSION: usize = 6;
/// Escapes of lines may need four (`\x2d`).
const ESCAPE_EXPANSION: usize = 4;
/// What JSON has around a record's bytes.
const JSON_FRAME: usize = 64 * 1024;

/// Runs the plan.
pub(super) fn run(plan: &ProducePlan, context: &mut Context) -> Result<Outcome> {
    if plan.summary {
        context.output.check()?;
    }
    if let Some(resume) = &plan.resume {
        return resume::run(plan, resume, context);
    }
    context.catch_signals()?;
    let total = examine_inputs(&plan.source)?;
    let engine = open_engine(plan, context)?;
    let topic = topic(plan, engine.as_ref())?;
    let mut producer = engine.producer(topic, options(plan))?;
    let Some(signals) = context.signals.as_ref() else {
        return Err(Error::failed("signals are not caught"));
    };
    let sent = send_all(plan, total, producer.as_mut(), signals, context.quiet());
    let outcome = match (sent, producer.settle()) {
        (Ok(()), Ok(())) => Ok(Outcome::Done),
        (Err(error), Ok(())) if error.kind() == ErrorKind::Interrupted => Err(error),
        // Everything before the error is stored, whatever it was.
        (Err(error), Ok(())) => {
            let parts = producer.produced();
            let stored = parts.iter().map(|part| part.records).sum();
            return Err(error.and(report::are_stored(stored, " before it")));
        }
        // A second failure has nothing to add to the first, and that we were to stop nothing to a failure.
        (Err(error), Err(_)) if error.kind() != ErrorKind::Interrupted => {
            return Err(with_stored(error, producer.as_ref()));
        }
        (_, Err(error)) => return Err(with_stored(error, producer.as_ref())),
    };
    let name = producer.topic().name.clone();
    report::tell(plan, &name, &producer.produced(), context)?;
    outcome
}

/// The error, with how many records are stored in spite of it, where that can be said.
fn with_stored(error: Error, producer: &dyn Producing) -> Error {
    if matches!(error.kind(), ErrorKind::Damaged | ErrorKind::TopicDeleted) {
        return error;
    }
    let parts = producer.produced();
    let stored = parts
        .iter()
        .map(|part| producer.acknowledged(part.partition));
    error.and(report::are_stored(stored.sum(), ""))
}

fn send_all(
    plan: &ProducePlan,
    total: Option<u64>,
    producer: &mut dyn Producing,
    signals: &Signals,
    quiet: bool,
) -> Result<()> {
    let headers: Vec<Header<'_>> = plan.headers.iter().map(HeaderBuf::as_header).collect();
    let (inputs, form) = match &plan.source {
        Source::Tombstone => {
            let record = Record {
                timestamp: plan.timestamp.unwrap_or_else(now_ms),
                key: plan.key.as_deref(),
                value: None,
                headers: &headers,
            };
            return producer.send(&record, None);
        }
        Source::Input { inputs, form } => (inputs, form),
    };
    let mut feed = feed(plan, producer.topic(), &headers, total, signals, quiet);
    if let InputPlan::Csv {
        dialect, flexible, ..
    } = form
    {
        let mut reader = CsvReader::new(*dialect, *flexible);
        for named in inputs {
            feed.run_csv(&mut open(named)?, &mut reader, producer)?;
        }
        return Ok(());
    }
    let mut splitter = RecordSplitter::new(form.delimiter());
    for named in inputs {
        feed.run(&mut open(named)?, &mut splitter, producer)?;
    }
    Ok(())
}

/// The longest piece of input that can be a record of `largest` bytes.
fn longest(form: &InputPlan, largest: usize) -> usize {
    match form {
        InputPlan::Lines { parser, .. } if parser.has_escapes() => {
            largest.saturating_mul(ESCAPE_EXPANSION)
        }
        InputPlan::Lines { .. } | InputPlan::File => largest,
        InputPlan::Json { .. } | InputPlan::Plain(_) | InputPlan::Csv { .. } => largest
            .saturating_mul(JSON_EXPANSION)
            .saturating_add(JSON_FRAME),
    }
}

/// What makes records of what is read, `total` bytes in all.
pub(super) fn feed<'a>(
    plan: &'a ProducePlan,
    topic: &Topic,
    headers: &'a [Header<'a>],
    total: Option<u64>,
    signals: &'a Signals,
    quiet: bool,
) -> Feed<'a> {
    let largest = usize::try_from(topic.settings.max_message_bytes()).unwrap_or(usize::MAX);
    let (form, longest) = match &plan.source {
        Source::Input { form, .. } => (Form::of(form), longest(form, largest)),
        Source::Tombstone => (Form::Lines(LineParser::default()), largest),
    };
    Feed {
        form,
        key: plan.key.as_deref(),
        headers,
        timestamp: plan.timestamp,
        longest,
        keep_partition: plan.keep_partition,
        signals,
        progress: Progress::bytes(total, quiet),
    }
}

/// Opens the place, which is made where the topic may be made too.
fn open_engine(plan: &ProducePlan, context: &Context) -> Result<Arc<dyn Engine>> {
    if plan.create {
        return context.engine_for_writing(plan.timeout);
    }
    context.engine_for_changing(flag::deadline(plan.timeout))
}

/// The topic that is written to.
pub(super) fn topic(plan: &ProducePlan, engine: &dyn Engine) -> Result<Topic> {
    let plain = TopicConfig::new();
    let wanted = match plan.routing {
        Routing::Partition(partition) => Some(partition),
        Routing::Murmur2 | Routing::RoundRobin => None,
    };
    engine.topic_or_new(&plan.topic, plan.create.then_some(&plain), wanted)
}

/// The same where it has to be a directory.
pub(super) fn open_store(plan: &ProducePlan, context: &Context) -> Result<Arc<Store>> {
    if plan.create {
        return context.store_for_writing(plan.timeout);
    }
    let store = context.store_for_reading(flag::deadline(plan.timeout))?;
    store.begin_writing()?;
    Ok(store)
}

/// Looks at all inputs, before anything is stored; their bytes in all, where that is known. They may be more than a process
/// can have open: each is opened when its turn has come.
fn examine_inputs(source: &Source) -> Result<Option<u64>> {
    let Source::Input { inputs, .. } = source else {
        return Ok(None);
    };
    let sizes = inputs.iter().map(|input| match input {
        Named::Stdin => standard_streams::check_stdin().map(|()| None),
        Named::File(path) => Input::examine(path),
    });
    let sizes = sizes.collect::<Result<Vec<_>>>()?;
    Ok(sizes.into_iter().sum())
}

fn open(named: &Named) -> Result<Input> {
    match named {
        Named::Stdin => Ok(Input::stdin()),
        Named::File(path) => Input::open(path),
    }
}

pub(super) fn options(plan: &ProducePlan) -> ProducerOptions {
    let (partition, partitioner) = match plan.routing {
        Routing::Partition(partition) => (Some(partition), PartitionerKind::Murmur2),
        Routing::Murmur2 => (None, PartitionerKind::Murmur2),
        Routing::RoundRobin => (None, PartitionerKind::RoundRobin),
    };
    ProducerOptions {
        partition,
        partitioner,
        compression: plan.compression,
        acks: plan.acks.into(),
        sync_interval: plan.sync_interval,
        numbered: None,
    }
}
