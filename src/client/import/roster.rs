//! Finding the files of an import again: under the names they were given by, renamed since, or copied and truncated.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::identity::Identity;
use super::positions::SourcePosition;
use crate::error::{IoContext as _, Result};
use crate::store::{Store, Topic, durable};

/// A file that is read, and how far.
pub struct Tracked {
    /// How far it was read and stored.
    pub source: SourcePosition,
    /// The file, open for reading.
    pub file: File,
    /// Whether it is what its path names now; else it was renamed, or is the copy of one that was truncated.
    pub current: bool,
}

/// What became of the files of one path.
#[derive(Default)]
pub struct Roster {
    /// Those to be read, in their order.
    pub tracked: Vec<Tracked>,
    /// What can't be read any more, for the user.
    pub lost: Vec<String>,
}

/// A regular file in the directory, by another name.
struct Entry(File);

impl Roster {
    /// Looks for the files that were known by the name `path`, and for a new one of that name.
    ///
    /// A file of that name that was never read begins a source of its own. No file of that name at all is no error: it
    /// may be between its renaming and its being made anew.
    pub fn look(
        store: &Arc<Store>,
        topic: &Topic,
        path: &Path,
        known: Vec<SourcePosition>,
    ) -> Result<Self> {
        let mut roster = Self::default();
        let mut now = open(path)?;
        let mut neighbours = None;
        for source in known {
            if let Some(file) = now.take_if(|file| is_same(&source, file).unwrap_or(false)) {
                roster.track(source, file, true)?;
                continue;
            }
            let neighbours = match &mut neighbours {
                Some(neighbours) => neighbours,
                None => neighbours.insert(list(path)?),
            };
            match take_renamed(&source, neighbours).or_else(|| take_copy(&source, neighbours)) {
                Some(entry) => roster.track(source, entry.0, false)?,
                None => roster.lose(&source),
            }
        }
        if let Some(file) = now {
            let source = SourcePosition::begin(store, topic, path, &file)?;
            roster.track(source, file, true)?;
        }
        Ok(roster)
    }

    fn track(&mut self, mut source: SourcePosition, file: File, current: bool) -> Result<()> {
        let path = &source.path;
        source.size = file.metadata().at("examine", path)?.len();
        source.identity = Identity::of(&file, source.position).at("read", path)?;
        self.tracked.push(Tracked {
            source,
            file,
            current,
        });
        Ok(())
    }

    fn lose(&mut self, source: &SourcePosition) {
        if source.size > source.position {
            self.lost.push(format!(
                "{}: bytes {} to {} of the file with inode {} can't be read any more: it was removed, compressed or truncated",
                source.path.display(),
                source.position,
                source.size,
                source.identity.inode
            ));
        }
    }
}

fn is_same(source: &SourcePosition, file: &File) -> io::Result<bool> {
    Ok(source.identity.is_inode_of(file)?
        && source.identity.has_content_of(file, source.position)?)
}

fn take_renamed(source: &SourcePosition, neighbours: &mut Vec<Entry>) -> Option<Entry> {
    let at = neighbours
        .iter()
        .position(|entry| is_same(source, &entry.0).unwrap_or(false))?;
    Some(neighbours.swap_remove(at))
}

/// The copy that was made before the file was truncated. One in which nothing was ever seen has nothing to be known by.
fn take_copy(source: &SourcePosition, neighbours: &mut Vec<Entry>) -> Option<Entry> {
    if source.identity.is_blank() {
        return None;
    }
    let is_copy = |entry: &Entry| {
        source
            .identity
            .has_content_of(&entry.0, source.position)
            .unwrap_or(false)
    };
    let at = neighbours.iter().position(is_copy)?;
    Some(neighbours.swap_remove(at))
}

/// The other regular files beside `path` that can be read.
fn list(path: &Path) -> Result<Vec<Entry>> {
    let dir = durable::parent(path);
    let mut entries = Vec::new();
    for entry in fs::read_dir(dir).at("list", dir)? {
        let entry = entry.at("list", dir)?;
        if Some(entry.file_name().as_os_str()) == path.file_name() {
            continue;
        }
        if let Ok(Some(file)) = open(&entry.path()) {
            entries.push(Entry(file));
        }
    }
    Ok(entries)
}

/// Opens a regular file for reading; none if there is none of that name.
fn open(path: &Path) -> Result<Option<File>> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => {
            return Err(crate::error::Error::failed(format!(
                "{} is not a regular file: an import must be able to read it again",
                path.display()
            )));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).at("examine", path),
    }
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).at("open", path),
    }
}
