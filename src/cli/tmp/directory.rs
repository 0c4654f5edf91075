//! The directory: nobody else's, a store from the start, and deleted whatever was done in it.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;
use walkdir::WalkDir;

use crate::error::{IoContext as _, Result};
use crate::store::{Notes, Patience, Store, StoreOptions};

/// For its owner alone.
const MODE: u32 = 0o700;
/// What a COMMAND left running may put into the directory while it is being emptied; so often it is emptied again.
const ATTEMPTS: usize = 10;

/// A directory that is there until it is deleted.
pub(super) struct Directory {
    path: PathBuf,
}

impl Directory {
    /// A new one in `parent`, initialised.
    pub(super) fn new(parent: &Path) -> Result<Self> {
        // An empty variable is an unset one.
        let parent = if parent.as_os_str().is_empty() {
            Path::new("/tmp")
        } else {
            parent
        };
        let parent = std::path::absolute(parent).at("find the absolute path of", parent)?;
        let path = parent.join(format!("kafdir-{}", Uuid::new_v4().simple()));
        DirBuilder::new()
            .mode(MODE)
            .create(&path)
            .at("create the directory", &path)
            .map_err(|error| error.help("TMPDIR says where it is made"))?;
        let directory = Self { path };
        // An error here is told; one more on the way out would only hide it.
        directory.initialise().inspect_err(|_| {
            let _ = directory.delete();
        })?;
        Ok(directory)
    }

    /// Every lock is free again when this returns: no COMMAND inherits one.
    fn initialise(&self) -> Result<()> {
        // A umask can have taken from it what the owner needs.
        fs::set_permissions(&self.path, Permissions::from_mode(MODE))
            .at("set the mode of", &self.path)?;
        let options = StoreOptions {
            chosen_by: "kafdir tmp".to_owned(),
            patience: Patience::endless().telling(Notes::silent()),
        };
        Store::open_or_create(&self.path, options).map(drop)
    }

    /// Where it is: an absolute path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Deletes it with all that is in it, directories that nobody may write to included.
    pub(super) fn delete(&self) -> Result<()> {
        let mut deleted = remove(&self.path);
        for _ in 1..ATTEMPTS {
            if deleted.is_ok() {
                break;
            }
            open_up(&self.path);
            deleted = remove(&self.path);
        }
        deleted.at("delete the directory", &self.path)
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        // Somebody was faster, COMMAND for one.
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.exists() => Ok(()),
        result => result,
    }
}

/// Lets us into each directory, and change it. A directory is yielded before it is read: so its mode comes in time.
fn open_up(path: &Path) {
    for entry in WalkDir::new(path).into_iter().flatten() {
        if entry.file_type().is_dir() {
            // What stays closed shows when it is to be deleted.
            let _ = fs::set_permissions(entry.path(), Permissions::from_mode(MODE));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn each_is_new_and_for_its_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let first = Directory::new(parent.path()).unwrap();
        let second = Directory::new(parent.path()).unwrap();
        assert_ne!(first.path(), second.path());
        let mode = fs::metadata(first.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, MODE);
        assert!(first.path().join("meta.properties").is_file());
    }

    #[test]
    fn what_is_closed_is_deleted_too() {
        let parent = tempfile::tempdir().unwrap();
        let directory = Directory::new(parent.path()).unwrap();
        let closed = directory.path().join("a/b/c");
        fs::create_dir_all(&closed).unwrap();
        fs::write(closed.join("file"), "x").unwrap();
        for name in ["a/b/c", "a/b", "a"] {
            let path = directory.path().join(name);
            fs::set_permissions(path, Permissions::from_mode(0o000)).unwrap();
        }
        directory.delete().unwrap();
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
        directory.delete().unwrap();
    }

    #[test]
    fn what_a_link_points_to_stays() {
        let parent = tempfile::tempdir().unwrap();
        let elsewhere = parent.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        fs::write(elsewhere.join("file"), "x").unwrap();
        let directory = Directory::new(parent.path()).unwrap();
        std::os::unix::fs::symlink(&elsewhere, directory.path().join("link")).unwrap();
        directory.delete().unwrap();
        assert!(!directory.path().exists() && elsewhere.join("file").exists());
    }
}
