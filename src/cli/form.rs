//! Which records go out, and what each looks like then: the flags that say so, and what follows from them.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use crate::cli::csv_flags::{CsvArgs, dialect};
use crate::cli::flag;
use crate::client::PartitionLog;
use crate::error::{Error, Result};
use crate::log::Isolation;
use crate::record::{BatchHeader, StoredRecord};
use crate::store::TopicPartition;
use crate::text::json::JsonFormat;
use crate::text::{
    CsvFormat, Delimiter, Filters, Format, LineFormat, Located, Losses, Reach, Unsaid,
};

// From records to bytes. (A doc comment would describe the command.)
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own, and no two of them make a state"
)]
pub(crate) struct OutputArgs {
    /// lines, json, csv, or a string with %-tokens
    ///
    /// Tokens: %v or %s value, %k key, %t topic, %p partition, %o offset, %d or %T timestamp in ms, %h headers as
    /// name=value,..., %H their number, %V %S %K lengths of value (%S: -1 for null) and key, %R the value's as 4 bytes, %e
    /// leader epoch, %x producer id, %y producer epoch, %a{compression} and other attributes, %i count of records, %[ %| %] the
    /// log start, last stable and log end offset of the partition, %% %{ %} themselves. A brace behind a token modifies it: text by {json}, {base64}, {base64raw}, {hex}, {unpack[>I]}; numbers by
    /// {hex}, {hex32}, {big32}, {little16}, {byte}, {bool}, ...; %d by {iso}, {strftime[%F %T]}, {go[2006-01-02]};
    /// %h{ %k=%v } writes each header. %T{ascii} is the topic's length. Escapes: \n \r \t \0 \\ \xHH. Nothing is added at the
    /// end.
    #[arg(short = 'F', long, value_name = "FORM", allow_hyphen_values = true)]
    format: Option<String>,

    /// The same as --format json: a record a line, lossless, and what 'produce --json' takes back
    #[arg(long, conflicts_with_all = ["format", "key_separator", "delimiter", "null", "null_marker", "escape", "strict"])]
    json: bool,

    /// With --json: show keys and values that are JSON objects or arrays as such, not as strings
    #[arg(long)]
    json_values: bool,

    /// What ends a record: one or more bytes, with the escapes \n \t \r \0 \\ \xHH; may be empty [default: \n]
    #[arg(short = 'D', long, value_name = "STR", allow_hyphen_values = true)]
    delimiter: Option<String>,

    /// The same as --delimiter '\0', for xargs -0 and sort -z
    #[arg(short = '0', long, conflicts_with = "delimiter")]
    null: bool,

    /// Print the key and SEP before each value; a key that contains SEP is an error
    #[arg(short = 'K', long, value_name = "SEP", allow_hyphen_values = true)]
    key_separator: Option<String>,

    /// Print STR for a key or value that is null [default: nothing; with --format csv: \N]
    #[arg(long, value_name = "STR", allow_hyphen_values = true)]
    null_marker: Option<OsString>,

    /// Make lines lossless: backslashes and the bytes of delimiter and key separator are escaped, as \\ \n \t \r \0 \xHH,
    /// and null is \N; 'produce --escape' takes it back
    #[arg(long, conflicts_with_all = ["null_marker", "strict"])]
    escape: bool,

    /// Fail where a record could not be read back: it contains the delimiter, is null without a mark, or equals the mark
    #[arg(long)]
    strict: bool,

    /// With --format csv: these members of values that are JSON objects, instead of the record's own fields
    ///
    /// A column is the name of a member, or a JSON pointer (/address/city). What is null or not there is an empty field,
    /// or STR of --null-marker.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    columns: Option<Vec<String>>,

    #[command(flatten)]
    csv: CsvArgs,

    /// Quote every field of CSV, not only those that need it
    #[arg(long)]
    csv_quote_all: bool,
}

/// Which records, and what they look like.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) filters: Filters,
    pub(crate) shape: Shape,
}

/// What a record looks like.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Lines(LineFormat),
    Json(JsonFormat),
    Csv(Box<CsvFormat>),
    Format(Box<Format>),
}

impl Form {
    /// The form that the flags ask for.
    pub(crate) fn new(filters: &[String], output: &OutputArgs) -> Result<Self> {
        Ok(Self {
            filters: Filters::parse(filters.iter().map(String::as_str))
                .map_err(|error| error.within("--filter"))?,
            shape: Shape::new(output)?,
        })
    }

    /// Finds out how far the log of the following records' partition reaches, where that is told of each.
    pub(crate) fn look(&mut self, log: &dyn PartitionLog) -> Result<()> {
        if let Shape::Format(format) = &mut self.shape
            && format.tells_reach()
        {
            format.set_reach(Reach {
                log_start: log.start()?,
                last_stable: log.readable_end(Isolation::ReadCommitted)?,
                log_end: log.end()?,
            });
        }
        Ok(())
    }

    /// Refuses a format that tells how far logs reach, where `what` goes to and fro between them.
    pub(crate) fn refuse_reach(&self, what: &str) -> Result<()> {
        match &self.shape {
            Shape::Format(format) if format.tells_reach() => Err(Error::usage(format!(
                "{what} does not go with a format that has %[, %| or %]"
            ))
            .help("'kafdir topic describe' tells how far each partition reaches")),
            _ => Ok(()),
        }
    }

    /// What stands before the first record of an output.
    pub(crate) fn begin(&self, out: &mut Vec<u8>) {
        if let Shape::Csv(csv) = &self.shape {
            csv.begin(out);
        }
    }

    /// Appends one record to `out` if the filters let it pass: false if not.
    pub(crate) fn write(
        &mut self,
        partition: &TopicPartition,
        batch: &BatchHeader,
        record: StoredRecord<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        if !self.filters.is_empty() && !self.filters.admit(&record) {
            return Ok(false);
        }
        let located = located(partition, batch, record);
        let written = match &mut self.shape {
            Shape::Lines(lines) => lines.write(record.key, record.value, out),
            Shape::Json(json) => {
                json.write(&located, out);
                Ok(())
            }
            Shape::Csv(csv) => csv.write(&located, out),
            Shape::Format(format) => format.write(&located, out),
        };
        match written {
            Ok(()) => Ok(true),
            Err(unsaid) => Err(refused(&located, unsaid)),
        }
    }

    /// What could not be told apart in the output.
    pub(crate) fn losses(&self) -> Option<&Losses> {
        match &self.shape {
            Shape::Lines(lines) => Some(lines.losses()),
            Shape::Format(format) => Some(format.losses()),
            Shape::Csv(csv) => Some(csv.losses()),
            Shape::Json(_) => None,
        }
    }
}

impl Shape {
    fn new(output: &OutputArgs) -> Result<Self> {
        let null_marker = output.null_marker.clone().map(OsString::into_vec);
        match output.format.as_deref() {
            None if output.json => json(output, "--json"),
            Some("json") => json(output, "--format json"),
            Some("csv") => csv(output, null_marker),
            None | Some("lines") => {
                refuse_json("lines", output)?;
                refuse_csv("lines", output)?;
                lines(output, null_marker).map(Self::Lines)
            }
            Some(text) => {
                let what = "a format string";
                refuse_lines(what, output)?;
                flag::excludes(what, &[("--escape", output.escape)])?;
                refuse_json(what, output)?;
                refuse_csv(what, output)?;
                let format = Format::parse(text, null_marker)?;
                let format = if output.strict {
                    format.strict()
                } else {
                    format
                };
                Ok(Self::Format(Box::new(format)))
            }
        }
    }
}

fn refuse_lines(form: &str, output: &OutputArgs) -> Result<()> {
    flag::excludes(
        form,
        &[
            ("--delimiter", output.delimiter.is_some()),
            ("--null", output.null),
            ("--key-separator", output.key_separator.is_some()),
        ],
    )
}

fn refuse_json(form: &str, output: &OutputArgs) -> Result<()> {
    if output.json_values {
        return Err(
            Error::usage(format!("{form} and --json-values exclude each other"))
                .help("--json-values goes with --json"),
        );
    }
    Ok(())
}

fn refuse_csv(form: &str, output: &OutputArgs) -> Result<()> {
    let csv = &output.csv;
    let given = [
        ("--columns", output.columns.is_some()),
        ("--csv-delimiter", csv.csv_delimiter.is_some()),
        ("--csv-quote", csv.csv_quote.is_some()),
        ("--csv-quote-all", output.csv_quote_all),
    ];
    flag::excludes(form, &given).map_err(|error| error.help("it goes with --format csv"))
}

fn json(output: &OutputArgs, flag: &str) -> Result<Shape> {
    refuse_lines(flag, output)?;
    refuse_csv(flag, output)?;
    flag::excludes(
        flag,
        &[
            ("--null-marker", output.null_marker.is_some()),
            ("--escape", output.escape),
            ("--strict", output.strict),
        ],
    )?;
    Ok(Shape::Json(JsonFormat::new(output.json_values)))
}

fn csv(output: &OutputArgs, null_marker: Option<Vec<u8>>) -> Result<Shape> {
    let flag = "--format csv";
    refuse_lines(flag, output)
        .map_err(|error| error.help("what parts the fields is --csv-delimiter"))?;
    refuse_json(flag, output)?;
    flag::excludes(
        flag,
        &[("--escape", output.escape), ("--strict", output.strict)],
    )?;
    let dialect = dialect(&output.csv)?;
    let mut csv = CsvFormat::new(dialect, null_marker);
    if output.csv_quote_all {
        csv = csv.quoting_all();
    }
    if let Some(columns) = &output.columns {
        csv = csv.with_columns(columns)?;
    }
    Ok(Shape::Csv(Box::new(csv)))
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
    let lines = LineFormat::new(delimiter, separator.transpose()?, null_marker);
    if output.escape {
        return lines.escaped();
    }
    Ok(if output.strict { lines.strict() } else { lines })
}

/// The record, and where it was found.
pub(crate) fn located<'a>(
    partition: &'a TopicPartition,
    batch: &'a BatchHeader,
    record: StoredRecord<'a>,
) -> Located<'a> {
    Located {
        topic: partition.topic.as_str(),
        partition: partition.partition,
        batch,
        record,
    }
}

/// The error for a record that can't be said in the form that was asked for.
#[cold]
pub(crate) fn refused(located: &Located<'_>, unsaid: Unsaid) -> Error {
    let (topic, partition) = (located.topic, located.partition);
    let offset = located.record.offset;
    Error::failed(format!("{topic}-{partition}, offset {offset}: {unsaid}")).help(unsaid.help())
}
