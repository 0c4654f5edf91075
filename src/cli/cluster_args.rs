//! The flags that say how to connect to a cluster.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::cli::flag;
use crate::error::{Error, Result};
use crate::kafka::ClusterSettings;

/// The variable that names a file of settings.
pub(crate) const CONFIG_VARIABLE: &str = "KAFDIR_COMMAND_CONFIG";

// How to connect. (A doc comment would describe the command.)
#[derive(Debug, Default, clap::Args)]
pub(crate) struct ClusterArgs {
    /// A setting of the connection to a cluster, by librdkafka's name (can be repeated)
    #[arg(short = 'X', value_name = "NAME=VALUE")]
    settings: Vec<String>,

    /// A properties file with settings of the connection, as Kafka's own tools take it
    ///
    /// Without it: `KAFDIR_COMMAND_CONFIG` of the environment. Names of Java's clients are translated where librdkafka has
    /// others for them: security.protocol, sasl.* and ssl.*, sasl.jaas.config included.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    command_config: Option<PathBuf>,
}

impl ClusterArgs {
    /// These flags and those `after` the command's name.
    pub(crate) fn and(mut self, after: Self) -> Result<Self> {
        if self.command_config.is_some() && after.command_config.is_some() {
            return Err(Error::usage("--command-config is given twice"));
        }
        self.settings.extend(after.settings);
        self.command_config = self.command_config.or(after.command_config);
        Ok(self)
    }

    /// Those of the flags that stand among the words of a command line that is still being typed.
    pub(crate) fn among(words: &[String]) -> Self {
        let mut args = Self::default();
        let mut words = words.iter().take_while(|word| *word != "--");
        while let Some(word) = words.next() {
            if word == "-X" {
                args.settings.extend(words.next().cloned());
            } else if word == "--command-config" {
                args.command_config = words.next().map(PathBuf::from);
            } else if let Some(file) = word.strip_prefix("--command-config=") {
                args.command_config = Some(file.into());
            } else if let Some(setting) = word.strip_prefix("-X") {
                args.settings.push(setting.to_owned());
            }
        }
        args
    }

    /// The file that was named.
    pub(crate) fn command_config(&self) -> Option<&Path> {
        self.command_config.as_deref()
    }

    /// Refuses them for a command that connects to nothing.
    pub(crate) fn refuse(&self, what: &str) -> Result<()> {
        flag::excludes(
            what,
            &[
                ("-X", !self.settings.is_empty()),
                ("--command-config", self.command_config.is_some()),
            ],
        )
    }

    /// The settings; `variable` looks up one variable of the environment.
    pub(crate) fn settings(
        &self,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<ClusterSettings> {
        let named = variable(CONFIG_VARIABLE).filter(|file| !file.is_empty());
        let file = self.command_config.clone().or(named.map(PathBuf::from));
        ClusterSettings::new(file.as_deref(), &self.settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_on_the_way() {
        let line = "-X a=1 consume -Xb=2 --command-config=f t -- -X c=3";
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let args = ClusterArgs::among(&words);
        assert_eq!(args.settings, ["a=1", "b=2"]);
        assert_eq!(args.command_config(), Some(Path::new("f")));
    }
}
