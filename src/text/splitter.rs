//! Cutting a stream of bytes into records at a delimiter.

use super::delimiter::{Delimiter, Search};

/// Cuts input, which arrives in pieces of any size, into records.
///
/// The caller keeps what was not consumed at the front of the next input. The splitter remembers how much of that
/// it has searched, so every byte is searched once even when one record spans many reads.
#[derive(Debug, Clone)]
pub struct RecordSplitter {
    delimiter: Delimiter,
    /// Bytes at the front of the next input in which no delimiter begins.
    searched: usize,
}

impl RecordSplitter {
    /// A splitter at the beginning of its input.
    #[must_use]
    pub fn new(delimiter: Delimiter) -> Self {
        Self {
            delimiter,
            searched: 0,
        }
    }

    /// Calls `each` with every record that ends in `input`, without its delimiter, and returns how many bytes these
    /// records took, their delimiters included. The next input has to begin with the bytes after those.
    ///
    /// Stops at the first error of `each`; the input is then to be given up.
    pub fn split<E>(
        &mut self,
        input: &[u8],
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<usize, E> {
        let unsearched = self.searched.min(input.len());
        let mut consumed = 0;
        match self.delimiter.search() {
            Search::Nothing => {}
            Search::Byte(byte) => {
                for found in memchr::memchr_iter(*byte, &input[unsearched..]) {
                    let end = unsearched + found;
                    each(&input[consumed..end])?;
                    consumed = end + 1;
                }
            }
            Search::Bytes(finder) => {
                for found in finder.find_iter(&input[unsearched..]) {
                    let end = unsearched + found;
                    each(&input[consumed..end])?;
                    consumed = end + finder.needle().len();
                }
            }
        }
        // The last bytes may be the beginning of a delimiter whose rest is still to come.
        let open = self.delimiter.as_bytes().len().saturating_sub(1);
        self.searched = (input.len() - consumed).saturating_sub(open);
        Ok(consumed)
    }

    /// At the end of the input: `rest`, what was not consumed, is the last record, written without a delimiter, unless
    /// there is nothing. The splitter is then at the beginning of another input.
    pub fn finish<'a>(&mut self, rest: &'a [u8]) -> Option<&'a [u8]> {
        self.searched = 0;
        (!rest.is_empty()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use std::convert::Infallible;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Feeds `input` in pieces of the given sizes, as a reader with a buffer does.
    fn in_pieces(delimiter: &[u8], input: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
        let mut splitter = RecordSplitter::new(Delimiter::new(delimiter));
        let mut records = Vec::new();
        let mut kept = Vec::new();
        let mut input = input;
        let mut sizes = sizes.iter().copied().chain(std::iter::repeat(7));
        while !input.is_empty() {
            let (piece, rest) = input.split_at(sizes.next().unwrap().min(input.len()));
            kept.extend_from_slice(piece);
            input = rest;
            let consumed = splitter
                .split(&kept, |record| {
                    records.push(record.to_vec());
                    Ok::<_, Infallible>(())
                })
                .unwrap();
            kept.drain(..consumed);
        }
        records.extend(splitter.finish(&kept).map(<[u8]>::to_vec));
        records
    }

    /// Compares at every position: slow, and with nothing to get wrong.
    fn naive(delimiter: &[u8], input: &[u8]) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        let mut rest = input;
        while let Some(end) = (0..rest.len()).find(|&at| rest[at..].starts_with(delimiter)) {
            records.push(rest[..end].to_vec());
            rest = &rest[end + delimiter.len()..];
        }
        if !rest.is_empty() {
            records.push(rest.to_vec());
        }
        records
    }

    #[test]
    fn lines() {
        let lines = |input: &[u8]| in_pieces(b"\n", input, &[]);
        assert_eq!(lines(b""), Vec::<Vec<u8>>::new());
        assert_eq!(lines(b"a"), [b"a"]);
        assert_eq!(lines(b"a\n"), [b"a"]);
        assert_eq!(lines(b"\n"), [b""]);
        assert_eq!(lines(b"\n\nab\r\n\0"), [&b""[..], b"", b"ab\r", b"\0"]);
    }

    #[test]
    fn an_empty_delimiter_ends_nothing() {
        assert_eq!(in_pieces(b"", b"a\nb\0c", &[1, 2]), [b"a\nb\0c"]);
        assert_eq!(in_pieces(b"", b"", &[]), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn an_error_of_the_callback_comes_back_at_once() {
        let mut splitter = RecordSplitter::new(Delimiter::newline());
        let mut seen = 0;
        let outcome = splitter.split(b"1\n2\n3\n", |_| {
            seen += 1;
            if seen == 2 { Err("full") } else { Ok(()) }
        });
        assert_eq!((outcome, seen), (Err("full"), 2));
    }

    #[test]
    fn no_byte_is_searched_twice() {
        let mut splitter = RecordSplitter::new(Delimiter::new(b"--"));
        let mut kept = Vec::new();
        for _ in 0..100 {
            kept.extend_from_slice(b"0123456789");
            splitter
                .split(&kept, |_| Err("there is no delimiter"))
                .unwrap();
            assert_eq!(splitter.searched, kept.len() - 1);
        }
    }

    #[test]
    fn another_input_starts_afresh() {
        let mut splitter = RecordSplitter::new(Delimiter::newline());
        let consumed = splitter.split(b"half a line", |_| Err("no line")).unwrap();
        assert_eq!(consumed, 0);
        assert_eq!(splitter.finish(b"half a line"), Some(&b"half a line"[..]));
        let mut records = 0;
        let consumed = splitter.split(b"a\nb\n", |_| {
            records += 1;
            Ok::<_, Infallible>(())
        });
        assert_eq!((consumed, records), (Ok(4), 2));
    }

    proptest! {
        #[test]
        fn any_pieces_of_any_input_split_alike(
            delimiter in vec(0u8..3, 1..5),
            input in vec(0u8..3, 0..200),
            sizes in vec(1usize..20, 0..40),
        ) {
            prop_assert_eq!(in_pieces(&delimiter, &input, &sizes), naive(&delimiter, &input));
        }
    }
}
