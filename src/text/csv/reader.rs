//! Cuts CSV, which arrives in pieces of any size, into rows.

use csv_core::{ReadRecordResult, ReaderBuilder};

use super::dialect::CsvDialect;
use crate::error::{Error, Result};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads rows, the first of which is the header. Rows have as many fields as it, unless they are flexible.
#[derive(Debug)]
pub struct CsvReader {
    dialect: CsvDialect,
    flexible: bool,
    parser: csv_core::Reader,
    /// The fields of the row so far, without what parts them.
    bytes: Vec<u8>,
    filled: usize,
    /// Where they end in it.
    ends: Vec<usize>,
    fields: usize,
    /// Whether there is a row that has begun and not ended.
    open: bool,
    /// The line that the row begins in.
    line: u64,
    header: Option<Vec<Vec<u8>>>,
    records: u64,
}

/// A row after the header.
#[derive(Debug)]
pub struct Row<'r> {
    /// The columns' names.
    pub header: &'r [Vec<u8>],
    /// The line that it begins in, from 1.
    pub line: u64,
    /// Its number, the first after the header being 1.
    pub record: u64,
    bytes: &'r [u8],
    ends: &'r [usize],
}

impl<'r> Row<'r> {
    /// The field of a column, if the row has it.
    #[must_use]
    pub fn field(&self, column: usize) -> Option<&'r [u8]> {
        let end = *self.ends.get(column)?;
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.bytes[start..end])
    }

    /// How many fields it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// An error about it.
    #[must_use]
    pub fn refused(&self, what: impl std::fmt::Display) -> Error {
        Error::failed(format!(
            "line {}, record {}: {what}",
            self.line, self.record
        ))
    }
}

impl CsvReader {
    /// A reader at the beginning of its input.
    #[must_use]
    pub fn new(dialect: CsvDialect, flexible: bool) -> Self {
        let parser = ReaderBuilder::new()
            .delimiter(dialect.delimiter)
            .quote(dialect.quote)
            .build();
        Self {
            dialect,
            flexible,
            parser,
            bytes: vec![0; 4096],
            filled: 0,
            ends: vec![0; 64],
            fields: 0,
            open: false,
            line: 1,
            header: None,
            records: 0,
        }
    }

    /// Takes all of `input`, and calls `each` with every row that ends in it.
    pub fn read(
        &mut self,
        input: &[u8],
        each: &mut impl FnMut(Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut rest = input;
        while !rest.is_empty() {
            rest = self.advance(rest, each)?;
        }
        Ok(())
    }

    /// At the end of the input. The reader is then at the beginning of another one, with a header of its own.
    pub fn finish(&mut self, each: &mut impl FnMut(Row<'_>) -> Result<()>) -> Result<()> {
        if self.open {
            // A newline ends any row but one that is in the middle of a quoted field.
            self.read(b"\n", each)?;
            if self.open {
                let line = self.line;
                return Err(Error::failed(format!(
                    "line {line}: the input ends within a quoted field of the row that begins there"
                ))
                .help("a quote within a quoted field has to be there twice"));
            }
        }
        *self = Self::new(self.dialect, self.flexible);
        Ok(())
    }

    /// Bytes of the row that has not ended yet.
    #[must_use]
    pub fn held(&self) -> usize {
        self.filled
    }

    /// The line that the row which has not ended begins in.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    fn advance<'i>(
        &mut self,
        input: &'i [u8],
        each: &mut impl FnMut(Row<'_>) -> Result<()>,
    ) -> Result<&'i [u8]> {
        if !self.open {
            // Blank lines between rows are none.
            let blank = input
                .iter()
                .take_while(|byte| matches!(byte, b'\r' | b'\n'))
                .count();
            if blank > 0 {
                let (blanks, rest) = input.split_at(blank);
                self.parser
                    .read_record(blanks, &mut self.bytes, &mut self.ends);
                return Ok(rest);
            }
            self.line = self.parser.line();
            self.open = true;
        }
        let (result, read, written, ended) = self.parser.read_record(
            input,
            &mut self.bytes[self.filled..],
            &mut self.ends[self.fields..],
        );
        self.filled += written;
        self.fields += ended;
        match result {
            ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            ReadRecordResult::OutputFull => self.bytes.resize(self.bytes.len() * 2, 0),
            ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
            ReadRecordResult::Record => {
                self.end_row(each)?;
                (self.open, self.filled, self.fields) = (false, 0, 0);
            }
        }
        Ok(&input[read..])
    }

    fn end_row(&mut self, each: &mut impl FnMut(Row<'_>) -> Result<()>) -> Result<()> {
        let Some(header) = &self.header else {
            self.header = Some(self.names());
            return Ok(());
        };
        self.records += 1;
        let row = Row {
            header,
            line: self.line,
            record: self.records,
            bytes: &self.bytes[..self.filled],
            ends: &self.ends[..self.fields],
        };
        if row.len() != header.len() && !self.flexible {
            let (fields, wanted) = (row.len(), header.len());
            let what = if fields < wanted {
                format!("it has {fields} of the header's {wanted} fields")
            } else {
                format!("it has {fields} fields where the header has {wanted}")
            };
            return Err(row
                .refused(what)
                .help("--flexible takes rows of any length"));
        }
        each(row)
    }

    fn names(&self) -> Vec<Vec<u8>> {
        let mut start = 0;
        let mut names: Vec<Vec<u8>> = Vec::with_capacity(self.fields);
        for &end in &self.ends[..self.fields] {
            names.push(self.bytes[start..end].to_vec());
            start = end;
        }
        // Where it came in two pieces, the parser took it for a part of the name.
        if let Some(name) = names.first_mut()
            && name.starts_with(BYTE_ORDER_MARK)
        {
            name.drain(..BYTE_ORDER_MARK.len());
        }
        names
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    fn rows(input: &[u8], flexible: bool) -> Result<Vec<(u64, Vec<String>)>> {
        let mut rows = Vec::new();
        let mut reader = CsvReader::new(CsvDialect::default(), flexible);
        let mut each = |row: Row<'_>| {
            let fields = (0..row.len())
                .map(|at| String::from_utf8(row.field(at).unwrap().to_vec()).unwrap());
            rows.push((row.line, fields.collect()));
            Ok(())
        };
        reader.read(input, &mut each)?;
        reader.finish(&mut each)?;
        Ok(rows)
    }

    #[test]
    fn what_other_programs_write() {
        let expected = |line: u64, fields: [&str; 2]| (line, fields.map(str::to_owned).to_vec());
        for (input, row) in [
            (&b"a,b\n1,2\n"[..], expected(2, ["1", "2"])),
            (b"a,b\r\n1,2\r\n", expected(2, ["1", "2"])),
            // Lines are counted by their newlines.
            (b"a,b\r1,2", expected(1, ["1", "2"])),
            (b"\xef\xbb\xbfa,b\n1,2", expected(2, ["1", "2"])),
            (b"a,b\n\n\n1,\n", expected(4, ["1", ""])),
            (
                b"\"a\",\"b\"\n\"x\n\"\"y\"\"\",\"\"\n",
                expected(2, ["x\n\"y\"", ""]),
            ),
            (b"\"a\nb\",c\n1,\0", expected(3, ["1", "\0"])),
        ] {
            assert_eq!(
                rows(input, false).unwrap(),
                [row],
                "{:?}",
                input.escape_ascii().to_string()
            );
        }
        assert_eq!(rows(b"", false).unwrap(), []);
        assert_eq!(rows(b"a,b\n", false).unwrap(), []);
    }

    #[test]
    fn rows_of_another_length_and_quotes_without_end() {
        let error = rows(b"a,b\n1,2\n\"x\ny\",2,3\n", false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 3, record 2: it has 3 fields where the header has 2"
        );
        let error = rows(b"a,b\n1\n", false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 2, record 1: it has 1 of the header's 2 fields"
        );
        assert_eq!(rows(b"a,b\n1\n1,2,3\n", true).unwrap().len(), 2);
        let error = rows(b"a,b\n1,\"2\n3,4\n", false).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("line 2: the input ends within a quoted field")
        );
        assert!(error.help_text().is_some());
    }
}
