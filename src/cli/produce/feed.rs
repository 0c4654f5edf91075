//! From an input to a producer: splitting, parsing, sending, and letting batches out when the input pauses.

use std::os::fd::AsFd;

use crate::cli::input::{Input, Readiness};
use crate::cli::progress::Progress;
use crate::cli::signals::Signals;
use crate::client::{Import, Producer};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Header, Record};
use crate::store::now_ms;
use crate::text::{LineParser, RecordSplitter, json};

/// A batch smaller than this waits once more for input before it goes out: whoever writes may be about to.
const SMALL_BYTES: usize = 64 * 1024;

/// How records are made of what is read.
pub(crate) struct Feed<'a> {
    pub(crate) form: Form,
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) headers: &'a [Header<'a>],
    pub(crate) timestamp: Option<i64>,
    /// The longest piece of input that can be a record, in bytes.
    pub(crate) longest: usize,
    pub(crate) keep_partition: bool,
    pub(crate) signals: &'a Signals,
    pub(crate) progress: Progress,
}

/// What the input is.
pub(crate) enum Form {
    /// Values, or keys and values, between delimiters.
    Lines(LineParser),
    /// One JSON object a line.
    Json,
}

/// Where records go.
pub(crate) trait Taker {
    /// Takes a record; `partition` is where it names one itself.
    fn take(&mut self, record: &Record<'_>, partition: Option<i32>) -> Result<()>;
}

impl Taker for Producer {
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "for short records the calls would take as long as the work"
    )]
    fn take(&mut self, record: &Record<'_>, partition: Option<i32>) -> Result<()> {
        self.send(record, partition)
    }
}

impl Taker for Import {
    fn take(&mut self, record: &Record<'_>, _: Option<i32>) -> Result<()> {
        self.send(record)
    }
}

impl Feed<'_> {
    /// Sends everything in `input`. An error says in which line of it.
    pub(crate) fn run(
        &mut self,
        input: &mut Input,
        splitter: &mut RecordSplitter,
        producer: &mut Producer,
    ) -> Result<()> {
        let mut line = 0;
        loop {
            self.before_waiting(input, producer)?;
            let read = input.read()?;
            self.progress.advance(read as u64);
            let now = now_ms();
            let consumed = splitter.split(input.bytes(), |record| {
                self.send(record, &mut line, now, producer)
            });
            input.consume(consumed.map_err(|error| within(error, input))?);
            if read == 0 {
                if let Some(rest) = splitter.finish(input.bytes()) {
                    self.send_last(rest, line, now, producer)
                        .map_err(|error| within(error, input))?;
                }
                input.consume(input.bytes().len());
                return Ok(());
            }
            if input.bytes().len() > self.longest {
                return Err(within(self.too_long(line + 1), input));
            }
        }
    }

    /// Lets out what is held before a wait that may last, and leaves on a signal.
    fn before_waiting(&self, input: &Input, producer: &mut Producer) -> Result<()> {
        self.signals.check()?;
        if input.readiness()? == Readiness::Ready {
            return Ok(());
        }
        let held = producer.held_bytes();
        if held > 0 && held < SMALL_BYTES {
            std::thread::yield_now();
            if input.readiness()? == Readiness::Ready {
                return Ok(());
            }
        }
        producer.flush()?;
        loop {
            producer.tick()?;
            let mut others = vec![self.signals.as_fd()];
            others.extend(producer.bell().map(AsFd::as_fd));
            if input.wait(&others, producer.sync_due())? {
                return Ok(());
            }
            self.signals.check()?;
        }
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "for short records the calls would take as long as the work"
    )]
    pub(super) fn send(
        &mut self,
        bytes: &[u8],
        line: &mut u64,
        now: i64,
        taker: &mut impl Taker,
    ) -> Result<()> {
        *line += 1;
        let timestamp = self.timestamp.unwrap_or(now);
        let sent = match &self.form {
            Form::Lines(parser) => {
                let parsed = parser.parse(bytes, *line)?;
                let key = parsed.key.or(self.key);
                taker.take(
                    &Record {
                        timestamp,
                        key,
                        value: parsed.value,
                        headers: self.headers,
                    },
                    None,
                )
            }
            Form::Json => self.send_json(bytes, *line, now, taker),
        };
        sent.map_err(|error| at_line(error, *line))
    }

    /// The same, where it happens once.
    #[cold]
    fn send_last(
        &mut self,
        bytes: &[u8],
        mut line: u64,
        now: i64,
        producer: &mut Producer,
    ) -> Result<()> {
        self.send(bytes, &mut line, now, producer)
    }

    #[inline(never)]
    fn send_json(&self, bytes: &[u8], line: u64, now: i64, taker: &mut impl Taker) -> Result<()> {
        let parsed = json::read_record(bytes, line)?;
        let mut headers = parsed.headers();
        headers.extend_from_slice(self.headers);
        let record = parsed.as_record(&headers, now);
        taker.take(&record, parsed.partition.filter(|_| self.keep_partition))
    }

    pub(super) fn too_long(&self, line: u64) -> Error {
        Error::failed(format!(
            "line {line} is longer than {} bytes, more than a record of max.message.bytes can take",
            self.longest
        ))
        .help("raise the topic's max.message.bytes, or choose the delimiter with --delimiter")
    }
}

/// Adds the line where the record is at fault.
#[cold]
fn at_line(error: Error, line: u64) -> Error {
    if error.kind() == ErrorKind::Refused {
        error.within(format_args!("line {line}"))
    } else {
        error
    }
}

pub(super) fn within(error: Error, input: &Input) -> Error {
    error.within(input.name().display())
}
