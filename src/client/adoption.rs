//! Putting a topic's logs into the log.dir of a broker that is stopped, for it to adopt.
//!
//! The topic exists there already: its id is the broker's to choose, and stays in `partition.metadata`. Every other file of
//! its partitions is replaced by our segments. Indexes, producer snapshots and leader epochs are left out: a broker that
//! finds neither `.kafka_cleanshutdown` nor a recovery point looks through the logs and makes them anew, which is the one
//! way on which nothing old can be believed.

use std::fs::{self, File, OpenOptions};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::count::counted;
use crate::error::{Error, IoContext as _, Result};
use crate::log::Partition;
use crate::store::broker_lock::BrokerLock;
use crate::store::durable::{self, Access};
use crate::store::names::segment_file_name;
use crate::store::{
    Layout, OffsetCheckpoint, OffsetCheckpointFile, SegmentFile, Store, Topic, TopicName,
    TopicPartition, partition_metadata,
};

/// What a broker leaves that was stopped as it should be.
const CLEAN_SHUTDOWN: &str = ".kafka_cleanshutdown";
/// Of a partition's files the one that stays.
const METADATA: &str = "partition.metadata";

/// The log.dir of a broker that is kept from starting.
pub struct Adoption {
    layout: Layout,
    _lock: BrokerLock,
}

impl Adoption {
    /// Keeps a broker out of its log.dir; an error if one runs there, or it is none.
    pub fn begin(log_dir: &Path) -> Result<Self> {
        let meta = log_dir.join("meta.properties");
        if !durable::exists(&meta)? {
            return Err(Error::failed(format!(
                "{} is no broker's log.dir: it has no meta.properties",
                log_dir.display()
            ))
            .help("'kafka-storage format' makes one, and the topic is to be created by the broker, which is stopped then"));
        }
        let layout = Layout::log_dir(log_dir.to_owned());
        let lock = BrokerLock::share(&layout.broker_lock(), layout.logs())?;
        Ok(Self {
            layout,
            _lock: lock,
        })
    }

    /// An error unless the broker has made the topic `name` with as many partitions, and nothing is in them.
    pub fn check(&self, topic: &Topic, name: &TopicName) -> Result<()> {
        let beyond = TopicPartition::new(name.clone(), topic.partition_count);
        for partition in partitions(topic, name) {
            let dir = self.dir(&partition);
            if !durable::is_dir(&dir)? {
                return Err(self.other(name, topic, &format!("there is no {}", dir.display())));
            }
            if partition_metadata::read(&dir)?.is_none() {
                let why = format!("{} does not say its topic's id", dir.display());
                return Err(self.other(name, topic, &why));
            }
            for log in files(&dir)?.iter().filter(|file| is_log(file)) {
                if fs::metadata(log).at("examine", log)?.len() > 0 {
                    return Err(Error::failed(format!("{} holds records", log.display()))
                        .help("delete that topic and create it again, then stop the broker"));
                }
            }
        }
        if durable::is_dir(&self.dir(&beyond))? {
            let why = format!("there is {}", self.dir(&beyond).display());
            return Err(self.other(name, topic, &why));
        }
        Ok(())
    }

    fn other(&self, name: &TopicName, topic: &Topic, why: &str) -> Error {
        let count = topic.partition_count;
        Error::failed(format!(
            "topic '{name}' is not in {} with {}: {why}",
            self.layout.logs().display(),
            counted(count, "partition")
        ))
        .help(format!(
            "let the broker create it: kafka-topics --create --topic {name} --partitions {count}, then stop it"
        ))
    }

    /// Puts the topic's logs there as `name`, each up to where it ends now. How many bytes they are.
    pub fn place(&self, store: &Arc<Store>, topic: &Topic, name: &TopicName) -> Result<u64> {
        // First: a broker that starts over half of the work must believe nothing.
        self.forget_shutdown(name)?;
        let mut bytes = 0;
        let mut starts = Vec::new();
        for (number, target) in topic.partition_numbers().zip(partitions(topic, name)) {
            let partition = Partition::open(store, topic, number)?;
            bytes += self.place_partition(&partition, &target)?;
            let start = partition.start()?;
            if partition
                .segments()?
                .first()
                .is_some_and(|base| *base < start)
            {
                starts.push((target, start));
            }
        }
        let path = self
            .layout
            .offset_checkpoint(OffsetCheckpointFile::LogStart);
        let mut checkpoint = OffsetCheckpoint::read(&path)?;
        checkpoint.remove_topic(name);
        for (partition, start) in &starts {
            checkpoint.set(partition, *start);
        }
        checkpoint.write(&path)?;
        Ok(bytes)
    }

    fn forget_shutdown(&self, name: &TopicName) -> Result<()> {
        let clean = self.layout.logs().join(CLEAN_SHUTDOWN);
        if durable::exists(&clean)? {
            durable::remove(&clean)?;
        }
        for file in [
            OffsetCheckpointFile::RecoveryPoint,
            OffsetCheckpointFile::HighWatermark,
        ] {
            let path = self.layout.offset_checkpoint(file);
            let mut checkpoint = OffsetCheckpoint::read(&path)?;
            checkpoint.remove_topic(name);
            checkpoint.write(&path)?;
        }
        durable::sync_dir(self.layout.logs())
    }

    fn place_partition(&self, partition: &Partition, target: &TopicPartition) -> Result<u64> {
        let dir = self.dir(target);
        for file in files(&dir)? {
            if file.file_name().is_none_or(|name| name != METADATA) {
                durable::remove(&file)?;
            }
        }
        // The end first: the segments before the one it lies in are closed, and the rest is later's.
        let end = partition.end()?;
        let mut bytes = 0;
        for base in partition.segments()? {
            let most = match end.segment {
                Some(last) if base == last => end.position,
                Some(last) if base < last => u64::MAX,
                _ => continue,
            };
            let name = segment_file_name(base, SegmentFile::Log);
            bytes += copy(&partition.dir().join(&name), &dir.join(&name), most)?;
        }
        durable::sync_dir(&dir)?;
        Ok(bytes)
    }

    fn dir(&self, partition: &TopicPartition) -> PathBuf {
        self.layout.partition_dir(partition)
    }
}

/// The partitions of `topic`, under the name that they have there.
fn partitions<'t>(
    topic: &'t Topic,
    name: &'t TopicName,
) -> impl Iterator<Item = TopicPartition> + 't {
    topic
        .partition_numbers()
        .map(|number| TopicPartition::new(name.clone(), number))
}

fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir).at("list", dir)?;
    entries
        .map(|entry| Ok(entry.at("list", dir)?.path()))
        .collect()
}

fn is_log(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "log")
}

/// Copies the first bytes of a file, durably.
fn copy(from: &Path, to: &Path, most: u64) -> Result<u64> {
    let source = durable::open_for_reading(from)?;
    let mut options = OpenOptions::new();
    options.write(true);
    let mut target: File = durable::create_new(to, &options, Access::AsDirectory)?;
    let copied = std::io::copy(&mut source.take(most), &mut target).at("write", to)?;
    target.sync_all().at("sync", to)?;
    Ok(copied)
}
