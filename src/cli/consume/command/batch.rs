//! A batch: records of one partition, one after the other, that a run of COMMAND gets or that are moved.
//!
//! It is known by its offsets. The bytes are kept beside where they are few; else they are read again for every run, so
//! that a batch may be as large as the log.

use std::sync::Arc;

use super::environment::{Variables, of_record};
use crate::cli::form::Form;
use crate::client::{Assignment, Consumer, PartitionLog, Polled};
use crate::count::counted;
use crate::error::{Error, Result};
use crate::log::{Fetched, Isolation};
use crate::record::StoredRecord;
use crate::store::TopicPartition;
use crate::text::Filters;

/// As many bytes of a batch as are kept.
const KEPT_BYTES: usize = 256 << 10;
/// As many bytes as are read ahead of what COMMAND takes, but for the last record of them.
const AHEAD_BYTES: usize = 256 << 10;
/// The lane of a consumer of one partition.
const ONLY_LANE: usize = 0;

/// A batch.
pub(super) struct Batch {
    /// What of the log's records belongs to it.
    filters: Filters,
    pub(super) partition: Arc<dyn PartitionLog>,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) count: u64,
    isolation: Isolation,
    /// What COMMAND gets, where it is little.
    bytes: Option<Vec<u8>>,
    /// What its single record puts into the environment, if that is wanted.
    pub(super) variables: Variables,
    /// Where reading is to go on after it, where it has got further.
    pub(super) read_on_at: Option<i64>,
}

/// What is put together to be a batch.
pub(super) struct Gathering {
    batch: Batch,
    most: u64,
    each: bool,
}

impl Gathering {
    /// A batch of `most` records at most; with `each` its first one puts its own into the environment.
    pub(super) fn new(
        partition: &Arc<dyn PartitionLog>,
        isolation: Isolation,
        most: u64,
        each: bool,
    ) -> Self {
        let batch = Batch {
            partition: partition.clone(),
            first: 0,
            last: 0,
            count: 0,
            isolation,
            bytes: Some(Vec::new()),
            variables: Variables::new(),
            filters: Filters::default(),
            read_on_at: None,
        };
        Self { batch, most, each }
    }

    /// Takes what it may of a batch of the log, from the offset `from` on and before `to`; true when it is full.
    pub(super) fn take(
        &mut self,
        fetched: &Fetched<'_>,
        from: i64,
        to: i64,
        form: &mut Form,
    ) -> Result<bool> {
        let (batch, most, each) = (&mut self.batch, self.most, self.each);
        form.look(batch.partition.as_ref())?;
        for_each(fetched, from, to, |record| {
            if !form.filters.is_empty() && !form.filters.admit(&record) {
                return Ok(true);
            }
            if batch.count == most {
                return Ok(false);
            }
            if batch.count == 0 {
                batch.filters.clone_from(&form.filters);
                if let Some(bytes) = &mut batch.bytes {
                    form.begin(bytes);
                }
                batch.first = record.offset;
                if each {
                    batch.variables = of_record(&record);
                }
            }
            batch.last = record.offset;
            batch.count += 1;
            if let Some(bytes) = &mut batch.bytes {
                form.write(batch.partition.name(), fetched.header(), record, bytes)?;
                if bytes.len() > KEPT_BYTES {
                    batch.bytes = None;
                }
            }
            Ok(true)
        })?;
        let is_full = self.is_full();
        let is_cut = is_full && self.batch.last < fetched.header().last_offset();
        self.batch.read_on_at = is_cut.then(|| self.batch.next());
        Ok(is_full)
    }

    /// Whether it has all that it may take.
    pub(super) fn is_full(&self) -> bool {
        self.batch.count == self.most
    }

    /// The partition that it is of.
    pub(super) fn partition(&self) -> &TopicPartition {
        self.batch.partition.name()
    }

    /// The batch, if there was anything to take.
    pub(super) fn finish(self) -> Option<Batch> {
        (self.batch.count > 0).then_some(self.batch)
    }
}

impl Batch {
    /// The offset after its last record.
    pub(super) fn next(&self) -> i64 {
        self.last + 1
    }

    /// The first `count` of its records.
    pub(super) fn front(&self, count: u64, form: &mut Form) -> Result<Self> {
        let each = !self.variables.is_empty();
        let mut gathering = Gathering::new(&self.partition, self.isolation, count, each);
        let mut consumer = self.consumer();
        while let Polled::Batch {
            batch, from, to, ..
        } = consumer.poll_to_end()?
        {
            if gathering.take(&batch, from, to, form)? {
                return Ok(gathering.batch);
            }
        }
        Err(self.not_whole(gathering.batch.count))
    }

    /// What is left of it from the offset `next` on, without `count` records.
    pub(super) fn without_front(self, next: i64, count: u64) -> Self {
        Self {
            first: next,
            count: self.count - count,
            bytes: None,
            ..self
        }
    }

    /// Shows every record.
    pub(super) fn each(&self, mut show: impl FnMut(StoredRecord<'_>) -> Result<()>) -> Result<()> {
        let mut consumer = self.consumer();
        let mut shown = 0;
        while let Polled::Batch {
            batch, from, to, ..
        } = consumer.poll_to_end()?
        {
            for_each(&batch, from, to, |record| {
                if !self.filters.admit(&record) {
                    return Ok(true);
                }
                shown += 1;
                show(record).map(|()| true)
            })?;
        }
        self.check_whole(shown)
    }

    /// What COMMAND gets of it.
    pub(super) fn feed(&self) -> Feed<'_> {
        Feed {
            batch: self,
            at: 0,
            source: match &self.bytes {
                Some(bytes) => Source::Kept(bytes),
                None => Source::Log(Box::new(Reading {
                    consumer: self.consumer(),
                    ahead: Vec::new(),
                    count: 0,
                    ended: false,
                })),
            },
        }
    }

    fn check_whole(&self, found: u64) -> Result<()> {
        if found == self.count {
            Ok(())
        } else {
            Err(self.not_whole(found))
        }
    }

    /// Retention, or a trim, has taken some of it since it was put together.
    fn not_whole(&self, found: u64) -> Error {
        Error::failed(format!(
            "{}: of the {} between the offsets {} and {} only {found} are still there",
            self.partition.name(),
            counted(self.count, "record"),
            self.first,
            self.last
        ))
        .help("retention or 'kafdir topic trim' has deleted what the group had not read")
    }

    /// Reads it again. What was committed of a transaction stays so: the same records come.
    fn consumer(&self) -> Consumer {
        let assignment = Assignment {
            partition: self.partition.clone(),
            from: self.first,
            to: Some(self.next()),
        };
        Consumer::new(vec![assignment], self.isolation, false)
    }
}

/// The bytes of a batch for one run, a piece at a time.
pub(super) struct Feed<'b> {
    batch: &'b Batch,
    /// How much of what is at hand was fed.
    at: usize,
    source: Source<'b>,
}

enum Source<'b> {
    Kept(&'b [u8]),
    Log(Box<Reading>),
}

/// A batch that is read again.
struct Reading {
    consumer: Consumer,
    ahead: Vec<u8>,
    /// The records read so far.
    count: u64,
    ended: bool,
}

impl Feed<'_> {
    /// What is to be fed next; empty at the end.
    pub(super) fn piece(&mut self, form: &mut Form) -> Result<&[u8]> {
        match &mut self.source {
            Source::Kept(bytes) => Ok(&bytes[self.at..]),
            Source::Log(reading) => {
                if self.at == reading.ahead.len() {
                    self.at = 0;
                    reading.go_on(self.batch, form)?;
                }
                Ok(&reading.ahead[self.at..])
            }
        }
    }

    /// So many bytes of the piece were fed.
    pub(super) fn fed(&mut self, count: usize) {
        self.at += count;
    }
}

impl Reading {
    /// Reads the next records, of one batch of the log at most; a batch that expands to very much is left and entered
    /// again further on.
    fn go_on(&mut self, whole: &Batch, form: &mut Form) -> Result<()> {
        let ahead = &mut self.ahead;
        ahead.clear();
        while ahead.is_empty() && !self.ended {
            let Polled::Batch {
                batch, from, to, ..
            } = self.consumer.poll_to_end()?
            else {
                self.ended = true;
                return whole.check_whole(self.count);
            };
            let mut left_at = None;
            form.look(whole.partition.as_ref())?;
            for_each(&batch, from, to, |record| {
                if ahead.len() >= AHEAD_BYTES {
                    left_at = Some(record.offset);
                    return Ok(false);
                }
                if self.count == 0 && ahead.is_empty() {
                    form.begin(ahead);
                }
                let written = form.write(whole.partition.name(), batch.header(), record, ahead)?;
                self.count += u64::from(written);
                Ok(true)
            })?;
            if let Some(offset) = left_at {
                self.consumer.seek(ONLY_LANE, offset);
            }
        }
        Ok(())
    }
}

/// Shows the records of a batch of the log from the offset `from` on and before `to`, until one is not wanted.
fn for_each(
    fetched: &Fetched<'_>,
    from: i64,
    to: i64,
    mut wanted: impl FnMut(StoredRecord<'_>) -> Result<bool>,
) -> Result<()> {
    let mut records = fetched.records()?;
    while let Some(record) = records.next().map_err(|fault| fetched.damaged(&fault))? {
        if record.offset < from {
            continue;
        }
        if record.offset >= to || !wanted(record)? {
            break;
        }
    }
    Ok(())
}
