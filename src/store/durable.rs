//! Files that become visible whole, and stay so whatever happens to the machine.
//!
//! A replaced file is written beside, synced, renamed over the old one, and its directory is synced. New files and
//! directories take their group from the directory they lie in, and may be written by the group if the directory
//! may: several users can share one store. Links, pipes and devices where a file of ours should be are refused, and
//! without waiting for a pipe's other end.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _,
    PermissionsExt as _,
};
use std::path::{Path, PathBuf};

use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
use nix::libc;
use nix::unistd::Gid;
use uuid::Uuid;

use crate::error::{Error, IoContext as _, Result};

/// Marks a file that is being written.
const TEMPORARY: &str = ".tmp";

/// As much of a file's own name as goes into the name of the one written beside it: the whole fits 255 bytes.
const KEPT_OF_NAME: usize = 200;

const GROUP_WRITE: u32 = 0o020;

/// Who may use a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Whoever may use its directory.
    AsDirectory,
    /// Whoever may write in its directory and nobody else: who can open a lock file can stop all writers.
    WritersOnly,
}

/// What new files take from the directory they are made in.
#[derive(Debug, Clone, Copy)]
struct Inherited {
    group: u32,
    mode: u32,
}

impl Inherited {
    fn from(dir: &Path) -> Result<Self> {
        let metadata = fs::metadata(dir).at("look at", dir)?;
        Ok(Self {
            group: metadata.gid(),
            mode: metadata.mode(),
        })
    }

    fn shared(self) -> bool {
        self.mode & GROUP_WRITE != 0
    }

    fn file_mode(self, access: Access) -> u32 {
        match access {
            Access::AsDirectory => self.mode & 0o666 | 0o600,
            Access::WritersOnly if self.shared() => 0o660,
            Access::WritersOnly => 0o600,
        }
    }

    /// Gives `file` the group, and the group its rights whatever the umask says; not to another group, though,
    /// where the system does not let us hand the file over.
    fn apply(self, file: &File, mode: u32, path: &Path) -> Result<()> {
        let metadata = file.metadata().at("look at", path)?;
        let ours = metadata.gid() == self.group
            || nix::unistd::fchown(file, None, Some(Gid::from_raw(self.group))).is_ok();
        // Whatever the umask: who may read in the directory may read what is made in it, and its group may write if
        // it may there. To another group than the directory's nothing is given.
        let group = match (ours, self.shared()) {
            (true, true) => mode & 0o070,
            (true, false) => mode & 0o050,
            (false, _) => 0,
        };
        let wanted =
            metadata.mode() | group | mode & 0o005 | self.mode & libc::S_ISGID & metadata.mode();
        if wanted != metadata.mode() {
            file.set_permissions(fs::Permissions::from_mode(wanted & 0o7777))
                .at("set the mode of", path)?;
        }
        Ok(())
    }
}

/// The directory a path lies in.
#[must_use]
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Opens an existing regular file; a link, a pipe or a device is refused. Never waits.
pub fn open_regular(path: &Path, options: &OpenOptions) -> Result<File> {
    let file = options
        .clone()
        .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK)
        .open(path)
        .map_err(|error| refusal(path).unwrap_or_else(|| Error::io("open", path, error)))?;
    if file.metadata().at("look at", path)?.is_file() {
        Ok(file)
    } else {
        Err(refusal(path)
            .unwrap_or_else(|| Error::failed(format!("{} is no regular file", path.display()))))
    }
}

/// Opens an existing regular file for reading.
pub fn open_for_reading(path: &Path) -> Result<File> {
    open_regular(path, OpenOptions::new().read(true))
}

/// The error for something that stands where a file of ours should be.
fn refusal(path: &Path) -> Option<Error> {
    let kind = fs::symlink_metadata(path).ok()?.file_type();
    let what = if kind.is_symlink() {
        "a symbolic link"
    } else if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_dir() {
        "a directory"
    } else if kind.is_file() {
        return None;
    } else {
        "a device"
    };
    let path = path.display();
    Some(
        Error::failed(format!("{path} is {what}, not a regular file"))
            .help("kafdir follows no links and opens no special files there: move it away"),
    )
}

/// Opens a regular file, making it if there is none; says whether it was made. Its directory is not synced.
pub fn open_or_create(path: &Path, options: &OpenOptions, access: Access) -> Result<(File, bool)> {
    loop {
        match open_regular(path, options) {
            Err(error) if error.io_kind() == Some(io::ErrorKind::NotFound) => {}
            opened => return opened.map(|file| (file, false)),
        }
        match create_new(path, options, access) {
            Err(error) if error.io_kind() == Some(io::ErrorKind::AlreadyExists) => {}
            created => return created.map(|file| (file, true)),
        }
    }
}

/// Makes a file that must not exist yet. Its directory is not synced.
pub fn create_new(path: &Path, options: &OpenOptions, access: Access) -> Result<File> {
    let inherited = Inherited::from(parent(path))?;
    let mode = inherited.file_mode(access);
    let file = options
        .clone()
        .create_new(true)
        .mode(mode)
        .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
        .open(path)
        .at("create", path)?;
    inherited.apply(&file, mode, path)?;
    Ok(file)
}

/// Makes a directory unless it is there already; says whether it was made. Its parent is not synced.
pub fn create_dir(path: &Path) -> Result<bool> {
    // Most often it is.
    while !is_dir_itself(path)? {
        let inherited = Inherited::from(parent(path))?;
        let mode = inherited.mode & 0o777 | 0o700;
        match DirBuilder::new().mode(mode).create(path) {
            Ok(()) => {
                let dir = File::open(path).at("open", path)?;
                inherited.apply(&dir, mode, path)?;
                return Ok(true);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io("create the directory", path, error)),
        }
    }
    Ok(false)
}

/// Whether there is a directory of this name; an error for anything else, a link to one too.
pub fn is_dir_itself(path: &Path) -> Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(true),
        Ok(_) => Err(Error::failed(format!(
            "{} is in the way: it is not a directory",
            path.display()
        ))
        .help("move it away")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("look at", path, error)),
    }
}

/// Makes the names in a directory durable.
pub fn sync_dir(dir: &Path) -> Result<()> {
    OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_DIRECTORY | libc::O_CLOEXEC)
        .open(dir)
        .and_then(|opened| opened.sync_all())
        .at("sync the directory", dir)
}

/// Replaces `path` by a file of these bytes, or makes it: readers see the old one or the new one, whole, and so
/// does who looks after a power cut. On failure nothing is left beside it.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    Replacement::write(path, bytes)?.place()?;
    sync_dir(parent(path))
}

/// The same without a sync: whole for every process, and not after a power cut. For what is good in this boot only.
pub fn replace_unsynced(path: &Path, bytes: &[u8]) -> Result<()> {
    Replacement::write_unsynced(path, bytes)?.exchange()
}

/// A file written beside the one it is to replace. Removed again if it is not put in its place.
#[derive(Debug)]
pub struct Replacement<'a> {
    path: &'a Path,
    beside: PathBuf,
    placed: bool,
}

impl<'a> Replacement<'a> {
    /// Writes and syncs it.
    pub fn write(path: &'a Path, bytes: &[u8]) -> Result<Self> {
        let (replacement, file) = Self::begin(path, bytes)?;
        file.sync_all().at("sync", &replacement.beside)?;
        Ok(replacement)
    }

    fn write_unsynced(path: &'a Path, bytes: &[u8]) -> Result<Self> {
        Self::begin(path, bytes).map(|(replacement, _)| replacement)
    }

    fn begin(path: &'a Path, bytes: &[u8]) -> Result<(Self, File)> {
        let beside = beside(path);
        let options = OpenOptions::new().write(true).clone();
        let mut file = create_new(&beside, &options, Access::AsDirectory)?;
        let replacement = Self {
            path,
            beside,
            placed: false,
        };
        file.write_all(bytes).at("write", &replacement.beside)?;
        Ok((replacement, file))
    }

    /// Puts it in its place without touching the disk. A rename over another file has ext4 write the new one's bytes out
    /// (`auto_da_alloc` in ext4(5)), which takes milliseconds where others write too; an exchange of names does not.
    fn exchange(self) -> Result<()> {
        let (here, flags) = (AT_FDCWD, RenameFlags::RENAME_EXCHANGE);
        match renameat2(here, &self.beside, here, self.path, flags) {
            // What lies beside now is the old one, and goes.
            Ok(()) => Ok(()),
            // There is none, or the file system has no such thing.
            Err(_) => self.place(),
        }
    }

    /// Puts it in its place. The directory is not synced.
    pub fn place(mut self) -> Result<()> {
        fs::rename(&self.beside, self.path).at("replace", self.path)?;
        self.placed = true;
        Ok(())
    }
}

impl Drop for Replacement<'_> {
    fn drop(&mut self) {
        if !self.placed {
            // What made it useless is the error to report, whether or not it can be removed.
            let _ = fs::remove_file(&self.beside);
        }
    }
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let kept: String = name
        .chars()
        .scan(0, |length, c| {
            *length += c.len_utf8();
            (*length <= KEPT_OF_NAME).then_some(c)
        })
        .collect();
    let token = Uuid::new_v4().simple().to_string();
    parent(path).join(format!(".{kept}.{}{TEMPORARY}", &token[..16]))
}

/// Whether anything has this name. Only what is certainly not there is absent: a look that fails is an error.
pub fn exists(path: &Path) -> Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if is_absence(&error) => Ok(false),
        Err(error) => Err(Error::io("look at", path, error)),
    }
}

/// Whether there is a directory of this name, or a link to one; a look that fails is an error.
pub fn is_dir(path: &Path) -> Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.is_dir()),
        Err(error) if is_absence(&error) => Ok(false),
        Err(error) => Err(Error::io("look at", path, error)),
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The whole of a regular file; none if there is no file of that name.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    match open_regular(path, OpenOptions::new().read(true)) {
        Ok(mut file) => file.read_to_end(&mut bytes).at("read", path)?,
        Err(error) if error.io_kind() == Some(io::ErrorKind::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(bytes))
}

/// The whole of a regular file of text.
pub fn read_text(path: &Path) -> Result<Option<String>> {
    let Some(bytes) = read(path)? else {
        return Ok(None);
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => Err(Error::damaged(
            path,
            error.utf8_error().valid_up_to() as u64,
            "it is not UTF-8 text",
        )),
    }
}

/// Removes a file, if it is there. Its directory is not synced.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove", path, error))
        }
        _ => Ok(()),
    }
}

/// Whether a file of this name is one that is being written to replace another.
#[must_use]
pub fn is_temporary(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b".") && name.ends_with(TEMPORARY.as_bytes())
}

/// Removes what killed replacements left in `dir`. Only for who holds the lock under which files there are replaced.
pub fn sweep(dir: &Path) -> Result<()> {
    for entry in fs::read_dir(dir).at("list", dir)? {
        let entry = entry.at("list", dir)?;
        let is_file = entry.file_type().at("look at", &entry.path())?.is_file();
        if is_file && is_temporary(&entry.file_name()) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::os::unix::fs::symlink;

    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;

    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn replace_makes_and_replaces_and_leaves_nothing_beside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x".repeat(255));
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(read_text(&path).unwrap().unwrap(), "two");
        assert_eq!(names(dir.path()).len(), 1);
    }

    #[test]
    fn the_same_without_a_sync() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        for text in ["one", "two", "three"] {
            replace_unsynced(&path, text.as_bytes()).unwrap();
            assert_eq!(read_text(&path).unwrap().unwrap(), text);
            assert_eq!(names(dir.path()), ["file"]);
        }
    }

    #[test]
    fn a_failed_replace_leaves_nothing_beside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taken");
        fs::create_dir_all(path.join("by a directory")).unwrap();
        let error = replace(&path, b"one").unwrap_err().to_string();
        assert!(error.contains("cannot replace"), "{error}");
        assert_eq!(names(dir.path()), ["taken"]);
    }

    #[test]
    fn links_and_pipes_are_refused_without_waiting() {
        let dir = tempfile::tempdir().unwrap();
        let (fifo, link, device) = (
            dir.path().join("fifo"),
            dir.path().join("link"),
            Path::new("/dev/null"),
        );
        mkfifo(&fifo, Mode::S_IRWXU).unwrap();
        symlink(dir.path().join("nothing"), &link).unwrap();
        for (path, what) in [
            (fifo.as_path(), "a FIFO"),
            (&link, "a symbolic link"),
            (device, "a device"),
            (dir.path(), "a directory"),
        ] {
            for write in [false, true] {
                let mut options = OpenOptions::new();
                options.read(!write).write(write);
                let error = open_regular(path, &options).unwrap_err();
                assert!(error.to_string().contains(what), "{error}");
                assert!(error.help_text().unwrap().contains("move it away"));
            }
        }
        let error = create_dir(&link).unwrap_err().to_string();
        assert!(error.contains("in the way"), "{error}");
    }

    #[test]
    fn files_take_mode_and_group_from_a_shared_directory() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("shared");
        fs::create_dir(&dir).unwrap();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o2770)).unwrap();
        replace(&dir.join("file"), b"").unwrap();
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        open_or_create(&dir.join("lock"), &options, Access::WritersOnly).unwrap();
        assert!(create_dir(&dir.join("sub")).unwrap());
        assert!(!create_dir(&dir.join("sub")).unwrap());
        // The tests' umask takes the group's right to write away.
        assert_eq!(mode(&dir.join("file")), 0o660);
        assert_eq!(mode(&dir.join("lock")), 0o660);
        assert_eq!(mode(&dir.join("sub")), 0o2770);
    }

    #[test]
    fn files_in_a_directory_of_ones_own_stay_ones_own() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("own");
        fs::create_dir(&dir).unwrap();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
        replace(&dir.join("file"), b"").unwrap();
        create_new(
            &dir.join("lock"),
            OpenOptions::new().write(true),
            Access::WritersOnly,
        )
        .unwrap();
        assert_eq!(mode(&dir.join("file")) & 0o022, 0);
        assert_eq!(mode(&dir.join("lock")), 0o600);
    }

    #[test]
    fn sweeping_takes_what_replacements_left_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let left = beside(&dir.path().join("a.json"));
        fs::write(&left, "").unwrap();
        fs::write(dir.path().join("a.json"), "").unwrap();
        fs::create_dir(dir.path().join(".d.tmp")).unwrap();
        sweep(dir.path()).unwrap();
        assert_eq!(names(dir.path()), [".d.tmp", "a.json"]);
    }

    #[test]
    fn what_is_not_text_is_damage() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("text");
        assert!(read_text(&path).unwrap().is_none());
        fs::write(&path, b"ab\xff").unwrap();
        let error = read_text(&path).unwrap_err().to_string();
        assert!(error.contains("damaged at byte 2"), "{error}");
        remove(&path).unwrap();
        remove(&path).unwrap();
    }
}
