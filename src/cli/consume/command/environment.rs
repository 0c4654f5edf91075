//! What COMMAND finds in its environment: the store, so that a kafdir in it works on the same one, and what it got.
//!
//! Text of records goes in as it is, which the kernel bounds: a string of the environment ends at its first NUL and has
//! at most 128 KiB, all of them with the arguments share a quarter of the stack (execve(2)). So a value that can't be
//! passed, or would be too much, is left out and named in `KAFDIR_OMITTED`: a record must not be able to keep COMMAND
//! from being started.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::choice::{CLUSTER_VARIABLE as CLUSTER, DIR_VARIABLE as DIR, Place};
use crate::cli::cluster_args::CONFIG_VARIABLE;
use crate::error::{IoContext as _, Result};
use crate::record::{Header, StoredRecord};
use crate::store::TopicPartition;

/// The longest value that is passed, and the longest name of a header's variable.
const LONGEST_VALUE: usize = 64 << 10;
/// As much as all variables of one record may take.
const MOST_OF_RECORD: usize = 512 << 10;

const HEADER_PREFIX: &str = "KAFDIR_HEADER_";
const OMITTED: &str = "KAFDIR_OMITTED";
const KEY: &str = "KAFDIR_KEY";
/// The variables of a single record that have one name; those of its headers have their prefix.
const OF_RECORD: [&str; 4] = ["KAFDIR_OFFSET", "KAFDIR_TIMESTAMP", KEY, OMITTED];

/// What all runs have in common.
#[derive(Debug, Clone)]
pub(super) struct Environment {
    store: (&'static str, OsString),
    /// The file that says how the cluster is connected to.
    config: Option<OsString>,
    group: OsString,
    /// Variables of ours that we were started with ourselves, by a COMMAND of another kafdir.
    inherited: Vec<OsString>,
}

/// What one run is about.
#[derive(Debug)]
pub(super) struct RunFacts<'a> {
    pub(super) partition: &'a TopicPartition,
    pub(super) first_offset: i64,
    pub(super) last_offset: i64,
    pub(super) count: u64,
    pub(super) attempt: u32,
}

/// Variables with their values.
pub(super) type Variables = Vec<(OsString, OsString)>;

impl Environment {
    /// For a group in the store `place`, which is named so that it is found from any directory.
    ///
    /// `config` is the file that says how a cluster is connected to, where a flag named it.
    pub(super) fn new(place: &Place, config: Option<&Path>, group: &str) -> Result<Self> {
        let store = match place {
            Place::Dir(path) | Place::LogDir(path) => (DIR, absolute(path)?.into_os_string()),
            Place::Cluster(server) => (CLUSTER, server.into()),
        };
        let inherited = std::env::vars_os().map(|(name, _)| name);
        let config = config.map(absolute).transpose()?;
        Ok(Self {
            store,
            config: config.map(PathBuf::into_os_string),
            group: group.into(),
            inherited: inherited.filter(|name| is_of_record(name)).collect(),
        })
    }

    /// Gives `command` everything; `record` are the variables of its single record, if it gets one.
    pub(super) fn apply(&self, command: &mut Command, facts: &RunFacts<'_>, record: &Variables) {
        for name in &self.inherited {
            command.env_remove(name);
        }
        command.env_remove(DIR).env_remove(CLUSTER);
        command.env(self.store.0, &self.store.1);
        if let Some(config) = &self.config {
            command.env(CONFIG_VARIABLE, config);
        }
        command
            .env("KAFDIR_GROUP", &self.group)
            .env("KAFDIR_TOPIC", facts.partition.topic.as_str())
            .env("KAFDIR_PARTITION", facts.partition.partition.to_string())
            .env("KAFDIR_FIRST_OFFSET", facts.first_offset.to_string())
            .env("KAFDIR_LAST_OFFSET", facts.last_offset.to_string())
            .env("KAFDIR_COUNT", facts.count.to_string())
            .env("KAFDIR_ATTEMPT", facts.attempt.to_string());
        for (name, value) in record {
            command.env(name, value);
        }
    }
}

fn absolute(path: &Path) -> Result<std::path::PathBuf> {
    std::path::absolute(path).at("find the absolute path of", path)
}

/// Whether a variable is about a single record.
fn is_of_record(name: &OsStr) -> bool {
    OF_RECORD.iter().any(|known| name == *known)
        || name.as_bytes().starts_with(HEADER_PREFIX.as_bytes())
}

/// The variables of a single record.
pub(super) fn of_record(record: &StoredRecord<'_>) -> Variables {
    variables(
        record.offset,
        record.timestamp,
        record.key,
        record.headers.iter(),
    )
}

fn variables<'a>(
    offset: i64,
    timestamp: i64,
    key: Option<&'a [u8]>,
    headers: impl Iterator<Item = Header<'a>>,
) -> Variables {
    let mut chosen = Chosen::default();
    chosen.set("KAFDIR_OFFSET".into(), offset.to_string().as_bytes());
    chosen.set("KAFDIR_TIMESTAMP".into(), timestamp.to_string().as_bytes());
    if let Some(key) = key {
        chosen.set(KEY.into(), key);
    }
    // The last repeat wins, and it may be null.
    let headers: BTreeMap<Vec<u8>, Option<&[u8]>> = headers
        .map(|header| (header_variable(header.name), header.value))
        .collect();
    for (name, value) in headers {
        if let Some(value) = value {
            chosen.set(name, value);
        }
    }
    chosen.finish()
}

/// `KAFDIR_HEADER_` and the name: upper-cased, every byte that is no letter and no digit `_`.
fn header_variable(name: &[u8]) -> Vec<u8> {
    let mut variable = HEADER_PREFIX.as_bytes().to_vec();
    variable.extend(name.iter().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => byte.to_ascii_uppercase(),
        _ => b'_',
    }));
    variable
}

#[derive(Default)]
struct Chosen {
    variables: Variables,
    bytes: usize,
    /// Names, separated by spaces.
    omitted: Vec<u8>,
}

impl Chosen {
    fn set(&mut self, name: Vec<u8>, value: &[u8]) {
        let bytes = name.len() + value.len();
        if value.contains(&0)
            || value.len() > LONGEST_VALUE
            || name.len() > LONGEST_VALUE
            || self.bytes + bytes > MOST_OF_RECORD
        {
            self.omit(&name);
            return;
        }
        self.bytes += bytes;
        let variable = (
            OsString::from_vec(name),
            OsStr::from_bytes(value).to_os_string(),
        );
        self.variables.push(variable);
    }

    /// The list has to be passed too: where it gets too long, further names are left out.
    fn omit(&mut self, name: &[u8]) {
        if self.omitted.len() + name.len() < LONGEST_VALUE {
            if !self.omitted.is_empty() {
                self.omitted.push(b' ');
            }
            self.omitted.extend_from_slice(name);
        }
    }

    fn finish(mut self) -> Variables {
        if !self.omitted.is_empty() {
            let omitted = OsString::from_vec(self.omitted);
            self.variables.push((OMITTED.into(), omitted));
        }
        self.variables
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::store::TopicName;

    fn header<'a>(name: &'a str, value: Option<&'a [u8]>) -> Header<'a> {
        Header {
            name: name.as_bytes(),
            value,
        }
    }

    fn of<'a>(key: Option<&'a [u8]>, headers: &[Header<'a>]) -> BTreeMap<String, Vec<u8>> {
        variables(7, 1000, key, headers.iter().copied())
            .into_iter()
            .map(|(name, value)| (name.into_string().unwrap(), value.into_vec()))
            .collect()
    }

    #[test]
    fn offset_time_key_and_headers() {
        let found = of(
            Some(b"k\xff\n"),
            &[
                header("Trace-Id", Some(b"1")),
                header("trace.id", Some(b"2")),
                header("gone", Some(b"1")),
                header("gone", None),
                header("é", Some(b"")),
            ],
        );
        let expected: [(&str, &[u8]); 5] = [
            ("KAFDIR_HEADER_TRACE_ID", b"2"),
            ("KAFDIR_HEADER___", b""),
            ("KAFDIR_KEY", b"k\xff\n"),
            ("KAFDIR_OFFSET", b"7"),
            ("KAFDIR_TIMESTAMP", b"1000"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_vec()));
        assert_eq!(found, expected.into_iter().collect());
    }

    #[test]
    fn a_null_key_is_unset() {
        assert!(!of(None, &[]).contains_key("KAFDIR_KEY"));
        assert!(!of(None, &[]).contains_key("KAFDIR_OMITTED"));
    }

    #[test]
    fn what_cannot_be_passed_is_left_out_and_named() {
        let long = vec![b'x'; LONGEST_VALUE + 1];
        let found = of(
            Some(b"a\0b"),
            &[
                header("long", Some(&long)),
                header("most", Some(&long[1..])),
            ],
        );
        assert_eq!(
            found["KAFDIR_OMITTED"], b"KAFDIR_KEY KAFDIR_HEADER_LONG",
            "{found:?}"
        );
        assert!(!found.contains_key("KAFDIR_KEY") && !found.contains_key("KAFDIR_HEADER_LONG"));
        assert_eq!(found["KAFDIR_HEADER_MOST"].len(), LONGEST_VALUE);
    }

    #[test]
    fn a_record_with_any_headers_leaves_room_to_start_a_command() {
        let names: Vec<String> = (0..20_000).map(|i| format!("header-{i}")).collect();
        let value = vec![b'x'; 1000];
        let headers: Vec<_> = names
            .iter()
            .map(|name| header(name, Some(&value)))
            .collect();
        let found = of(Some(b"k"), &headers);
        let size: usize = found
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        assert!(size < MOST_OF_RECORD + LONGEST_VALUE + 100, "{size}");
        assert!(found["KAFDIR_OMITTED"].len() < LONGEST_VALUE);
    }

    #[test]
    fn a_run_is_told_what_it_is_about_and_nothing_of_another() {
        let environment = Environment {
            store: (CLUSTER, "h:1".into()),
            config: Some("/c".into()),
            group: "g".into(),
            inherited: vec!["KAFDIR_HEADER_OLD".into()],
        };
        let partition = TopicPartition {
            topic: TopicName::new("t").unwrap(),
            partition: 2,
        };
        let facts = RunFacts {
            partition: &partition,
            first_offset: 5,
            last_offset: 9,
            count: 4,
            attempt: 3,
        };
        let mut command = Command::new("x");
        environment.apply(&mut command, &facts, &vec![(KEY.into(), "k".into())]);
        let found: Vec<String> = command
            .get_envs()
            .map(|(name, value)| {
                format!(
                    "{}={}",
                    name.display(),
                    value.map_or("-".into(), OsStr::to_string_lossy)
                )
            })
            .collect();
        let expected = [
            "KAFDIR=-",
            "KAFDIR_ATTEMPT=3",
            "KAFDIR_BOOTSTRAP_SERVER=h:1",
            "KAFDIR_COMMAND_CONFIG=/c",
            "KAFDIR_COUNT=4",
            "KAFDIR_FIRST_OFFSET=5",
            "KAFDIR_GROUP=g",
            "KAFDIR_HEADER_OLD=-",
            "KAFDIR_KEY=k",
            "KAFDIR_LAST_OFFSET=9",
            "KAFDIR_PARTITION=2",
            "KAFDIR_TOPIC=t",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn variables_of_records_are_known_by_their_names() {
        for (name, of_record) in [
            ("KAFDIR_KEY", true),
            ("KAFDIR_HEADER_X", true),
            ("KAFDIR_OMITTED", true),
            ("KAFDIR", false),
            ("KAFDIR_BOOT_ID", false),
        ] {
            assert_eq!(is_of_record(OsStr::new(name)), of_record, "{name}");
        }
    }
}
