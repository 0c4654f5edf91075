//! Snappy as Kafka's clients frame it.
//!
//! The Java client writes the stream of xerial's snappy-java: a magic of eight bytes, two versions, then blocks, each with
//! its compressed length before it (<https://github.com/xerial/snappy-java/blob/master/src/main/java/org/xerial/snappy/SnappyOutputStream.java>).
//! librdkafka and others write one bare block. Neither is Google's framing format.

use std::io::{self, BufRead, Read};

const MAGIC: [u8; 8] = *b"\x82SNAPPY\0";

/// Version written, and the least version of a reader: 1 and 1.
const VERSIONS: [u8; 8] = [0, 0, 0, 1, 0, 0, 0, 1];

/// Bytes of input in a block: snappy-java's default.
const BLOCK_BYTES: usize = 32 << 10;

/// A copy of three bytes makes at most 64: what claims to expand further was not written by snappy.
const MOST_EXPANSION: usize = 22;

/// The largest block that is decompressed; a block is held whole. Clients make theirs as large as a batch, 1 MiB by default.
const MOST_BLOCK_BYTES: usize = 512 << 20;

/// Appends `input`, as a xerial stream, to `out`.
pub(super) fn compress(input: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&VERSIONS);
    let mut encoder = snap::raw::Encoder::new();
    for block in input.chunks(BLOCK_BYTES) {
        let length_at = out.len();
        let block_at = length_at + 4;
        out.resize(block_at + snap::raw::max_compress_len(block.len()), 0);
        let length = encoder
            .compress(block, &mut out[block_at..])
            .map_err(io::Error::other)?;
        out.truncate(block_at + length);
        let prefix = u32::try_from(length).map_err(io::Error::other)?;
        out[length_at..block_at].copy_from_slice(&prefix.to_be_bytes());
    }
    Ok(())
}

/// Reads a xerial stream or a bare block, whichever it is.
pub(super) struct SnappyReader<R> {
    reader: R,
    framing: Framing,
    compressed: Vec<u8>,
    block: Vec<u8>,
    /// How much of `block` was handed out.
    at: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Framing {
    Unknown,
    Xerial,
    /// All there is has been read.
    Ended,
}

impl<R: BufRead> SnappyReader<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            framing: Framing::Unknown,
            compressed: Vec::new(),
            block: Vec::new(),
            at: 0,
        }
    }

    /// Decompresses the next block; false at the end.
    fn next_block(&mut self) -> io::Result<bool> {
        match self.framing {
            Framing::Unknown => self.first_block(),
            Framing::Xerial => self.xerial_block(),
            Framing::Ended => Ok(false),
        }
    }

    /// Looks whether there is a magic: if not, everything is one block.
    fn first_block(&mut self) -> io::Result<bool> {
        self.fill(MAGIC.len() + VERSIONS.len())?;
        if self.compressed.starts_with(&MAGIC) {
            self.framing = Framing::Xerial;
            return self.xerial_block();
        }
        self.framing = Framing::Ended;
        self.reader.read_to_end(&mut self.compressed)?;
        self.decompress()
    }

    fn xerial_block(&mut self) -> io::Result<bool> {
        loop {
            self.compressed.clear();
            self.fill(4)?;
            if self.compressed.is_empty() {
                self.framing = Framing::Ended;
                return Ok(false);
            }
            let Ok(prefix) = <[u8; 4]>::try_from(&self.compressed[..]) else {
                return Err(io::ErrorKind::UnexpectedEof.into());
            };
            // Where streams were concatenated, the next one's header stands in the place of a length.
            if prefix == MAGIC[..4] {
                self.fill(MAGIC.len() + VERSIONS.len() - 4)?;
                continue;
            }
            let length = i32::from_be_bytes(prefix);
            let length = usize::try_from(length)
                .map_err(|_| invalid(format!("a block of {length} bytes")))?;
            self.compressed.clear();
            self.fill(length)?;
            if self.compressed.len() < length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            return self.decompress();
        }
    }

    /// Appends up to `most` bytes, fewer only at the end; the buffer grows with what is there, not with what is asked for.
    fn fill(&mut self, most: usize) -> io::Result<()> {
        (&mut self.reader)
            .take(most as u64)
            .read_to_end(&mut self.compressed)
            .map(|_| ())
    }

    fn decompress(&mut self) -> io::Result<bool> {
        let length = snap::raw::decompress_len(&self.compressed).map_err(invalid)?;
        if length > self.compressed.len().saturating_mul(MOST_EXPANSION)
            || length > MOST_BLOCK_BYTES
        {
            return Err(invalid(format!(
                "a block of {} bytes that claims to hold {length}",
                self.compressed.len()
            )));
        }
        self.block.resize(length, 0);
        self.at = 0;
        snap::raw::Decoder::new()
            .decompress(&self.compressed, &mut self.block)
            .map_err(invalid)?;
        Ok(true)
    }
}

impl<R: BufRead> Read for SnappyReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.block.len() {
            if !self.next_block()? {
                return Ok(0);
            }
        }
        let read = out.len().min(self.block.len() - self.at);
        out[..read].copy_from_slice(&self.block[self.at..self.at + read]);
        self.at += read;
        Ok(read)
    }
}

fn invalid(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use proptest::prelude::*;

    fn decompressed(input: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        SnappyReader::new(input).read_to_end(&mut out).map(|_| out)
    }

    fn bare(input: &[u8]) -> Vec<u8> {
        snap::raw::Encoder::new().compress_vec(input).unwrap()
    }

    #[test]
    fn splits_at_32_kib() {
        let mut out = Vec::new();
        compress(&vec![7; BLOCK_BYTES + 1], &mut out).unwrap();
        let first = u32::from_be_bytes(out[16..20].try_into().unwrap()) as usize;
        assert_eq!(
            snap::raw::decompress_len(&out[20..20 + first]).unwrap(),
            BLOCK_BYTES
        );
        let second = &out[20 + first..];
        assert_eq!(second[..4], [0, 0, 0, 3]);
        assert_eq!(decompressed(&out).unwrap(), vec![7; BLOCK_BYTES + 1]);
    }

    #[test]
    fn reads_bare_blocks_of_any_size() {
        for length in [0, 1, 10, 15, 16, 17, 100_000, 3 << 20] {
            let input = vec![b'a'; length];
            assert!(decompressed(&bare(&input)).unwrap() == input, "{length}");
        }
    }

    #[test]
    fn reads_concatenated_streams() {
        let mut out = Vec::new();
        compress(b"one ", &mut out).unwrap();
        compress(b"two", &mut out).unwrap();
        assert_eq!(decompressed(&out).unwrap(), b"one two");
    }

    #[test]
    fn refuses_what_claims_too_much() {
        // A bare block of six bytes that claims 4 GiB, and a stream whose block claims 2 GiB.
        assert!(decompressed(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0x00]).is_err());
        let mut out = [MAGIC, VERSIONS].concat();
        out.extend([0x7f, 0xff, 0xff, 0xff, 1, 2, 3]);
        let mut reader = SnappyReader::new(&out[..]);
        assert!(reader.read(&mut [0; 10]).is_err());
        assert!(reader.compressed.capacity() < 1024);
        assert!(reader.block.capacity() == 0);
    }

    #[test]
    fn refuses_googles_framing_and_negative_lengths() {
        assert!(decompressed(b"\xff\x06\x00\x00sNaPpY\x01\x05\x00\x00abcde").is_err());
        let mut out = [MAGIC, VERSIONS].concat();
        out.extend([0xff, 0, 0, 0, 0]);
        assert!(decompressed(&out).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(
            framed in any::<bool>(),
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut input = if framed { [MAGIC, VERSIONS].concat() } else { Vec::new() };
            input.extend(bytes);
            let _ = decompressed(&input);
        }
    }
}
