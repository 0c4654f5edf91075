//! `--config` and `--delete-config`.

use crate::client::TopicConfig;
use crate::error::{Error, Result};

/// The settings in `assignments`, each `KEY=VALUE`. Naming one twice is a contradiction, not a correction.
pub(super) fn assigned(assignments: &[String]) -> Result<TopicConfig> {
    let mut config = TopicConfig::new();
    for assignment in assignments {
        let (name, value) = assignment.split_once('=').ok_or_else(|| {
            Error::usage(format!("'{assignment}' is no setting: NAME=VALUE expected"))
                .within("--config")
        })?;
        let name = name.trim();
        if is_in(&config, name) {
            return Err(twice(name, "--config"));
        }
        config.push((name.to_owned(), value.to_owned()));
    }
    Ok(config)
}

/// Refuses settings that are to go back to their defaults and are `assigned` at the same time.
pub(super) fn check_unset(names: &[String], assigned: &TopicConfig) -> Result<()> {
    match names.iter().find(|name| is_in(assigned, name)) {
        Some(name) => Err(twice(name, "--config and --delete-config")),
        None => Ok(()),
    }
}

fn is_in(config: &TopicConfig, name: &str) -> bool {
    config.iter().any(|(known, _)| known == name)
}

fn twice(name: &str, flags: &str) -> Error {
    Error::usage(format!("the setting {name} is named twice")).within(flags)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn each_setting_once() {
        let config = assigned(&strings(&["retention.ms=5", "segment.ms = 7"])).unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            config,
            [pair("retention.ms", "5"), pair("segment.ms", " 7")]
        );
        assert!(assigned(&strings(&["retention.ms=5", "retention.ms=5"])).is_err());
        assert!(assigned(&strings(&["retention.ms"])).is_err());

        assert!(check_unset(&strings(&["segment.bytes"]), &config).is_ok());
        assert!(check_unset(&strings(&["retention.ms"]), &config).is_err());
    }
}
