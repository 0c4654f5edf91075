//! From an input to a producer: splitting, parsing, sending, and letting batches out when the input pauses.

use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt as _;

use crate::cli::input::{Input, Readiness};
use crate::cli::produce::forms::InputPlan;
use crate::cli::progress::Progress;
use crate::cli::signals::Signals;
use crate::client::{Import, Producing};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Header, Record};
use crate::store::now_ms;
use crate::text::json::{self, PlainJson};
use crate::text::{CsvReader, CsvRecords, Globs, LineParser, RecordBuf, RecordSplitter, Row};

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

/// How a record is made of a piece of input.
pub(crate) enum Form {
    /// Values, or keys and values, between delimiters.
    Lines(LineParser),
    /// One record a line.
    Json { dropped: Globs },
    /// One JSON document a line.
    Plain(PlainJson),
    /// A row.
    Csv { records: CsvRecords, dropped: Globs },
    /// All of the input; its name is the key, where none was given and it has one.
    File { name: Option<Vec<u8>> },
}

impl Form {
    pub(super) fn of(plan: &InputPlan) -> Self {
        match plan {
            InputPlan::Lines { parser, .. } => Self::Lines(parser.clone()),
            InputPlan::Json { dropped } => Self::Json {
                dropped: dropped.clone(),
            },
            InputPlan::Plain(plain) => Self::Plain(plain.clone()),
            InputPlan::Csv {
                columns,
                null_marker,
                dropped,
                ..
            } => Self::Csv {
                records: CsvRecords::new(columns.clone(), null_marker.clone()),
                dropped: dropped.clone(),
            },
            InputPlan::File => Self::File { name: None },
        }
    }
}

/// Where records go.
pub(crate) trait Taker {
    /// Takes a record; `partition` is where it names one itself.
    fn take(&mut self, record: &Record<'_>, partition: Option<i32>) -> Result<()>;
}

impl Taker for dyn Producing + '_ {
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
        producer: &mut dyn Producing,
    ) -> Result<()> {
        let mut line = 0;
        if let Form::File { name } = &mut self.form {
            *name = input
                .path()
                .map(|path| path.as_os_str().as_bytes().to_vec());
        }
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
                } else if let Form::File { .. } = self.form {
                    // An empty file is an empty value, and no reason to leave it out.
                    self.send_last(b"", line, now, producer)
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

    /// The same for rows, which know themselves where they end.
    pub(crate) fn run_csv(
        &mut self,
        input: &mut Input,
        reader: &mut CsvReader,
        producer: &mut dyn Producing,
    ) -> Result<()> {
        loop {
            self.before_waiting(input, producer)?;
            let read = input.read()?;
            self.progress.advance(read as u64);
            let now = now_ms();
            let mut each = |row: Row<'_>| self.send_row(&row, now, producer);
            let done = if read == 0 {
                reader.finish(&mut each)
            } else {
                reader.read(input.bytes(), &mut each)
            };
            done.map_err(|error| within(error, input))?;
            input.consume(input.bytes().len());
            if read == 0 {
                return Ok(());
            }
            if reader.held() > self.longest {
                return Err(within(self.too_long(reader.line()), input));
            }
        }
    }

    /// Lets out what is held before a wait that may last, and leaves on a signal.
    fn before_waiting(&self, input: &Input, producer: &mut dyn Producing) -> Result<()> {
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
            others.extend(producer.bell());
            if input.wait(&others, producer.due())? {
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
        taker: &mut (impl Taker + ?Sized),
    ) -> Result<()> {
        *line += 1;
        let timestamp = self.timestamp.unwrap_or(now);
        let sent = match &mut self.form {
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
            _ => self.send_other(bytes, *line, now, taker),
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
        producer: &mut dyn Producing,
    ) -> Result<()> {
        self.send(bytes, &mut line, now, producer)
    }

    #[inline(never)]
    fn send_other(
        &self,
        bytes: &[u8],
        line: u64,
        now: i64,
        taker: &mut (impl Taker + ?Sized),
    ) -> Result<()> {
        match &self.form {
            Form::Json { dropped } => {
                let record = json::read_record(bytes, line)?;
                self.send_record(&record, dropped, now, taker)
            }
            Form::Plain(plain) => {
                let picked = plain.read(bytes, line)?;
                let value = picked.value.as_ref().map_or(Some(bytes), Option::as_deref);
                let key = picked.key.as_deref().or(self.key);
                self.send_pair(key, value, picked.timestamp, now, taker)
            }
            Form::File { name } => {
                let key = self.key.or(name.as_deref());
                self.send_pair(key, Some(bytes), None, now, taker)
            }
            // Those of lines and of rows don't come here.
            Form::Lines(_) | Form::Csv { .. } => Ok(()),
        }
    }

    fn send_row(
        &mut self,
        row: &Row<'_>,
        now: i64,
        taker: &mut (impl Taker + ?Sized),
    ) -> Result<()> {
        let Form::Csv { records, dropped } = &mut self.form else {
            return Ok(());
        };
        let Some(mut record) = records.read(row)? else {
            return Ok(());
        };
        record.key = record.key.or_else(|| self.key.map(<[u8]>::to_vec));
        record.timestamp = self.timestamp.or(record.timestamp);
        let dropped = std::mem::take(dropped);
        let sent = self.send_record(&record, &dropped, now, taker);
        if let Form::Csv { dropped: place, .. } = &mut self.form {
            *place = dropped;
        }
        sent.map_err(|error| at_line(error, row.line))
    }

    fn send_record(
        &self,
        record: &RecordBuf,
        dropped: &Globs,
        now: i64,
        taker: &mut (impl Taker + ?Sized),
    ) -> Result<()> {
        let mut headers = record.headers();
        if !dropped.is_empty() {
            headers.retain(|header| !dropped.match_any(header.name));
        }
        headers.extend_from_slice(self.headers);
        let partition = record.partition.filter(|_| self.keep_partition);
        taker.take(&record.as_record(&headers, now), partition)
    }

    fn send_pair(
        &self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        timestamp: Option<i64>,
        now: i64,
        taker: &mut (impl Taker + ?Sized),
    ) -> Result<()> {
        let record = Record {
            timestamp: timestamp.or(self.timestamp).unwrap_or(now),
            key,
            value,
            headers: self.headers,
        };
        taker.take(&record, None)
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
