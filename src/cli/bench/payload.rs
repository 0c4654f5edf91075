//! The values that are stored: letters at random, or the lines of a file in turn.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::error::{Error, IoContext as _, Result};

/// Letters that are made at first, to take values from: more than a batch, so that none is in a batch twice and a codec
/// finds as little to save as in Kafka's tools.
const LETTERS: usize = 2 << 20;
/// The largest file that lines are taken from, in bytes: it is held in memory.
const LARGEST_FILE: u64 = 16 << 20;

/// Values without end.
pub(super) struct Payload {
    bytes: Vec<u8>,
    /// How long each value is; `None`: up to the end of a line.
    size: Option<usize>,
    at: usize,
}

impl Payload {
    /// Values of `size` bytes, the same in every run: letters from A to Z, as Kafka's tools have them.
    pub(super) fn letters(size: usize) -> Self {
        let mut state = 1_u32;
        let letters = std::iter::repeat_with(|| {
            // A linear congruential generator, of which the high bits are good enough here.
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b'A' + u8::try_from((state >> 16) % 26).unwrap_or(0)
        });
        Self {
            bytes: letters.take(LETTERS + size).collect(),
            size: Some(size),
            at: 0,
        }
    }

    /// The lines of a file, again and again.
    pub(super) fn lines(path: &Path) -> Result<Self> {
        let file = File::open(path).at("open", path)?;
        let mut bytes = Vec::new();
        file.take(LARGEST_FILE + 1)
            .read_to_end(&mut bytes)
            .at("read", path)?;
        if bytes.len() as u64 > LARGEST_FILE {
            let message = format!(
                "{} is larger than {LARGEST_FILE} bytes, which is more than is held in memory",
                path.display()
            );
            return Err(Error::failed(message).help("take a part of it: head -n 10000"));
        }
        if bytes.is_empty() {
            return Err(Error::failed(format!("{} has no line", path.display()))
                .help("each line of --payload-file is a value"));
        }
        if bytes.last() != Some(&b'\n') {
            bytes.push(b'\n');
        }
        Ok(Self {
            bytes,
            size: None,
            at: 0,
        })
    }

    /// The next value.
    pub(super) fn next(&mut self) -> &[u8] {
        let from = self.at;
        let (to, next) = if let Some(size) = self.size {
            (from + size, (from + size) % LETTERS)
        } else {
            let length = memchr::memchr(b'\n', &self.bytes[from..]);
            let to = length.map_or(self.bytes.len(), |length| from + length);
            (to, (to + 1) % self.bytes.len())
        };
        self.at = next;
        &self.bytes[from..to]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn letters_are_of_the_size_asked_for_and_differ() {
        for size in [0, 1, 100, LETTERS, LETTERS + 1] {
            let mut payload = Payload::letters(size);
            let values = [(); 3].map(|()| payload.next().to_vec());
            assert!(values.iter().all(|value| value.len() == size));
            assert!(values.concat().iter().all(u8::is_ascii_uppercase));
        }
        let mut payload = Payload::letters(100);
        assert_ne!(payload.next().to_vec(), payload.next().to_vec());
    }

    #[test]
    fn lines_come_in_turn_and_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines");
        for (content, values) in [
            ("a\n\nbc", ["a", "", "bc", "a"]),
            ("a\n", ["a", "a", "a", "a"]),
            ("\n", ["", "", "", ""]),
        ] {
            std::fs::write(&path, content).unwrap();
            let mut payload = Payload::lines(&path).unwrap();
            for value in values {
                assert_eq!(payload.next(), value.as_bytes(), "{content:?}");
            }
        }
        std::fs::write(&path, "").unwrap();
        assert!(Payload::lines(&path).is_err());
    }
}
