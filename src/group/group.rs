//! A group: a name and its directory.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, IoContext as _, Result};
use crate::group::offsets_file::Committed;
use crate::group::section::Section;
use crate::store::{GroupLayout, GroupName, LockFile, Store, durable};
use crate::store::{did_you_mean, nearest};

/// A consumer group. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Group {
    store: Arc<Store>,
    name: GroupName,
    paths: GroupLayout,
}

impl Group {
    /// The names of all groups, sorted.
    pub fn list(store: &Store) -> Result<Vec<GroupName>> {
        let dir = store.layout().groups();
        if store.is_read_only() {
            return Ok(Vec::new());
        }
        let entries = match fs::read_dir(&dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.at("list", &dir)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.at("list", &dir)?;
            if let Some(name) = GroupName::parse_dir_name(&entry.file_name())
                && entry.file_type().at("look at", &entry.path())?.is_dir()
            {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Opens a group that is there. The error for one that is not names the directory, what chose it, and the group
    /// whose name is nearest.
    pub fn open(store: &Arc<Store>, name: &GroupName) -> Result<Self> {
        let group = Self::named(store, name);
        if group.is_there()? {
            return Ok(group);
        }
        Err(group.unknown())
    }

    /// Opens a group, making it if there is none.
    pub fn open_or_create(store: &Arc<Store>, name: &GroupName) -> Result<Self> {
        store.begin_writing()?;
        let group = Self::named(store, name);
        group.make_directories()?;
        Ok(group)
    }

    /// The group of this name, whether there is one or not: who joins it makes it.
    #[must_use]
    pub fn named(store: &Arc<Store>, name: &GroupName) -> Self {
        Self {
            paths: store.layout().group(name),
            store: Arc::clone(store),
            name: name.clone(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &GroupName {
        &self.name
    }

    /// The store that it is of.
    #[must_use]
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The directories to be watched: the group's, that of its members, that of its claims.
    #[must_use]
    pub fn dirs(&self) -> [PathBuf; 3] {
        let paths = &self.paths;
        [paths.dir().to_owned(), paths.members(), paths.claims()]
    }

    /// How far the group has come.
    pub fn committed(&self) -> Result<Committed> {
        Committed::read(&self.paths.offsets_file())
    }

    pub(crate) fn paths(&self) -> &GroupLayout {
        &self.paths
    }

    /// Whether it has a directory; anything else of that name is refused.
    pub(crate) fn is_there(&self) -> Result<bool> {
        if self.store.is_read_only() {
            return Ok(false);
        }
        durable::is_dir_itself(self.paths.dir())
    }

    /// None of them need be there after a power cut, as long as nothing is committed: see [`Self::sync_name`].
    pub(crate) fn make_directories(&self) -> Result<()> {
        durable::create_dir(self.paths.dir())?;
        durable::create_dir(&self.paths.members())?;
        durable::create_dir(&self.paths.claims())?;
        Ok(())
    }

    /// Makes the name of the group's directory durable: before the first offset is put into it.
    pub(crate) fn sync_name(&self) -> Result<()> {
        durable::sync_dir(&self.store.layout().groups())
    }

    /// The group lock's file, of a group that is made if there is none.
    pub(crate) fn lock_file_to_join(&self) -> Result<LockFile> {
        if !self.is_there()? {
            durable::create_dir(self.paths.dir())?;
        }
        self.lock_file()
    }

    /// The group lock's file, opened.
    pub(crate) fn lock_file(&self) -> Result<LockFile> {
        LockFile::open(&self.paths.lock()).map_err(|error| self.unless_gone(error))
    }

    /// Takes the group lock and reads the state.
    pub(crate) fn enter<'a>(&'a self, lock: &mut LockFile) -> Result<Section<'a>> {
        Section::enter(&self.paths, lock, self.store.patience(), None)
            .map_err(|error| self.unless_gone(error))
    }

    /// A group that was deleted while it was in use is not there any more.
    pub(crate) fn unless_gone(&self, error: Error) -> Error {
        let gone = error.io_kind() == Some(io::ErrorKind::NotFound)
            && self.is_there().is_ok_and(|there| !there);
        if gone { self.unknown() } else { error }
    }

    fn unknown(&self) -> Error {
        let names = Self::list(&self.store).unwrap_or_default();
        let names = names.iter().map(GroupName::as_str);
        let near = did_you_mean(nearest(self.name.as_str(), names));
        Error::new(
            ErrorKind::UnknownGroup,
            format!(
                "there is no consumer group '{}' in {} (from {}){near}",
                self.name,
                self.store.root().display(),
                self.store.chosen_by()
            ),
        )
        .help("'kafdir group list' names the groups there are, 'kafdir consume -g' makes one")
    }
}
