//! A store that is spoilt and put back as it was, file by file and in place: the same files, only their bytes restored,
//! so that everything the program remembers of them still holds.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use walkdir::WalkDir;

use crate::batches::Batches;
use crate::harness::{Call, Sandbox};

use super::RECORDS;

/// One partition of one topic `t`, and how it was.
pub(super) struct Spoilt {
    pub(super) sandbox: Sandbox,
    files: BTreeMap<PathBuf, Kept>,
    boot: u32,
}

/// What a file held, and a second name of it: a repair may replace it by another file of the first name.
struct Kept {
    bytes: Vec<u8>,
    second: PathBuf,
}

impl Spoilt {
    pub(super) fn new(settings: &[&str]) -> Self {
        Self {
            sandbox: Sandbox::with_config("t", 1, settings),
            files: BTreeMap::new(),
            boot: 0,
        }
    }

    /// Appends one batch of ten records whose values are their offsets, from `first` on.
    #[track_caller]
    pub(super) fn append_batch(&self, first: i64) {
        let input: String = (first..first + RECORDS)
            .map(|offset| format!("{offset}\n"))
            .collect();
        let path = self.sandbox.file("batch", input);
        self.run(&["produce", "-q", "t", "batch"]).exits(0);
        fs::remove_file(path).unwrap();
    }

    /// Remembers all files as they are.
    pub(super) fn take_snapshot(&mut self) {
        let kept = self.sandbox.path("kept");
        fs::create_dir_all(&kept).unwrap();
        for (number, path) in self.paths().into_iter().enumerate() {
            let second = kept.join(number.to_string());
            fs::hard_link(&path, &second).unwrap();
            let bytes = fs::read(&path).unwrap();
            self.files.insert(path, Kept { bytes, second });
        }
    }

    /// Puts all files back as they were: the same files, with the same bytes.
    pub(super) fn restore(&mut self) {
        self.boot = 0;
        for path in self.paths() {
            if !self.files.contains_key(&path) {
                fs::remove_file(path).unwrap();
            }
        }
        for (path, kept) in &self.files {
            let inode = |path: &PathBuf| fs::metadata(path).ok().map(|found| found.ino());
            if inode(path) != inode(&kept.second) {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                if path.exists() {
                    fs::remove_file(path).unwrap();
                }
                fs::hard_link(&kept.second, path).unwrap();
            }
            if fs::read(path).unwrap() != kept.bytes {
                fs::write(path, &kept.bytes).unwrap();
            }
        }
    }

    /// From now on the machine seems to have been restarted.
    pub(super) fn restart(&mut self) {
        self.boot += 1;
    }

    /// The first segment's file with this suffix.
    pub(super) fn file(&self, suffix: &str) -> PathBuf {
        let partition = self.sandbox.partition("t-0");
        partition.join(format!("00000000000000000000{suffix}"))
    }

    /// What the first segment's file with this suffix held when the snapshot was taken.
    pub(super) fn original(&self, suffix: &str) -> &[u8] {
        &self.files[&self.file(suffix)].bytes
    }

    /// The batches of the first segment.
    pub(super) fn batches(&self) -> Batches {
        Batches::read(&self.file(".log"))
    }

    /// Cuts or lengthens (with zeros) the first segment's log file.
    pub(super) fn set_log_length(&self, length: usize) {
        let file = File::options().write(true).open(self.file(".log")).unwrap();
        file.set_len(length as u64).unwrap();
    }

    /// A call in this boot.
    #[track_caller]
    pub(super) fn run(&self, args: &[&str]) -> Call {
        let boot = format!("00000000-0000-0000-0000-{:012}", self.boot);
        self.sandbox.kafdir(args).env("KAFDIR_BOOT_ID", boot)
    }

    /// Reads it all as `OFFSET VALUE` lines.
    #[track_caller]
    pub(super) fn consume(&self) -> Call {
        self.run(&["consume", "t", "-F", "%o %s\\n"])
    }

    /// Appends one record with the value `new`.
    #[track_caller]
    pub(super) fn append(&self) -> Call {
        self.run(&["produce", "t"]).input("new\n")
    }

    /// All is well: nothing is found, everything can be read, and one more record can be appended.
    #[track_caller]
    pub(super) fn is_well(&self) {
        self.run(&["check"]).any_stdout().any_stderr().exits(0);
        self.consume().any_stdout().exits(0);
        self.append().exits(0);
        let text = self.consume().any_stdout().exits(0).text();
        assert!(text.ends_with(" new\n"), "{text}");
        self.run(&["check"]).any_stdout().any_stderr().exits(0);
    }

    fn paths(&self) -> Vec<PathBuf> {
        WalkDir::new(self.sandbox.store())
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(walkdir::DirEntry::into_path)
            .collect()
    }
}
