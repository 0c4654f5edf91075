//! The settings of a cluster's topics.

use std::time::Instant;

use rdkafka::admin::{AlterConfig, ConfigEntry, ConfigSource, ResourceSpecifier};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::cluster::Cluster;
use super::topics::{LOOK_EVERY, SPREADING};
use crate::client::{TopicChange, TopicConfig};
use crate::error::{Error, Result};
use crate::store::TopicName;

impl Cluster {
    /// The settings that were set for a topic itself.
    pub(super) fn own_config(&self, name: &TopicName) -> Result<TopicConfig> {
        Ok(own(self.configs(name)?))
    }

    /// Changes settings of a topic.
    pub(super) fn change_config(&self, name: &TopicName, change: &TopicChange) -> Result<()> {
        let entries = self.configs(name)?;
        let set = change.set.iter().map(|(setting, _)| setting);
        let unknown = set
            .chain(&change.unset)
            .find(|setting| entries.iter().all(|entry| entry.name != **setting));
        if let Some(setting) = unknown {
            return Err(Error::failed(format!(
                "cannot alter topic '{name}': its cluster knows no setting '{setting}'"
            )));
        }
        let before = own(entries);
        let mut config = before.clone();
        config.retain(|(known, _)| {
            !change.unset.contains(known) && change.set.iter().all(|(name, _)| name != known)
        });
        config.extend(change.set.iter().cloned());
        config.sort_unstable();
        self.set_config(name, &config)?;
        if before == config {
            return Ok(());
        }
        self.await_config(name, change, &before)
    }

    /// How many partitions a topic gets that is made without a number; none where the cluster does not tell.
    pub(super) fn usual_partitions(&self) -> Option<i32> {
        let broker = self.any_broker().ok()??;
        let found = self.change("read the settings of a broker", async |client, options| {
            let resource = ResourceSpecifier::Broker(broker);
            let found = client.describe_configs([&resource], options).await?;
            Ok(found.into_iter().find_map(std::result::Result::ok))
        });
        let entries = found.ok()?.ok()??.entries;
        let entry = entries
            .into_iter()
            .find(|entry| entry.name == "num.partitions")?;
        entry.value?.parse().ok()
    }

    /// All settings of a topic, those that it has from its brokers too.
    fn configs(&self, name: &TopicName) -> Result<Vec<ConfigEntry>> {
        let doing = format!("read the settings of topic '{name}'");
        let found = self.change(&doing, async |client, options| {
            let resource = ResourceSpecifier::Topic(name.as_str());
            let found = client.describe_configs([&resource], options).await?;
            match found.into_iter().next() {
                Some(Ok(found)) => Ok(found.entries),
                Some(Err(code)) => Err(KafkaError::AdminOp(code)),
                None => Ok(Vec::new()),
            }
        })?;
        found.map_err(|code| match code {
            RDKafkaErrorCode::UnknownTopicOrPartition => self.unknown_topic(name),
            code => self.not_changed(&doing, code),
        })
    }

    /// Replaces the settings of a topic, if the cluster takes them: rdkafka does not tell when it does not.
    fn set_config(&self, name: &TopicName, config: &TopicConfig) -> Result<()> {
        let doing = format!("alter topic '{name}'");
        let mut alteration = AlterConfig::new(ResourceSpecifier::Topic(name.as_str()));
        for (setting, value) in config {
            alteration = alteration.set(setting, value);
        }
        let altered = self.change(&doing, async |client, options| {
            client.alter_configs([&alteration], options).await.map(drop)
        })?;
        altered.map_err(|code| self.not_changed(&doing, code))
    }

    /// Waits until settings are others than before: they never are if the cluster refused them. It may write values in
    /// another way than they were given.
    fn await_config(
        &self,
        name: &TopicName,
        change: &TopicChange,
        before: &TopicConfig,
    ) -> Result<()> {
        let until = Instant::now() + SPREADING;
        while self.own_config(name)? == *before {
            if Instant::now() >= until {
                let set = change.set.iter();
                let set = set.map(|(setting, value)| format!("{setting}={value}"));
                let unset = change.unset.iter().map(|setting| format!("no {setting}"));
                let wanted: Vec<String> = set.chain(unset).collect();
                return Err(Error::failed(format!(
                    "cannot alter topic '{name}': its cluster did not take {}",
                    wanted.join(", ")
                )));
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }
}

fn own(entries: Vec<ConfigEntry>) -> TopicConfig {
    let own = entries
        .into_iter()
        .filter(|entry| entry.source == ConfigSource::DynamicTopic);
    let mut config: TopicConfig = own
        .filter_map(|entry| Some((entry.name, entry.value?)))
        .collect();
    config.sort_unstable();
    config
}
