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
use crate::record::NO_TIMESTAMP;

/// Bytes of a record in its file.
pub const RECORD_BYTES: usize = 1024;

/// `"crc32c":"` + 8 hexadecimal digits + `"}` and a line feed.
const TAIL_BYTES: usize = 10 + 8 + 3;

/// How often a reader without the lock looks again when it met a record that was just being written.
const READ_ATTEMPTS: u32 = 3;

/// What the last writer knew of a partition. Offsets are the partition's, positions and sizes are in bytes, times in
/// ms since the epoch, -1 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppendRecord {
    /// Raised before anything but a plain append happens. What a writer remembers is good under the same one only.
    pub generation: u64,
    /// The topic that this is a partition of.
    pub topic_id: TopicId,
    /// Something other than a plain append is under way: if nobody holds the lock, it was not finished, and the log
    /// must be looked at anew.
    pub changing: bool,
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

/// Of a partition in which nothing was written yet.
impl Default for AppendRecord {
    fn default() -> Self {
        Self {
            generation: 0,
            topic_id: TopicId::default(),
            deleted: false,
            changing: false,
            failed: false,
            segment: 0,
            segment_inode: 0,
            end: 0,
            next_offset: 0,
            synced: 0,
            leader_epoch: 0,
            unindexed: 0,
            index_end: 0,
            time_index_end: 0,
            created: NO_TIMESTAMP,
            jitter: 0,
            first_timestamp: NO_TIMESTAMP,
            max_timestamp: NO_TIMESTAMP,
            max_timestamp_offset: -1,
            last_time_entry: NO_TIMESTAMP,
            open_transaction: None,
        }
    }
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
    path: Arc<Path>,
    topic_id: TopicId,
    directory: PathBuf,
    boot_id: &'static str,
}

impl AppendLock {
    /// Opens the lock file of a partition of the topic that has `topic_id`, making it if there is none.
    pub fn open(layout: &Layout, tp: &TopicPartition, topic_id: TopicId) -> Result<Self> {
        let lock = LockFile::open(&layout.append_lock(tp))?;
        Ok(Self {
            path: lock.shared_path(),
            lock,
            topic_id,
            directory: layout.partition_dir(tp),
            boot_id: boot::id()?,
        })
    }

    /// The topic whose partition it is.
    #[must_use]
    pub fn topic_id(&self) -> TopicId {
        self.topic_id
    }

    /// Waits for the lock, takes it and reads the record. Fails with [`ErrorKind::TopicDeleted`] if the topic was
    /// deleted, whether or not there is a new one of its name.
    pub fn acquire(&mut self, patience: &Patience) -> Result<AppendGuard> {
        let guard = self.acquire_of(Some(self.topic_id), patience)?;
        match guard.found {
            Found::Current(record) if record.deleted || record.topic_id != self.topic_id => {
                Err(self.deleted())
            }
            Found::Current(_) => Ok(guard),
            Found::Stale(_) | Found::Nothing => match self.id_in_directory()? {
                Some(id) if id == self.topic_id => Ok(guard),
                Some(_) => Err(self.deleted()),
                None => {
                    // We may just have made the file anew. It must not outlive what it protected: it would mark
                    // directories of this name that come later as ours.
                    durable::remove(&self.path)?;
                    Err(self.deleted())
                }
            },
        }
    }

    /// The same whatever the record says, and whatever became of the partition: for who deletes.
    pub(crate) fn acquire_any(&mut self, patience: &Patience) -> Result<AppendGuard> {
        self.acquire_of(None, patience)
    }

    fn acquire_of(&mut self, topic: Option<TopicId>, patience: &Patience) -> Result<AppendGuard> {
        loop {
            if let Some(lock) = self.lock.lock_unless_removed(patience)? {
                let found = self.find()?;
                return Ok(AppendGuard {
                    lock: lock.yielding(),
                    path: Arc::clone(&self.path),
                    id: self.lock.id(),
                    boot_id: self.boot_id,
                    found,
                });
            }
            // A lock file goes after its partition, so there is another only for a partition that is there.
            if topic.is_some() && self.id_in_directory()? != topic {
                return Err(self.deleted());
            }
            self.lock = LockFile::open(&self.path)?;
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
            .at("read", &self.path)?;
        Ok(decode(&bytes[..length], self.boot_id, self.lock.id()))
    }

    /// Without a record the partition's directory says which topic it is of; none if it is gone. One that does not
    /// say is ours, since every topic made here says it.
    fn id_in_directory(&self) -> Result<Option<TopicId>> {
        let id = partition_metadata::read(&self.directory)?;
        Ok(id.or_else(|| self.directory.is_dir().then_some(self.topic_id)))
    }

    fn deleted(&self) -> Error {
        let name = self.path.file_name().unwrap_or_default();
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::fs;

    use proptest::prelude::*;

    use super::*;
    use crate::store::TopicName;

    const ID: FileId = FileId {
        device: 1,
        inode: 2,
    };

    /// A directory with one partition of a topic in it.
    fn partition() -> (tempfile::TempDir, Layout, TopicPartition, TopicId) {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path().to_owned());
        let tp = TopicPartition::new(TopicName::new("orders").unwrap(), 0);
        fs::create_dir_all(layout.partition_dir(&tp)).unwrap();
        fs::create_dir_all(layout.partition_locks()).unwrap();
        let id = TopicId::random();
        partition_metadata::write(&layout.partition_dir(&tp), id).unwrap();
        (dir, layout, tp, id)
    }

    fn record(topic_id: TopicId) -> AppendRecord {
        AppendRecord {
            generation: u64::MAX,
            topic_id,
            deleted: false,
            changing: false,
            failed: true,
            segment: i64::MAX,
            segment_inode: u64::MAX,
            end: u64::MAX,
            next_offset: i64::MAX,
            synced: i64::MAX,
            leader_epoch: i32::MIN,
            unindexed: u64::MAX,
            index_end: u64::MAX,
            time_index_end: u64::MAX,
            created: i64::MIN,
            jitter: i64::MIN,
            first_timestamp: i64::MIN,
            max_timestamp: i64::MIN,
            max_timestamp_offset: i64::MIN,
            last_time_entry: i64::MIN,
            open_transaction: Some(i64::MIN),
        }
    }

    #[test]
    fn the_longest_record_fits_and_comes_back() {
        let file = FileId {
            device: u64::MAX,
            inode: u64::MAX,
        };
        let boot = "x".repeat(64);
        let record = record(TopicId::random());
        let bytes = encode(&record, &boot, file).unwrap();
        assert_eq!(decode(&bytes, &boot, file), Found::Current(record));
        assert_eq!(memchr::memchr(b'\n', &bytes), Some(RECORD_BYTES - 1));
        let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(json["record"]["leader_epoch"], i32::MIN);
    }

    #[test]
    fn another_boot_or_file_is_stale() {
        let record = record(TopicId::random());
        let bytes = encode(&record, "boot", ID).unwrap();
        assert_eq!(decode(&bytes, "other", ID), Found::Stale(record));
        let copy = FileId { inode: 3, ..ID };
        assert_eq!(decode(&bytes, "boot", copy), Found::Stale(record));
        assert_eq!(decode(&bytes[..1023], "boot", ID), Found::Nothing);
        assert_eq!(decode(b"", "boot", ID), Found::Nothing);
    }

    #[test]
    fn any_flipped_bit_voids_the_record() {
        let bytes = encode(&record(TopicId::random()), "boot", ID).unwrap();
        for at in 0..RECORD_BYTES {
            for bit in 0..8 {
                let mut torn = bytes;
                torn[at] ^= 1 << bit;
                assert_eq!(decode(&torn, "boot", ID), Found::Nothing, "byte {at}");
            }
        }
    }

    proptest! {
        #[test]
        fn half_of_one_and_half_of_another_is_none(at in 1..RECORD_BYTES, next in 0..1000_i64) {
            let id = TopicId::random();
            let old = encode(&AppendRecord { topic_id: id, ..AppendRecord::default() }, "boot", ID).unwrap();
            let record = AppendRecord { topic_id: id, next_offset: next + 1, ..AppendRecord::default() };
            let new = encode(&record, "boot", ID).unwrap();
            let mut torn = old;
            torn[..at].copy_from_slice(&new[..at]);
            let found = decode(&torn, "boot", ID);
            let whole = torn == old || torn == new;
            prop_assert!(whole || found == Found::Nothing);
        }
    }

    #[test]
    fn the_next_writer_finds_the_record_and_a_reader_too() {
        let (_dir, layout, tp, id) = partition();
        let mut one = AppendLock::open(&layout, &tp, id).unwrap();
        assert_eq!(one.read(), None);
        let mut guard = one.acquire(&Patience::endless()).unwrap();
        assert_eq!(guard.record(), None);
        let record = AppendRecord {
            next_offset: 7,
            ..record(id)
        };
        guard.write(&record).unwrap();
        assert_eq!(guard.record(), Some(&record));
        drop(guard);
        let mut two = AppendLock::open(&layout, &tp, id).unwrap();
        let guard = two.acquire(&Patience::endless()).unwrap();
        assert_eq!(guard.record(), Some(&record));
        assert_eq!(one.read(), Some(record));
        let reader = RecordFile::open(&layout, &tp).unwrap().unwrap();
        assert_eq!(reader.read(), Some(record));
        assert!(!reader.is_removed().unwrap());
    }

    #[test]
    fn a_copy_of_the_lock_file_says_nothing() {
        let (_dir, layout, tp, id) = partition();
        let mut lock = AppendLock::open(&layout, &tp, id).unwrap();
        let mut guard = lock.acquire(&Patience::endless()).unwrap();
        guard.write(&record(id)).unwrap();
        drop(guard);
        let path = layout.append_lock(&tp);
        let copy = path.with_extension("copy");
        fs::copy(&path, &copy).unwrap();
        fs::rename(&copy, &path).unwrap();
        let guard = lock.acquire(&Patience::endless()).unwrap();
        assert_eq!(guard.record(), None);
        assert_eq!(guard.stale_record(), Some(&record(id)));
    }

    fn assert_deleted(lock: &mut AppendLock) {
        let error = lock.acquire(&Patience::endless()).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::TopicDeleted);
        assert!(error.to_string().contains("orders-0"), "{error}");
    }

    #[test]
    fn a_deleted_mark_refuses_and_so_does_another_topic() {
        let (_dir, layout, tp, id) = partition();
        let mut writer = AppendLock::open(&layout, &tp, id).unwrap();
        let mut deleter = AppendLock::open(&layout, &tp, id).unwrap();
        for found in [
            AppendRecord {
                deleted: true,
                ..record(id)
            },
            record(TopicId::random()),
        ] {
            let mut guard = deleter.acquire_any(&Patience::endless()).unwrap();
            guard.write(&found).unwrap();
            drop(guard);
            assert_deleted(&mut writer);
        }
    }

    #[test]
    fn without_a_record_the_directory_tells() {
        let (_dir, layout, tp, id) = partition();
        let mut writer = AppendLock::open(&layout, &tp, id).unwrap();
        let dir = layout.partition_dir(&tp);
        partition_metadata::write(&dir, TopicId::random()).unwrap();
        assert_deleted(&mut writer);
        assert!(layout.append_lock(&tp).exists(), "it is the new topic's");
        fs::remove_dir_all(&dir).unwrap();
        assert_deleted(&mut writer);
        assert!(
            !layout.append_lock(&tp).exists(),
            "nothing it could protect"
        );
        assert_deleted(&mut writer);
        assert!(!layout.append_lock(&tp).exists(), "nor is it made again");
    }

    #[test]
    fn a_removed_lock_file_is_made_anew_for_a_partition_that_is_there() {
        let (_dir, layout, tp, id) = partition();
        let mut writer = AppendLock::open(&layout, &tp, id).unwrap();
        fs::remove_file(layout.append_lock(&tp)).unwrap();
        let guard = writer.acquire(&Patience::endless()).unwrap();
        assert!(layout.append_lock(&tp).exists());
        drop(guard);
        assert!(
            RecordFile::open(&layout, &tp)
                .unwrap()
                .unwrap()
                .read()
                .is_none()
        );
    }
}
