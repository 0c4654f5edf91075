//! Whether a directory can be a broker's log.dir.
//!
//! Anything that ends with a number looks like a partition: of a directory that was named by mistake it would be said that
//! it has topics, or that it lacks one.

use std::fs;
use std::path::Path;

use super::names::{Layout, TopicPartition, parse_segment_file_name};
use crate::error::{Error, IoContext as _, Result};

/// Refuses a directory that has something in it, and nothing of a log.dir's.
pub(super) fn check(dir: &Path, chosen_by: &str) -> Result<()> {
    let mut is_empty = true;
    for entry in fs::read_dir(dir).at("list", dir)? {
        let name = entry.at("list", dir)?.file_name();
        let name = name.to_string_lossy();
        if is_of_a_log_dir(dir, &name) {
            return Ok(());
        }
        is_empty = false;
    }
    if is_empty {
        return Ok(());
    }
    Err(Error::failed(format!(
        "{} (from {chosen_by}) is no log.dir of Kafka's: it has neither meta.properties nor the directory of a partition",
        dir.display()
    ))
    .help("a broker's properties file names its own: log.dirs; --dir is for a directory of kafdir's"))
}

fn is_of_a_log_dir(dir: &Path, name: &str) -> bool {
    let is_known = matches!(name, "meta.properties" | ".lock") || name.ends_with("-checkpoint");
    is_known || (TopicPartition::parse(name.as_ref()).is_some() && is_partition(&dir.join(name)))
}

/// One that we may not look into is taken for one: that is said where it is read.
fn is_partition(dir: &Path) -> bool {
    let Ok(entries) = fs::read_dir(dir) else {
        return dir.is_dir();
    };
    let mut names = entries.flatten().map(|entry| entry.file_name());
    names.any(|name| {
        Layout::is_partition_file_name(&name) || parse_segment_file_name(&name).is_some()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn what_only_looks_like_partitions_is_no_log_dir() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        assert!(check(dir, "--log-dir").is_ok());
        fs::create_dir(dir.join("dbus-1")).unwrap();
        fs::write(dir.join("dbus-1/session.conf"), "").unwrap();
        let refused = check(dir, "--log-dir").unwrap_err().to_string();
        assert!(
            refused.contains("(from --log-dir) is no log.dir of Kafka's"),
            "{refused}"
        );
        for file in [
            "t-0/00000000000000000000.log",
            "u-0/partition.metadata",
            "meta.properties",
        ] {
            let path = dir.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            assert!(check(dir, "--log-dir").is_ok(), "{file}");
            fs::remove_file(path).unwrap();
        }
    }
}
