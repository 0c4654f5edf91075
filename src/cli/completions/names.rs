//! The names that are there now, from a look at the directory: no topic's or group's state is asked for, since somebody
//! waits with a finger on a key.

use std::ffi::OsString;

use crate::cli::choice::{Choice, Place as Where, StoreArgs};
use crate::cli::completions::place::Names;
use crate::error::Result;
use crate::group::Group;
use crate::store::{GroupName, Notes, Patience, Store, StoreOptions, TopicName};

/// The names of this kind in the store that `args` and the variables choose; no more than what can be had at once.
pub(super) fn names(
    kind: &Names,
    args: &StoreArgs,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<String>> {
    let choice = Choice::make(args, variable)?;
    let options = StoreOptions {
        chosen_by: choice.by.to_string(),
        patience: Patience::endless().telling(Notes::silent()),
    };
    let store = match &choice.place {
        Where::Dir(path) => Store::open(path, options)?,
        Where::LogDir(path) => Store::open_log_dir(path, options)?,
        Where::Cluster(_) => return Ok(Vec::new()),
    };
    match kind {
        Names::Topics => {
            let topics = store.topic_names()?;
            Ok(topics.iter().map(TopicName::to_string).collect())
        }
        Names::Groups => {
            let groups = Group::list(&store)?;
            Ok(groups.iter().map(GroupName::to_string).collect())
        }
        Names::Members(group) => {
            let group = Group::open(&store.into(), &GroupName::new(group)?)?;
            let members = group.view()?.members;
            Ok(members.iter().map(|member| member.id.to_string()).collect())
        }
    }
}
