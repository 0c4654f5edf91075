//! A file of sorted entries of one width: what the offset index and the time index have in common.
//!
//! A live or crashed broker's index is preallocated, so that zeros follow its last entry; they are no entries.
//! Nothing here is cached: an index may grow while it is read.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::error::{IoContext, Result};
use crate::log::scan::read_up_to;
use crate::store::durable::open_for_reading;

/// An index file open for reading.
pub(crate) struct Entries<const WIDTH: usize> {
    file: File,
    path: PathBuf,
    count: u64,
    bytes: u64,
}

impl<const WIDTH: usize> Entries<WIDTH> {
    /// Opens the index; `None` where there is none, which costs only speed.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>> {
        let file = match open_for_reading(path) {
            Ok(file) => file,
            Err(error) if error.io_kind() == Some(std::io::ErrorKind::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let bytes = file.metadata().at("examine", path)?.len();
        let mut entries = Self {
            file,
            path: path.to_owned(),
            count: bytes / WIDTH as u64,
            bytes,
        };
        // Slot 0 may be zero by right; behind it, zeros are what was never written.
        let written = entries.partition_point(|slot, entry| slot == 0 || entry != &[0; WIDTH])?;
        entries.count = written;
        if written == 1 && entries.get(0)? == [0; WIDTH] {
            entries.count = 0;
        }
        Ok(Some(entries))
    }

    /// The number of entries.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The file's length when it was opened, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The position of the first byte behind the entries that is not zero, if there is one.
    pub(crate) fn rubbish(&self) -> Result<Option<u64>> {
        let mut position = self.count * WIDTH as u64;
        let mut piece = vec![0; 64 * 1024];
        while position < self.bytes {
            let read = read_up_to(&self.file, &mut piece, position).at("read", &self.path)?;
            if let Some(at) = piece[..read].iter().position(|&byte| byte != 0) {
                return Ok(Some(position + at as u64));
            }
            if read == 0 {
                break;
            }
            position += read as u64;
        }
        Ok(None)
    }

    /// The bytes of entry `slot`, which must be below the count.
    pub(crate) fn get(&self, slot: u64) -> Result<[u8; WIDTH]> {
        let mut entry = [0; WIDTH];
        read_up_to(&self.file, &mut entry, slot * WIDTH as u64).at("read", &self.path)?;
        Ok(entry)
    }

    /// The first slot for which `before` no longer holds; it must hold for a prefix of the entries only.
    pub(crate) fn partition_point(
        &self,
        before: impl Fn(u64, &[u8; WIDTH]) -> bool,
    ) -> Result<u64> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if before(middle, &self.get(middle)?) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
}
