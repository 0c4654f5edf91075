//! Where the measuring takes place: a scratch directory, the program, and how much to do.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use kafdir::store::{Patience, SettingMap, Store, StoreOptions, Topic, TopicName};
use tempfile::TempDir;

use crate::Result;
use crate::input::Lines;

/// The scratch directory and the sizes.
pub(crate) struct Scene {
    scratch: TempDir,
    /// Bytes of an input.
    pub(crate) bytes: u64,
    /// Bytes of a stream whose memory is measured.
    pub(crate) stream_bytes: u64,
    /// How often what takes a good part of a second is measured.
    pub(crate) runs: usize,
    /// How many segments or partitions are many.
    pub(crate) many: i32,
}

impl Scene {
    pub(crate) fn new() -> Result<Self> {
        let parent = std::env::var_os("KAFDIR_BENCH_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
        std::fs::create_dir_all(&parent)?;
        let scratch = tempfile::Builder::new()
            .prefix("ratios-")
            .tempdir_in(parent)?;
        Store::open_or_create(&scratch.path().join("store"), options())?;
        Ok(Self {
            scratch,
            bytes: number("KAFDIR_BENCH_MB", 256)? * 1_000_000,
            stream_bytes: number("KAFDIR_BENCH_STREAM_MB", 512)? * 1_000_000,
            runs: usize::try_from(number("KAFDIR_BENCH_RUNS", 7)?)?.max(1),
            many: i32::try_from(number("KAFDIR_BENCH_MANY", 10_000)?)?,
        })
    }

    /// What the figures are of.
    pub(crate) fn describe(&self) -> String {
        format!(
            "inputs of {} MB, streams of {} MB, medians of {} runs, in {}",
            self.bytes / 1_000_000,
            self.stream_bytes / 1_000_000,
            self.runs,
            self.scratch.path().display()
        )
    }

    /// A path in the scratch directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// Makes an input of the scene's size; its path and its bytes.
    pub(crate) fn input(&self, lines: Lines) -> Result<(PathBuf, u64)> {
        let path = self.path("input");
        let bytes = lines.write_file(&path, self.bytes)?;
        Ok((path, bytes))
    }

    /// The program, on the scene's store.
    pub(crate) fn kafdir(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kafdir"));
        command.arg("--dir").arg(self.path("store"));
        command.args(arguments).stdin(Stdio::null());
        command
            .env_remove("KAFDIR")
            .env_remove("KAFDIR_BOOTSTRAP_SERVER");
        command
    }

    /// Makes a store beside the scene's.
    pub(crate) fn make_store(&self, name: &str) -> Result<()> {
        Store::open_or_create(&self.path(name), options())?;
        Ok(())
    }

    /// The scene's store.
    pub(crate) fn store(&self) -> Result<Arc<Store>> {
        Ok(Arc::new(Store::open(&self.path("store"), options())?))
    }

    /// Makes a topic.
    pub(crate) fn create_topic(&self, name: &str, partitions: i32) -> Result<Topic> {
        let store = self.store()?;
        let name = TopicName::new(name)?;
        store.create_topic(&name, partitions, &SettingMap::default(), false)?;
        Ok(store.topic(&name)?)
    }

    /// Deletes a topic.
    pub(crate) fn delete_topic(&self, name: &str) -> Result<()> {
        Ok(self.store()?.delete_topic(&TopicName::new(name)?)?)
    }

    /// Removes a file, if it is there.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        match std::fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// `cat`, of a file or of its standard input.
pub(crate) fn cat(file: Option<&Path>) -> Command {
    let mut command = Command::new("cat");
    command.args(file);
    command
}

/// A file opened as `>>` opens it.
pub(crate) fn appending(path: &Path) -> Result<File> {
    Ok(File::options().create(true).append(true).open(path)?)
}

fn options() -> StoreOptions {
    StoreOptions {
        chosen_by: "the benchmark".to_owned(),
        patience: Patience::endless(),
    }
}

fn number(variable: &str, default: u64) -> Result<u64> {
    match std::env::var(variable) {
        Ok(text) => text
            .parse()
            .map_err(|error| format!("{variable}={text}: {error}").into()),
        Err(_) => Ok(default),
    }
}
