//! `group.json` as it was read, and whether it is still the file that its name stands for.
//!
//! The file is kept open: its inode can't be given to another file meanwhile, so one look at the name tells, whatever
//! clocks and sizes say. (A file that is replaced twice within a tick of the clock could else look the same.)

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, IoContext as _, Result};
use crate::group::group_file::{Agreement, GroupFile};
use crate::store::{FileId, GroupLayout, boot, durable};

/// A state of the group that was agreed on, and in this boot.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) state: Arc<GroupFile>,
    id: FileId,
    /// Keeps the inode from being used again.
    _file: File,
}

/// What is there.
#[derive(Debug)]
pub(crate) enum Found {
    /// Written in this boot.
    Current(Snapshot),
    /// Of another boot: its members are gone.
    Old(GroupFile),
    /// None, or what a power cut left of one.
    Nothing,
}

impl Found {
    /// Reads the file. One that can't be read is what a power cut left, unless it was written in this boot.
    pub(crate) fn read(paths: &GroupLayout) -> Result<Self> {
        let path = paths.group_file();
        let mut file = match durable::open_for_reading(&path) {
            Err(error) if error.io_kind() == Some(io::ErrorKind::NotFound) => {
                return Ok(Self::Nothing);
            }
            file => file?,
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).at("read", &path)?;
        match GroupFile::parse(&path, &bytes) {
            Ok(state) if state.boot_id == boot::id()? => {
                Snapshot::new(&path, file, Arc::new(state)).map(Self::Current)
            }
            Ok(state) => Ok(Self::Old(state)),
            Err(error) if is_of_this_boot(paths)? => Err(error),
            Err(_) => Ok(Self::Nothing),
        }
    }
}

/// Who makes the file anew in a boot writes that boot's id into the lock file. Who may not open that can't know.
fn is_of_this_boot(paths: &GroupLayout) -> Result<bool> {
    match durable::read(&paths.lock()) {
        Ok(mark) => Ok(mark.as_deref() == Some(boot::id()?.as_bytes())),
        Err(error) if error.io_kind() == Some(io::ErrorKind::PermissionDenied) => Ok(true),
        Err(error) => Err(error),
    }
}

impl Snapshot {
    fn new(path: &Path, file: File, state: Arc<GroupFile>) -> Result<Self> {
        Ok(Self {
            state,
            id: FileId::of(&file.metadata().at("look at", path)?),
            _file: file,
        })
    }

    /// Of what was just written, under the group lock.
    pub(crate) fn of_written(path: &Path, state: GroupFile) -> Result<Self> {
        Self::new(path, durable::open_for_reading(path)?, Arc::new(state))
    }

    /// Whether what `group.json` says differs from it in nothing but who has taken which partition since. Only its
    /// beginning and its end are looked at: one that was cut short is not taken for whole.
    pub(crate) fn is_agreed(&self, path: &Path) -> Result<bool> {
        let file = match durable::open_for_reading(path) {
            Err(error) if error.io_kind() == Some(io::ErrorKind::NotFound) => return Ok(false),
            file => file?,
        };
        let length = file.metadata().at("look at", path)?.len();
        let mut beginning = [0; Agreement::LONGEST];
        let read = file.read_at(&mut beginning, 0).at("read", path)?;
        let mut end = [0; GroupFile::END.len()];
        let at = length.saturating_sub(end.len() as u64);
        file.read_at(&mut end, at).at("read", path)?;
        Ok(end == *GroupFile::END
            && Agreement::parse(&beginning[..read]) == Some(Agreement::of(&self.state)))
    }

    /// Whether it still is what `group.json` says.
    pub(crate) fn is_current(&self, path: &Path) -> Result<bool> {
        match fs::symlink_metadata(path) {
            Ok(metadata) => Ok(FileId::of(&metadata) == self.id),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::io("look at", path, error)),
        }
    }
}
