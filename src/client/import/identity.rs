//! Which file a file is, whatever its name.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};

use serde::{Deserialize, Serialize};

/// How many bytes at the front, and how many before the position, are summed.
const SUMMED_BYTES: u64 = 1024;

/// What a file is known by: two files are the same if one has the other's device and inode and still begins as it did;
/// a copy has the same first bytes, and the same before the position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The device it lies on.
    pub device: u64,
    /// Its inode.
    pub inode: u64,
    /// How many of its first bytes are summed.
    head_bytes: u64,
    /// CRC-32C of them.
    head_crc32c: u32,
    /// CRC-32C of as many bytes, or all there are, before the position.
    tail_crc32c: u32,
}

impl Identity {
    /// Of a file that was read up to `position`.
    pub fn of(file: &File, position: u64) -> io::Result<Self> {
        let metadata = file.metadata()?;
        // What was not read yet counts too: a file may be copied and truncated before any of it was.
        let head_bytes = metadata.len().min(SUMMED_BYTES);
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            head_bytes,
            head_crc32c: crc(file, 0, head_bytes)?,
            tail_crc32c: tail(file, position)?,
        })
    }

    /// Whether `file` has this device and inode.
    pub fn is_inode_of(&self, file: &File) -> io::Result<bool> {
        let metadata = file.metadata()?;
        Ok((metadata.dev(), metadata.ino()) == (self.device, self.inode))
    }

    /// Whether `file` holds what this one held up to `position`.
    pub fn has_content_of(&self, file: &File, position: u64) -> io::Result<bool> {
        Ok(file.metadata()?.len() >= position
            && crc(file, 0, self.head_bytes)? == self.head_crc32c
            && tail(file, position)? == self.tail_crc32c)
    }

    /// Whether nothing is known of what the file holds.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.head_bytes == 0
    }
}

fn tail(file: &File, position: u64) -> io::Result<u32> {
    let bytes = position.min(SUMMED_BYTES);
    crc(file, position - bytes, bytes)
}

fn crc(file: &File, from: u64, bytes: u64) -> io::Result<u32> {
    let mut buffer = vec![0; usize::try_from(bytes).unwrap_or(0)];
    match file.read_exact_at(&mut buffer, from) {
        Ok(()) => Ok(crc32c::crc32c(&buffer)),
        // A file that got shorter meanwhile is another one.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(!crc32c::crc32c(&buffer)),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_is_known_by_its_inode_and_a_copy_by_its_content() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, "first\nsecond\nthird\n").unwrap();
        let file = File::open(&path).unwrap();
        let identity = Identity::of(&file, 13).unwrap();
        std::fs::copy(&path, dir.path().join("copy")).unwrap();
        let copy = File::open(dir.path().join("copy")).unwrap();
        assert!(identity.is_inode_of(&file).unwrap() && !identity.is_inode_of(&copy).unwrap());
        assert!(identity.has_content_of(&copy, 13).unwrap());

        let mut appended = File::options().append(true).open(&path).unwrap();
        appended.write_all(b"fourth\n").unwrap();
        assert!(identity.has_content_of(&file, 13).unwrap());
        appended.set_len(0).unwrap();
        assert!(!identity.has_content_of(&file, 13).unwrap());
        appended
            .write_all(b"other\nlines, and as many bytes\n")
            .unwrap();
        assert!(!identity.has_content_of(&file, 13).unwrap());
    }

    #[test]
    fn the_bytes_before_the_position_count_as_the_first_do() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (dir.path().join("one"), dir.path().join("other"));
        let head = "the same header line\n".repeat(100);
        std::fs::write(&one, format!("{head}1234567890")).unwrap();
        std::fs::write(&other, format!("{head}abcdefghij")).unwrap();
        let position = head.len() as u64 + 10;
        let identity = Identity::of(&File::open(&one).unwrap(), position).unwrap();
        let other = File::open(&other).unwrap();
        assert!(!identity.has_content_of(&other, position).unwrap());
    }
}
