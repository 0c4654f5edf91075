//! How far a group is in its partitions, and how much lies ahead of it.

use std::fmt;

use crate::client::partition_log::PartitionLog;
use crate::error::Result;
use crate::log::Isolation;

/// How far a group is in one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The offset of the next record that it will read; none where it has committed nothing.
    pub committed: Option<i64>,
    /// The log, if there is one for the commit to be about.
    pub log: Option<Bounds>,
    /// What is wrong with the commit, if anything is.
    pub fault: Option<CommitFault>,
}

/// The offsets of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The log start offset.
    pub start: i64,
    /// The log end offset.
    pub end: i64,
    /// The last stable offset.
    pub last_stable: i64,
}

impl Bounds {
    /// Those of a partition now.
    pub fn of(partition: &dyn PartitionLog) -> Result<Self> {
        // The end last: what is appended meanwhile must not make it lie below the others.
        Ok(Self {
            start: partition.start()?,
            last_stable: partition.readable_end(Isolation::ReadCommitted)?,
            end: partition.end()?,
        })
    }
}

/// Why a group can't go on from where it committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitFault {
    /// There is no such topic, or no such partition of it.
    Gone,
    /// The topic was deleted and created again since.
    OtherTopic,
    /// The log ends before it.
    BeyondEnd,
}

impl Progress {
    /// From a committed offset, if there is one, whether it is of the topic that is there now, and the log.
    #[must_use]
    pub fn new(committed: Option<i64>, same_topic: bool, log: Option<Bounds>) -> Self {
        let fault = match (committed, log) {
            (Some(_), None) => Some(CommitFault::Gone),
            (Some(_), Some(_)) if !same_topic => Some(CommitFault::OtherTopic),
            (Some(offset), Some(log)) if offset > log.end => Some(CommitFault::BeyondEnd),
            _ => None,
        };
        Self {
            committed,
            log,
            fault,
        }
    }

    /// The log end offset less the committed one, as Kafka counts it; without a commit what a new group reads, all that
    /// is there. None where the two have nothing to do with each other. Negative if the log ends before the commit.
    #[must_use]
    pub fn lag(&self) -> Option<i64> {
        let log = self.log?;
        match self.fault {
            Some(CommitFault::Gone | CommitFault::OtherTopic) => None,
            Some(CommitFault::BeyondEnd) | None => {
                Some(log.end - self.committed.unwrap_or(log.start))
            }
        }
    }

    /// What the group could read now: up to the last stable offset, since what lies beyond is withheld from it.
    #[must_use]
    pub fn readable_lag(&self) -> Option<i64> {
        let log = self.log?;
        let withheld = log.end - log.last_stable;
        self.lag().map(|lag| (lag - withheld).max(0))
    }
}

impl fmt::Display for CommitFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gone => "is of a partition that is not there",
            Self::OtherTopic => "is of an earlier topic of this name",
            Self::BeyondEnd => "lies beyond the log's end",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: Bounds = Bounds {
        start: 10,
        end: 100,
        last_stable: 90,
    };

    #[test]
    fn lag_is_what_lies_ahead() {
        for (committed, lag) in [
            (None, 90),
            (Some(10), 90),
            (Some(40), 60),
            (Some(100), 0),
            // As Kafka counts, records that were deleted meanwhile included.
            (Some(4), 96),
        ] {
            let progress = Progress::new(committed, true, Some(LOG));
            assert_eq!((progress.lag(), progress.fault), (Some(lag), None));
        }
    }

    #[test]
    fn what_a_transaction_withholds_is_no_readable_lag() {
        for (committed, lag) in [(None, 80), (Some(10), 80), (Some(90), 0), (Some(95), 0)] {
            let progress = Progress::new(committed, true, Some(LOG));
            assert_eq!(progress.readable_lag(), Some(lag));
        }
    }

    #[test]
    fn commits_that_fit_no_log() {
        let beyond = Progress::new(Some(101), true, Some(LOG));
        assert_eq!(beyond.fault, Some(CommitFault::BeyondEnd));
        assert_eq!(beyond.lag(), Some(-1));
        let other = Progress::new(Some(101), false, Some(LOG));
        assert_eq!(other.fault, Some(CommitFault::OtherTopic));
        assert_eq!(other.lag(), None);
        let gone = Progress::new(Some(5), true, None);
        assert_eq!(gone.fault, Some(CommitFault::Gone));
        assert_eq!(gone.lag(), None);
        // Nothing was committed of a topic that is gone: nothing is wrong with that.
        assert_eq!(Progress::new(None, true, None).fault, None);
    }
}
