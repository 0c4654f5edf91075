//! Producing to a cluster.

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::{MetadataPartition, MetadataTopic};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use super::cluster::{Cluster, STOPPING, Shared};
use super::deliveries::{Deliveries, size};
use super::headers;
use super::intake::{self, Intake};
use super::refusal::{not_made, refused};
use super::topics::SPREADING;
use super::witness::Witness;
use crate::client::{
    Acks, Produced, ProducerOptions, Producing, Route, check_partition, check_timestamp,
};
use crate::count::counted_with;
use crate::error::{Error, ErrorKind, Result};
use crate::log::Isolation;
use crate::record::{Compression, Record};
use crate::store::{Topic, now_ms};

/// Bytes of records that wait to be sent or acknowledged: what three brokers have under way at once. A larger record waits
/// alone.
const HELD_BYTES: u64 = 16 << 20;
/// What librdkafka is to hold at most, in KiB: one record of the largest that there are.
const HELD_KIB: &str = "65536";
/// How many records wait at most: each takes some hundred bytes besides its own.
const HELD_RECORDS: &str = "100000";
/// The most that librdkafka lets us ask for: what is too large is the broker's to say, which knows the topic.
const LARGEST_BYTES: &str = "1000000000";
/// After so many records what was acknowledged is taken in.
const SERVE_EVERY: u32 = 256;
/// How long a broker is waited for before it is left to librdkafka to find one.
const GREETING: Duration = Duration::from_millis(500);
/// How long to wait before it is seen what was acknowledged.
const MOMENT: Duration = Duration::from_millis(1);

/// A producer of one topic of a cluster.
pub(super) struct ClusterProducer {
    cluster: Cluster,
    topic: Topic,
    route: Route,
    config: ClientConfig,
    client: BaseProducer<Deliveries>,
    deliveries: Deliveries,
    intake: Intake,
    /// A broker that the client is connected to.
    leader: Option<i32>,
    held_bytes: usize,
    sent: u64,
    sent_bytes: u64,
    /// Of how many of them it is known what became of them, when that was last asked.
    settled_bytes: u64,
    /// How many may wait.
    most_bytes: u64,
    unserved: u32,
}

impl ClusterProducer {
    pub(super) fn open(cluster: &Cluster, topic: Topic, options: &ProducerOptions) -> Result<Self> {
        if let Some(partition) = options.partition {
            check_partition(&topic, partition)?;
        }
        if options.sync_interval.is_some() {
            return Err(Error::usage(
                "--sync-interval is for directories: a cluster's brokers sync by themselves",
            ));
        }
        let config = config(&cluster.0, options);
        let mut producer = Self::with_config(cluster, topic, options, config)?;
        producer.greet();
        Ok(producer)
    }

    /// One that writes in transactions, under an id that nobody else has at the time.
    pub(super) fn transactional(cluster: &Cluster, topic: Topic, id: &str) -> Result<Self> {
        let options = ProducerOptions::default();
        let mut config = config(&cluster.0, &options);
        config.set("transactional.id", id);
        // What has begun a transaction can't be replaced by another client: this one has to know from the beginning.
        let asker = cluster.0.asker(Isolation::ReadUncommitted)?;
        let limit = intake::ask(asker.client.client(), &topic.name, None);
        intake::confine(&mut config, &cluster.0, limit);
        let mut producer = Self::with_config(cluster, topic, &options, config)?;
        producer.intake.learn(limit, &mut producer.topic)?;
        Ok(producer)
    }

    fn with_config(
        cluster: &Cluster,
        topic: Topic,
        options: &ProducerOptions,
        config: ClientConfig,
    ) -> Result<Self> {
        let deliveries = Deliveries::default();
        deliveries.tally().in_order = is_idempotent(&config);
        let client = config
            .create_with_context(deliveries.clone())
            .map_err(|error| not_made(&error))?;
        let seed = u64::from(std::process::id()) ^ now_ms().unsigned_abs().rotate_left(32);
        let count = topic.partition_count;
        Ok(Self {
            route: Route::new(options.partitioner, options.partition, count, seed),
            cluster: cluster.clone(),
            topic,
            intake: Intake::new(&config),
            config,
            client,
            deliveries,
            leader: None,
            held_bytes: 0,
            sent: 0,
            sent_bytes: 0,
            settled_bytes: 0,
            most_bytes: if cluster.0.is_set("queue.buffering.max.kbytes") {
                u64::MAX
            } else {
                HELD_BYTES
            },
            unserved: 0,
        })
    }

    /// Meets a broker before there is something to send. librdkafka wants a producer id for what is to be stored once; where
    /// no broker is up as it looks for one, it looks again after half a second, or when a broker tells of topics. The
    /// first to do so is at the address that was given, and that connection is dropped for one to the same broker under its
    /// own name; the second is there to stay.
    fn greet(&mut self) {
        if !is_idempotent(&self.config) {
            return;
        }
        let topic = Some(self.topic.name.as_str());
        for _ in 0..2 {
            // Who does not answer is met in time, or the records that wait for it are not stored, which is said then.
            let Ok(met) = self.client.client().fetch_metadata(topic, GREETING) else {
                continue;
            };
            let mut partitions = met.topics().iter().flat_map(MetadataTopic::partitions);
            self.leader = partitions.next().map(MetadataPartition::leader);
        }
    }

    /// Asks how much the topic takes at once, before so much is on its way; where that is less than librdkafka sends, a
    /// client that sends less takes over.
    #[cold]
    fn ask_limit(&mut self) -> Result<()> {
        let limit = intake::ask(self.client.client(), &self.topic.name, self.leader());
        self.intake.learn(limit, &mut self.topic)?;
        if intake::confine(&mut self.config, &self.cluster.0, limit) {
            self.drain()?;
            self.client = self
                .config
                .create_with_context(self.deliveries.clone())
                .map_err(|error| not_made(&error))?;
            self.greet();
        }
        Ok(())
    }

    fn leader(&self) -> Option<i32> {
        self.leader.filter(|id| *id >= 0)
    }

    pub(super) fn client(&self) -> &BaseProducer<Deliveries> {
        &self.client
    }

    pub(super) fn witness(&self) -> &Witness {
        &self.deliveries.witness
    }

    /// Takes in what was acknowledged, and fails if something could not be stored.
    fn serve(&mut self) -> Result<()> {
        self.unserved = 0;
        let witness = &self.deliveries.witness;
        witness.exhaust(|| self.client.poll(Duration::ZERO));
        self.check()
    }

    /// The same, for who has nothing to do until something is acknowledged.
    fn serve_and_wait(&mut self) -> Result<()> {
        // A poll with a time takes all of it, and spins on its last millisecond.
        std::thread::sleep(MOMENT);
        self.serve()
    }

    /// Waits until there is room for so many bytes more.
    fn make_room(&mut self, bytes: u64) -> Result<()> {
        while self.sent_bytes - self.settled_bytes + bytes > self.most_bytes {
            let settled = self.deliveries.tally().settled_bytes;
            if settled > self.settled_bytes {
                self.settled_bytes = settled;
            } else if self.is_idle() {
                break;
            } else {
                self.check_signal()?;
                self.serve_and_wait()?;
            }
        }
        Ok(())
    }

    /// Whether it is known of all records what became of them.
    fn is_idle(&self) -> bool {
        // librdkafka's own count has its notes in it.
        self.deliveries.tally().settled == self.sent
    }

    fn check(&self) -> Result<()> {
        let tally = self.deliveries.tally();
        if let Some((partition, offset)) = tally.began_anew {
            return Err(self.began_anew(partition, offset));
        }
        let Some((partition, error)) = &tally.fault else {
            return Ok(());
        };
        let name = &self.topic.name;
        let doing = match partition {
            0.. => format!("store a record in {name}-{partition}"),
            _ => format!("store a record in topic {name}"),
        };
        let witness = self.deliveries.witness.last();
        let timed_out = error.rdkafka_error_code() == Some(RDKafkaErrorCode::MessageTimedOut);
        let cause = match (timed_out, &witness) {
            (true, Some(said)) => Error::failed(format!("cannot {doing} in time: {}", said.reason)),
            _ => self.with_limit(error, refused(&doing, error, witness.as_ref())),
        };
        let shared = &self.cluster.0;
        let kind = cause.kind();
        let cause = cause.within(&shared.servers);
        Err(if timed_out && shared.patience.deadline().is_some() {
            Error::new(ErrorKind::TimedOut, cause.to_string())
        } else if kind == ErrorKind::UnknownTopic {
            Error::new(
                ErrorKind::TopicDeleted,
                format!("topic '{name}' was deleted while it was written to"),
            )
        } else {
            cause
        })
    }

    /// Adds what the topic takes to an error about that.
    fn with_limit(&self, error: &KafkaError, refused: Error) -> Error {
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::MessageSizeTooLarge) {
            return refused;
        }
        let ask = || intake::ask(self.client.client(), &self.topic.name, self.leader());
        match self.intake.limit().or_else(ask) {
            Some(limit) => refused.and(format!("the topic's max.message.bytes is {limit}")),
            None => refused,
        }
    }

    /// A topic that is deleted and made again under its name takes what librdkafka sends on; what was stored before is gone.
    fn began_anew(&self, partition: i32, offset: i64) -> Error {
        let name = &self.topic.name;
        Error::new(
            ErrorKind::TopicDeleted,
            format!(
                "topic '{name}' was deleted and created again while it was written to, or lost records: offset {offset} of {name}-{partition} was given a second time"
            ),
        )
        .within(&self.cluster.0.servers)
    }

    /// The error for records of which it is not known what became of them.
    fn unsettled(&self, kind: ErrorKind, why: &str) -> Error {
        let count = self.sent - self.deliveries.tally().settled;
        let said = self.deliveries.witness.last();
        let message = format!(
            "{}: {} not known to be stored: {}",
            self.cluster.0.servers,
            counted_with(count, "record", "is", "are"),
            said.as_ref().map_or(why, |said| &said.reason)
        );
        Error::new(kind, message)
    }

    /// An error once we were asked to stop: what is not on its way yet is not sent any more.
    fn check_signal(&self) -> Result<()> {
        if self.cluster.0.patience.is_interrupted() {
            return Err(Error::new(ErrorKind::Interrupted, "stopped by a signal"));
        }
        Ok(())
    }

    /// Waits until nothing is on its way any more.
    fn drain(&mut self) -> Result<()> {
        let shared = Arc::clone(&self.cluster.0);
        loop {
            if self.is_idle() {
                self.held_bytes = 0;
                self.intake.is_idle();
                return self.check();
            }
            self.serve_and_wait()?;
            if let Some(said) = self
                .deliveries
                .witness
                .last()
                .filter(super::witness::Complaint::is_final)
            {
                let error = KafkaError::Global(said.code);
                return Err(shared.refused("send", &error, &self.deliveries.witness));
            }
            if shared.patience.is_over() {
                return Err(self.unsettled(ErrorKind::TimedOut, "no acknowledgement in time"));
            }
            if shared.stop_by().is_some_and(|by| Instant::now() >= by) {
                let why = format!("no acknowledgement {} s after a signal", STOPPING.as_secs());
                return Err(self.unsettled(ErrorKind::Failed, &why));
            }
        }
    }
}

/// Whether what is sent twice by librdkafka itself is stored once.
fn is_idempotent(config: &ClientConfig) -> bool {
    config.get("enable.idempotence") == Some("true")
}

fn config(shared: &Shared, options: &ProducerOptions) -> ClientConfig {
    let mut config = shared.config();
    let mut default = |name: &str, value: &str| {
        if !shared.is_set(name) {
            config.set(name, value);
        }
    };
    let acks = match options.acks {
        Acks::None => "0",
        Acks::Leader => "1",
        Acks::All => "all",
    };
    default("acks", acks);
    // What is sent twice by librdkafka itself is stored once.
    let idempotent = options.acks == Acks::All && !shared.is_set("acks");
    default(
        "enable.idempotence",
        if idempotent { "true" } else { "false" },
    );
    // That a topic is gone is believed once all brokers would know one that was just made.
    let spreading = SPREADING.as_millis().to_string();
    default("topic.metadata.propagation.max.ms", &spreading);
    default("queue.buffering.max.kbytes", HELD_KIB);
    default("queue.buffering.max.messages", HELD_RECORDS);
    default("message.max.bytes", LARGEST_BYTES);
    if let Some(compression) = options.compression {
        config.set("compression.type", compression.name());
        if let Some(level) = level(compression) {
            config.set("compression.level", level.to_string());
        }
    }
    if let Some(deadline) = shared.patience.deadline() {
        let left = deadline.saturating_duration_since(Instant::now());
        let millis = left.as_millis().clamp(1000, 300_000);
        if !shared.is_set("message.timeout.ms") {
            config.set("message.timeout.ms", millis.to_string());
        }
    }
    config
}

/// The level, where librdkafka's levels mean the same.
fn level(compression: Compression) -> Option<i32> {
    match compression {
        Compression::Gzip { level } | Compression::Zstd { level } => Some(level),
        Compression::None | Compression::Snappy | Compression::Lz4 { .. } => None,
    }
}

impl Producing for ClusterProducer {
    fn topic(&self) -> &Topic {
        &self.topic
    }

    fn send(&mut self, record: &Record<'_>, partition: Option<i32>) -> Result<()> {
        let bytes = size(record.key, record.value);
        let partition = match partition {
            Some(partition) => {
                check_partition(&self.topic, partition)?;
                partition
            }
            None => self.route.partition(record, bytes),
        };
        if record.timestamp <= 0 {
            check_epoch(&self.topic, record.timestamp)?;
        }
        if !self.intake.has_room(record, bytes) {
            self.ask_limit()?;
        }
        self.intake.check(&self.topic, record, bytes)?;
        let name = self.topic.name.clone();
        let mut message: BaseRecord<'_, [u8], [u8]> =
            BaseRecord::to(name.as_str()).partition(partition);
        message.key = record.key;
        message.payload = record.value;
        message.timestamp = Some(record.timestamp);
        message.headers = headers::write(record.headers);
        self.held_bytes += bytes;
        self.make_room(bytes as u64)?;
        loop {
            match self.client.send(message) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    if self.is_idle() {
                        return Err(too_large(name.as_str(), partition, bytes));
                    }
                    message = back;
                    self.check_signal()?;
                    self.serve_and_wait()?;
                }
                Err((error, _)) => {
                    let doing = format!("store a record in {name}-{partition}");
                    return Err(refused(&doing, &error, None));
                }
            }
        }
        self.sent += 1;
        self.sent_bytes += bytes as u64;
        self.unserved += 1;
        if self.unserved >= SERVE_EVERY {
            self.serve()?;
        }
        Ok(())
    }

    fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    fn flush(&mut self) -> Result<()> {
        if self.held_bytes == 0 {
            return Ok(());
        }
        self.drain()
    }

    fn tick(&mut self) -> Result<()> {
        self.serve()
    }

    fn due(&self) -> Option<Instant> {
        None
    }

    fn bell(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    fn settle(&mut self) -> Result<()> {
        self.drain()
    }

    fn produced(&self) -> Vec<Produced> {
        self.deliveries.tally().produced.values().copied().collect()
    }

    fn acknowledged(&self, partition: i32) -> u64 {
        let tally = self.deliveries.tally();
        tally
            .produced
            .get(&partition)
            .map_or(0, |part| part.records)
    }
}

/// The error for a record that can't be sent even if no other waits.
fn too_large(topic: &str, partition: i32, bytes: usize) -> Error {
    Error::new(
        ErrorKind::Refused,
        format!("cannot store a record in {topic}-{partition}: a record of {bytes} bytes is more than is held to be sent"),
    )
    .help("-X queue.buffering.max.kbytes=N holds more")
}

/// Whether the record can have this timestamp, which is not after 1970 began.
#[cold]
fn check_epoch(topic: &Topic, timestamp: i64) -> Result<()> {
    if timestamp == 0 {
        return Err(Error::new(
            ErrorKind::Refused,
            "the record's timestamp is 0, which can't be sent to a cluster: librdkafka takes it for the time of sending",
        )
        .help("a record without a timestamp has -1, or none where it is JSON"));
    }
    check_timestamp(topic, timestamp, now_ms())
}
