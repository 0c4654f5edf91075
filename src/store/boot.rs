//! Which start of the machine this is.
//!
//! What was written but not synced is good until the machine stops. A hint that may be trusted only that long
//! names the boot it was written in.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use crate::error::{IoContext as _, Result};

/// Linux makes a new one at every start.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Stands in for the machine's own boot id: a test's way to restart the machine.
const OVERRIDE: &str = "KAFDIR_BOOT_ID";

/// This boot's id, read once per process.
pub fn id() -> Result<&'static str> {
    static ID: OnceLock<String> = OnceLock::new();
    if let Some(id) = ID.get() {
        return Ok(id);
    }
    let id = match std::env::var(OVERRIDE) {
        Ok(id) if !id.is_empty() => id,
        _ => fs::read_to_string(BOOT_ID).at("read", Path::new(BOOT_ID))?,
    };
    Ok(ID.get_or_init(|| id.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    #[test]
    fn it_stays_the_same_and_is_short() {
        let id = super::id().unwrap();
        assert_eq!(super::id().unwrap(), id);
        assert!(!id.is_empty() && id.len() <= 64 && !id.contains('\n'));
    }
}
