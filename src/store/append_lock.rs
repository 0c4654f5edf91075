//! A partition's lock, and the record in its lock file that tells the next writer where the log ends.
//!
//! The record is written under the lock and not synced: a hint, good for this boot and for this file only. It says
//! what the writer would otherwise have to find out by reading: where the active segment ends, what the next offset
//! is, how far the log is synced. One line of JSON of a fixed 1024 bytes, whose last member is a CRC-32C of all
//! before it, written and read with one call each. Who reads it without the lock may meet half of an old and half of
//! a new one: the sum tells.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::boot;
use super::durable;
use super::lock::{FileId, LockFile, LockGuard, Patience};
use super::names::{Layout, TopicId, TopicPartition};
use super::partition_metadata;
use crate::error::{Error, ErrorKind, IoContext as _, Result};

/// Bytes of a record in its file.
pub const RECORD_BYTES: usize = 1024;

/// `"crc32c":"` + 8 hexadecimal digits + `"}` and a line feed.
const TAIL_BYTES: usize = 10 + 8 + 3;

/// How often a reader without the lock looks again when it met a record that was just being written.
const READ_ATTEMPTS: u32 = 3;

/// What the last writer knew of a partition. Offsets are the partition's, positions and sizes are in bytes, times in
/// ms since the epoch, -1 where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppendRecord {
    /// Raised before anything but a plain append happens. What a writer remembers is good under the same one only.
    pub generation: u64,
    /// The topic that this is a partition of.
    pub topic_id: TopicId,
    /// The topic was deleted: nothing may be appended any more.
    pub deleted: bool,
    /// A sync failed: nothing may be appended, or counted as synced past `synced`, until the partition was repaired.
    pub failed: bool,
    /// Base offset of the active segment.
    pub segment: i64,
    /// Inode of the active segment's log file.
    pub segment_inode: u64,
    /// Size of the active segment's log file.
    pub end: u64,
    /// The offset the next record gets.
    pub next_offset: i64,
    /// Offsets below it are on disk, together with every name that leads to them.
    pub synced: i64,
    /// Leader epoch of the last batch.
    pub leader_epoch: i32,
    /// Bytes appended since the last entry in the offset index.
    pub unindexed: u64,
    /// Size of the active segment's offset index.
    pub index_end: u64,
    /// Size of the active segment's time index.
    pub time_index_end: u64,
    /// When the active segment was begun.
    pub created: i64,
    /// How much earlier than its topic's segment.ms says the active segment is rolled, in ms.
    pub jitter: i64,
    /// Largest timestamp of the active segment's first batch.
    pub first_timestamp: i64,
    /// Largest timestamp in the active segment.
    pub max_timestamp: i64,
    /// Last offset of the first batch that has it.
    pub max_timestamp_offset: i64,
    /// Timestamp of the last entry in the time index.
    pub last_time_entry: i64,
    /// First offset of the oldest transaction that is not finished.
    pub open_transaction: Option<i64>,
}

/// The line in the file, but for its sum.
#[derive(Serialize)]
struct Line<'a> {
    boot_id: &'a str,
    file: (u64, u64),
    record: &'a AppendRecord,
}

#[derive(Deserialize)]
struct ParsedLine<'a> {
    #[serde(borrow)]
    boot_id: std::borrow::Cow<'a, str>,
    file: (u64, u64),
    record: AppendRecord,
    #[expect(dead_code, reason = "the sum was compared before")]
    crc32c: &'a str,
}

/// A record as it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// Written in this boot, in this very file.
    Current(AppendRecord),
    /// Whole, but of another boot or of another file: a copy of the directory is another log.
    Stale(AppendRecord),
    /// None, or not whole.
    Nothing,
}

/// A partition's lock file, kept open by whoever appends.
#[derive(Debug)]
pub struct AppendLock {
    lock: LockFile,
    topic_id: TopicId,
    directory: PathBuf,
    boot_id: &'static str,
}

impl AppendLock {
    /// Opens the lock file of a partition of the topic that has `topic_id`, making it if there is none.
    pub fn open(layout: &Layout, tp: &TopicPartition, topic_id: TopicId) -> Result<Self> {
        Ok(Self {
            lock: LockFile::open(&layout.append_lock(tp))?,
            topic_id,
            directory: layout.partition_dir(tp),
            boot_id: boot::id()?,
        })
    }

    /// Waits for the lock, takes it and reads the record. Fails with [`ErrorKind::TopicDeleted`] if the topic was
    /// deleted, whether or not there is a new one of its name.
    pub fn acquire(&mut self, patience: &Patience) -> Result<AppendGuard> {
        let guard = self.acquire_any(patience)?;
        let id_now = match guard.found {
            Found::Current(record) if record.deleted => None,
            Found::Current(record) => Some(record.topic_id),
            Found::Stale(_) | Found::Nothing => self.id_in_directory()?,
        };
        if id_now == Some(self.topic_id) {
            Ok(guard)
        } else {
            Err(self.deleted())
        }
    }

    /// The same whatever the record says: for who deletes.
    pub(crate) fn acquire_any(&mut self, patience: &Patience) -> Result<AppendGuard> {
        loop {
            if let Some(lock) = self.lock.lock_unless_removed(patience)? {
                let found = self.find()?;
                return Ok(AppendGuard {
                    lock: lock.yielding(),
                    path: self.lock.shared_path(),
                    id: self.lock.id(),
                    boot_id: self.boot_id,
                    found,
                });
            }
            // Lock files go with their topic. One that is made anew would outlive it.
            self.lock = LockFile::open_existing(self.lock.path())?.ok_or_else(|| self.deleted())?;
        }
    }

    /// The record as it is now, read without the lock; none if there is none to rely on.
    #[must_use]
    pub fn read(&self) -> Option<AppendRecord> {
        read_unlocked(self.lock.file(), self.lock.id(), self.boot_id)
    }

    fn find(&self) -> Result<Found> {
        let mut bytes = [0; RECORD_BYTES];
        let length = self
            .lock
            .file()
            .read_at(&mut bytes, 0)
            .at("read", self.lock.path())?;
        Ok(decode(&bytes[..length], self.boot_id, self.lock.id()))
    }

    /// Without a record the partition's directory says which topic it is of; none if it is gone. One that does not
    /// say is ours, since every topic made here says it.
    fn id_in_directory(&self) -> Result<Option<TopicId>> {
        let id = partition_metadata::read(&self.directory)?;
        Ok(id.or_else(|| self.directory.is_dir().then_some(self.topic_id)))
    }

    fn deleted(&self) -> Error {
        let name = self.lock.path().file_name().unwrap_or_default();
        Error::new(
            ErrorKind::TopicDeleted,
            format!("the topic of partition {} was deleted", name.display()),
        )
    }
}

/// A partition's lock, held. When it is dropped, whoever waits for the lock is let run once before we go on.
pub struct AppendGuard {
    lock: LockGuard,
    path: Arc<Path>,
    id: FileId,
    boot_id: &'static str,
    found: Found,
}

impl AppendGuard {
    /// The record, if it was written in this boot and in this file. What it says may still be contradicted by the
    /// log: by its size, above all, if a writer was killed between the two.
    #[must_use]
    pub fn record(&self) -> Option<&AppendRecord> {
        match &self.found {
            Found::Current(record) => Some(record),
            Found::Stale(_) | Found::Nothing => None,
        }
    }

    /// The record, if it is whole but of another boot, or of the directory this one is a copy of: nothing that it
    /// says of the log's end holds, since what was not synced may be gone.
    #[must_use]
    pub fn stale_record(&self) -> Option<&AppendRecord> {
        match &self.found {
            Found::Stale(record) => Some(record),
            Found::Current(_) | Found::Nothing => None,
        }
    }

    /// Replaces the record. If that fails there is none afterwards, rather than one that is wrong.
    pub fn write(&mut self, record: &AppendRecord) -> Result<()> {
        let file = self.lock.file();
        let bytes = encode(record, self.boot_id, self.id)?;
        if let Err(error) = file.write_all_at(&bytes, 0) {
            // Needs no space, unlike writing, which does on some file systems even in place.
            file.set_len(0).at("empty", &self.path)?;
            self.found = Found::Nothing;
            return Err(Error::io("write", &self.path, error));
        }
        self.found = Found::Current(*record);
        Ok(())
    }
}

/// A partition's lock file, open to read its record and nothing else.
#[derive(Debug)]
pub struct RecordFile {
    file: File,
    id: FileId,
    boot_id: &'static str,
}

impl RecordFile {
    /// Opens it; none if there is none, or we may not read it: who only reads must do without.
    pub fn open(layout: &Layout, tp: &TopicPartition) -> Result<Option<Self>> {
        let path = layout.append_lock(tp);
        match durable::open_regular(&path, OpenOptions::new().read(true)) {
            Ok(file) => Ok(Some(Self {
                id: FileId::of(&file.metadata().at("look at", &path)?),
                file,
                boot_id: boot::id()?,
            })),
            Err(error) => match error.io_kind() {
                Some(io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) => Ok(None),
                _ => Err(error),
            },
        }
    }

    /// The record as it is now; none if there is none to rely on.
    #[must_use]
    pub fn read(&self) -> Option<AppendRecord> {
        read_unlocked(&self.file, self.id, self.boot_id)
    }

    /// Whether the file has lost its name: its topic was deleted.
    pub fn is_removed(&self) -> io::Result<bool> {
        Ok(self.file.metadata()?.nlink() == 0)
    }
}

fn read_unlocked(file: &File, id: FileId, boot_id: &str) -> Option<AppendRecord> {
    let mut bytes = [0; RECORD_BYTES];
    (0..READ_ATTEMPTS).find_map(|_| {
        let length = file.read_at(&mut bytes, 0).ok()?;
        match decode(&bytes[..length], boot_id, id) {
            Found::Current(record) => Some(record),
            Found::Stale(_) | Found::Nothing => None,
        }
    })
}

fn encode(record: &AppendRecord, boot_id: &str, id: FileId) -> Result<[u8; RECORD_BYTES]> {
    let mut bytes = [b' '; RECORD_BYTES];
    let (line, tail) = bytes.split_at_mut(RECORD_BYTES - TAIL_BYTES);
    let mut cursor = io::Cursor::new(&mut *line);
    serde_json::to_writer(
        &mut cursor,
        &Line {
            boot_id,
            file: (id.device, id.inode),
            record,
        },
    )
    .map_err(|error| Error::failed(format!("a partition's record does not fit: {error}")))?;
    // Over the closing brace: one more member follows.
    let end = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
    line[end - 1] = b',';
    let sum = tail_of(line);
    tail.copy_from_slice(&sum);
    Ok(bytes)
}

/// The last member, with the sum of all before it.
fn tail_of(line: &[u8]) -> [u8; TAIL_BYTES] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let sum = crc32c::crc32c(line);
    let mut tail = *b"\"crc32c\":\"00000000\"}\n";
    for (index, digit) in tail[10..18].iter_mut().enumerate() {
        *digit = DIGITS[(sum >> (28 - 4 * index)) as usize & 15];
    }
    tail
}

fn decode(bytes: &[u8], boot_id: &str, id: FileId) -> Found {
    if bytes.len() != RECORD_BYTES {
        return Found::Nothing;
    }
    let (line, tail) = bytes.split_at(RECORD_BYTES - TAIL_BYTES);
    if tail != tail_of(line) {
        return Found::Nothing;
    }
    match serde_json::from_slice::<ParsedLine<'_>>(bytes) {
        Ok(line) if line.boot_id == boot_id && line.file == (id.device, id.inode) => {
            Found::Current(line.record)
        }
        Ok(line) => Found::Stale(line.record),
        // Of a version that knows other members: not for us to rely on.
        Err(_) => Found::Nothing,
    }
}
