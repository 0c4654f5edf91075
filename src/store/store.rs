//! An open directory: where everything lies, who chose it, and how long to wait for others in it.

use std::collections::HashMap;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::broker_lock::BrokerLock;
use super::checkpoint::OffsetCheckpoint;
use super::durable;
use super::file_system::{self, Suitability};
use super::lock::{FileId, LockFile, Patience};
use super::log_dir;
use super::meta_properties::MetaProperties;
use super::names::{Layout, OffsetCheckpointFile, TopicPartition};
use super::notes::Notes;
use super::server_properties::ServerProperties;
use crate::error::{Error, IoContext as _, Result};

/// What opening a store needs beside its path.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// What chose the directory, for messages: `--dir`, `$KAFDIR`, `the default`.
    pub chosen_by: String,
    /// How long to wait for locks, who is told, and what interrupts.
    pub patience: Patience,
}

/// An open directory.
#[derive(Debug)]
pub struct Store {
    layout: Layout,
    chosen_by: String,
    patience: Patience,
    server: ServerProperties,
    /// Our share of the lock that keeps a broker out; none before the first write.
    broker_lock: Mutex<Option<BrokerLock>>,
    checkpoints: Mutex<HashMap<OffsetCheckpointFile, CachedCheckpoint>>,
}

/// A checkpoint file as it was when it was this file, of this age.
#[derive(Debug)]
struct CachedCheckpoint {
    file: FileId,
    modified: (i64, i64),
    checkpoint: Arc<OffsetCheckpoint>,
}

impl Store {
    /// Opens an existing directory.
    pub fn open(root: &Path, options: StoreOptions) -> Result<Self> {
        let layout = existing(root, &options, |meta| {
            MetaProperties::read(meta).map(|meta| meta.is_some())
        })?;
        Self::opened(layout, options)
    }

    /// Opens an existing directory whose own files may be damaged, to find that out: its defaults are Kafka's where
    /// they can't be read.
    pub fn open_to_check(root: &Path, options: StoreOptions) -> Result<Self> {
        let layout = existing(
            root,
            &options,
            |meta| Ok(fs::symlink_metadata(meta).is_ok()),
        )?;
        let server = ServerProperties::read(&layout.server_properties()).unwrap_or_default();
        Ok(Self::with(layout, options, server))
    }

    /// Opens a directory, making it if there is none, which a note says.
    pub fn open_or_create(root: &Path, options: StoreOptions) -> Result<Self> {
        let layout = Layout::new(root.to_owned());
        let is_new = match fs::metadata(root) {
            Ok(found) if !found.is_dir() => return Err(no_directory(root, &options)),
            Ok(_) => {
                file_system::check(root)?;
                MetaProperties::read(&layout.meta_properties())?.is_none()
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(error) => return Err(Error::io("open", root, error)),
        };
        if is_new {
            create(&layout, &options.patience)?;
        }
        Self::opened(layout, options)
    }

    /// Opens a log.dir of Kafka's, to be read only.
    pub fn open_log_dir(path: &Path, options: StoreOptions) -> Result<Self> {
        if !is_there(path, &options)? {
            return Err(Error::failed(format!(
                "there is no directory {} (from {})",
                path.display(),
                options.chosen_by
            ))
            .help("a broker's properties file names its own: log.dirs"));
        }
        let ours = Layout::new(path.to_owned());
        if ours.topics().is_dir() && ours.logs().is_dir() {
            return Err(Error::failed(format!(
                "{} (from {}) is a directory of kafdir's, and no log.dir",
                path.display(),
                options.chosen_by
            ))
            .help(format!(
                "say --dir; its log.dir is {}",
                ours.logs().display()
            )));
        }
        log_dir::check(path, &options.chosen_by)?;
        Self::opened(Layout::log_dir(path.to_owned()), options)
    }

    fn opened(layout: Layout, options: StoreOptions) -> Result<Self> {
        let server = if layout.is_log_dir() {
            ServerProperties::default()
        } else {
            ServerProperties::read(&layout.server_properties())?
        };
        Ok(Self::with(layout, options, server))
    }

    fn with(layout: Layout, options: StoreOptions, server: ServerProperties) -> Self {
        Self {
            layout,
            chosen_by: options.chosen_by,
            patience: options.patience,
            server,
            broker_lock: Mutex::new(None),
            checkpoints: Mutex::new(HashMap::new()),
        }
    }

    /// Where everything lies.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.layout.root()
    }

    /// What chose the directory, for messages.
    #[must_use]
    pub fn chosen_by(&self) -> &str {
        &self.chosen_by
    }

    /// How long to wait for locks.
    #[must_use]
    pub fn patience(&self) -> &Patience {
        &self.patience
    }

    /// Where notes go.
    #[must_use]
    pub fn notes(&self) -> &Notes {
        self.patience.notes()
    }

    /// The directory's defaults.
    #[must_use]
    pub fn server(&self) -> &ServerProperties {
        &self.server
    }

    /// Whether this is a log.dir of Kafka's, in which nothing may be written.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.layout.is_log_dir()
    }

    /// To be called before anything is written or repaired: keeps a broker out of `logs/` from here to the end of
    /// the process, and makes the directories that a copy may lack. Costs nothing the second time.
    pub fn begin_writing(&self) -> Result<()> {
        let mut lock = unpoisoned(&self.broker_lock);
        if lock.is_some() {
            return Ok(());
        }
        if self.is_read_only() {
            return Err(Error::usage(format!(
                "{} is a log.dir of Kafka's, opened to be read only (from {})",
                self.root().display(),
                self.chosen_by
            ))
            .help(
                "write to a directory of kafdir's, with --dir; 'kafdir copy' takes topics there",
            ));
        }
        // Made last: where it is, so are the others.
        if !self.layout.failed_marks().is_dir() {
            make_directories(&self.layout)?;
        }
        let share = BrokerLock::share(&self.layout.broker_lock(), self.layout.logs())?;
        *lock = Some(share);
        Ok(())
    }

    /// Waits for the lock on `topics/`.
    pub(crate) fn topics_lock(&self) -> Result<super::lock::LockGuard> {
        self.begin_writing()?;
        LockFile::open(&self.layout.topics_lock())?.lock(&self.patience)
    }

    /// The log start offset of a partition, where one is set: for a log that begins after its first segment's base.
    pub fn log_start_checkpoint(&self, tp: &TopicPartition) -> Result<Option<i64>> {
        self.checkpoint(OffsetCheckpointFile::LogStart)
            .map(|checkpoint| checkpoint.get(tp))
    }

    /// Sets a partition's log start offset, durably. What it makes the new start must be on disk before.
    pub fn set_log_start(&self, tp: &TopicPartition, offset: i64) -> Result<()> {
        self.update_checkpoint(OffsetCheckpointFile::LogStart, |all| all.set(tp, offset))
    }

    /// The offset below which a partition is known to be on disk.
    pub fn recovery_point(&self, tp: &TopicPartition) -> Result<Option<i64>> {
        self.checkpoint(OffsetCheckpointFile::RecoveryPoint)
            .map(|checkpoint| checkpoint.get(tp))
    }

    /// Sets it, durably.
    pub fn set_recovery_point(&self, tp: &TopicPartition, offset: i64) -> Result<()> {
        self.update_checkpoint(OffsetCheckpointFile::RecoveryPoint, |all| {
            all.set(tp, offset);
        })
    }

    /// One of the checkpoint files, read again only if it was replaced.
    pub fn checkpoint(&self, file: OffsetCheckpointFile) -> Result<Arc<OffsetCheckpoint>> {
        let path = self.layout.offset_checkpoint(file);
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Arc::default());
            }
            Err(error) => return Err(Error::io("look at", &path, error)),
        };
        let (id, modified) = (
            FileId::of(&metadata),
            (metadata.mtime(), metadata.mtime_nsec()),
        );
        let mut cached = unpoisoned(&self.checkpoints);
        if let Some(known) = cached.get(&file)
            && known.file == id
            && known.modified == modified
        {
            return Ok(Arc::clone(&known.checkpoint));
        }
        let checkpoint = Arc::new(OffsetCheckpoint::read(&path)?);
        cached.insert(
            file,
            CachedCheckpoint {
                file: id,
                modified,
                checkpoint: Arc::clone(&checkpoint),
            },
        );
        Ok(checkpoint)
    }

    /// Changes one of the checkpoint files under the one lock they have, durably; not if nothing changes.
    pub fn update_checkpoint(
        &self,
        file: OffsetCheckpointFile,
        change: impl FnOnce(&mut OffsetCheckpoint),
    ) -> Result<()> {
        self.begin_writing()?;
        let path = self.layout.offset_checkpoint(file);
        let mut lock = LockFile::open(&self.layout.checkpoints_lock())?;
        let _guard = lock.lock(&self.patience)?;
        let before = OffsetCheckpoint::read(&path)?;
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return Ok(());
        }
        unpoisoned(&self.checkpoints).remove(&file);
        after.write(&path)
    }

    /// Removes what killed replacements of topics' files and checkpoints left.
    pub fn sweep_temporary_files(&self) -> Result<()> {
        let topics = self.topics_lock()?;
        for dir in [
            self.root(),
            &self.layout.topics(),
            &self.layout.failed_marks(),
            &self.layout.segment_indexes(),
        ] {
            // What readers note has a directory once something was noted.
            if durable::is_dir(dir)? {
                durable::sweep(dir)?;
            }
        }
        drop(topics);
        let mut lock = LockFile::open(&self.layout.checkpoints_lock())?;
        let _guard = lock.lock(&self.patience)?;
        durable::sweep(self.layout.logs())
    }
}

/// The layout of a directory that is there and is one of ours; `has_meta` looks for its `meta.properties`.
fn existing(
    root: &Path,
    options: &StoreOptions,
    has_meta: impl FnOnce(&Path) -> Result<bool>,
) -> Result<Layout> {
    let layout = Layout::new(root.to_owned());
    let (shown, chosen_by) = (root.display(), &options.chosen_by);
    if !is_there(root, options)? {
        return Err(
            Error::failed(format!("there is no directory {shown} (from {chosen_by})"))
                .help("'kafdir topic create' and 'kafdir produce' make it"),
        );
    }
    file_system::check(root)?;
    // Directories copied from a broker into logs/ need nothing else.
    if has_meta(&layout.meta_properties())? || layout.logs().is_dir() {
        return Ok(layout);
    }
    Err(Error::failed(format!(
        "{shown} (from {chosen_by}) is no kafdir directory: it has neither meta.properties nor logs/"
    ))
    .help("'kafdir topic create' and 'kafdir produce' make it one; --log-dir reads a log.dir of Kafka's"))
}

/// Whether there is a directory; one that we may not look at is an error, and not absent.
fn is_there(dir: &Path, options: &StoreOptions) -> Result<bool> {
    match fs::metadata(dir) {
        Ok(metadata) if metadata.is_dir() => Ok(true),
        Ok(_) => Err(no_directory(dir, options)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("open", dir, error)),
    }
}

/// The error for a file where a directory should be.
fn no_directory(path: &Path, options: &StoreOptions) -> Error {
    let (shown, chosen_by) = (path.display(), &options.chosen_by);
    Error::failed(format!("{shown} (from {chosen_by}) is no directory"))
        .help("name the directory that the topics are in, or one that is to be made")
}

/// Makes the directory. Whoever does the same at the same time finds it made.
fn create(layout: &Layout, patience: &Patience) -> Result<()> {
    let root = layout.root();
    let had_logs = layout.logs().is_dir();
    create_root(root)?;
    let suitability = file_system::check(root)?;
    make_directories(layout)?;
    let mut lock = LockFile::open(&layout.topics_lock())?;
    let guard = lock.lock(patience)?;
    let path = layout.meta_properties();
    let made = MetaProperties::read(&path)?.is_none();
    if made {
        MetaProperties::random().write(&path)?;
    }
    drop(guard);
    if made && !had_logs {
        let shown = root.display();
        patience
            .notes()
            .say(&format!("created the directory {shown}"));
        if suitability == Suitability::Overlay {
            patience.notes().say(&format!(
                "{shown} lies on overlayfs: locks work inside this container only, use a volume to share it"
            ));
        }
    }
    Ok(())
}

/// Makes the root with all above it, as `mkdir -p` does: it takes nothing from where it lies, others take from it.
fn create_root(root: &Path) -> Result<()> {
    let mut missing: Vec<&Path> = root
        .ancestors()
        .take_while(|dir| !dir.as_os_str().is_empty() && !dir.exists())
        .collect();
    DirBuilder::new()
        .recursive(true)
        .create(root)
        .at("create the directory", root)?;
    while let Some(dir) = missing.pop() {
        durable::sync_dir(durable::parent(dir))?;
    }
    Ok(())
}

fn make_directories(layout: &Layout) -> Result<()> {
    let directories: [PathBuf; 6] = [
        layout.logs().to_owned(),
        layout.topics(),
        layout.groups(),
        layout.locks(),
        layout.partition_locks(),
        layout.failed_marks(),
    ];
    let mut made = false;
    for directory in &directories {
        made |= durable::create_dir(directory)?;
    }
    if made {
        durable::sync_dir(layout.root())?;
    }
    Ok(())
}

fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is inside is replaced whole, so a panic elsewhere leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::sync::mpsc;

    use super::*;
    use crate::store::TopicName;

    fn options() -> StoreOptions {
        StoreOptions {
            chosen_by: "--dir".to_owned(),
            patience: Patience::endless(),
        }
    }

    fn tp(name: &str) -> TopicPartition {
        TopicPartition::new(TopicName::new(name).unwrap(), 0)
    }

    #[test]
    fn made_once_and_said_once() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("a/b");
        assert!(Store::open(&root, options()).is_err());
        let (say, said) = mpsc::channel();
        let notes = Notes::new(move |note| say.send(note.to_owned()).unwrap());
        for _ in 0..2 {
            let options = StoreOptions {
                patience: Patience::endless().telling(notes.clone()),
                ..options()
            };
            Store::open_or_create(&root, options).unwrap();
        }
        drop(notes);
        let notes: Vec<String> = said.iter().collect();
        assert!(notes[0].contains("created the directory") && notes[0].contains("a/b"));
        assert!(!notes[1..].iter().any(|note| note.contains("created")));
        let store = Store::open(&root, options()).unwrap();
        assert_eq!(store.topics().unwrap(), []);
        let meta = MetaProperties::read(&store.layout().meta_properties()).unwrap();
        assert_eq!(meta.unwrap().cluster_id.len(), 22);
    }

    #[test]
    fn a_directory_of_something_else_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let error = Store::open(dir.path(), options()).unwrap_err().to_string();
        assert!(
            error.contains("(from --dir) is no kafdir directory"),
            "{error}"
        );
        fs::create_dir(dir.path().join("logs")).unwrap();
        Store::open(dir.path(), options()).unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(Store::open_or_create(&file, options()).is_err());
        assert!(Store::open_or_create(&file.join("x"), options()).is_err());
    }

    #[test]
    fn a_log_dir_is_never_written() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("orders-0")).unwrap();
        fs::create_dir(dir.path().join("__cluster_metadata-0")).unwrap();
        fs::write(
            dir.path().join("log-start-offset-checkpoint"),
            "0\n1\norders 0 7\n",
        )
        .unwrap();
        let store = Store::open_log_dir(dir.path(), options()).unwrap();
        assert_eq!(store.topics().unwrap(), [tp("orders").topic]);
        assert_eq!(store.log_start_checkpoint(&tp("orders")).unwrap(), Some(7));
        assert!(store.begin_writing().is_err());
        assert!(store.set_log_start(&tp("orders"), 8).is_err());
        assert!(store.delete_topic(&tp("orders").topic).is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3);
    }

    #[test]
    fn checkpoints_are_read_again_when_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let one = Store::open_or_create(dir.path(), options()).unwrap();
        let two = Store::open(dir.path(), options()).unwrap();
        let (a, b) = (tp("a"), tp("b"));
        assert_eq!(one.recovery_point(&a).unwrap(), None);
        one.set_recovery_point(&a, 5).unwrap();
        assert_eq!(two.recovery_point(&a).unwrap(), Some(5));
        two.set_recovery_point(&b, 60).unwrap();
        assert_eq!(one.recovery_point(&a).unwrap(), Some(5));
        assert_eq!(one.recovery_point(&b).unwrap(), Some(60));
        assert_eq!(one.log_start_checkpoint(&a).unwrap(), None);
        one.set_log_start(&a, 3).unwrap();
        assert_eq!(two.log_start_checkpoint(&a).unwrap(), Some(3));
        let path = one
            .layout()
            .offset_checkpoint(OffsetCheckpointFile::RecoveryPoint);
        assert_eq!(fs::read_to_string(path).unwrap(), "0\n2\na 0 5\nb 0 60\n");
    }

    #[test]
    fn a_copy_without_locks_can_be_written() {
        let dir = tempfile::tempdir().unwrap();
        drop(Store::open_or_create(dir.path(), options()).unwrap());
        fs::remove_dir_all(dir.path().join("locks")).unwrap();
        fs::write(
            dir.path().join("topics/.a.json.0123456789abcdef.tmp"),
            "left",
        )
        .unwrap();
        let store = Store::open(dir.path(), options()).unwrap();
        store.sweep_temporary_files().unwrap();
        assert_eq!(fs::read_dir(dir.path().join("topics")).unwrap().count(), 0);
    }

    #[test]
    fn a_wrong_server_properties_is_an_error_at_once() {
        let dir = tempfile::tempdir().unwrap();
        drop(Store::open_or_create(dir.path(), options()).unwrap());
        fs::write(
            dir.path().join("server.properties"),
            "\nnum.partitions=none\n",
        )
        .unwrap();
        let error = Store::open(dir.path(), options()).unwrap_err().to_string();
        assert!(error.contains("server.properties line 2"), "{error}");
    }
}
