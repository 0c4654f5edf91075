//! What the input of `produce` is, with every flag refused that means nothing for it.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use super::{Args, InputArgs, InputForm};
use crate::cli::csv_flags::dialect;
use crate::cli::flag;
use crate::error::{Error, Result};
use crate::text::json::{PlainJson, Pointer};
use crate::text::{CsvColumns, CsvDialect, Delimiter, Globs, LineParser};

/// What the input is.
#[derive(Debug)]
pub(crate) enum InputPlan {
    /// Values, or keys and values, between delimiters.
    Lines {
        delimiter: Delimiter,
        parser: LineParser,
    },
    /// Records as JSON, one a line.
    Json { dropped: Globs },
    /// JSON documents, one a line.
    Plain(PlainJson),
    /// Rows.
    Csv {
        dialect: CsvDialect,
        flexible: bool,
        columns: CsvColumns,
        null_marker: Option<Vec<u8>>,
        dropped: Globs,
    },
    /// Each input is one value, and its name the key.
    File,
}

impl InputPlan {
    /// What the flags say.
    pub(super) fn new(args: &Args) -> Result<Self> {
        let input = &args.input;
        let pointed = input.key_from.is_some()
            || input.value_from.is_some()
            || input.timestamp_from.is_some();
        let form = if input.json {
            Some(InputForm::Json)
        } else {
            input.input
        };
        match form {
            None | Some(InputForm::Json) if pointed => plain(input),
            None | Some(InputForm::Lines) => lines(input),
            Some(InputForm::Json) => json(args),
            Some(InputForm::Csv) => csv(args),
            Some(InputForm::File) => file(input),
        }
    }
}

impl InputPlan {
    /// What ends a record.
    pub(super) fn delimiter(&self) -> Delimiter {
        match self {
            Self::Lines { delimiter, .. } => delimiter.clone(),
            Self::File => Delimiter::new(b""),
            _ => Delimiter::newline(),
        }
    }
}

fn lines(input: &InputArgs) -> Result<InputPlan> {
    let form = "--input lines";
    refuse_pointers(form, input)?;
    refuse_csv(form, input)?;
    refuse_fields(form, input)?;
    let delimiter = match &input.delimiter {
        Some(text) => Delimiter::parse(text)?,
        None if input.null => Delimiter::nul(),
        None => Delimiter::newline(),
    };
    let separator = input
        .key_separator
        .as_deref()
        .map(Delimiter::parse_separator);
    let parser = LineParser::new(separator.transpose()?, null_marker(input));
    let parser = if input.escape {
        parser.escaped(&delimiter)?
    } else {
        parser
    };
    Ok(InputPlan::Lines { delimiter, parser })
}

/// Record JSON says all of it by itself.
fn json(args: &Args) -> Result<InputPlan> {
    let (form, input) = ("--input json", &args.input);
    refuse_lines(form, input)?;
    refuse_marker(form, input)?;
    refuse_csv(form, input)?;
    flag::excludes(
        form,
        &[
            ("--key", args.record.key.is_some()),
            ("--timestamp", args.record.timestamp.is_some()),
        ],
    )?;
    Ok(InputPlan::Json {
        dropped: dropped(input)?,
    })
}

fn plain(input: &InputArgs) -> Result<InputPlan> {
    let form = "--key-from, --value-from or --timestamp-from";
    refuse_lines(form, input)?;
    refuse_marker(form, input)?;
    refuse_csv(form, input)?;
    refuse_fields(form, input)?;
    let pointer = |flag: &str, text: &Option<String>| {
        let pointer = text.as_deref().map(Pointer::parse).transpose();
        pointer.map_err(|error| error.within(flag))
    };
    Ok(InputPlan::Plain(PlainJson {
        key: pointer("--key-from", &input.key_from)?,
        value: pointer("--value-from", &input.value_from)?,
        timestamp: pointer("--timestamp-from", &input.timestamp_from)?,
    }))
}

fn csv(args: &Args) -> Result<InputPlan> {
    let (form, input) = ("--input csv", &args.input);
    refuse_lines(form, input)
        .map_err(|error| error.help("what parts the fields is --csv-delimiter"))?;
    refuse_pointers(form, input)?;
    let columns = CsvColumns {
        key: input.key_column.clone(),
        value: input.value_column.clone(),
        timestamp: input.timestamp_column.clone(),
    };
    if columns != CsvColumns::default() {
        refuse_fields("a column for the key, the value or the timestamp", input)?;
    }
    Ok(InputPlan::Csv {
        dialect: dialect(&input.csv)?,
        flexible: input.flexible,
        columns,
        null_marker: null_marker(input),
        dropped: dropped(input)?,
    })
}

fn file(input: &InputArgs) -> Result<InputPlan> {
    let form = "--input file";
    refuse_lines(form, input)?;
    refuse_marker(form, input)?;
    refuse_pointers(form, input)?;
    refuse_csv(form, input)?;
    refuse_fields(form, input)?;
    Ok(InputPlan::File)
}

fn null_marker(input: &InputArgs) -> Option<Vec<u8>> {
    input.null_marker.clone().map(OsString::into_vec)
}

fn dropped(input: &InputArgs) -> Result<Globs> {
    Globs::parse(input.drop_header.iter().map(String::as_str))
        .map_err(|error: Error| error.within("--drop-header"))
}

fn refuse_lines(form: &str, input: &InputArgs) -> Result<()> {
    flag::excludes(
        form,
        &[
            ("--key-separator", input.key_separator.is_some()),
            ("--delimiter", input.delimiter.is_some()),
            ("--null", input.null),
            ("--escape", input.escape),
        ],
    )
}

fn refuse_marker(form: &str, input: &InputArgs) -> Result<()> {
    flag::excludes(form, &[("--null-marker", input.null_marker.is_some())])
}

fn refuse_pointers(form: &str, input: &InputArgs) -> Result<()> {
    flag::excludes(
        form,
        &[
            ("--key-from", input.key_from.is_some()),
            ("--value-from", input.value_from.is_some()),
            ("--timestamp-from", input.timestamp_from.is_some()),
        ],
    )
}

fn refuse_csv(form: &str, input: &InputArgs) -> Result<()> {
    let given = [
        ("--key-column", input.key_column.is_some()),
        ("--value-column", input.value_column.is_some()),
        ("--timestamp-column", input.timestamp_column.is_some()),
        ("--flexible", input.flexible),
        ("--csv-delimiter", input.csv.csv_delimiter.is_some()),
        ("--csv-quote", input.csv.csv_quote.is_some()),
    ];
    flag::excludes(form, &given).map_err(|error| error.help("it goes with --input csv"))
}

/// Where records have no partition and no headers of their own.
fn refuse_fields(form: &str, input: &InputArgs) -> Result<()> {
    flag::excludes(
        form,
        &[
            ("--keep-partition", input.keep_partition),
            ("--drop-header", !input.drop_header.is_empty()),
        ],
    )
}
