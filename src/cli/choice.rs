//! Which store a command works on, and what chose it.
//!
//! A flag beats any variable, an empty variable is unset, and the user's data directory is the last resort. What
//! chose the store goes into error messages: "no such topic" is most often a wrong directory.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::kafka::Cluster;

// The three flags that choose a store; they exclude each other. (A doc comment would describe the command.)
#[derive(Debug, Default, clap::Args)]
pub(crate) struct StoreArgs {
    /// Work on the topics in DIR
    ///
    /// Without it: KAFDIR of the environment, else kafdir in the user's data directory (~/.local/share). Commands that
    /// write create it.
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    dir: Option<PathBuf>,

    /// Read a Kafka broker's log.dir in place, without changing anything in it
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    log_dir: Option<PathBuf>,

    /// Work on a Kafka cluster
    #[arg(long, value_name = "HOST:PORT", value_hint = clap::ValueHint::Hostname)]
    bootstrap_server: Option<String>,
}

/// A store: where the topics are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A directory of ours.
    Dir(PathBuf),
    /// A Kafka broker's log.dir, to be read only.
    LogDir(PathBuf),
    /// A Kafka cluster: HOST:PORT.
    Cluster(String),
}

/// What chose the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChosenBy {
    /// This flag.
    Flag(&'static str),
    /// This variable.
    Variable(&'static str),
    /// Neither flag nor variable.
    Default,
}

/// The store and what chose it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Where the topics are.
    pub(crate) place: Place,
    /// What chose it.
    pub(crate) by: ChosenBy,
}

const FLAGS: [&str; 3] = ["--dir", "--log-dir", "--bootstrap-server"];
/// The variable that names a directory.
pub(crate) const DIR_VARIABLE: &str = "KAFDIR";
/// The variable that names a cluster.
pub(crate) const CLUSTER_VARIABLE: &str = "KAFDIR_BOOTSTRAP_SERVER";

impl StoreArgs {
    /// These flags and those `after` the command's name, of which there can be one in all.
    pub(crate) fn and(self, after: Self) -> Result<Self> {
        match (self.given()?, after.given()?) {
            (Some(first), Some(second)) => Err(more_than_one(first, second)),
            (Some(_), None) => Ok(self),
            (None, _) => Ok(after),
        }
    }

    /// Those of the flags that stand among the words of a command line that is still being typed.
    pub(crate) fn among(words: &[String]) -> Self {
        let mut args = Self::default();
        for (at, word) in words.iter().enumerate() {
            let next = || words.get(at + 1).cloned().unwrap_or_default();
            let (flag, value) = match word.split_once('=') {
                Some((flag, value)) => (flag, value.to_owned()),
                None => (word.as_str(), next()),
            };
            match flag {
                "--dir" => args.dir = Some(value.into()),
                "--log-dir" => args.log_dir = Some(value.into()),
                "--bootstrap-server" => args.bootstrap_server = Some(value),
                "--" => break,
                _ => {}
            }
        }
        args
    }

    /// The flag that was given, if it was one.
    pub(crate) fn given(&self) -> Result<Option<&'static str>> {
        let is_given = [
            self.dir.is_some(),
            self.log_dir.is_some(),
            self.bootstrap_server.is_some(),
        ];
        let mut given = FLAGS
            .into_iter()
            .zip(is_given)
            .filter_map(|(flag, is_given)| is_given.then_some(flag));
        match (given.next(), given.next()) {
            (Some(first), Some(second)) => Err(more_than_one(first, second)),
            (Some(flag), None) if self.is_empty() => Err(Error::usage(format!("{flag} is empty"))),
            (flag, _) => {
                let mut servers = self.bootstrap_server.iter();
                servers
                    .try_for_each(|servers| Cluster::check_address(servers))
                    .map_err(|error| error.within("--bootstrap-server"))?;
                Ok(flag)
            }
        }
    }

    fn is_empty(&self) -> bool {
        [&self.dir, &self.log_dir]
            .into_iter()
            .flatten()
            .any(|path| path.as_os_str().is_empty())
            || self.bootstrap_server.as_deref() == Some("")
    }
}

fn more_than_one(first: &str, second: &str) -> Error {
    let message = if first == second {
        format!("{first} is given twice")
    } else {
        format!("{first} and {second} exclude each other")
    };
    Error::usage(message).help("a command works on one store")
}

impl Choice {
    /// Chooses by `args`, then by `variable`, which looks up one variable of the environment.
    pub(crate) fn make(
        args: &StoreArgs,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self> {
        if let Some(choice) = Self::by_flag(args) {
            return Ok(choice);
        }
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        match (variable(DIR_VARIABLE), variable(CLUSTER_VARIABLE)) {
            (Some(_), Some(_)) => Err(Error::usage(format!(
                "${DIR_VARIABLE} and ${CLUSTER_VARIABLE} are both set, and a command works on one store"
            ))
            .help("unset one of them, or say --dir DIR or --bootstrap-server HOST:PORT")),
            (Some(dir), None) => Ok(Self {
                place: Place::Dir(dir.into()),
                by: ChosenBy::Variable(DIR_VARIABLE),
            }),
            (None, Some(server)) => Ok(Self {
                place: Place::Cluster(utf8(&server)?),
                by: ChosenBy::Variable(CLUSTER_VARIABLE),
            }),
            (None, None) => Ok(Self {
                place: Place::Dir(data_directory(variable)?),
                by: ChosenBy::Default,
            }),
        }
    }

    fn by_flag(args: &StoreArgs) -> Option<Self> {
        let (place, flag) = if let Some(dir) = &args.dir {
            (Place::Dir(dir.clone()), FLAGS[0])
        } else if let Some(dir) = &args.log_dir {
            (Place::LogDir(dir.clone()), FLAGS[1])
        } else {
            let server = args.bootstrap_server.as_ref()?;
            (Place::Cluster(server.clone()), FLAGS[2])
        };
        Some(Self {
            place,
            by: ChosenBy::Flag(flag),
        })
    }
}

impl fmt::Display for ChosenBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Variable(name) => write!(f, "${name}"),
            Self::Default => write!(f, "the default without --dir and ${DIR_VARIABLE}"),
        }
    }
}

/// The user's data directory by the XDG base directory rules, which have a relative `$XDG_DATA_HOME` ignored:
/// <https://specifications.freedesktop.org/basedir-spec/latest/>.
fn data_directory(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf> {
    let absolute = |name: &str| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(Path::new(".local/share"))))
        .map(|data| data.join("kafdir"))
        .ok_or_else(|| {
            Error::usage("no directory to work on: neither --dir nor $KAFDIR is given, and there is no $HOME")
                .help("say --dir DIR, or set KAFDIR")
        })
}

fn utf8(server: &OsStr) -> Result<String> {
    server.to_str().map(str::to_owned).ok_or_else(|| {
        Error::usage(format!(
            "${CLUSTER_VARIABLE} is not UTF-8: {}",
            server.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::error::ErrorKind;

    fn choose(args: &StoreArgs, variables: &[(&str, &str)]) -> Result<Choice> {
        Choice::make(args, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    fn dir(path: &str) -> StoreArgs {
        StoreArgs {
            dir: Some(path.into()),
            ..StoreArgs::default()
        }
    }

    #[test]
    fn a_flag_beats_both_variables() {
        let variables = [("KAFDIR", "/v"), ("KAFDIR_BOOTSTRAP_SERVER", "h:1")];
        let choice = choose(&dir("d"), &variables).unwrap();
        assert_eq!(choice.place, Place::Dir("d".into()));
        assert_eq!(choice.by.to_string(), "--dir");
    }

    #[test]
    fn both_variables_are_refused() {
        let variables = [("KAFDIR", "/v"), ("KAFDIR_BOOTSTRAP_SERVER", "h:1")];
        let error = choose(&StoreArgs::default(), &variables).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
    }

    #[test]
    fn an_empty_variable_is_unset() {
        let variables = [("KAFDIR", ""), ("KAFDIR_BOOTSTRAP_SERVER", "h:1")];
        let choice = choose(&StoreArgs::default(), &variables).unwrap();
        assert_eq!(choice.place, Place::Cluster("h:1".into()));
        assert_eq!(choice.by.to_string(), "$KAFDIR_BOOTSTRAP_SERVER");
    }

    #[test]
    fn the_data_directory_is_the_last_resort() {
        let none = StoreArgs::default();
        let place = |variables: &[(&str, &str)]| choose(&none, variables).unwrap().place;
        assert_eq!(
            place(&[("XDG_DATA_HOME", "/x"), ("HOME", "/h")]),
            Place::Dir("/x/kafdir".into())
        );
        assert_eq!(
            place(&[("XDG_DATA_HOME", "relative"), ("HOME", "/h")]),
            Place::Dir("/h/.local/share/kafdir".into())
        );
        let error = choose(&none, &[("HOME", "")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
    }

    #[test]
    fn flags_on_the_way() {
        let among = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            StoreArgs::among(&words)
        };
        assert_eq!(among("consume --dir d t").dir, Some("d".into()));
        assert_eq!(among("--dir=d consume t").dir, Some("d".into()));
        assert_eq!(among("--log-dir l consume").log_dir, Some("l".into()));
        assert_eq!(among("consume t -- --dir d").dir, None);
        assert_eq!(among("consume --dir").dir, Some("".into()));
    }

    #[test]
    fn there_is_one_flag_at_most_and_it_says_something() {
        let none = StoreArgs::default;
        let log_dir = || StoreArgs {
            log_dir: Some("l".into()),
            ..none()
        };
        let both = || StoreArgs {
            dir: Some("d".into()),
            ..log_dir()
        };
        let message =
            |before: StoreArgs, after: StoreArgs| before.and(after).unwrap_err().to_string();
        assert_eq!(none().and(dir("d")).unwrap().dir, Some("d".into()));
        assert_eq!(dir("d").and(none()).unwrap().dir, Some("d".into()));
        assert_eq!(
            message(both(), none()),
            "--dir and --log-dir exclude each other"
        );
        assert_eq!(
            message(none(), both()),
            "--dir and --log-dir exclude each other"
        );
        assert_eq!(
            message(log_dir(), dir("d")),
            "--log-dir and --dir exclude each other"
        );
        assert_eq!(message(dir("d"), dir("d")), "--dir is given twice");
        assert_eq!(message(none(), dir("")), "--dir is empty");
    }
}
