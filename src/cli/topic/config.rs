//! `--config` and `--delete-config`.

use crate::error::{Error, Result};
use crate::store::{Setting, SettingMap};

/// The settings in `assignments`, each `KEY=VALUE`. Naming one twice is a contradiction, not a correction.
pub(super) fn assigned(assignments: &[String]) -> Result<SettingMap> {
    let mut settings = SettingMap::default();
    for assignment in assignments {
        let mut one = SettingMap::default();
        one.assign(assignment)
            .map_err(|error| error.within("--config"))?;
        for (setting, value) in one.iter() {
            if settings.get(setting).is_some() {
                return Err(twice(setting, "--config"));
            }
            settings.set(setting, value)?;
        }
    }
    Ok(settings)
}

/// The settings that `names` take back to their defaults; none of them may be `assigned` at the same time.
pub(super) fn unset(names: &[String], assigned: &SettingMap) -> Result<Vec<Setting>> {
    let mut unset = Vec::with_capacity(names.len());
    for name in names {
        let setting = Setting::named(name).map_err(|error| error.within("--delete-config"))?;
        if assigned.get(setting).is_some() {
            return Err(twice(setting, "--config and --delete-config"));
        }
        unset.push(setting);
    }
    Ok(unset)
}

fn twice(setting: Setting, flags: &str) -> Error {
    Error::usage(format!("the setting {} is named twice", setting.name())).within(flags)
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
        let settings = assigned(&strings(&["retention.ms=5", "segment.ms=7"])).unwrap();
        let pairs: Vec<_> = settings
            .iter()
            .map(|(setting, value)| (setting.name(), value))
            .collect();
        assert_eq!(pairs, [("retention.ms", "5"), ("segment.ms", "7")]);
        assert!(assigned(&strings(&["retention.ms=5", "retention.ms=5"])).is_err());
        assert!(assigned(&strings(&["retention.ms"])).is_err());
        assert!(assigned(&strings(&["retention.minutes=5"])).is_err());

        assert_eq!(
            unset(&strings(&["segment.bytes"]), &settings)
                .unwrap()
                .len(),
            1
        );
        assert!(unset(&strings(&["retention.ms"]), &settings).is_err());
        assert!(unset(&strings(&["retention"]), &settings).is_err());
    }
}
