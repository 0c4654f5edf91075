//! `--timeout` of the commands that take a lock.

use std::time::{Duration, Instant};

use crate::cli::flag;
use crate::error::Result;

/// How long to wait for locks.
#[derive(Debug, clap::Args)]
pub(crate) struct LockArgs {
    /// Give up after DURATION ("10s", "5m") of waiting for another process's lock, with exit code 4
    ///
    /// Without it the command waits as long as it takes, and says after a second what it is waiting for.
    #[arg(long, value_name = "DURATION")]
    timeout: Option<String>,
}

impl LockArgs {
    /// How long to wait; as long as it takes, if it is not said.
    pub(crate) fn timeout(&self) -> Result<Option<Duration>> {
        flag::duration("--timeout", self.timeout.as_deref())
    }

    /// Until when to wait, counted from now.
    pub(crate) fn deadline(&self) -> Result<Option<Instant>> {
        Ok(flag::deadline(self.timeout()?))
    }
}
