//! A record that owns its bytes, as it comes out of a text that had to be decoded.

use crate::record::{Header, Record};

/// A record read from text. What a text need not say is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordBuf {
    /// The topic it says it was in.
    pub topic: Option<String>,
    /// The partition it says it was in.
    pub partition: Option<i32>,
    /// The offset it says it had.
    pub offset: Option<i64>,
    /// Milliseconds since the epoch; none means now.
    pub timestamp: Option<i64>,
    /// The key; null and empty are different things.
    pub key: Option<Vec<u8>>,
    /// The value; null is a tombstone.
    pub value: Option<Vec<u8>>,
    /// The headers in their order.
    pub headers: Vec<HeaderBuf>,
}

/// One header that owns its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderBuf {
    /// The name.
    pub name: Vec<u8>,
    /// The value; null and empty are different things.
    pub value: Option<Vec<u8>>,
}

impl HeaderBuf {
    /// The header, borrowed.
    #[must_use]
    pub fn as_header(&self) -> Header<'_> {
        Header {
            name: &self.name,
            value: self.value.as_deref(),
        }
    }
}

impl RecordBuf {
    /// Its headers as a [`Record`] borrows them. Does not allocate when there are none.
    #[must_use]
    pub fn headers(&self) -> Vec<Header<'_>> {
        self.headers.iter().map(HeaderBuf::as_header).collect()
    }

    /// The record to be written, with [its headers](Self::headers); `now` is its timestamp if it has none, in ms.
    #[must_use]
    pub fn as_record<'a>(&'a self, headers: &'a [Header<'a>], now: i64) -> Record<'a> {
        Record {
            timestamp: self.timestamp.unwrap_or(now),
            key: self.key.as_deref(),
            value: self.value.as_deref(),
            headers,
        }
    }
}
