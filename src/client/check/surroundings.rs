//! What lies in the directory beside the topics' own files: nothing that nobody knows is to be there.

use std::ffi::OsStr;
use std::fs::FileType;
use std::path::Path;

use walkdir::{DirEntry, WalkDir};

use crate::error::{Error, Result};
use crate::log::{Finding, FindingKind, Report, not_a_file, what};
use crate::store::durable::is_temporary;
use crate::store::meta_properties::MetaProperties;
use crate::store::names::INTERNAL_METADATA_TOPIC;
use crate::store::{
    GroupLayout, GroupName, Layout, MemberId, OffsetCheckpointFile, ServerProperties, Store,
    TopicPartition,
};

/// What a name in a directory stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    File,
    Dir,
    Leftover,
    Unknown,
}

/// The function that knows a directory's names.
type Names = fn(&OsStr) -> Place;

/// Looks at everything but the topics.
pub(super) fn check(store: &Store, report: Report<'_>) -> Result<()> {
    let layout = store.layout();
    if store.is_read_only() {
        return check_dir(layout.logs(), in_logs, true, report);
    }
    let directories: [(&Path, Names); 8] = [
        (layout.root(), in_root),
        (layout.logs(), in_logs),
        (&layout.topics(), in_topics),
        (&layout.groups(), in_groups),
        (&layout.locks(), in_locks),
        (&layout.partition_locks(), in_partition_locks),
        (&layout.failed_marks(), in_partition_locks),
        (&layout.segment_indexes(), in_partition_locks),
    ];
    for (dir, names) in directories {
        check_dir(dir, names, false, report)?;
    }
    check_properties(layout, report)
}

fn check_properties(layout: &Layout, report: Report<'_>) -> Result<()> {
    let path = layout.meta_properties();
    if let Err(error) = MetaProperties::read(&path) {
        report(Finding::of_error(FindingKind::BadSettings, &path, &error))?;
    }
    let path = layout.server_properties();
    if let Err(error) = ServerProperties::read(&path) {
        report(Finding::of_error(FindingKind::BadSettings, &path, &error))?;
    }
    Ok(())
}

/// Looks at the names in one directory; one that is not there has none. In some, such as a broker's, may lie files that
/// we don't know of, and nobody minds.
fn check_dir(dir: &Path, names: Names, strays: bool, report: Report<'_>) -> Result<()> {
    let walk = WalkDir::new(dir)
        .min_depth(1)
        .max_depth(1)
        .sort_by_file_name();
    for entry in walk {
        let finding = match entry {
            Ok(entry) => finding_of(&entry, names(entry.file_name()), strays),
            Err(error) => unlistable(dir, error),
        };
        if let Some(finding) = finding {
            report(finding)?;
        }
    }
    Ok(())
}

fn finding_of(entry: &DirEntry, place: Place, strays: bool) -> Option<Finding> {
    let (path, file_type) = (entry.path(), entry.file_type());
    let found = |kind, message: &str| Some(Finding::new(kind, path, message));
    match place {
        Place::File if !file_type.is_file() => Some(not_a_file(path, file_type)),
        Place::Dir if !file_type.is_dir() => Some(not_a_directory(path, file_type)),
        Place::File | Place::Dir => None,
        Place::Leftover if file_type.is_dir() => {
            found(FindingKind::Leftover, "a directory that was put out of use")
                .map(Finding::harmless)
        }
        Place::Leftover => {
            found(FindingKind::Leftover, "a file that was being written").map(Finding::harmless)
        }
        Place::Unknown => {
            let message = format!("{} that does not belong here", what(file_type));
            let finding = found(FindingKind::Stray, &message)?;
            Some(if strays && file_type.is_file() {
                finding.harmless()
            } else {
                finding
            })
        }
    }
}

fn not_a_directory(path: &Path, file_type: FileType) -> Finding {
    let message = format!("{} where a directory should be", what(file_type));
    Finding::new(FindingKind::NotAFile, path, message)
}

/// Looks at the names in a group's directory. What has no business there does no harm.
pub(super) fn check_group_dir(layout: &GroupLayout, report: Report<'_>) -> Result<()> {
    check_dir(layout.dir(), in_group, true, report)?;
    check_dir(&layout.members(), in_members, true, report)?;
    check_dir(&layout.claims(), in_claims, true, report)
}

/// What went away while the directory was listed is no matter.
fn unlistable(dir: &Path, error: walkdir::Error) -> Option<Finding> {
    let path = error.path().unwrap_or(dir).to_owned();
    let error: std::io::Error = error.into();
    if error.kind() == std::io::ErrorKind::NotFound {
        return None;
    }
    let error = Error::io("list", &path, error);
    Some(Finding::of_error(FindingKind::Unreadable, &path, &error))
}

fn in_root(name: &OsStr) -> Place {
    match name.to_str() {
        Some("meta.properties" | "server.properties") => Place::File,
        Some("logs" | "topics" | "groups" | "imports" | "locks") => Place::Dir,
        _ => temporary_or_unknown(name),
    }
}

fn in_logs(name: &OsStr) -> Place {
    const BROKERS: [&str; 4] = [
        ".lock",
        ".kafka_cleanshutdown",
        "meta.properties",
        "bootstrap.checkpoint",
    ];
    let is_file = |name: &OsStr| {
        let mut checkpoints = OffsetCheckpointFile::ALL.into_iter();
        BROKERS.iter().any(|known| name == *known)
            || checkpoints.any(|checkpoint| name == checkpoint.file_name())
    };
    let being_written = name.to_str().and_then(|name| name.strip_suffix(".tmp"));
    if is_file(name) {
        Place::File
    } else if TopicPartition::parse(name).is_some() || name == "remote-log-index-cache" {
        Place::Dir
    } else if TopicPartition::is_marked_dir(name)
        || being_written.is_some_and(|name| is_file(OsStr::new(name)))
    {
        Place::Leftover
    } else {
        temporary_or_unknown(name)
    }
}

fn in_topics(name: &OsStr) -> Place {
    match Layout::parse_topic_file_name(name) {
        Some(_) => Place::File,
        None => temporary_or_unknown(name),
    }
}

fn in_groups(name: &OsStr) -> Place {
    match GroupName::parse_dir_name(name) {
        Some(_) => Place::Dir,
        None if Layout::is_deleted_group_dir(name) => Place::Leftover,
        None => temporary_or_unknown(name),
    }
}

fn in_group(name: &OsStr) -> Place {
    match name.to_str() {
        Some("lock" | "group.json" | "offsets.json") => Place::File,
        Some("members" | "claims") => Place::Dir,
        _ if GroupLayout::parse_commit_lock(name).is_some() => Place::File,
        _ => temporary_or_unknown(name),
    }
}

fn in_members(name: &OsStr) -> Place {
    match MemberId::parse_file_name(name) {
        Some(_) => Place::File,
        None => temporary_or_unknown(name),
    }
}

fn in_claims(name: &OsStr) -> Place {
    match GroupLayout::parse_claim_epoch(name) {
        Some(_) => Place::File,
        None => temporary_or_unknown(name),
    }
}

fn in_locks(name: &OsStr) -> Place {
    match name.to_str() {
        Some("topics" | "checkpoints") => Place::File,
        Some("partitions" | "failed" | "segments") => Place::Dir,
        _ => temporary_or_unknown(name),
    }
}

fn in_partition_locks(name: &OsStr) -> Place {
    match TopicPartition::parse(name) {
        Some(_) => Place::File,
        None => temporary_or_unknown(name),
    }
}

fn temporary_or_unknown(name: &OsStr) -> Place {
    if is_temporary(name) {
        Place::Leftover
    } else {
        Place::Unknown
    }
}

/// Kafka's own metadata lies among the partitions, and is no topic.
pub(super) fn is_topic(tp: &TopicPartition) -> bool {
    tp.topic.as_str() != INTERNAL_METADATA_TOPIC
}
