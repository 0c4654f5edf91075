//! `--timeout` of the commands that take a lock.

/// How long to wait for locks.
#[derive(Debug, clap::Args)]
pub(crate) struct LockArgs {
    /// Give up after DURATION ("10s", "5m") of waiting for another process's lock, with exit code 4
    ///
    /// Without it the command waits as long as it takes, and says after a second what it is waiting for.
    #[arg(long, value_name = "DURATION")]
    pub(crate) timeout: Option<String>,
}
