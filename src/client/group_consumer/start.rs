//! Where a group goes on in a partition, or begins.

use crate::client::partition_log::PartitionLog;
use crate::error::{Error, Result};
use crate::group::{Claimed, CommittedOffset};
use crate::log::Isolation;
use crate::record::Position;
use crate::store::{GroupName, Notes, TopicPartition};

/// Where to begin where nothing is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At the log start offset, as for a new group.
    Earliest,
    /// At this position, which the user asked for.
    At(Position),
    /// Nowhere: it is an error.
    MustBeCommitted,
}

impl Start {
    /// The offset from which the group reads a partition that it has just been given; `reached` is one that the log is
    /// known to reach.
    pub(super) fn offset(
        self,
        group: &GroupName,
        claimed: &Claimed,
        partition: &dyn PartitionLog,
        isolation: Isolation,
        notes: &Notes,
        reached: Option<i64>,
    ) -> Result<i64> {
        let start = partition.start()?;
        if let Some(committed) = &claimed.committed {
            check(group, claimed, partition, committed, reached)?;
            return Ok(not_below(
                start,
                committed.offset,
                partition.name(),
                "the committed offset",
                notes,
            ));
        }
        match self {
            Self::Earliest => Ok(start),
            Self::At(position) => {
                let offset = partition.resolve(position, isolation)?;
                Ok(not_below(start, offset, partition.name(), "offset", notes))
            }
            Self::MustBeCommitted => Err(Error::failed(format!(
                "group {group} has committed nothing of {}",
                partition.name()
            ))
            .help(
                "leave out -o none to begin at the beginning, or set its offsets with 'kafdir group reset'",
            )),
        }
    }
}

/// A commit that is not of this log says that records were lost, or that they are others: nobody but the user knows
/// where to go on.
fn check(
    group: &GroupName,
    claimed: &Claimed,
    partition: &dyn PartitionLog,
    committed: &CommittedOffset,
    reached: Option<i64>,
) -> Result<()> {
    let (name, topic, offset) = (partition.name(), &claimed.topic.name, committed.offset);
    let help = format!(
        "say where to go on: 'kafdir group reset {group} --topic {topic} --to-earliest' reads what is there from its \
         beginning, --to-latest skips it"
    );
    if !committed.is_of(&claimed.topic) {
        return Err(Error::failed(format!(
            "group {group} has committed offset {offset} of {name} for another topic of that name, which was deleted \
             since"
        ))
        .help(help));
    }
    if reached.is_some_and(|reached| offset <= reached) {
        return Ok(());
    }
    let end = partition.end()?;
    if offset > end {
        return Err(Error::failed(format!(
            "group {group} has committed offset {offset} of {name}, which ends at {end}: was an older copy of it \
             brought back?"
        ))
        .help(help));
    }
    Ok(())
}

fn not_below(
    start: i64,
    offset: i64,
    partition: &TopicPartition,
    what: &str,
    notes: &Notes,
) -> i64 {
    if offset < start {
        notes.say(&format!(
            "{partition}: {what} {offset} is below the log start offset: reading from {start} on"
        ));
    }
    offset.max(start)
}
