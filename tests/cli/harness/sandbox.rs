//! A directory of a test's own, with a home and a store in it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{Call, Tree, leave_background};

/// The program under test.
pub(crate) fn program() -> &'static Path {
    assert_cmd::cargo::cargo_bin!("kafdir")
}

/// A directory that lives as long as the test: `home`, `store` (once something made it), and what the test puts there.
pub(crate) struct Sandbox {
    dir: TempDir,
}

impl Sandbox {
    /// An empty one: not even the store is there.
    pub(crate) fn new() -> Self {
        let dir = tempfile::Builder::new()
            .prefix("kafdir-test-")
            .tempdir()
            .unwrap();
        fs::create_dir(dir.path().join("home")).unwrap();
        Self { dir }
    }

    /// One whose store holds `topic` with `partitions` partitions.
    #[track_caller]
    pub(crate) fn with_topic(topic: &str, partitions: u32) -> Self {
        Self::with_config(topic, partitions, &[])
    }

    /// One whose store holds `topic` with settings of its own.
    #[track_caller]
    pub(crate) fn with_config(topic: &str, partitions: u32, settings: &[&str]) -> Self {
        let sandbox = Self::new();
        sandbox.create(topic, partitions, settings);
        sandbox
    }

    /// Creates a topic in the store.
    #[track_caller]
    pub(crate) fn create(&self, topic: &str, partitions: u32, settings: &[&str]) {
        let partitions = partitions.to_string();
        let mut args = vec!["topic", "create", "-q", topic, "-p", &partitions];
        for setting in settings {
            args.extend(["--config", setting]);
        }
        self.kafdir(args).exits(0);
    }

    /// The path of `name` in this directory.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The store.
    pub(crate) fn store(&self) -> PathBuf {
        self.path("store")
    }

    /// A partition's directory, such as `orders-0`.
    pub(crate) fn partition(&self, name: &str) -> PathBuf {
        self.store().join("logs").join(name)
    }

    /// The first segment's log file of a partition.
    pub(crate) fn first_log(&self, partition: &str) -> PathBuf {
        self.partition(partition).join("00000000000000000000.log")
    }

    /// The base names of a partition's files that end in `suffix`, sorted.
    pub(crate) fn files(&self, partition: &str, suffix: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.partition(partition))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(suffix))
            .collect();
        names.sort();
        names
    }

    /// Everything in the store as it is now.
    pub(crate) fn tree(&self) -> Tree {
        Tree::of(&self.store())
    }

    /// Writes a file beside the store and gives its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// A call of the program on this store.
    #[track_caller]
    pub(crate) fn kafdir<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Call {
        let mut command = self.command(program());
        command.args(args);
        Call::new(command)
    }

    /// A call of a shell with `kafdir` in its PATH, for what only a shell can do: redirections, limits, pipes.
    #[track_caller]
    pub(crate) fn shell(&self, script: &str) -> Call {
        let mut command = self.command(Path::new("/bin/bash"));
        command.args(["-euo", "pipefail", "-c", script]);
        Call::new(command)
    }

    /// Puts lines into a topic.
    #[track_caller]
    pub(crate) fn produce(&self, topic: &str, lines: impl AsRef<[u8]>) {
        self.kafdir(["produce", "-q", topic]).input(lines).exits(0);
    }

    /// What `consume` prints of a topic.
    #[track_caller]
    pub(crate) fn consume(&self, topic: &str) -> String {
        self.kafdir(["consume", topic]).any_stdout().exits(0).text()
    }

    /// `check` finds nothing.
    #[track_caller]
    pub(crate) fn is_clean(&self) {
        self.kafdir(["check", "-q"]).any_stdout().exits(0);
    }

    fn command(&self, program: &Path) -> Command {
        leave_background();
        let mut command = Command::new(program);
        command
            .current_dir(self.dir.path())
            .env_clear()
            .env("PATH", search_path())
            .env("HOME", self.path("home"))
            .env("KAFDIR", self.store())
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .env("COLUMNS", "100");
        command
    }
}

/// The program's directory, then the system's.
fn search_path() -> String {
    let own = program().parent().unwrap().to_str().unwrap();
    format!("{own}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
}
