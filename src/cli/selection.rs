//! Which topic, and which partitions of it, in the words of a command line.

use crate::cli::flag;
use crate::error::{Error, Result};
use crate::store::TopicName;

/// A topic, or some of its partitions.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) topic: TopicName,
    /// In ascending order; all of them where it is not said.
    pub(crate) partitions: Option<Vec<i32>>,
}

impl Selection {
    /// `TOPIC` or `TOPIC:LIST`; `each` is the list of --partition.
    pub(crate) fn parse(text: &str, each: Option<&[i32]>) -> Result<Self> {
        let (name, list) = match text.split_once(':') {
            Some((name, list)) => (name, Some(list)),
            None => (text, None),
        };
        if list.is_some() {
            flag::excludes("--partition", &[("TOPIC:LIST", each.is_some())])?;
        }
        let topic = TopicName::new(name).map_err(|error| {
            // kcat's -f is our -F.
            if text.contains('%') {
                error.help("the format of the output is -F, --format")
            } else if text.starts_with('^') {
                error.help("patterns are for the members of a group: -g GROUP")
            } else {
                error
            }
        })?;
        let partitions = match list {
            Some(list) => Some(partition_list(list).map_err(|error| error.within(name))?),
            None => each.map(<[i32]>::to_vec),
        };
        Ok(Self { topic, partitions })
    }
}

/// The partitions that --partition was given, if it was.
pub(crate) fn partitions(list: Option<&str>) -> Result<Option<Vec<i32>>> {
    list.map(|list| partition_list(list).map_err(|error| error.within("--partition")))
        .transpose()
}

fn partition_list(list: &str) -> Result<Vec<i32>> {
    let mut partitions = list
        .split(',')
        .map(|number| number.parse().ok().filter(|partition| *partition >= 0))
        .collect::<Option<Vec<i32>>>()
        .ok_or_else(|| {
            Error::usage(format!("{list:?} is not a list of partitions"))
                .help("such lists are 0 or 0,2,5")
        })?;
    partitions.sort_unstable();
    partitions.dedup();
    Ok(partitions)
}
