//! What a reset comes to: for each group, each partition's old offset and its new one.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cli::group::lookup;
use crate::cli::group::scope::TopicScope;
use crate::client::{Clamped, Engine, GroupHandle, ResetOffset, ResetTarget};
use crate::error::{Error, Result};
use crate::group::{Committed, NewOffset};
use crate::record::Position;
use crate::store::{GroupName, Topic, TopicPartition};
use crate::text::OffsetRow;

/// Which partitions are to be reset, and where to.
pub(super) enum Places {
    /// Those that the group has committed an offset for.
    Committed(ResetTarget),
    /// These.
    Topics(Vec<TopicScope>, ResetTarget),
    /// Those of a file, each with its own offset.
    Listed(BTreeMap<GroupName, BTreeMap<TopicPartition, i64>>),
}

/// What happens to one group.
pub(super) struct GroupPlan {
    group: Arc<dyn GroupHandle>,
    resets: Vec<ResetOffset>,
}

impl Places {
    /// The rows of a file, for `groups`: rows that name no group are of the only one.
    pub(super) fn listed(rows: Vec<OffsetRow>, groups: &[GroupName]) -> Result<Self> {
        let mut listed: BTreeMap<GroupName, BTreeMap<TopicPartition, i64>> = BTreeMap::new();
        for row in rows {
            let group = match (row.group, groups) {
                (Some(group), _) => group,
                (None, [group]) => group.clone(),
                (None, _) => {
                    return Err(Error::failed("it does not say which group each line is of")
                        .help("lines for several groups are group,topic,partition,offset"));
                }
            };
            let offsets = listed.entry(group).or_default();
            offsets.insert(row.partition, row.offset);
        }
        if let Some(other) = listed.keys().find(|name| !groups.contains(name)) {
            let message = format!("it has offsets of group '{other}', which is not to be reset");
            return Err(
                Error::failed(message).help("name all its groups, or take the others' lines out")
            );
        }
        match groups.iter().find(|name| !listed.contains_key(name)) {
            Some(without) => Err(Error::failed(format!(
                "it has no offset of group '{without}'"
            ))),
            None => Ok(Self::Listed(listed)),
        }
    }

    fn partitions(
        &self,
        engine: &dyn Engine,
        group: &dyn GroupHandle,
        committed: &Committed,
    ) -> Result<Vec<(Topic, i32, ResetTarget)>> {
        match self {
            Self::Committed(target) => {
                let partitions = committed.iter().map(|(tp, _)| (tp.clone(), *target));
                let found = known(engine, partitions)?;
                if found.is_empty() {
                    return Err(nothing_committed(group));
                }
                Ok(found)
            }
            Self::Topics(scopes, target) => {
                let mut all = Vec::new();
                for scope in scopes {
                    let (topic, numbers) = scope.resolve(engine)?;
                    all.extend(
                        numbers
                            .into_iter()
                            .map(|number| (topic.clone(), number, *target)),
                    );
                }
                Ok(all)
            }
            Self::Listed(listed) => {
                let offsets = listed.get(group.name()).into_iter().flatten();
                let place = |offset: i64| ResetTarget::To(Position::Offset(offset));
                known(
                    engine,
                    offsets.map(|(tp, offset)| (tp.clone(), place(*offset))),
                )
            }
        }
    }
}

/// These partitions with their topics, all of which must be there.
fn known(
    engine: &dyn Engine,
    partitions: impl Iterator<Item = (TopicPartition, ResetTarget)>,
) -> Result<Vec<(Topic, i32, ResetTarget)>> {
    let mut topics = BTreeMap::new();
    let mut found = Vec::new();
    for (tp, target) in partitions {
        let topic = match topics.get(&tp.topic) {
            Some(topic) => topic,
            None => topics
                .entry(tp.topic.clone())
                .or_insert(engine.topic(&tp.topic)?),
        };
        topic.partition(tp.partition)?;
        found.push((topic.clone(), tp.partition, target));
    }
    Ok(found)
}

fn nothing_committed(group: &dyn GroupHandle) -> Error {
    Error::failed(format!("group '{}' has committed no offsets", group.name()))
        .help("--topic says which topics to set its offsets for")
}

impl GroupPlan {
    /// What the group's offsets are and will be.
    pub(super) fn make(
        engine: &dyn Engine,
        group: Arc<dyn GroupHandle>,
        places: &Places,
    ) -> Result<Self> {
        lookup::is_resettable(group.as_ref())?;
        let committed = group.committed()?;
        let mut resets = Vec::new();
        for (topic, number, target) in places.partitions(engine, group.as_ref(), &committed)? {
            let partition = engine.partition(&topic, number)?;
            let previous = committed.get(partition.name()).map(|found| found.offset);
            resets.push(target.in_partition(partition.as_ref(), previous)?);
        }
        resets.sort_by(|a, b| a.partition.cmp(&b.partition));
        resets.dedup_by(|a, b| a.partition == b.partition);
        Ok(Self { group, resets })
    }

    pub(super) fn carry_out(&self) -> Result<()> {
        let offset = |reset: &ResetOffset| NewOffset {
            partition: reset.partition.clone(),
            offset: reset.new,
        };
        let offsets: Vec<NewOffset> = self.resets.iter().map(offset).collect();
        self.group.set_offsets(&offsets)
    }

    pub(super) fn group(&self) -> &GroupName {
        self.group.name()
    }

    pub(super) fn resets(&self) -> impl Iterator<Item = &ResetOffset> {
        self.resets.iter()
    }

    pub(super) fn clamped(&self) -> impl Iterator<Item = &Clamped> {
        self.resets
            .iter()
            .filter_map(|reset| reset.clamped.as_ref())
    }

    /// What `offset` picks of each partition, as rows of a CSV file.
    pub(super) fn rows(
        &self,
        with_group: bool,
        offset: impl Fn(&ResetOffset) -> Option<i64>,
    ) -> Vec<OffsetRow> {
        let row = |reset: &ResetOffset| {
            Some(OffsetRow {
                group: with_group.then(|| self.group().clone()),
                partition: reset.partition.clone(),
                offset: offset(reset)?,
            })
        };
        self.resets.iter().filter_map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::store::TopicName;

    fn name(group: &str) -> GroupName {
        GroupName::new(group).unwrap()
    }

    fn row(group: Option<&str>, partition: i32) -> OffsetRow {
        OffsetRow {
            group: group.map(name),
            partition: TopicPartition::new(TopicName::new("t").unwrap(), partition),
            offset: 7,
        }
    }

    fn fault(rows: Vec<OffsetRow>, groups: &[&str]) -> String {
        let groups: Vec<GroupName> = groups.iter().map(|group| name(group)).collect();
        let places = Places::listed(rows, &groups);
        places
            .err()
            .map_or(String::new(), |error| error.to_string())
    }

    #[test]
    fn rows_find_their_group() {
        assert_eq!(fault(vec![row(None, 0), row(None, 1)], &["g"]), "");
        assert_eq!(fault(vec![row(Some("g"), 0)], &["g"]), "");
        assert_eq!(
            fault(vec![row(Some("g"), 0), row(Some("h"), 0)], &["h", "g"]),
            ""
        );
    }

    #[test]
    fn a_row_without_its_group_and_a_group_without_a_row_are_refused() {
        for (rows, groups, words) in [
            (vec![row(None, 0)], &["g", "h"][..], "which group each line"),
            (vec![row(Some("h"), 0)], &["g"], "offsets of group 'h'"),
            (
                vec![row(Some("g"), 0)],
                &["g", "h"],
                "no offset of group 'h'",
            ),
            (Vec::new(), &["g"], "no offset of group 'g'"),
        ] {
            let fault = fault(rows, groups);
            assert!(fault.contains(words), "{fault}");
        }
    }
}
