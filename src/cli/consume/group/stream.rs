//! What was handed over and has not been taken: bytes that wait to be written, and which records they are.

use super::ledger::Ledger;
use crate::cli::consume::wanted::Sink;
use crate::error::Result;

/// As long as no more than this waits to be written, in bytes, more is read.
const LOW: usize = 64 * 1024;
/// So much is read at a time: a batch is taken apart in one go, and not once for each block.
const BLOCK: usize = 1024 * 1024;
/// The same for a batch that is larger: it is taken apart from its beginning each time.
const LARGEST_BLOCK: usize = 16 * BLOCK;

/// Bytes on their way to a reader.
pub(super) struct Stream {
    buffer: Vec<u8>,
    /// How many of the buffer's bytes are written.
    gone: usize,
    /// How many bytes were written before the buffer's first.
    before: u64,
    ledger: Ledger,
    /// Where the records come from that are added now.
    lane: usize,
    block: usize,
}

impl Stream {
    /// A stream that begins with `heading`.
    pub(super) fn new(heading: Vec<u8>) -> Self {
        Self {
            ledger: Ledger::after(heading.len() as u64),
            buffer: heading,
            gone: 0,
            before: 0,
            lane: 0,
            // The first records are waited for.
            block: LOW,
        }
    }

    /// The ledger.
    pub(super) fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// What waits to be written.
    pub(super) fn waiting(&self) -> &[u8] {
        &self.buffer[self.gone..]
    }

    /// How many bytes were written in all.
    pub(super) fn written(&self) -> u64 {
        self.before + self.gone as u64
    }

    /// So many of the waiting bytes were written.
    pub(super) fn wrote(&mut self, count: usize) {
        self.gone += count;
        if self.gone == self.buffer.len() {
            self.drop_written();
        }
    }

    /// Whether more may be handed over now.
    pub(super) fn has_room(&self) -> bool {
        self.waiting().len() <= LOW && !self.ledger.is_full()
    }

    /// Prepares for records of `lane`.
    pub(super) fn begin(&mut self, lane: usize) {
        self.drop_written();
        self.lane = lane;
    }

    /// The batch was written to its end, or will be gone on with from somewhere in its middle.
    pub(super) fn complete(&mut self, whole: bool) {
        self.block = if whole {
            BLOCK
        } else {
            (self.block * 2).min(LARGEST_BLOCK)
        };
    }

    /// Takes back what was not written of these lanes, and says how many records that was. Half a record stays.
    pub(super) fn withdraw(&mut self, lanes: impl Fn(usize) -> bool) -> u64 {
        let withdrawn = self.ledger.withdraw(self.written(), lanes);
        for stretch in withdrawn.stretches.iter().rev() {
            // Positions from here on are in the buffer.
            let at = |position: u64| usize::try_from(position - self.before).unwrap_or(usize::MAX);
            self.buffer.drain(at(stretch.start)..at(stretch.end));
        }
        withdrawn.records
    }

    fn drop_written(&mut self) {
        self.before += self.gone as u64;
        self.buffer.drain(..self.gone);
        self.gone = 0;
    }
}

impl Sink for Stream {
    fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    fn after(&mut self, offset: i64) -> Result<bool> {
        let end = self.before + self.buffer.len() as u64;
        self.ledger.add(self.lane, end, offset + 1);
        Ok(self.buffer.len() - self.gone < self.block && !self.ledger.is_full())
    }

    fn left_out(&mut self, offset: i64) {
        self.ledger.pass(self.lane, offset + 1);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn add(stream: &mut Stream, lane: usize, offset: i64, bytes: &[u8]) -> bool {
        stream.begin(lane);
        stream.buffer().extend_from_slice(bytes);
        stream.after(offset).unwrap()
    }

    #[test]
    fn what_is_withdrawn_is_cut_out_between_the_others() {
        let mut stream = Stream::new(Vec::new());
        for (lane, offset, bytes) in [
            (0, 0, "aa\n"),
            (1, 0, "bb\n"),
            (0, 1, "cc\n"),
            (1, 1, "dd\n"),
        ] {
            add(&mut stream, lane, offset, bytes.as_bytes());
        }
        stream.wrote(4);
        assert_eq!(stream.withdraw(|lane| lane == 1), 1);
        assert_eq!(stream.waiting(), b"b\ncc\n");
        assert_eq!(stream.withdraw(|_| true), 1);
        assert_eq!(stream.waiting(), b"b\n");
        stream.wrote(2);
        assert_eq!((stream.written(), stream.ledger().end()), (6, 6));
        add(&mut stream, 0, 1, b"cc\n");
        assert_eq!(stream.waiting(), b"cc\n");
        assert_eq!(stream.ledger().end(), 9);
    }

    #[test]
    fn a_block_is_enough_and_more_of_a_large_batch() {
        let mut stream = Stream::new(Vec::new());
        stream.complete(true);
        let half = vec![b'x'; BLOCK / 2];
        assert!(add(&mut stream, 0, 0, &half));
        assert!(!add(&mut stream, 0, 1, &half));
        assert!(!stream.has_room());
        stream.complete(false);
        stream.wrote(BLOCK);
        assert!(stream.has_room());
        assert!(add(&mut stream, 0, 2, &vec![0; BLOCK]));
        stream.complete(true);
        assert!(!add(&mut stream, 0, 3, b"x"));
    }
}
