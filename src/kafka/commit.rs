//! A commit of a member on its way. librdkafka waits for the answer as long as a session lasts; a command waits no longer than
//! it was allowed.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaResult, RDKafkaErrorCode};

use super::hearing::Hearing;

/// A commit that was sent.
pub(super) struct Commit {
    answer: Receiver<KafkaResult<()>>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Committed {
    /// The offsets are the group's.
    Kept,
    /// The group has given the partitions to another.
    Refused,
}

impl Commit {
    pub(super) fn send(client: &Arc<BaseConsumer<Hearing>>, offsets: &TopicPartitionList) -> Self {
        let (tell, answer) = mpsc::channel();
        let (client, offsets) = (Arc::clone(client), offsets.clone());
        thread::spawn(move || {
            // Who has given up does not hear it.
            let _ = tell.send(client.commit(&offsets, CommitMode::Sync));
        });
        Self { answer }
    }

    /// The answer, if it comes within `patience`.
    pub(super) fn answer(&self, patience: Duration) -> Option<KafkaResult<Committed>> {
        use RDKafkaErrorCode::{
            FencedInstanceId, IllegalGeneration, RebalanceInProgress, UnknownMemberId,
        };
        Some(match self.answer.recv_timeout(patience).ok()? {
            Ok(()) => Ok(Committed::Kept),
            Err(error) => match error.rdkafka_error_code() {
                Some(
                    FencedInstanceId | IllegalGeneration | RebalanceInProgress | UnknownMemberId,
                ) => Ok(Committed::Refused),
                _ => Err(error),
            },
        })
    }
}
