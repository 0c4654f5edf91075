//! Rows of CSV as records.

use super::super::json::{read_headers, write_string};
use super::super::time::parse_instant;
use super::super::{HeaderBuf, RecordBuf};
use super::reader::Row;
use super::{FIELDS, NULL, is_like_null};
use crate::error::{Error, Result};

/// Which columns hold what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CsvColumns {
    /// The key; null where there is no such column.
    pub key: Option<String>,
    /// The value; otherwise it is the row as a JSON object, its fields strings.
    pub value: Option<String>,
    /// The timestamp.
    pub timestamp: Option<String>,
}

/// Makes records of rows.
///
/// Where no column was named, and the columns are just those that records are written with, rows are records: every field
/// of theirs comes back.
#[derive(Debug)]
pub struct CsvRecords {
    columns: CsvColumns,
    null_marker: Option<Vec<u8>>,
    /// By the last header.
    plan: Option<(Vec<Vec<u8>>, Plan)>,
}

#[derive(Debug, Clone)]
enum Plan {
    /// Rows are records.
    Records,
    /// Columns by their numbers, and their names as JSON where the row is the value.
    Columns {
        key: Option<usize>,
        value: Option<usize>,
        timestamp: Option<usize>,
        names: Vec<Vec<u8>>,
    },
}

impl CsvRecords {
    /// Records by `columns`. A field that is the `null_marker` is null; without one, `\N` is.
    #[must_use]
    pub fn new(columns: CsvColumns, null_marker: Option<Vec<u8>>) -> Self {
        Self {
            columns,
            null_marker,
            plan: None,
        }
    }

    /// The record that a row is.
    pub fn read(&mut self, row: &Row<'_>) -> Result<Option<RecordBuf>> {
        if self
            .plan
            .as_ref()
            .is_none_or(|(header, _)| header != row.header)
        {
            self.plan = Some((row.header.to_vec(), self.plan_for(row.header)?));
        }
        let plan = self.plan.as_ref().map(|(_, plan)| plan);
        match plan {
            Some(Plan::Records) => self.own(row).map(Some),
            Some(Plan::Columns {
                key,
                value,
                timestamp,
                names,
            }) => {
                let key = key.map(|column| self.nullable(row, column)).transpose()?;
                let time = timestamp.map(|column| time(row, column)).transpose()?;
                let value = match value {
                    Some(column) => self.nullable(row, *column)?,
                    None => Some(self.object(row, names)?),
                };
                Ok(Some(RecordBuf {
                    timestamp: time,
                    key: key.flatten(),
                    value,
                    ..RecordBuf::default()
                }))
            }
            None => Ok(None),
        }
    }

    fn plan_for(&self, header: &[Vec<u8>]) -> Result<Plan> {
        let names = header.iter().map(Vec::as_slice);
        if self.columns == CsvColumns::default() && names.eq(FIELDS.map(str::as_bytes)) {
            return Ok(Plan::Records);
        }
        let column = |name: &Option<String>| {
            let name = name.as_ref();
            name.map(|name| column(header, name)).transpose()
        };
        let (key, value) = (column(&self.columns.key)?, column(&self.columns.value)?);
        let names = if value.is_none() {
            object_names(header)?
        } else {
            Vec::new()
        };
        Ok(Plan::Columns {
            key,
            value,
            timestamp: column(&self.columns.timestamp)?,
            names,
        })
    }

    /// A row whose fields are those of a record.
    fn own(&self, row: &Row<'_>) -> Result<RecordBuf> {
        let number = |column: usize| {
            let text = text(row, column)?;
            let number = text.parse::<i64>();
            number.map_err(|_| fault(row, column, "is not an integer of 64 bits"))
        };
        let partition = i32::try_from(number(1)?);
        let headers: Vec<HeaderBuf> = read_headers(field(row, 7)?)
            .map_err(|error| fault(row, 7, &format!("is not what headers are: {error}")))?;
        Ok(RecordBuf {
            topic: Some(text(row, 0)?.to_owned()),
            partition: Some(partition.map_err(|_| fault(row, 1, "is not an integer of 32 bits"))?),
            offset: Some(number(2)?),
            timestamp: Some(number(3)?),
            key: self.nullable(row, 5)?,
            value: self.nullable(row, 6)?,
            headers,
        })
    }

    /// The row as a JSON object.
    fn object(&self, row: &Row<'_>, names: &[Vec<u8>]) -> Result<Vec<u8>> {
        let mut object = vec![b'{'];
        for column in 0..row.len() {
            if column > 0 {
                object.push(b',');
            }
            match names.get(column) {
                Some(name) => object.extend_from_slice(name),
                None => write_string(&(column + 1).to_string(), &mut object),
            }
            object.push(b':');
            match self.nullable(row, column)? {
                None => object.extend_from_slice(b"null"),
                Some(field) => {
                    let field = std::str::from_utf8(&field).map_err(|_| {
                        fault(row, column, "is not UTF-8, which a JSON object takes")
                    })?;
                    write_string(field, &mut object);
                }
            }
        }
        object.push(b'}');
        Ok(object)
    }

    fn nullable(&self, row: &Row<'_>, column: usize) -> Result<Option<Vec<u8>>> {
        let field = field(row, column)?;
        Ok(match &self.null_marker {
            Some(marker) => (marker != field).then(|| field.to_vec()),
            None if field == NULL => None,
            None if is_like_null(field) => Some(field[1..].to_vec()),
            None => Some(field.to_vec()),
        })
    }
}

/// The number of the one column of that name.
fn column(header: &[Vec<u8>], name: &str) -> Result<usize> {
    let mut found = header.iter().enumerate();
    let mut found = found
        .by_ref()
        .filter(|(_, column)| column.as_slice() == name.as_bytes())
        .map(|(at, _)| at);
    let refused = |what: &str| {
        let columns: Vec<_> = header
            .iter()
            .map(|name| String::from_utf8_lossy(name))
            .collect();
        Error::failed(format!("the header row {what} column {name:?}"))
            .help(format!("its columns are {}", columns.join(", ")))
    };
    match (found.next(), found.next()) {
        (Some(at), None) => Ok(at),
        (None, _) => Err(refused("has no")),
        (Some(_), Some(_)) => Err(refused("has more than one")),
    }
}

/// The columns' names as members of an object.
fn object_names(header: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
    let mut names = Vec::with_capacity(header.len());
    for (at, name) in header.iter().enumerate() {
        let text = std::str::from_utf8(name).map_err(|_| {
            Error::failed(format!(
                "the name of column {} is not UTF-8, which a JSON object takes",
                at + 1
            ))
        })?;
        if header[..at].contains(name) {
            return Err(Error::failed(format!("the header row has more than one column {text:?}"))
                .help("the row as a JSON object needs names that differ; --value-column takes one of them"));
        }
        let mut name = Vec::new();
        write_string(text, &mut name);
        names.push(name);
    }
    Ok(names)
}

fn field<'r>(row: &Row<'r>, column: usize) -> Result<&'r [u8]> {
    row.field(column).ok_or_else(|| {
        let name = row.header.get(column).map_or(&[][..], Vec::as_slice);
        row.refused(format_args!(
            "it has no column {:?}",
            String::from_utf8_lossy(name)
        ))
    })
}

fn text<'r>(row: &Row<'r>, column: usize) -> Result<&'r str> {
    std::str::from_utf8(field(row, column)?).map_err(|_| fault(row, column, "is not UTF-8"))
}

fn time(row: &Row<'_>, column: usize) -> Result<i64> {
    let time = parse_instant(text(row, column)?);
    time.map_err(|error| {
        let help = error.help_text().unwrap_or_default().to_owned();
        row.refused(format_args!("{error}")).help(help)
    })
}

fn fault(row: &Row<'_>, column: usize, what: &str) -> Error {
    let name = row.header.get(column).map_or(&[][..], Vec::as_slice);
    row.refused(format_args!(
        "column {:?} {what}",
        String::from_utf8_lossy(name)
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::super::CsvDialect;
    use super::super::reader::CsvReader;
    use super::*;

    fn read(
        columns: [Option<&str>; 3],
        marker: Option<&str>,
        input: &str,
        flexible: bool,
    ) -> Result<Vec<RecordBuf>> {
        let [key, value, timestamp] = columns.map(|name| name.map(str::to_owned));
        let columns = CsvColumns {
            key,
            value,
            timestamp,
        };
        let mut records = CsvRecords::new(columns, marker.map(|marker| marker.as_bytes().to_vec()));
        let mut found = Vec::new();
        let mut reader = CsvReader::new(CsvDialect::default(), flexible);
        let mut each = |row: Row<'_>| {
            found.extend(records.read(&row)?);
            Ok(())
        };
        reader.read(input.as_bytes(), &mut each)?;
        reader.finish(&mut each)?;
        Ok(found)
    }

    fn value(record: &RecordBuf) -> &str {
        std::str::from_utf8(record.value.as_deref().unwrap()).unwrap()
    }

    #[test]
    fn columns_by_name() {
        let input = "id,name,at\n7,\"a,b\",2026-01-31T10:00:00Z\n\\N,\\N,1769853600001\n";
        let found = read([Some("id"), Some("name"), Some("at")], None, input, false).unwrap();
        assert_eq!(found[0].key.as_deref(), Some(&b"7"[..]));
        assert_eq!(value(&found[0]), "a,b");
        assert_eq!(found[0].timestamp, Some(1_769_853_600_000));
        assert_eq!((&found[1].key, &found[1].value), (&None, &None));
        let found = read(
            [None, Some("id"), None],
            Some(""),
            "id,x\n,1\n\\N,1\n",
            false,
        )
        .unwrap();
        assert_eq!(found[0].value, None);
        assert_eq!(value(&found[1]), "\\N");
    }

    #[test]
    fn a_row_is_an_object() {
        let input = "id,\"na\"\"me\"\n7,\"a\n\"\n\\N,\n";
        let found = read([Some("id"), None, None], None, input, false).unwrap();
        assert_eq!(value(&found[0]), r#"{"id":"7","na\"me":"a\n"}"#);
        assert_eq!(value(&found[1]), r#"{"id":null,"na\"me":""}"#);
        let found = read([None, None, None], None, "a,b\n1\n1,2,3\n", true).unwrap();
        assert_eq!(value(&found[0]), r#"{"a":"1"}"#);
        assert_eq!(value(&found[1]), r#"{"a":"1","b":"2","3":"3"}"#);
    }

    #[test]
    fn what_does_not_fit_is_told() {
        for (columns, input, part) in [
            ([Some("x"), None, None], "a,b\n1,2\n", "no column \"x\""),
            (
                [Some("a"), None, None],
                "a,a\n1,2\n",
                "more than one column \"a\"",
            ),
            (
                [None, None, None],
                "a,a\n1,2\n",
                "more than one column \"a\"",
            ),
            (
                [None, Some("b"), None],
                "a,b\n1\n",
                "line 2, record 1: it has no column \"b\"",
            ),
            (
                [None, None, Some("b")],
                "a,b\n1,2\n2,soon\n",
                "line 2, record 1: \"2\" is not a time",
            ),
            (
                [None; 3],
                "topic,partition,offset,timestamp,timestamp_type,key,value,headers\nt,x,0,0,CreateTime,k,v,[]\n",
                "line 2, record 1: column \"partition\"",
            ),
            (
                [None; 3],
                "topic,partition,offset,timestamp,timestamp_type,key,value,headers\nt,0,0,0,CreateTime,k,v,[1]\n",
                "column \"headers\"",
            ),
        ] {
            let error = read(columns, None, input, true).unwrap_err();
            assert!(error.to_string().contains(part), "{input}: {error}");
        }
    }
}
