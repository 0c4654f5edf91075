//! The inputs: files of lines of one length.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::Result;

/// What the lines of an input look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lines {
    /// Bytes of a line, the newline included.
    pub(crate) bytes: usize,
    /// Whether each begins with a key, and a colon behind it.
    pub(crate) keyed: bool,
}

impl Lines {
    pub(crate) const fn plain(bytes: usize) -> Self {
        Self {
            bytes,
            keyed: false,
        }
    }

    pub(crate) const fn keyed(bytes: usize) -> Self {
        Self { bytes, keyed: true }
    }

    /// Writes a file of about `bytes` bytes, whole lines only; how many it has then.
    pub(crate) fn write_file(self, path: &Path, bytes: u64) -> Result<u64> {
        let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
        let written = self.write(&mut file, bytes)?;
        file.into_inner()?.sync_all()?;
        Ok(written)
    }

    /// Writes about `bytes` bytes, whole lines only; how many it were.
    pub(crate) fn write(self, out: &mut impl Write, bytes: u64) -> Result<u64> {
        let length = self.bytes as u64;
        let count = (bytes / length).max(1);
        let mut line = Vec::with_capacity(self.bytes);
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for number in 0..count {
            line.clear();
            if self.keyed {
                write!(line, "user{}:", next(&mut state) % 100_000)?;
            }
            write!(line, "{number:09}")?;
            while line.len() < self.bytes - 1 {
                let word = next(&mut state).to_le_bytes();
                line.extend(word.map(|byte| b'a' + byte % 26));
            }
            line.truncate(self.bytes - 1);
            line.push(b'\n');
            out.write_all(&line)?;
        }
        Ok(count * length)
    }
}

/// A xorshift generator: the same input in every run.
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}
