//! An index file read from its first entry to its last, to show what stands in it.
//!
//! Look-ups go through [`Entries`](super::entries::Entries) instead, which believes in the order of entries. This
//! believes in nothing, and works on a file by itself, in whatever directory it is.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::count::counted_with;
use crate::error::{Error, IoContext, Result};
use crate::store::durable::open_for_reading;

const READ_BYTES: usize = 64 * 1024;

/// The entries of an index file in their order, `WIDTH` bytes each.
pub(crate) struct EntryFile<const WIDTH: usize> {
    reader: BufReader<File>,
    path: PathBuf,
    position: u64,
    zeros: u64,
}

impl<const WIDTH: usize> EntryFile<WIDTH> {
    /// Opens the index.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Ok(Self {
            reader: BufReader::with_capacity(READ_BYTES, open_for_reading(path)?),
            path: path.to_owned(),
            position: 0,
            zeros: 0,
        })
    }

    /// The next entry and its position in bytes; `None` at the end, or where nothing but zeros follows.
    ///
    /// An entry that is cut off is damage, and so is one behind zeros. Slot 0 may be zero by right, unless nothing
    /// follows it.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, [u8; WIDTH])>> {
        let at = self.position;
        let Some(entry) = self.take()? else {
            return Ok(None);
        };
        if entry != [0; WIDTH] || (at == 0 && self.entry_follows()?) {
            return Ok(Some((at, entry)));
        }
        self.zeros = WIDTH as u64 + self.skip_zeros()?;
        if self.reader.fill_buf().at("read", &self.path)?.is_empty() {
            return Ok(None);
        }
        self.zeros = 0;
        let why = "the entry is zero, and others follow it";
        Err(Error::damaged(&self.path, at, why))
    }

    /// The zero bytes that end the file, once there is no further entry: what was allocated and not written yet.
    pub(crate) fn zeros(&self) -> u64 {
        self.zeros
    }

    fn take(&mut self) -> Result<Option<[u8; WIDTH]>> {
        let mut entry = [0; WIDTH];
        let mut filled = 0;
        while filled < WIDTH {
            let held = self.reader.fill_buf().at("read", &self.path)?;
            if held.is_empty() {
                break;
            }
            let count = held.len().min(WIDTH - filled);
            entry[filled..filled + count].copy_from_slice(&held[..count]);
            self.reader.consume(count);
            filled += count;
        }
        let at = self.position;
        self.position += filled as u64;
        if filled == WIDTH {
            return Ok(Some(entry));
        }
        if filled == 0 {
            return Ok(None);
        }
        let why = format!(
            "{} there of an entry's {WIDTH}",
            counted_with(filled, "byte", "is", "are")
        );
        Err(Error::damaged(&self.path, at, why))
    }

    fn entry_follows(&mut self) -> Result<bool> {
        let held = self.reader.fill_buf().at("read", &self.path)?;
        Ok(held.iter().take(WIDTH).any(|&byte| byte != 0))
    }

    /// Goes on to the next byte that is not zero, or to the end; how many zeros there were.
    fn skip_zeros(&mut self) -> Result<u64> {
        let mut skipped = 0;
        loop {
            let held = self.reader.fill_buf().at("read", &self.path)?;
            let zeros = held.iter().take_while(|&&byte| byte == 0).count();
            let stop = zeros < held.len() || held.is_empty();
            self.reader.consume(zeros);
            skipped += zeros as u64;
            if stop {
                self.position += skipped;
                return Ok(skipped);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    type Read = (Vec<[u8; 4]>, u64, Option<String>);

    fn read(bytes: &[u8]) -> Read {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("index");
        std::fs::write(&path, bytes).unwrap();
        let mut file = EntryFile::<4>::open(&path).unwrap();
        let mut entries = Vec::new();
        let error = loop {
            match file.next() {
                Ok(Some((at, entry))) => {
                    assert_eq!(at, 4 * entries.len() as u64);
                    entries.push(entry);
                }
                Ok(None) => break None,
                Err(error) => break Some(error.to_string()),
            }
        };
        (entries, file.zeros(), error)
    }

    #[test]
    fn entries_end_where_only_zeros_follow() {
        let (one, zero) = ([0, 0, 0, 1], [0; 4]);
        assert_eq!(read(&[]), (vec![], 0, None));
        assert_eq!(read(&one), (vec![one], 0, None));
        assert_eq!(read(&[one, zero].concat()), (vec![one], 4, None));
        assert_eq!(read(&[zero, one].concat()), (vec![zero, one], 0, None));
        assert_eq!(read(&zero), (vec![], 4, None));
        let tail = [one.to_vec(), vec![0; 1_000_003]].concat();
        assert_eq!(read(&tail), (vec![one], 1_000_003, None));
    }

    #[test]
    fn what_is_cut_off_and_what_follows_zeros_is_damage() {
        let (one, zero) = ([0, 0, 0, 1], [0; 4]);
        let (entries, _, error) = read(&[&one[..], &[0, 1]].concat());
        assert_eq!(entries, [one]);
        assert!(
            error
                .unwrap()
                .ends_with("at byte 4: 2 bytes are there of an entry's 4")
        );
        let (entries, zeros, error) = read(&[one, zero, one].concat());
        assert_eq!((entries, zeros), (vec![one], 0));
        assert!(error.unwrap().contains("at byte 4: the entry is zero"));
    }
}
