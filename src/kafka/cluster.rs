//! A cluster: its address, the settings of connections to it, and questions to it.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};

use super::admin::Admin;
use super::bell::PipeBell;
use super::certificate;
use super::reader::Reader;
use super::refusal::{because, not_made, passes, refused};
use super::settings::ClusterSettings;
use super::topic_ids;
use super::witness::{Complaint, Witness};
use crate::client::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::log::Isolation;
use crate::store::Patience;

/// How long a cluster that does not answer is asked, where no time was given.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long what is on its way is waited for after a signal.
pub(super) const STOPPING: Duration = Duration::from_secs(5);
/// The least time that a question is given.
const LEAST: Duration = Duration::from_secs(1);
/// How long the cause of a failure may take to be told.
const MOMENT: Duration = Duration::from_millis(50);
/// A topic that is asked for to see whether there is an answer: about one that can't be there it is short.
pub(super) const NO_TOPIC: &str = "__kafdir.none";
/// How long one question may take before it is seen whether to go on.
const SLICE: Duration = Duration::from_millis(500);
/// The same for a question that takes several answers.
const UNHURRIED: Duration = Duration::from_secs(5);

/// What reading needs, where nothing else was set.
const READING: &[(&str, &str)] = &[
    // As long as a broker waits for records of partitions that were read to their end, in ms, no others are fetched from it.
    ("fetch.wait.max.ms", "100"),
    // A queue that was full is filled again before it runs dry, in ms.
    ("fetch.queue.backoff.ms", "10"),
];

/// How soon another broker is tried at first; librdkafka waits half of it before it connects to a broker it was just told of.
const FIRST_RECONNECT: &str = "20";
/// The setting that has librdkafka tell what it does.
const DEBUG: &str = "debug";

/// A Kafka cluster, and all that can be done in it.
#[derive(Clone)]
pub struct Cluster(pub(super) Arc<Shared>);

/// What all parts of an engine share.
pub(super) struct Shared {
    pub(super) servers: String,
    pub(super) chosen_by: String,
    settings: ClusterSettings,
    pub(super) patience: Patience,
    pub(super) bell: Arc<PipeBell>,
    /// Asks about offsets, as readers of this isolation see them.
    askers: [OnceLock<Asker>; 2],
    pub(super) readers: [OnceLock<Arc<Reader>>; 2],
    pub(super) admin: Admin,
    /// Whether a broker has answered.
    pub(super) reached: OnceLock<()>,
    /// When all has to have ended, since we were asked to stop.
    stop_by: OnceLock<Instant>,
}

/// A client that only asks.
pub(super) struct Asker {
    pub(super) client: BaseConsumer<Witness>,
    witness: Witness,
}

impl Cluster {
    /// The cluster at these brokers (`HOST:PORT`, with commas between several). Nothing is connected to yet.
    ///
    /// `chosen_by` says in errors where the address came from; `patience` has the deadline of all that is asked.
    pub fn open(
        servers: &str,
        settings: ClusterSettings,
        chosen_by: String,
        patience: Patience,
    ) -> Result<Arc<dyn Engine>> {
        Self::check_address(servers).map_err(|error| error.within(&chosen_by))?;
        let shared = Shared {
            servers: servers.to_owned(),
            chosen_by,
            settings,
            patience,
            bell: Arc::new(PipeBell::new()?),
            askers: Default::default(),
            readers: Default::default(),
            admin: Admin::default(),
            reached: OnceLock::new(),
            stop_by: OnceLock::new(),
        };
        Ok(Arc::new(Self(Arc::new(shared))))
    }

    /// Refuses what is no address.
    pub fn check_address(servers: &str) -> Result<()> {
        let mut servers = servers.split(',').map(str::trim);
        servers.try_for_each(check_server)
    }
}

/// librdkafka takes a name without a port for port 9092; a typing error should not go there.
fn check_server(server: &str) -> Result<()> {
    let address = server
        .rsplit_once("://")
        .map_or(server, |(_, address)| address);
    let valid = match address.rsplit_once(':') {
        Some((host, port)) => !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0),
        None => false,
    };
    if valid {
        return Ok(());
    }
    Err(Error::usage(format!("{server:?} is not HOST:PORT"))
        .help("several brokers are HOST:PORT,HOST:PORT"))
}

impl Shared {
    /// The settings of every connection.
    pub(super) fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.servers);
        config.set("client.id", "kafdir");
        config.set("reconnect.backoff.ms", FIRST_RECONNECT);
        config.set_log_level(RDKafkaLogLevel::Info);
        // The OpenSSL that is built along looks for authorities where it would have been installed.
        if cfg!(feature = "tls") {
            config.set("ssl.ca.location", "probe");
        }
        for (name, value) in self.settings.iter() {
            config.set(name, value);
        }
        if self.is_set(DEBUG) {
            config.set_log_level(RDKafkaLogLevel::Debug);
        }
        config
    }

    /// Whether a setting was made by the user.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.settings.get(name).is_some()
    }

    /// The settings of a connection that reads.
    pub(super) fn reading_config(&self, isolation: Isolation) -> ClientConfig {
        let mut config = self.config();
        config.set("isolation.level", level(isolation));
        config.set("enable.auto.commit", "false");
        config.set("enable.auto.offset.store", "false");
        config.set("enable.partition.eof", "true");
        config.set("auto.offset.reset", "error");
        for (name, value) in READING {
            if !self.is_set(name) {
                config.set(*name, *value);
            }
        }
        config
    }

    /// Has a client tell by which ids it knows its topics, to the witness that comes back.
    pub(super) fn tell_topics(&self, config: &mut ClientConfig) -> Witness {
        let asked = self.settings.get(DEBUG);
        config.set(DEBUG, topic_ids::debug(asked));
        config.set_log_level(RDKafkaLogLevel::Debug);
        Witness::of_topics(asked.is_some())
    }

    pub(super) fn asker(&self, isolation: Isolation) -> Result<&Asker> {
        let cell = &self.askers[index(isolation)];
        if let Some(asker) = cell.get() {
            return Ok(asker);
        }
        let witness = Witness::default();
        let client = self
            .reading_config(isolation)
            .create_with_context(witness.clone())
            .map_err(|error| not_made(&error))?;
        Ok(cell.get_or_init(|| Asker { client, witness }))
    }

    /// Asks until there is an answer, an error that stays, or no time left.
    pub(super) fn ask<T>(
        &self,
        doing: &str,
        isolation: Isolation,
        question: impl Fn(&BaseConsumer<Witness>, Duration) -> KafkaResult<T>,
    ) -> Result<T> {
        let asker = self.asker(isolation)?;
        self.insist(doing, &asker.witness, |slice| {
            let answer = question(&asker.client, slice);
            if answer.is_err() || self.is_set(DEBUG) {
                asker.hear();
            }
            answer
        })
    }

    /// Does something that may need another try: it is given a time for each.
    pub(super) fn insist<T>(
        &self,
        doing: &str,
        witness: &Witness,
        attempt: impl FnMut(Duration) -> KafkaResult<T>,
    ) -> Result<T> {
        self.insist_until(self.deadline(), doing, witness, attempt)
    }

    /// The same until a time of its own.
    pub(super) fn insist_until<T>(
        &self,
        until: Instant,
        doing: &str,
        witness: &Witness,
        mut attempt: impl FnMut(Duration) -> KafkaResult<T>,
    ) -> Result<T> {
        witness.forget();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let error = match attempt(left.min(SLICE)) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if self.patience.is_interrupted() {
                return Err(Error::new(ErrorKind::Interrupted, "stopped by a signal"));
            }
            let is_final = witness.last().is_some_and(|said| said.is_final());
            if is_final || !passes(&error) {
                return Err(self.refused(doing, &error, witness));
            }
            if Instant::now() >= until {
                return Err(self.unanswered(doing, &error, witness));
            }
            // What fails at once must not be tried without end.
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Until when what is on its way is waited for, once we were asked to stop.
    pub(super) fn stop_by(&self) -> Option<Instant> {
        let stop_by = || *self.stop_by.get_or_init(|| Instant::now() + STOPPING);
        self.patience.is_interrupted().then(stop_by)
    }

    /// Until when a question is asked.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline_within(PATIENCE)
    }

    /// Until when something is tried that may take so long where no time was given.
    pub(super) fn deadline_within(&self, patience: Duration) -> Instant {
        let now = Instant::now();
        // What is asked at the last moment is still given the time of an answer.
        let deadline = self.patience.deadline();
        deadline.map_or(now + patience, |deadline| deadline.max(now + LEAST))
    }

    /// How long a question may take for which several brokers are asked, one after the other, as far as there is time.
    pub(super) fn unhurried(&self) -> Duration {
        let left = self.deadline().saturating_duration_since(Instant::now());
        left.min(UNHURRIED)
    }

    /// The error for what the cluster or the way to it refuses.
    pub(super) fn refused(&self, doing: &str, error: &KafkaError, witness: &Witness) -> Error {
        let complaint = witness
            .last()
            .map(|said| certificate::tell_apart(said, self));
        refused(doing, error, complaint.as_ref()).within(&self.servers)
    }

    /// What stands between us and the cluster, where a client was told before and is not told twice.
    fn complaint(&self, witness: &Witness) -> Option<Complaint> {
        let asker = self.asker(Isolation::ReadUncommitted).ok()?;
        if asker.witness.is(witness) {
            return None;
        }
        // The same complaint comes once in half a minute: it may have come already.
        let is_away = asker.client.fetch_metadata(Some(NO_TOPIC), SLICE).is_err();
        asker.hear();
        asker.witness.last().filter(|_| is_away)
    }

    /// The error for what was not answered in time.
    pub(super) fn unanswered(&self, doing: &str, error: &KafkaError, witness: &Witness) -> Error {
        let why = match witness.last().or_else(|| self.complaint(witness)) {
            Some(said) => said.reason,
            None if is_silence(error) => "no answer".to_owned(),
            None => because(error),
        };
        let kind = if self.patience.deadline().is_some() {
            ErrorKind::TimedOut
        } else {
            ErrorKind::Unanswered
        };
        Error::new(kind, format!("{}: cannot {doing}: {why}", self.servers)).help(format!(
            "the address is from {}; is the broker up, and does it speak what was set?",
            self.chosen_by
        ))
    }
}

/// Whether an error says no more than that nothing came.
fn is_silence(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::OperationTimedOut
                | RDKafkaErrorCode::AllBrokersDown
                | RDKafkaErrorCode::BrokerTransportFailure
        )
    )
}

impl Asker {
    /// Takes in what librdkafka has to say on the side.
    fn hear(&self) {
        // The cause comes a moment after the failure.
        let _ = self.witness.listen(&self.client, MOMENT, |_| Ok(()));
    }
}

/// Kafka's name of an isolation level.
pub(super) fn level(isolation: Isolation) -> &'static str {
    match isolation {
        Isolation::ReadCommitted => "read_committed",
        Isolation::ReadUncommitted => "read_uncommitted",
    }
}

/// Where what there is for each isolation level stands.
pub(super) fn index(isolation: Isolation) -> usize {
    match isolation {
        Isolation::ReadCommitted => 0,
        Isolation::ReadUncommitted => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::check_server;

    #[test]
    fn addresses() {
        for server in ["h:1", "10.0.0.1:9092", "[::1]:9092", "SASL_SSL://h:9092"] {
            assert!(check_server(server).is_ok(), "{server}");
        }
        for server in ["", "h", "h:", ":1", "h:0", "h:70000", "h:x"] {
            assert!(check_server(server).is_err(), "{server}");
        }
    }
}
