//! One file of an import while it is read.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::input::Input;
use crate::cli::produce::feed::{self, Feed};
use crate::client::{
    Identity, Import, ImportRouting, Produced, ProducerOptions, SourcePosition, Tracked,
};
use crate::error::{IoContext as _, Result};
use crate::store::{Store, Topic, now_ms};
use crate::text::{Delimiter, RecordSplitter};

/// A file, how far it is read, and the producer of its records.
pub(super) struct Reading {
    pub(super) tracked: Tracked,
    input: Input,
    splitter: RecordSplitter,
    delimiter_bytes: u64,
    import: Import,
    /// Bytes that were read and whose records the import took.
    taken: u64,
    line: u64,
}

impl Reading {
    /// Opens it where it was left.
    pub(super) fn open(
        store: &Arc<Store>,
        topic: &Topic,
        routing: ImportRouting,
        options: &ProducerOptions,
        delimiter: &Delimiter,
        tracked: Tracked,
        interrupted: bool,
    ) -> Result<Self> {
        let source = &tracked.source;
        Ok(Self {
            input: Input::resumed(&tracked.file, &source.path, source.position)?,
            splitter: RecordSplitter::new(delimiter.clone()),
            delimiter_bytes: delimiter.as_bytes().len() as u64,
            import: Import::open(
                store,
                topic,
                routing,
                options,
                &source.remembered(),
                interrupted,
            )?,
            taken: source.position,
            line: 0,
            tracked,
        })
    }

    /// The name that it was given by.
    pub(super) fn path(&self) -> &PathBuf {
        &self.tracked.source.path
    }

    /// Reads one piece; the number of bytes, 0 at the end as it is now.
    pub(super) fn read(&mut self, feed: &mut Feed<'_>) -> Result<usize> {
        let read = self.input.read()?;
        feed.progress.advance(read as u64);
        let now = now_ms();
        let (import, line, taken) = (&mut self.import, &mut self.line, &mut self.taken);
        let delimiter_bytes = self.delimiter_bytes;
        let consumed = self.splitter.split(self.input.bytes(), |record| {
            feed.send(record, line, now, import)?;
            *taken += record.len() as u64 + delimiter_bytes;
            Ok(())
        });
        let consumed = consumed.map_err(|error| {
            let begun = self.tracked.source.position;
            feed::within(error, &self.input).and(format!("lines are counted from byte {begun} on"))
        })?;
        self.input.consume(consumed);
        if self.input.bytes().len() > feed.longest {
            return Err(feed::within(feed.too_long(self.line + 1), &self.input));
        }
        Ok(read)
    }

    /// Lets out what was read.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.import.flush()
    }

    /// How many bytes of the file were read.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Whether something was read since the last [`Self::settle`].
    pub(super) fn is_unsettled(&self) -> bool {
        self.taken != self.tracked.source.position
    }

    /// Makes what was read durable.
    pub(super) fn sync(&mut self) -> Result<()> {
        self.import.sync()
    }

    /// Notes how far it is stored, once all is synced.
    pub(super) fn settle(&mut self) -> Result<()> {
        let source = &mut self.tracked.source;
        let remembered = self.import.settle(&source.remembered())?;
        source.remember(remembered);
        source.position = self.taken;
        let path = source.path.as_path();
        source.identity = Identity::of(&self.tracked.file, self.taken).at("read", path)?;
        source.size = self
            .tracked
            .file
            .metadata()
            .at("examine", path)?
            .len()
            .max(self.taken);
        Ok(())
    }

    /// How far it is stored.
    pub(super) fn source(&self) -> &SourcePosition {
        &self.tracked.source
    }

    /// What was stored of it in this run.
    pub(super) fn produced(&self) -> Vec<Produced> {
        self.import.produced()
    }

    /// Records of it that were stored already.
    pub(super) fn skipped(&self) -> u64 {
        self.import.skipped()
    }
}
