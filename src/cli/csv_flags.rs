//! The flags that say which CSV, the same for input and output.

use crate::error::Result;
use crate::text::CsvDialect;

/// Which CSV.
#[derive(Debug, clap::Args)]
pub(crate) struct CsvArgs {
    /// What parts the fields of CSV: one byte, or an escape such as \t [default: ,]
    #[arg(long, value_name = "CHAR", allow_hyphen_values = true)]
    pub(crate) csv_delimiter: Option<String>,

    /// What stands around a field of CSV that needs it, and twice within it [default: "]
    #[arg(long, value_name = "CHAR", allow_hyphen_values = true)]
    pub(crate) csv_quote: Option<String>,
}

/// The dialect that the flags ask for.
pub(crate) fn dialect(args: &CsvArgs) -> Result<CsvDialect> {
    CsvDialect::parse(args.csv_delimiter.as_deref(), args.csv_quote.as_deref())
}
