//! Which store a command works on, and what chose it.
//!
//! A flag beats any variable, an empty variable is unset, and the user's data directory is the last resort. What
//! chose the store goes into error messages: "no such topic" is most often a wrong directory.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The three flags that choose a store; they exclude each other.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct StoreArgs {
    /// Work on the topics in DIR
    ///
    /// Without it: $KAFDIR, else $XDG_DATA_HOME/kafdir, else $HOME/.local/share/kafdir. Commands that write create it.
    #[arg(long, global = true, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    dir: Option<PathBuf>,

    /// Read a Kafka broker's log.dir in place, without changing anything in it
    #[arg(long, global = true, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    log_dir: Option<PathBuf>,

    /// Work on a Kafka cluster
    #[arg(long, global = true, value_name = "HOST:PORT", value_hint = clap::ValueHint::Hostname)]
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

const DIR_VARIABLE: &str = "KAFDIR";
const CLUSTER_VARIABLE: &str = "KAFDIR_BOOTSTRAP_SERVER";

impl StoreArgs {
    /// Refuses two flags where there can be one, and an empty one. Clap would see it only where both stand on the
    /// same side of the command's name.
    pub(crate) fn check(&self) -> Result<()> {
        let given: Vec<&str> = [
            (self.dir.is_some(), "--dir"),
            (self.log_dir.is_some(), "--log-dir"),
            (self.bootstrap_server.is_some(), "--bootstrap-server"),
        ]
        .into_iter()
        .filter_map(|(given, flag)| given.then_some(flag))
        .collect();
        match given[..] {
            [first, second, ..] => Err(Error::usage(format!(
                "{first} and {second} exclude each other"
            ))
            .help("a command works on one store")),
            [flag] if self.is_empty() => Err(Error::usage(format!("{flag} is empty"))),
            _ => Ok(()),
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
            (Place::Dir(dir.clone()), "--dir")
        } else if let Some(dir) = &args.log_dir {
            (Place::LogDir(dir.clone()), "--log-dir")
        } else {
            let server = args.bootstrap_server.as_ref()?;
            (Place::Cluster(server.clone()), "--bootstrap-server")
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
            Self::Flag(flag) => write!(f, "chosen by {flag}"),
            Self::Variable(name) => write!(f, "chosen by ${name}"),
            Self::Default => write!(
                f,
                "the default, since neither --dir nor ${DIR_VARIABLE} says otherwise"
            ),
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
        assert_eq!(choice.by.to_string(), "chosen by --dir");
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
        assert_eq!(choice.by.to_string(), "chosen by $KAFDIR_BOOTSTRAP_SERVER");
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
    fn two_flags_and_empty_flags_are_refused() {
        assert!(dir("d").check().is_ok());
        assert!(StoreArgs::default().check().is_ok());
        assert_eq!(dir("").check().unwrap_err().kind(), ErrorKind::Usage);
        let two = StoreArgs {
            log_dir: Some("l".into()),
            ..dir("d")
        };
        let error = two.check().unwrap_err();
        assert_eq!(error.to_string(), "--dir and --log-dir exclude each other");
    }
}
