//! A small store that is damaged and put back as it was, over and over.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kafdir::client::{self, Event};
use kafdir::error::Result;
use kafdir::log::{Appender, Finding, FindingKind, LogReader, Partition, ReadBuffer};
use kafdir::record::{BatchBuilder, Compression, Record};
use kafdir::store::{Layout, Patience, SettingMap, Store, StoreOptions, Topic, TopicName};
use walkdir::WalkDir;

/// Records in each batch.
pub(crate) const RECORDS: i64 = 4;

/// A directory with the topic `t` of one partition, and its files as they were when they were good.
pub(crate) struct Bench {
    dir: tempfile::TempDir,
    good: BTreeMap<PathBuf, Vec<u8>>,
}

/// What a check and a repair must find and leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing.
    Clean,
    /// Something, which is no damage.
    Harmless,
    /// Damage, which a repair mends.
    Mended,
    /// Damage, which a repair leaves.
    Left,
}

impl Bench {
    /// A log of `batches` batches whose records' values are their offsets.
    pub(crate) fn new(settings: &[&str], batches: i64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut bench = Self {
            dir,
            good: BTreeMap::new(),
        };
        let mut map = SettingMap::default();
        for setting in settings {
            map.assign(setting).unwrap();
        }
        let store = bench.store();
        store
            .create_topic(&TopicName::new("t").unwrap(), 1, &map, false)
            .unwrap();
        for batch in 0..batches {
            bench.append(batch * RECORDS).unwrap();
        }
        bench.remember();
        bench
    }

    /// From now on the files are good as they are.
    pub(crate) fn remember(&mut self) {
        self.good = self
            .files()
            .into_iter()
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect();
    }

    /// Puts everything back as it was, in place.
    pub(crate) fn restore(&self) {
        for path in self.files() {
            if !self.good.contains_key(&path) {
                fs::remove_file(path).unwrap();
            }
        }
        for (path, bytes) in &self.good {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            if fs::read(path).ok().as_ref() != Some(bytes) {
                fs::write(path, bytes).unwrap();
            }
        }
    }

    /// Forgets what this boot knows of the log, as a restart of the machine does.
    pub(crate) fn restart(&self) {
        fs::write(self.path("locks/partitions/t-0"), "").unwrap();
    }

    pub(crate) fn store(&self) -> Arc<Store> {
        let options = StoreOptions {
            chosen_by: "the test".to_owned(),
            patience: Patience::endless(),
        };
        Arc::new(Store::open_or_create(self.dir.path(), options).unwrap())
    }

    fn to_check(&self) -> Arc<Store> {
        let options = StoreOptions {
            chosen_by: "the test".to_owned(),
            patience: Patience::endless(),
        };
        Arc::new(Store::open_to_check(self.dir.path(), options).unwrap())
    }

    pub(crate) fn topic(&self) -> Topic {
        self.store().topic(&TopicName::new("t").unwrap()).unwrap()
    }

    pub(crate) fn layout(&self) -> Layout {
        Layout::new(self.dir.path().to_owned())
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    /// A file of the partition.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path("logs/t-0").join(name)
    }

    /// The log file of the first segment.
    pub(crate) fn log(&self) -> PathBuf {
        self.file("00000000000000000000.log")
    }

    /// A good file's bytes.
    pub(crate) fn good(&self, path: &Path) -> &[u8] {
        &self.good[path]
    }

    /// The places of the batches in good log bytes.
    pub(crate) fn places(&self, path: &Path) -> Vec<std::ops::Range<usize>> {
        let bytes = self.good(path);
        let mut places = Vec::new();
        let mut start = 0;
        while start < bytes.len() {
            let length = u32::from_be_bytes(bytes[start + 8..start + 12].try_into().unwrap());
            let end = start + 12 + usize::try_from(length).unwrap();
            places.push(start..end);
            start = end;
        }
        places
    }

    /// Appends a batch whose values are its offsets, if the log ends at `first`.
    pub(crate) fn append(&self, first: i64) -> Result<i64> {
        let mut appender = Appender::open(&self.store(), &self.topic(), 0)?;
        let mut builder = BatchBuilder::new(1 << 16);
        for offset in first..first + RECORDS {
            let value = offset.to_string();
            let appended = builder.append(&Record {
                timestamp: 1_700_000_000_000 + offset,
                key: None,
                value: Some(value.as_bytes()),
                headers: &[],
            });
            assert!(appended);
        }
        let mut batch = builder.seal(Compression::None)?;
        let appended = appender.append(&mut batch, 1)?;
        if let Some(unsynced) = appender.unsynced() {
            unsynced.sync()?;
            appender.set_synced(unsynced.up_to);
            appender.publish_synced()?;
        }
        Ok(appended.first_offset)
    }

    /// Every record: its offset and value.
    pub(crate) fn read(&self) -> Result<Vec<(i64, String)>> {
        let partition = Arc::new(Partition::open(&self.store(), &self.topic(), 0)?);
        let start = partition.start()?;
        let mut reader = LogReader::new(partition, start);
        let mut buffer = ReadBuffer::default();
        let mut read = Vec::new();
        while reader.next(&mut buffer)?.is_some() {
            let fetched = reader.take(&buffer).unwrap();
            let mut records = fetched.records()?;
            while let Some(record) = records.next().map_err(|fault| fetched.damaged(&fault))? {
                let value = String::from_utf8(record.value.unwrap().to_vec()).unwrap();
                if record.offset >= start {
                    read.push((record.offset, value));
                }
            }
        }
        Ok(read)
    }

    pub(crate) fn check(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        client::check(&self.to_check(), &[], &mut |finding| {
            findings.push(finding);
            Ok(())
        })
        .unwrap();
        findings
    }

    /// Repairs, and gives what is left and how many things were mended.
    pub(crate) fn repair(&self) -> (Vec<Finding>, usize) {
        let (mut left, mut mended) = (Vec::new(), 0);
        client::repair(&self.to_check(), &[], &mut |event| {
            match event {
                Event::Found(_) => {}
                Event::Mended(_) => mended += 1,
                Event::Left(finding) => left.push(finding),
            }
            Ok(())
        })
        .unwrap();
        (left, mended)
    }

    /// Puts the damaged store to the test. `survives` says which of the offsets below `end` must still be there after
    /// the repair; appending must go on at `end`.
    #[track_caller]
    pub(crate) fn ordeal(
        &self,
        what: &str,
        verdict: Verdict,
        end: i64,
        survives: impl Fn(i64) -> bool,
    ) -> Vec<Finding> {
        let before = self.log_bytes();
        let found = self.check();
        judge(what, verdict, &found);
        assert!(
            self.log_bytes() == before,
            "{what}: check changed something"
        );
        let (left, mended) = self.repair();
        let damage_left: Vec<&Finding> = left.iter().filter(|left| !left.harmless).collect();
        if verdict == Verdict::Left {
            assert!(!damage_left.is_empty(), "{what}: nothing left");
        } else {
            assert!(damage_left.is_empty(), "{what}: {damage_left:?}");
            assert_eq!(verdict == Verdict::Clean, mended == 0, "{what}: {found:?}");
        }
        let (_, again) = self.repair();
        assert_eq!(again, 0, "{what}: the second repair mended something");
        let expected: Vec<(i64, String)> = (0..end)
            .filter(|&offset| survives(offset))
            .map(|offset| (offset, offset.to_string()))
            .collect();
        assert_eq!(self.read().unwrap(), expected, "{what}");
        // Of an unfinished batch nothing is kept.
        if verdict != Verdict::Harmless {
            self.is_kept(what, &before);
        }
        assert_eq!(self.append(end).unwrap(), end, "{what}");
        let all = self.read().unwrap();
        assert_eq!(
            all.len(),
            expected.len() + usize::try_from(RECORDS).unwrap(),
            "{what}"
        );
        assert_eq!(all.last().unwrap().0, end + RECORDS - 1, "{what}");
        if verdict != Verdict::Left {
            let found = self.check();
            assert!(
                found.iter().all(|found| found.harmless),
                "{what}: {found:?}"
            );
        }
        found
    }

    /// What was left of the good batches' records is still somewhere: in a log, or in a file beside it.
    #[track_caller]
    fn is_kept(&self, what: &str, before: &[(PathBuf, Vec<u8>)]) {
        let holds = |files: &[(PathBuf, Vec<u8>)], piece: &[u8]| {
            let mut files = files.iter();
            files.any(|(_, bytes)| memchr::memmem::find(bytes, piece).is_some())
        };
        let after = self.log_bytes();
        for path in self.logs() {
            for place in self.places(&path) {
                let records = &self.good(&path)[place.start + 61..place.end];
                // Each record is shorter, so each piece holds some offset's digits.
                for piece in records.windows(12) {
                    assert!(
                        !holds(before, piece) || holds(&after, piece),
                        "{what}: bytes of {} are gone",
                        path.display()
                    );
                }
            }
        }
    }

    /// The good log files, in order.
    pub(crate) fn logs(&self) -> Vec<PathBuf> {
        let is_log = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "log");
        self.good.keys().filter(is_log).cloned().collect()
    }

    /// The logs and what was cut from them.
    fn log_bytes(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let of_logs = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.contains(".log")
        };
        let files = self.files().into_iter().filter(of_logs);
        files
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect()
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = WalkDir::new(self.dir.path())
            .into_iter()
            .map(std::result::Result::unwrap);
        entries
            .filter(|entry| entry.file_type().is_file())
            .map(walkdir::DirEntry::into_path)
            .collect()
    }
}

#[track_caller]
fn judge(what: &str, verdict: Verdict, found: &[Finding]) {
    let damage = found.iter().filter(|found| !found.harmless).count();
    match verdict {
        Verdict::Clean => assert!(found.is_empty(), "{what}: {found:?}"),
        Verdict::Harmless => {
            assert!(damage == 0 && !found.is_empty(), "{what}: {found:?}");
        }
        Verdict::Mended | Verdict::Left => assert!(damage > 0, "{what}: {found:?}"),
    }
}

/// Whether something of this kind was found.
pub(crate) fn has(found: &[Finding], kind: FindingKind) -> bool {
    found.iter().any(|finding| finding.kind == kind)
}
