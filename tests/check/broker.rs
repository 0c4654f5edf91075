//! A broker's log.dir: read in place, never written, and what its broker leaves by right is no damage.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use walkdir::WalkDir;

use crate::bench::Bench;

/// A log.dir made of a partition of ours, as a broker has it that runs.
fn log_dir() -> (tempfile::TempDir, PathBuf) {
    let bench = Bench::new(&["index.interval.bytes=1"], 5);
    let dir = tempfile::tempdir().unwrap();
    let partition = dir.path().join("t-0");
    fs::create_dir(&partition).unwrap();
    for entry in fs::read_dir(bench.file("")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), partition.join(entry.file_name())).unwrap();
    }
    let log = partition.join("00000000000000000000.log");
    for (extension, bytes) in [("index", 10_485_760), ("timeindex", 10_485_756)] {
        let index = fs::File::options()
            .write(true)
            .open(log.with_extension(extension))
            .unwrap();
        index.set_len(bytes).unwrap();
    }
    for name in [".lock", "meta.properties", "replication-offset-checkpoint"] {
        fs::write(dir.path().join(name), "").unwrap();
    }
    fs::create_dir(dir.path().join("__cluster_metadata-0")).unwrap();
    (dir, log)
}

fn kafdir(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::cargo_bin("kafdir").unwrap();
    command.env_clear().arg("--log-dir").arg(dir).args(args);
    command
}

fn tree(dir: &Path) -> BTreeMap<PathBuf, u64> {
    let entries = WalkDir::new(dir).into_iter().map(Result::unwrap);
    entries
        .map(|entry| (entry.path().to_owned(), entry.metadata().unwrap().len()))
        .collect()
}

fn stdout(command: &mut Command, code: i32) -> String {
    let output = command.assert().code(code).get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_running_brokers_padding_is_harmless() {
    let (dir, log) = log_dir();
    let before = tree(dir.path());
    let text = stdout(&mut kafdir(dir.path(), &["check"]), 0);
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(
        text.lines()
            .all(|line| line.contains("padded-index (harmless)")),
        "{text}"
    );
    // A log that is allocated in advance ends in zeros.
    let length = fs::metadata(&log).unwrap().len();
    fs::File::options()
        .write(true)
        .open(&log)
        .unwrap()
        .set_len(length + 5000)
        .unwrap();
    let text = stdout(&mut kafdir(dir.path(), &["check", "t"]), 0);
    assert!(text.contains("zero-tail (harmless)"), "{text}");
    fs::File::options()
        .write(true)
        .open(&log)
        .unwrap()
        .set_len(length)
        .unwrap();
    assert_eq!(tree(dir.path()), before);
}

#[test]
fn damage_is_found_and_never_mended() {
    let (dir, log) = log_dir();
    let mut bytes = fs::read(&log).unwrap();
    bytes[70] ^= 1;
    fs::write(&log, bytes).unwrap();
    let before = tree(dir.path());
    let text = stdout(&mut kafdir(dir.path(), &["check"]), 6);
    assert!(
        text.contains("t-0/00000000000000000000.log:0: bad-batch: "),
        "{text}"
    );
    stdout(&mut kafdir(dir.path(), &["check", "--repair"]), 2);
    assert_eq!(tree(dir.path()), before);
}

/// Copied into a directory of ours it stays a broker's until there is something to mend.
#[test]
fn a_copy_is_taken_over_only_to_be_mended() {
    let (broker, log) = log_dir();
    let ours = tempfile::tempdir().unwrap();
    let partition = ours.path().join("logs/t-0");
    fs::create_dir_all(&partition).unwrap();
    for entry in fs::read_dir(broker.path().join("t-0")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), partition.join(entry.file_name())).unwrap();
    }
    let repair = || {
        let mut command = Command::cargo_bin("kafdir").unwrap();
        command
            .env_clear()
            .arg("--dir")
            .arg(ours.path())
            .args(["check", "--repair"]);
        command
    };
    stdout(&mut repair(), 0);
    let topic_file = ours.path().join("topics/t.json");
    assert!(!topic_file.exists(), "taken over for nothing");
    let copy = partition.join(log.file_name().unwrap());
    let mut bytes = fs::read(&copy).unwrap();
    bytes[70] ^= 1;
    fs::write(&copy, bytes).unwrap();
    let text = stdout(&mut repair(), 0);
    assert!(text.contains("mended"), "{text}");
    assert!(topic_file.exists());
    assert_eq!(stdout(&mut repair(), 0), "");
}
