//! A commit of a member on its way. librdkafka waits for the answer as long as a session lasts; a command waits no longer than
//! it was allowed.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};

use super::hearing::Hearing;

/// A commit that was sent.
pub(super) struct Commit {
    client: Arc<BaseConsumer<Hearing>>,
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
        let (committing, offsets) = (Arc::clone(client), offsets.clone());
        thread::spawn(move || {
            // Who has given up does not hear it.
            let _ = tell.send(committing.commit(&offsets, CommitMode::Sync));
        });
        Self {
            client: Arc::clone(client),
            answer,
        }
    }

    /// The answer, if it comes within `patience`.
    pub(super) fn answer(&self, patience: Duration) -> Option<KafkaResult<Committed>> {
        use RDKafkaErrorCode::{
            FencedInstanceId, IllegalGeneration, RebalanceInProgress, UnknownMemberId,
        };
        let Err(error) = self.answer.recv_timeout(patience).ok()? else {
            return Some(Ok(Committed::Kept));
        };
        Some(match error.rdkafka_error_code() {
            Some(FencedInstanceId | UnknownMemberId) => Ok(Committed::Refused),
            Some(IllegalGeneration) if self.client.assignment_lost() => Ok(Committed::Refused),
            // Others join or leave, and the next generation is about to begin: what stays ours is committed then.
            Some(IllegalGeneration) => Err(KafkaError::Global(RebalanceInProgress)),
            _ => Err(error),
        })
    }
}
