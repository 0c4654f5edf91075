//! Writing out what is wanted of a batch.

use crate::cli::form::{Form, Shape, located, refused};
use crate::cli::output::Output;
use crate::error::Result;
use crate::log::Fetched;
use crate::record::StoredRecord;
use crate::store::TopicPartition;
use crate::text::Filters;

/// What is wanted of a batch.
pub(super) struct Wanted {
    /// The first offset.
    pub(super) from: i64,
    /// The offset to stop before.
    pub(super) to: i64,
    /// So many records at most.
    pub(super) most: u64,
}

/// What records are written to, one after the other.
pub(super) trait Sink {
    /// The buffer, to append to.
    fn buffer(&mut self) -> &mut Vec<u8>;

    /// To be called after each record, with its offset. False: no more for now.
    fn after(&mut self, offset: i64) -> Result<bool>;

    /// To be called for each record that the filters left out, with its offset.
    fn left_out(&mut self, offset: i64);
}

impl Sink for Output {
    #[inline]
    fn buffer(&mut self) -> &mut Vec<u8> {
        Self::buffer(self)
    }

    #[inline]
    fn after(&mut self, _offset: i64) -> Result<bool> {
        self.pace()?;
        Ok(true)
    }

    fn left_out(&mut self, _offset: i64) {}
}

/// What was written of a batch.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    /// Those that the filters left out are not counted.
    pub(super) records: u64,
    /// Where to go on in the batch; none if all that is wanted of it was written.
    pub(super) stopped: Option<i64>,
}

impl Wanted {
    /// Writes it out. The form is chosen here, not for each record.
    pub(super) fn write(
        &self,
        batch: &Fetched<'_>,
        partition: &TopicPartition,
        form: &mut Form,
        sink: &mut impl Sink,
    ) -> Result<Written> {
        let header = batch.header();
        let filters = &form.filters;
        match &mut form.shape {
            Shape::Lines(lines) => self.write_each(batch, filters, sink, |record, out| {
                lines
                    .write(record.key, record.value, out)
                    .map_err(|unsaid| refused(&located(partition, header, record), unsaid))
            }),
            Shape::Json(json) => self.write_each(batch, filters, sink, |record, out| {
                json.write(&located(partition, header, record), out);
                Ok(())
            }),
            Shape::Format(format) => self.write_each(batch, filters, sink, |record, out| {
                format
                    .write(&located(partition, header, record), out)
                    .map_err(|unsaid| refused(&located(partition, header, record), unsaid))
            }),
            Shape::Csv(csv) => self.write_each(batch, filters, sink, |record, out| {
                csv.write(&located(partition, header, record), out)
                    .map_err(|unsaid| refused(&located(partition, header, record), unsaid))
            }),
        }
    }

    fn write_each(
        &self,
        batch: &Fetched<'_>,
        filters: &Filters,
        sink: &mut impl Sink,
        mut write: impl FnMut(StoredRecord<'_>, &mut Vec<u8>) -> Result<()>,
    ) -> Result<Written> {
        let mut records = batch.records()?;
        let mut written = Written::default();
        while let Some(record) = records.next().map_err(|fault| batch.damaged(&fault))? {
            if record.offset < self.from {
                continue;
            }
            if record.offset >= self.to {
                break;
            }
            if written.records == self.most {
                written.stopped = Some(record.offset);
                break;
            }
            if !filters.is_empty() && !filters.admit(&record) {
                sink.left_out(record.offset);
                continue;
            }
            write(record, sink.buffer())?;
            written.records += 1;
            if !sink.after(record.offset)? {
                written.stopped = Some(record.offset + 1);
                break;
            }
        }
        Ok(written)
    }
}
