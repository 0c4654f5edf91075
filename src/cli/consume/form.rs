//! What a record looks like on its way out.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use super::OutputArgs;
use super::wanted::located;
use crate::cli::flag;
use crate::error::Result;
use crate::log::Partition;
use crate::record::StoredRecord;
use crate::text::{Delimiter, Format, LineFormat, Losses, json};

/// What a record looks like on stdout.
#[derive(Debug, Clone)]
pub(crate) enum Form {
    Lines(LineFormat),
    Json,
    Format(Box<Format>),
}

impl Form {
    /// The form that the flags ask for.
    pub(super) fn new(output: &OutputArgs) -> Result<Self> {
        let null_marker = output.null_marker.clone().map(OsString::into_vec);
        let of_lines = [
            ("--delimiter", output.delimiter.is_some()),
            ("--null", output.null),
            ("--key-separator", output.key_separator.is_some()),
        ];
        match output.format.as_deref() {
            None if output.json => Ok(Self::Json),
            None | Some("lines") => lines(output, null_marker).map(Self::Lines),
            Some("json") => {
                flag::excludes("--format json", &of_lines)?;
                flag::excludes("--format json", &[("--null-marker", null_marker.is_some())])?;
                Ok(Self::Json)
            }
            Some(text) => {
                flag::excludes("a format string", &of_lines)?;
                Ok(Self::Format(Box::new(Format::parse(text, null_marker)?)))
            }
        }
    }

    /// Appends one record to `out`.
    pub(crate) fn write(
        &mut self,
        partition: &Partition,
        record: StoredRecord<'_>,
        out: &mut Vec<u8>,
    ) {
        match self {
            Self::Lines(lines) => lines.write(record.key, record.value, out),
            Self::Json => json::write_record(&located(partition, record), out),
            Self::Format(format) => format.write(&located(partition, record), out),
        }
    }

    /// What could not be told apart in the output.
    pub(crate) fn losses(&self) -> Option<&Losses> {
        match self {
            Self::Lines(lines) => Some(lines.losses()),
            Self::Format(format) => Some(format.losses()),
            Self::Json => None,
        }
    }
}

fn lines(output: &OutputArgs, null_marker: Option<Vec<u8>>) -> Result<LineFormat> {
    let delimiter = match &output.delimiter {
        Some(text) => Delimiter::parse(text)?,
        None if output.null => Delimiter::nul(),
        None => Delimiter::newline(),
    };
    let separator = output
        .key_separator
        .as_deref()
        .map(Delimiter::parse_separator);
    Ok(LineFormat::new(
        delimiter,
        separator.transpose()?,
        null_marker,
    ))
}
