//! The names that are there now, from a look at the directory: no topic's or group's state is asked for, since somebody
//! waits with a finger on a key. A cluster is asked, too, and not waited for.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use crate::cli::choice::{Choice, Place as Where, StoreArgs};
use crate::cli::cluster_args::ClusterArgs;
use crate::cli::completions::place::Names;
use crate::client::Engine;
use crate::error::Result;
use crate::group::Group;
use crate::kafka::Cluster;
use crate::store::{GroupName, Notes, Patience, Store, StoreOptions, TopicName};

/// How long a cluster may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// The names of this kind in the store that the `words` of a command line and the variables choose; no more than what can
/// be had at once.
pub(super) fn names(
    kind: &Names,
    words: &[String],
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<String>> {
    let choice = Choice::make(&StoreArgs::among(words), &variable)?;
    let options = StoreOptions {
        chosen_by: choice.by.to_string(),
        patience: Patience::endless().telling(Notes::silent()),
    };
    let store = match &choice.place {
        Where::Dir(path) => Store::open(path, options)?,
        Where::LogDir(path) => Store::open_log_dir(path, options)?,
        Where::Cluster(servers) => {
            let settings = ClusterArgs::among(words).settings(&variable)?;
            let patience = options.patience.until(Some(Instant::now() + PATIENCE));
            let cluster = Cluster::open(servers, settings, options.chosen_by, patience)?;
            return names_in(cluster.as_ref(), kind);
        }
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

fn names_in(cluster: &dyn Engine, kind: &Names) -> Result<Vec<String>> {
    Ok(match kind {
        Names::Topics => cluster.topics()?.iter().map(TopicName::to_string).collect(),
        Names::Groups => cluster.groups()?.iter().map(GroupName::to_string).collect(),
        // What takes a member's name works on directories alone.
        Names::Members(_) => Vec::new(),
    })
}
