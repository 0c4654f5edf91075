//! What librdkafka says besides its results: why a broker can't be reached, or does not want us.
//!
//! It says so on the side, for each of its connections, and goes on trying. None of it is printed as it comes, but for
//! what `-X debug=...` asks for; the last of it is the cause in the error that a command ends with.

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;

use super::certificate;
use super::disconnect;
use super::refusal::code;
use super::topic_ids::TopicIds;
use crate::error::Result;

/// How OpenSSL says that the broker ended it. For who shows no certificate that comes after the handshake, and librdkafka
/// takes it for a connection that broke.
const ALERT: &str = "SSL alert number";

/// So much is listened to at a time: `-X debug=...` may have more and more to tell.
const MOST_HEARD: usize = 10_000;

/// Hears what librdkafka says. Clones hear together.
#[derive(Clone, Default)]
pub(super) struct Witness {
    last: Arc<Mutex<Option<Complaint>>>,
    heard: Arc<AtomicU64>,
    /// The topics that it told of, where it was asked to.
    pub(super) topics: TopicIds,
    /// Whether what it tells for debugging is for us alone.
    keeps_debug: bool,
}

/// Why it does not work.
#[derive(Debug, Clone)]
pub(super) struct Complaint {
    pub(super) code: RDKafkaErrorCode,
    /// In librdkafka's words: the broker and the cause.
    pub(super) reason: String,
}

impl Complaint {
    /// Whether trying again would end the same.
    pub(super) fn is_final(&self) -> bool {
        use RDKafkaErrorCode::{
            Authentication, Fatal, SSL, SaslAuthenticationFailed, UnsupportedSASLMechanism,
        };
        matches!(
            self.code,
            Authentication | SSL | Fatal | SaslAuthenticationFailed | UnsupportedSASLMechanism
        ) || self.reason.contains(ALERT)
    }

    /// Whether the broker was met, and hung up.
    pub(super) fn is_hang_up(&self) -> bool {
        self.reason.contains(disconnect::HUNG_UP)
    }
}

impl Witness {
    /// One that also hears of topics; what is told for debugging is printed only where the user asked for it.
    pub(super) fn of_topics(is_debugging: bool) -> Self {
        Self {
            keeps_debug: !is_debugging,
            ..Self::default()
        }
    }

    /// What was said last, if anything was.
    pub(super) fn last(&self) -> Option<Complaint> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }

    /// Takes what was said before as settled.
    pub(super) fn forget(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// How often something was heard.
    pub(super) fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    /// Something was heard that is another's to keep.
    pub(super) fn count(&self) {
        self.heard.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether both hear the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.last, &other.last)
    }

    /// Asks a client again as long as something is heard of it.
    pub(super) fn exhaust(&self, mut ask: impl FnMut()) {
        for _ in 0..MOST_HEARD {
            let heard = self.heard();
            ask();
            if self.heard() == heard {
                break;
            }
        }
    }

    /// Has a client say all that it has to say, for which it may take `patience` to begin. What it would hand to a reader
    /// is shown to `told`.
    pub(super) fn listen<C: ConsumerContext>(
        &self,
        client: &BaseConsumer<C>,
        mut patience: Duration,
        mut told: impl FnMut(KafkaResult<BorrowedMessage<'_>>) -> Result<()>,
    ) -> Result<()> {
        for _ in 0..MOST_HEARD {
            let heard = self.heard();
            match client.poll(patience) {
                Some(polled) => told(polled)?,
                // What one of our callbacks was given looks like nothing from here.
                None if self.heard() == heard => break,
                None => {}
            }
            patience = Duration::ZERO;
        }
        Ok(())
    }

    fn hear(&self, code: RDKafkaErrorCode, reason: &str) {
        // That all brokers are down names none, and no reason.
        if code == RDKafkaErrorCode::AllBrokersDown {
            return;
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // A refusal outlives the broken connection that follows it.
        if last.as_ref().is_some_and(Complaint::is_final) {
            return;
        }
        *last = Some(Complaint {
            code,
            reason: tidy(reason),
        });
    }
}

impl ClientContext for Witness {
    /// What `-X debug=...` asked for; warnings are in the errors. That a broker hung up is no error to librdkafka.
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.count();
        if facility == "FAIL"
            && let Some(cause) = disconnect::cause(message)
        {
            self.hear(RDKafkaErrorCode::BrokerTransportFailure, &cause);
        }
        if matches!(level, RDKafkaLogLevel::Debug) {
            self.topics.hear(facility, message);
            if self.keeps_debug {
                return;
            }
            let line = format!("kafdir: {facility}: {}\n", message.trim_end());
            // Who can't hear it asked for nothing else.
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.count();
        if let Some(code) = code(&error) {
            match disconnect::cause(reason) {
                Some(cause) => self.hear(code, &cause),
                None => self.hear(code, reason),
            }
        }
    }
}

impl ConsumerContext for Witness {}

/// Without the thread's name before the broker's and the milliseconds behind the cause.
fn tidy(reason: &str) -> String {
    let reason = match reason.find(" (after ") {
        Some(at) => &reason[..at],
        None => reason,
    };
    let reason = match reason.split_once("]: ") {
        Some((thread, rest)) if thread.starts_with("[thrd:") => rest,
        _ => reason,
    };
    let reason = reason.replace("/bootstrap:", ":");
    certificate::without_guess(&reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_outlives_what_follows_from_it() {
        let witness = Witness::default();
        witness.hear(
            RDKafkaErrorCode::BrokerTransportFailure,
            "[thrd:h:1/bootstrap]: h:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)",
        );
        witness.hear(RDKafkaErrorCode::AllBrokersDown, "1/1 brokers are down");
        let reason = witness.last().map(|said| said.reason);
        assert_eq!(
            reason.as_deref(),
            Some("h:1: Connect to ipv4#127.0.0.1:1 failed: Connection refused")
        );
        witness.hear(RDKafkaErrorCode::Authentication, "h:1: wrong password");
        witness.hear(RDKafkaErrorCode::BrokerTransportFailure, "h:1: gone");
        assert!(witness.last().is_some_and(|said| said.is_final()));
        witness.forget();
        assert!(witness.last().is_none());
    }

    #[test]
    fn an_alert_is_final() {
        let witness = Witness::default();
        let said = "ssl://h:1: Receive failed: error:0A000412:SSL routines::ssl/tls alert bad certificate: SSL alert number 42";
        witness.hear(RDKafkaErrorCode::BrokerTransportFailure, said);
        assert!(witness.last().is_some_and(|said| said.is_final()));
    }
}
