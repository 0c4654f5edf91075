//! A copy into a directory that can be gone on with: an import whose sources are the partitions of a topic.
//!
//! `imports/NAME/TOPIC.json` remembers for each partition of the source the next offset, and the producers. Where the target
//! has as many partitions, each takes the records of one partition of the source, in their order: one producer numbers
//! them all. Where it has not, each partition of the source has its own, so that nothing depends on which of them was
//! read first.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::positions::create_import_dir;
use super::transfer::{Import, ImportRouting, Remembered};
use crate::client::copying::{CopySource, CopyTarget};
use crate::client::producer::ProducerOptions;
use crate::count::counted;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Record;
use crate::store::lock::Mode;
use crate::store::{HeldLock, ImportName, LockFile, Store, Topic, TopicId, durable};

/// The version of the file that we read and write.
const VERSION: u32 = 1;

/// How far a topic was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Position {
    version: u32,
    /// Where the source is, and its name.
    place: String,
    from: String,
    topic_id: TopicId,
    to_partitions: i32,
    /// Whether a run has begun and not ended: then the log may hold more than is said here.
    running: bool,
    /// The next offset of each partition of the source.
    offsets: Vec<i64>,
    producers: Vec<Remembered>,
}

/// A copy into a directory.
pub struct DirectoryCopy {
    path: PathBuf,
    position: Position,
    imports: Vec<Import>,
    /// Whether the file says where we are.
    told: bool,
    stored: u64,
    /// For its life: two of one name would copy everything twice.
    _lock: HeldLock,
}

impl DirectoryCopy {
    /// Begins the copy of this name, or goes on with it.
    pub fn open(
        store: &Arc<Store>,
        name: &ImportName,
        topic: &Topic,
        source: &CopySource,
    ) -> Result<Self> {
        let dir = store.layout().import_dir(name);
        create_import_dir(&dir)?;
        let lock = lock(&dir.join(format!("{}.lock", topic.name)), name)?;
        let path = dir.join(format!("{}.json", topic.name));
        let mut position = match read(&path)? {
            Some(position) => {
                position.check(topic, source).map_err(|error| {
                    error
                        .within(path.display())
                        .help("choose another --name for another copy")
                })?;
                position
            }
            None => Position::begin(store, topic, source)?,
        };
        let interrupted = std::mem::replace(&mut position.running, true);
        let open = |remembered: &Remembered| {
            let options = ProducerOptions::default();
            let routing = ImportRouting::Partition(0);
            Import::open(store, topic, routing, &options, remembered, interrupted)
        };
        let imports = position.producers.iter().map(open).collect::<Result<_>>()?;
        let copy = Self {
            path,
            position,
            imports,
            told: true,
            stored: 0,
            _lock: lock,
        };
        copy.write()?;
        Ok(copy)
    }

    fn import(&mut self, from: i32) -> Option<&mut Import> {
        let at = if self.imports.len() == 1 {
            0
        } else {
            usize::try_from(from).ok()?
        };
        self.imports.get_mut(at)
    }

    fn write(&self) -> Result<()> {
        let mut text = serde_json::to_vec_pretty(&self.position)
            .map_err(|error| Error::failed(format!("cannot write JSON: {error}")))?;
        text.push(b'\n');
        durable::replace(&self.path, &text)
    }
}

impl CopyTarget for DirectoryCopy {
    fn position(&self, partition: i32) -> Option<i64> {
        let at = usize::try_from(partition).ok()?;
        self.position
            .offsets
            .get(at)
            .copied()
            .filter(|next| *next >= 0)
    }

    fn send(&mut self, record: &Record<'_>, from: i32, to: i32) -> Result<()> {
        self.told = false;
        match self.import(from) {
            Some(import) => import.send_to(record, to),
            None => Err(Error::failed(format!(
                "partition {from} of the source came after the copy began"
            ))),
        }
    }

    fn checkpoint(&mut self, positions: &[i64]) -> Result<()> {
        if self.told && self.position.offsets == positions {
            return Ok(());
        }
        for import in &mut self.imports {
            import.sync()?;
        }
        let remembered = self.imports.iter_mut().zip(&self.position.producers);
        let producers = remembered
            .map(|(import, before)| import.settle(before))
            .collect::<Result<_>>()?;
        self.position.producers = producers;
        self.position.offsets = positions.to_vec();
        self.write()?;
        self.told = true;
        let records = |import: &Import| -> u64 {
            let produced = import.produced();
            produced.iter().map(|part| part.records).sum()
        };
        self.stored = self.imports.iter().map(records).sum();
        Ok(())
    }

    fn stored(&self) -> u64 {
        self.stored
    }
}

impl Position {
    fn begin(store: &Arc<Store>, topic: &Topic, source: &CopySource) -> Result<Self> {
        let count = source.partitions;
        let producers = if count == topic.partition_count {
            1
        } else {
            count
        };
        Ok(Self {
            version: VERSION,
            place: source.place.clone(),
            from: source.topic.clone(),
            topic_id: topic.id,
            to_partitions: topic.partition_count,
            running: false,
            offsets: vec![-1; usize::try_from(count).unwrap_or(0)],
            producers: (0..producers)
                .map(|_| Remembered::begin(store, topic))
                .collect::<Result<_>>()?,
        })
    }

    /// An error if this is a copy of something else, or to something else.
    fn check(&self, topic: &Topic, source: &CopySource) -> Result<()> {
        let differs = |what: String| Err(Error::failed(what));
        if (&self.from, &self.place) != (&source.topic, &source.place) {
            return differs(format!(
                "this copy is of topic {} of {}",
                self.from, self.place
            ));
        }
        if self.topic_id != topic.id {
            return differs(format!(
                "the topic {} was deleted and created again since this copy began",
                topic.name
            ));
        }
        let partitions = i32::try_from(self.offsets.len()).unwrap_or(i32::MAX);
        if (partitions, self.to_partitions) != (source.partitions, topic.partition_count) {
            return differs(format!(
                "this copy began with {} copied to {}, and now they are {} and {}",
                counted(partitions, "partition"),
                self.to_partitions,
                source.partitions,
                topic.partition_count
            ));
        }
        Ok(())
    }
}

fn read(path: &std::path::Path) -> Result<Option<Position>> {
    let Some(bytes) = durable::read(path)? else {
        return Ok(None);
    };
    let damaged = |why: String| {
        Error::new(
            ErrorKind::Damaged,
            format!("{} can't be read: {why}", path.display()),
        )
        .help("restore the file from a copy; without it a new copy would begin at the beginning")
    };
    let position: Position =
        serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
    if position.version != VERSION {
        return Err(damaged(format!(
            "version {} is not known, only {VERSION}",
            position.version
        )));
    }
    Ok(Some(position))
}

fn lock(path: &std::path::Path, name: &ImportName) -> Result<HeldLock> {
    LockFile::try_hold(path, Mode::Exclusive)?.ok_or_else(|| {
        Error::failed(format!(
            "the copy '{name}' is running already: {} is locked",
            path.display()
        ))
    })
}

impl Drop for DirectoryCopy {
    fn drop(&mut self) {
        // Where the file says it all, the next run need not look for more.
        if self.told {
            self.position.running = false;
            let _ = self.write();
        }
    }
}
