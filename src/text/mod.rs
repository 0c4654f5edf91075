//! Records as bytes that people and scripts read and write: lines, JSON, format strings, offsets as CSV, and the words
//! for positions and times.
//!
//! Everything here is pure: bytes in, records out, and back. Who reads standard input and who owns standard
//! output is not known to it, so each form can be tested for what it promises: that nothing is dropped, nothing
//! is half taken, and that what can't be told apart in the output is counted instead of passed over.

mod csv;
mod delimiter;
mod escape;
mod filter;
mod format;
mod glob;
pub mod json;
mod line_escapes;
mod line_format;
mod line_parser;
mod losses;
mod number;
mod offsets_csv;
mod period;
mod position;
mod record_buf;
mod splitter;
#[cfg(test)]
mod testing;
mod time;

pub use csv::{CsvColumns, CsvDialect, CsvFormat, CsvReader, CsvRecords, Row};
pub use delimiter::Delimiter;
pub use filter::Filters;
pub use format::{Format, Reach};
pub use glob::Globs;
pub use line_escapes::LineEscapes;
pub use line_format::LineFormat;
pub use line_parser::{Line, LineParser};
pub use losses::{Losses, Unsaid};
pub use offsets_csv::{OffsetRow, read_offsets, write_offset};
pub use period::parse_period;
pub use position::{parse_position, parse_range};
pub use record_buf::{HeaderBuf, RecordBuf};
pub use splitter::RecordSplitter;
pub use time::{format_time, parse_duration, parse_time};

use crate::record::{BatchHeader, StoredRecord};

/// A stored record and where it was found: what a line of output is made of.
#[derive(Debug, Clone, Copy)]
pub struct Located<'a> {
    /// The topic's name.
    pub topic: &'a str,
    /// The partition of that topic.
    pub partition: i32,
    /// The header of the batch that it was in.
    pub batch: &'a BatchHeader,
    /// The record, its offset included.
    pub record: StoredRecord<'a>,
}
