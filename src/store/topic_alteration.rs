//! Changing topics: more partitions, other settings.

use super::append_lock::AppendLock;
use super::durable;
use super::names::{TopicName, TopicPartition};
use super::setting::Setting;
use super::settings::{SettingMap, Settings};
use super::store::Store;
use super::topic::Topic;
use super::topic_creation::check_partitions;
use super::topic_file::TopicFile;
use crate::error::{Error, Result};

/// What is to change in a topic; what is empty stays.
#[derive(Debug, Clone, Default)]
pub struct Alteration {
    /// How many partitions it is to have: never fewer.
    pub partitions: Option<i32>,
    /// Settings that are set.
    pub set: SettingMap,
    /// Settings that go back to their defaults.
    pub unset: Vec<Setting>,
}

impl Store {
    /// Changes a topic; a foreign one becomes one of ours by it.
    pub fn alter_topic(&self, name: &TopicName, alteration: &Alteration) -> Result<Topic> {
        if self.topic(name)?.foreign {
            self.adopt_topic(name)?;
        }
        let guard = self.topics_lock()?;
        let before = self
            .finish_topic(name, &guard)?
            .ok_or_else(|| self.unknown_topic(name))?;
        let mut file = before.clone();
        if let Some(partitions) = alteration.partitions {
            check_partitions(partitions)?;
            if partitions < before.partitions {
                return Err(Error::failed(format!(
                    "topic '{name}' has {} partitions and can't have {partitions}: partitions only grow",
                    before.partitions
                ))
                .help("make another topic and copy the records"));
            }
            file.partitions = partitions;
        }
        for setting in &alteration.unset {
            file.settings.unset(*setting);
        }
        for (setting, text) in alteration.set.iter() {
            file.settings.set(setting, text)?;
        }
        let settings = Settings::effective(&self.server().settings, &file.settings)?;
        // Once compacted, gaps stay, whatever the policy is later.
        file.gaps |= settings.cleanup_policy().compact;
        if file != before {
            self.apply_alteration(name, &before, &file)?;
        }
        self.ready_topic(name, file)
    }

    /// New directories first: until the file names them they are nobody's, and who is killed here leaves nothing
    /// but some that the next one finds.
    fn apply_alteration(
        &self,
        name: &TopicName,
        before: &TopicFile,
        file: &TopicFile,
    ) -> Result<()> {
        for partition in before.partitions..file.partitions {
            self.retire_lock(&TopicPartition::new(name.clone(), partition), file.id)?;
        }
        self.make_partitions(name, before.partitions, file)?;
        file.write(&self.layout().topic_file(name))?;
        self.make_locks(name, before.partitions..file.partitions)?;
        for partition in 0..before.partitions {
            self.raise_generation(&TopicPartition::new(name.clone(), partition), file)?;
        }
        Ok(())
    }

    /// Makes who appends look at the topic's file again. Who never did in this boot will anyway.
    fn raise_generation(&self, tp: &TopicPartition, file: &TopicFile) -> Result<()> {
        if !durable::exists(&self.layout().append_lock(tp))? {
            return Ok(());
        }
        let mut lock = AppendLock::open(self.layout(), tp, file.id)?;
        let mut guard = lock.acquire(self.patience())?;
        if let Some(mut record) = guard.record().copied() {
            record.generation += 1;
            guard.write(&record)?;
        }
        Ok(())
    }
}
