//! What is to be copied where, with every contradiction refused.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::Args;
use crate::cli::flag;
use crate::error::{Error, Result};
use crate::kafka::Cluster;
use crate::store::{ImportName, TopicName};

/// What one run is to do.
#[derive(Debug)]
pub(super) struct CopyPlan {
    pub(super) copies: Vec<Copy>,
    /// What is copied into; none: the place that is copied from.
    pub(super) into: Option<Destination>,
    /// What the copy is called, to be gone on with.
    pub(super) name: Option<ImportName>,
}

/// A place to copy to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Destination {
    Directory(PathBuf),
    /// A cluster: HOST:PORT.
    Cluster(String),
}

/// A topic, and its name in the target.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Copy {
    pub(super) from: TopicName,
    pub(super) to: TopicName,
}

impl CopyPlan {
    pub(super) fn new(args: &Args) -> Result<Self> {
        let into = args.to.as_deref().map(destination).transpose()?;
        if !matches!(into, Some(Destination::Cluster(_))) {
            let file = ("--to-command-config", args.to_command_config.is_some());
            flag::excludes("--to dir:PATH", &[file, ("--to-X", !args.to_x.is_empty())])?;
        }
        let copies = args.topics.iter().map(|text| copy(text));
        let copies = copies.collect::<Result<Vec<Copy>>>()?;
        let stays = into.is_none() && args.as_log_dir.is_none();
        let mut names = BTreeSet::new();
        for copy in &copies {
            if stays && copy.from == copy.to {
                return Err(Error::usage(format!(
                    "topic {} would be copied onto itself",
                    copy.from
                ))
                .help(
                    "say what the copy is called: TOPIC=NEWNAME, or where it goes: --to dir:PATH",
                ));
            }
            if !names.insert(&copy.to) {
                return Err(Error::usage(format!(
                    "two topics would be copied to {}",
                    copy.to
                )));
            }
        }
        // What is written to while it is read has no end.
        if stays && let Some(copy) = copies.iter().find(|copy| names.contains(&copy.from)) {
            return Err(Error::usage(format!(
                "topic {} is copied from and copied to",
                copy.from
            )));
        }
        let name = args.name.as_deref().map(ImportName::new).transpose();
        Ok(Self {
            copies,
            into,
            name: name.map_err(|error| error.within("--name"))?,
        })
    }
}

fn copy(text: &str) -> Result<Copy> {
    let (from, to) = text.split_once('=').unwrap_or((text, text));
    Ok(Copy {
        from: TopicName::new(from)?,
        to: TopicName::new(to)?,
    })
}

fn destination(text: &str) -> Result<Destination> {
    match text.split_once(':') {
        Some(("dir", path)) if !path.is_empty() => Ok(Destination::Directory(path.into())),
        Some(("kafka", server)) if !server.is_empty() => {
            Cluster::check_address(server).map_err(|error| error.within("--to"))?;
            Ok(Destination::Cluster(server.into()))
        }
        _ => Err(
            Error::usage(format!("--to: {text:?} is no place to copy to"))
                .help("a directory is dir:PATH, a cluster is kafka:HOST:PORT"),
        ),
    }
}
