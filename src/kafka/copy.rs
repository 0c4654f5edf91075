//! A copy into a cluster that can be gone on with.
//!
//! Records and the position they lead to become visible together: in a transaction of a producer whose transactional id
//! is made of the copy's name, and as offsets of a consumer group of that name. Whoever starts again first ends the
//! transaction of the last run, reads the position, and goes on there. On one host a second copy of the name is refused as
//! long as the first one lives; on another host it takes the id over, and the first one ends with an error.
//!
//! The position of a partition of the source is kept with the partition of the target that has its number, or its number
//! modulo theirs: `NUMBER:OFFSET`, with commas between several, as metadata of the committed offset.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, Producer as _};
use rdkafka::topic_partition_list::Offset;

use super::cluster::{Cluster, Shared};
use super::deliveries::Deliveries;
use super::host_lock::HostLock;
use super::producer::ClusterProducer;
use super::refusal::{code, not_made};
use super::witness::Witness;
use crate::client::{CopySource, CopyTarget, Producing as _};
use crate::count::counted;
use crate::error::{Error, ErrorKind, Result};
use crate::log::Isolation;
use crate::record::Record;
use crate::store::{ImportName, Topic};

/// How long one step of a transaction may take.
const STEP: Duration = Duration::from_secs(10);
/// How long it may take before it is seen whether to go on: librdkafka goes on with it where it was.
const SLICE: Duration = Duration::from_secs(1);
/// How long a transaction that came to nothing is tried to be ended, if we were asked to stop: the next run ends it, too.
const LAST_STEP: Duration = Duration::from_millis(100);

/// A copy into a cluster.
pub(super) struct ClusterCopy {
    cluster: Cluster,
    producer: ClusterProducer,
    /// In the name of the group that keeps the positions.
    keeper: BaseConsumer<Witness>,
    witness: Witness,
    topic: Topic,
    positions: Vec<i64>,
    /// Whether a transaction has begun.
    open: bool,
    stored: u64,
    /// For its life.
    _lock: HostLock,
}

impl ClusterCopy {
    pub(super) fn open(
        cluster: &Cluster,
        name: &ImportName,
        topic: Topic,
        source: &CopySource,
    ) -> Result<Self> {
        let shared = &cluster.0;
        cluster.check_reached()?;
        let id = format!("kafdir-copy-{name}-{}", topic.name);
        let lock = lock(cluster, &id, name)?;
        let producer = ClusterProducer::transactional(cluster, topic.clone(), &id)?;
        let witness = Witness::default();
        let mut config = shared.reading_config(Isolation::ReadCommitted);
        config.set("group.id", &id);
        let keeper = config
            .create_with_context(witness.clone())
            .map_err(|error| not_made(&error))?;
        let mut copy = Self {
            cluster: cluster.clone(),
            producer,
            keeper,
            witness,
            topic,
            positions: vec![-1; usize::try_from(source.partitions).unwrap_or(0)],
            open: false,
            stored: 0,
            _lock: lock,
        };
        // First: it ends what a killed run left open, and what that run had sent.
        copy.step("begin", |producer| producer.init_transactions(SLICE))?;
        copy.read_positions(source)?;
        Ok(copy)
    }

    fn read_positions(&mut self, source: &CopySource) -> Result<()> {
        let mut list = TopicPartitionList::new();
        for number in self.topic.partition_numbers() {
            list.add_partition(self.topic.name.as_str(), number);
        }
        let shared = Arc::clone(&self.cluster.0);
        let found = shared.insist("read the position of the copy", &self.witness, |_| {
            self.keeper
                .committed_offsets(list.clone(), shared.unhurried())
        })?;
        let mut positions = BTreeMap::new();
        for element in found.elements() {
            if let Offset::Offset(_) = element.offset() {
                positions.extend(parse(element.metadata()).ok_or_else(|| {
                    Error::new(
                        ErrorKind::Damaged,
                        format!(
                            "the position of the copy, {:?}, can't be read",
                            element.metadata()
                        ),
                    )
                    .help("choose another --name for another copy")
                })?);
            }
        }
        if !positions.is_empty() && positions.len() != self.positions.len() {
            return Err(Error::failed(format!(
                "this copy began with {}, and topic {} has {} now",
                counted(positions.len(), "partition"),
                source.topic,
                source.partitions
            ))
            .help("choose another --name for another copy"));
        }
        for (number, offset) in positions {
            let place = usize::try_from(number).ok();
            if let Some(position) = place.and_then(|at| self.positions.get_mut(at)) {
                *position = offset;
            }
        }
        Ok(())
    }

    /// The positions as they are kept.
    fn list(&self, positions: &[i64]) -> Result<TopicPartitionList> {
        let failed = |error: &KafkaError| Error::failed(format!("cannot keep a position: {error}"));
        let count = usize::try_from(self.topic.partition_count)
            .unwrap_or(1)
            .max(1);
        let mut list = TopicPartitionList::new();
        for target in 0..count.min(positions.len()) {
            let of_it = (target..positions.len()).step_by(count);
            let words: Vec<String> = of_it
                .map(|source| format!("{source}:{}", positions[source]))
                .collect();
            let number = i32::try_from(target).unwrap_or(i32::MAX);
            let at = Offset::Offset(positions[target].max(0));
            list.add_partition_offset(self.topic.name.as_str(), number, at)
                .map_err(|error| failed(&error))?;
            if let Some(mut element) = list.find_partition(self.topic.name.as_str(), number) {
                element.set_metadata(words.join(","));
            }
        }
        Ok(list)
    }

    fn begin(&mut self) -> Result<()> {
        if !self.open {
            self.step("begin", rdkafka::producer::Producer::begin_transaction)?;
            self.open = true;
        }
        Ok(())
    }

    /// One step of a transaction, tried again as long as that may help.
    fn step(
        &mut self,
        doing: &str,
        step: impl Fn(&BaseProducer<Deliveries>) -> rdkafka::error::KafkaResult<()>,
    ) -> Result<()> {
        let shared: Arc<Shared> = Arc::clone(&self.cluster.0);
        let doing = format!("{doing} a transaction into topic {}", self.topic.name);
        let until = shared.deadline() + STEP;
        loop {
            let error = match step(self.producer.client()) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let fenced = matches!(
                code(&error),
                Some(
                    RDKafkaErrorCode::Fenced
                        | RDKafkaErrorCode::ProducerFenced
                        | RDKafkaErrorCode::InvalidProducerEpoch
                )
            );
            if fenced {
                let message = format!(
                    "another copy of this name into topic {} has begun",
                    self.topic.name
                );
                return Err(Error::new(ErrorKind::Evicted, message));
            }
            let retriable = matches!(&error, KafkaError::Transaction(why) if why.is_retriable());
            let until = shared.stop_by().map_or(until, |by| by.min(until));
            if !retriable || std::time::Instant::now() >= until {
                return Err(shared.refused(&doing, &error, self.producer.witness()));
            }
        }
    }
}

/// Keeps others of this host from the copy. Who names the cluster by other addresses means the same.
fn lock(cluster: &Cluster, id: &str, name: &ImportName) -> Result<HostLock> {
    let shared = &cluster.0;
    let asker = shared.asker(Isolation::ReadUncommitted)?;
    let known = asker.client.client().fetch_cluster_id(Duration::ZERO);
    let cluster_id = known.as_deref().unwrap_or(&shared.servers);
    HostLock::try_hold(&format!("{cluster_id} {id}"))?.ok_or_else(|| {
        Error::failed(format!(
            "the copy '{name}' is running already: another process of this host copies into {}",
            shared.servers
        ))
    })
}

/// `NUMBER:OFFSET`, with commas between several.
fn parse(text: &str) -> Option<Vec<(i32, i64)>> {
    let each = text.split(',').map(|word| {
        let (number, offset) = word.split_once(':')?;
        Some((number.parse().ok()?, offset.parse().ok()?))
    });
    each.collect()
}

impl CopyTarget for ClusterCopy {
    fn position(&self, partition: i32) -> Option<i64> {
        let at = usize::try_from(partition).ok()?;
        self.positions.get(at).copied().filter(|next| *next >= 0)
    }

    fn send(&mut self, record: &Record<'_>, _: i32, to: i32) -> Result<()> {
        self.begin()?;
        self.producer.send(record, Some(to))
    }

    fn checkpoint(&mut self, positions: &[i64]) -> Result<()> {
        if !self.open && self.positions == positions {
            return Ok(());
        }
        self.begin()?;
        self.producer.settle()?;
        let list = self.list(positions)?;
        let Some(group) = self.keeper.group_metadata() else {
            return Err(Error::failed("the group of the copy has no name"));
        };
        self.step("keep the position in", |producer| {
            producer.send_offsets_to_transaction(&list, &group, SLICE)
        })?;
        self.step("commit", |producer| producer.commit_transaction(SLICE))?;
        self.open = false;
        self.positions = positions.to_vec();
        let produced = self.producer.produced();
        self.stored = produced.iter().map(|part| part.records).sum();
        Ok(())
    }

    fn stored(&self) -> u64 {
        self.stored
    }
}

impl Drop for ClusterCopy {
    fn drop(&mut self) {
        if self.open {
            // What is not committed is not to stay: the next run would end it in the end.
            let stops = self.cluster.0.patience.is_interrupted();
            let patience = if stops { LAST_STEP } else { STEP };
            let _ = self.producer.client().abort_transaction(patience);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn positions() {
        assert_eq!(parse("0:5,3:-1"), Some(vec![(0, 5), (3, -1)]));
        for text in ["", "0", "0:", ":1", "0:x", "0:1,"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
