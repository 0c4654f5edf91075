//! A directory as it is at one moment, to say afterwards that nothing changed, or what did.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use super::shown;

/// Every name under a directory, with its kind, mode and content.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Tree {
    entries: BTreeMap<PathBuf, Entry>,
}

#[derive(Clone, PartialEq, Eq)]
struct Entry {
    mode: u32,
    content: Content,
}

#[derive(Clone, PartialEq, Eq)]
enum Content {
    Directory,
    File(Vec<u8>),
    Link(PathBuf),
    Other,
}

impl Tree {
    /// All that is under `root`; of a root that is not there, nothing.
    pub(crate) fn of(root: &Path) -> Self {
        let mut entries = BTreeMap::new();
        if root.exists() {
            read_into(&mut entries, root, root);
        }
        Self { entries }
    }

    /// The same without the names for which `left_out` says so.
    pub(crate) fn without(mut self, left_out: impl Fn(&Path) -> bool) -> Self {
        self.entries.retain(|path, _| !left_out(path));
        self
    }

    /// The names, relative to the root.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.entries
            .keys()
            .map(|path| path.to_str().unwrap())
            .collect()
    }

    /// Fails the test unless `now` is what it was, and says what differs.
    #[track_caller]
    pub(crate) fn is_unchanged(&self, now: &Self) {
        let mut differences = Vec::new();
        for (path, entry) in &self.entries {
            match now.entries.get(path) {
                None => differences.push(format!("{} is gone", path.display())),
                Some(other) if other != entry => differences.push(format!(
                    "{} changed: {} -> {}",
                    path.display(),
                    entry.shown(),
                    other.shown()
                )),
                Some(_) => {}
            }
        }
        for path in now.entries.keys() {
            if !self.entries.contains_key(path) {
                differences.push(format!("{} is new", path.display()));
            }
        }
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}

impl Entry {
    fn shown(&self) -> String {
        let content = match &self.content {
            Content::Directory => "directory".to_owned(),
            Content::File(bytes) => format!("{} bytes \"{}\"", bytes.len(), shown(bytes)),
            Content::Link(target) => format!("link to {}", target.display()),
            Content::Other => "special file".to_owned(),
        };
        format!("{:o} {content}", self.mode)
    }
}

fn read_into(entries: &mut BTreeMap<PathBuf, Entry>, root: &Path, path: &Path) {
    let metadata = fs::symlink_metadata(path).unwrap();
    let kind = metadata.file_type();
    let content = if kind.is_dir() {
        for child in fs::read_dir(path).unwrap() {
            read_into(entries, root, &child.unwrap().path());
        }
        Content::Directory
    } else if kind.is_symlink() {
        Content::Link(fs::read_link(path).unwrap())
    } else if kind.is_file() {
        Content::File(fs::read(path).unwrap())
    } else {
        assert!(kind.is_fifo() || kind.is_socket() || kind.is_char_device());
        Content::Other
    };
    let relative = path.strip_prefix(root).unwrap().to_owned();
    let mode = metadata.mode();
    entries.insert(relative, Entry { mode, content });
}
