//! The headers of records, with names of any bytes: rdkafka's own way knows only names that are UTF-8, and panics where
//! another client sent others.

use std::ffi::CStr;
use std::ptr;

use rdkafka::bindings::{rd_kafka_header_add, rd_kafka_header_get_all, rd_kafka_headers_t};
use rdkafka::message::{BorrowedHeaders, OwnedHeaders};
use rdkafka::types::RDKafkaRespErr;

use crate::record::Header;

/// The headers of a record that came, in their order.
pub(super) fn read(headers: &BorrowedHeaders) -> Vec<Header<'_>> {
    (0..).map_while(|at| header(headers, at)).collect()
}

#[expect(
    unsafe_code,
    reason = "librdkafka says where name and value lie, and they stay there as long as the headers are borrowed"
)]
fn header(headers: &BorrowedHeaders, at: usize) -> Option<Header<'_>> {
    let (mut name, mut value, mut length) = (ptr::null(), ptr::null(), 0);
    // A reference to them is librdkafka's own pointer: rdkafka has nothing beside it.
    let list = ptr::from_ref(headers).cast::<rd_kafka_headers_t>();
    unsafe {
        let found =
            rd_kafka_header_get_all(list, at, &raw mut name, &raw mut value, &raw mut length);
        if found != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            return None;
        }
        Some(Header {
            name: CStr::from_ptr(name).to_bytes(),
            value: (!value.is_null()).then(|| std::slice::from_raw_parts(value.cast(), length)),
        })
    }
}

/// The same as librdkafka wants them to be sent; none allocate nothing.
pub(super) fn write(headers: &[Header<'_>]) -> Option<OwnedHeaders> {
    if headers.is_empty() {
        return None;
    }
    let written = OwnedHeaders::new_with_capacity(headers.len());
    for header in headers {
        add(&written, header);
    }
    Some(written)
}

#[expect(
    unsafe_code,
    reason = "librdkafka copies the name and the value, whose lengths it is told, into headers that nobody else has yet"
)]
fn add(headers: &OwnedHeaders, header: &Header<'_>) {
    let list = ptr::from_ref(headers.as_borrowed()).cast::<rd_kafka_headers_t>();
    let value = header.value.map_or(ptr::null(), <[u8]>::as_ptr);
    let (name_length, value_length) = (header.name.len(), header.value.map_or(0, <[u8]>::len));
    // It refuses nothing but headers that are read-only, which these are not.
    let _ = unsafe {
        rd_kafka_header_add(
            list.cast_mut(),
            header.name.as_ptr().cast(),
            name_length.cast_signed(),
            value.cast(),
            value_length.cast_signed(),
        )
    };
}

#[cfg(test)]
mod tests {
    use super::{read, write};
    use crate::record::Header;

    #[test]
    fn names_and_values_of_any_bytes() {
        let header = |name, value| Header { name, value };
        let headers: [Header<'_>; 4] = [
            header(b"text", Some(b"1")),
            header(b"\xff\xfe", Some(b"\0\xff")),
            header(b"", Some(b"")),
            header(b"text", None),
        ];
        let written = write(&headers).expect("there are some");
        assert_eq!(read(written.as_borrowed()), headers);
        assert!(write(&[]).is_none());
    }
}
