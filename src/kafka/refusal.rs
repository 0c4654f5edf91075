//! From what librdkafka and brokers refuse to errors of ours.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::witness::Complaint;
use crate::error::{Error, ErrorKind};

/// Kafka's code of an error, where it has one.
pub(super) fn code(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    match error {
        KafkaError::AdminOp(code) => Some(*code),
        other => other.rdkafka_error_code(),
    }
}

/// Whether it may work a moment later.
pub(super) fn passes(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{
        AllBrokersDown, BrokerNotAvailable, BrokerTransportFailure, CoordinatorLoadInProgress,
        CoordinatorNotAvailable, DestroyBroker, LeaderNotAvailable, NotCoordinator,
        NotLeaderForPartition, OperationTimedOut, RebalanceInProgress, RequestTimedOut, Resolve,
        WaitingForCoordinator,
    };
    matches!(
        code(error),
        Some(
            AllBrokersDown
                | BrokerNotAvailable
                | BrokerTransportFailure
                | CoordinatorLoadInProgress
                | CoordinatorNotAvailable
                // One that the cluster does not count any more: librdkafka drops it with what it was asked.
                | DestroyBroker
                | LeaderNotAvailable
                | NotCoordinator
                | NotLeaderForPartition
                | OperationTimedOut
                | RebalanceInProgress
                | RequestTimedOut
                | Resolve
                | WaitingForCoordinator
        )
    )
}

/// The error for what went wrong while `doing` something.
pub(super) fn refused(doing: &str, error: &KafkaError, complaint: Option<&Complaint>) -> Error {
    let code = code(error);
    let why = match complaint {
        Some(said) if passes(error) || said.is_final() => said.reason.clone(),
        _ => because(error),
    };
    let kind = code.map_or(ErrorKind::Failed, kind);
    let refused = Error::new(kind, format!("cannot {doing}: {why}"));
    match help(code) {
        Some(help) => refused.help(help),
        None => refused,
    }
}

/// The error for a client that librdkafka does not make of the settings.
pub(super) fn not_made(error: &KafkaError) -> Error {
    let text = error.to_string();
    let refused = Error::usage(format!("the settings of the connection: {text}"));
    // librdkafka's own words for what it was built without.
    if text.contains("openssl") {
        return refused.help(
            "this kafdir was built without TLS: 'cargo install --path . --features tls' builds one with it",
        );
    }
    refused
}

/// The error for a code alone.
pub(super) fn refused_code(doing: &str, code: RDKafkaErrorCode) -> Error {
    refused(doing, &KafkaError::Global(code), None)
}

fn kind(code: RDKafkaErrorCode) -> ErrorKind {
    match code {
        RDKafkaErrorCode::UnknownTopic
        | RDKafkaErrorCode::UnknownTopicOrPartition
        | RDKafkaErrorCode::UnknownPartition => ErrorKind::UnknownTopic,
        RDKafkaErrorCode::InvalidConfig
        | RDKafkaErrorCode::InvalidReplicationFactor
        | RDKafkaErrorCode::InvalidPartitions
        | RDKafkaErrorCode::InvalidTopic => ErrorKind::Refused,
        RDKafkaErrorCode::GroupIdNotFound => ErrorKind::UnknownGroup,
        RDKafkaErrorCode::FencedInstanceId => ErrorKind::Evicted,
        _ => ErrorKind::Failed,
    }
}

/// The cause alone, without what was tried.
pub(super) fn because(error: &KafkaError) -> String {
    code(error).map_or_else(|| error.to_string(), words)
}

fn words(code: RDKafkaErrorCode) -> String {
    // "NotEnoughReplicas (Broker: Not enough in-sync replicas)": the second half is for people.
    let text = code.to_string();
    let half = text.split_once('(').map_or(text.as_str(), |(_, half)| half);
    half.trim_end_matches(')')
        .trim_start_matches("Broker: ")
        .trim_start_matches("Local: ")
        .to_owned()
}

fn help(code: Option<RDKafkaErrorCode>) -> Option<&'static str> {
    match code? {
        RDKafkaErrorCode::TopicAuthorizationFailed
        | RDKafkaErrorCode::GroupAuthorizationFailed
        | RDKafkaErrorCode::ClusterAuthorizationFailed => {
            Some("the cluster's rules (ACLs) do not let this user do it")
        }
        RDKafkaErrorCode::MessageSizeTooLarge => Some(
            "'kafdir topic alter --config max.message.bytes=N' lets the topic take larger ones; -X batch.size=N sends fewer records at once",
        ),
        RDKafkaErrorCode::InvalidRecord => {
            Some("a topic that is compacted takes no record without a key")
        }
        RDKafkaErrorCode::InvalidTopic => {
            Some("names that differ in '.' and '_' alone exclude each other: is one of them there?")
        }
        RDKafkaErrorCode::NonEmptyGroup | RDKafkaErrorCode::UnknownMemberId => {
            Some("stop the group's members first")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_goes_away_with_a_question_is_not_the_last_to_be_asked() {
        for code in [
            RDKafkaErrorCode::DestroyBroker,
            RDKafkaErrorCode::BrokerTransportFailure,
            RDKafkaErrorCode::NotLeaderForPartition,
        ] {
            assert!(passes(&KafkaError::Global(code)), "{code}");
            assert!(passes(&KafkaError::MetadataFetch(code)), "{code}");
        }
        let refusal = RDKafkaErrorCode::TopicAuthorizationFailed;
        assert!(!passes(&KafkaError::Global(refusal)));
    }
}
