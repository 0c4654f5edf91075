//! How long to wait, and for what is not there at all.

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::Serialize;

use crate::cli::choice::Place;
use crate::cli::context::Context;
use crate::cli::flag;
use crate::client::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::store::Layout;

/// How often to look for what is not there: there is nothing yet that the kernel could tell of.
pub(super) const MISSING: Duration = Duration::from_millis(25);

/// What every wait is told.
#[derive(Debug, clap::Args)]
pub(super) struct LimitArgs {
    /// Give up after DURATION ("10s", "5m") with exit code 4; 0 looks once [default: never]
    #[arg(long, value_name = "DURATION")]
    timeout: Option<String>,

    /// Fail at once with exit code 1 where the topic or the group does not exist, instead of waiting for it too
    #[arg(long)]
    must_exist: bool,

    /// Print what was found as a JSON object, after a timeout too
    #[arg(long)]
    json: bool,
}

impl LimitArgs {
    /// Prints `report` if it was asked for.
    pub(super) fn tell(&self, report: &impl Serialize, context: &mut Context) -> Result<()> {
        if self.json {
            context.output.put_json(report)?;
        }
        context.output.flush()
    }

    /// The limit, counted from now.
    pub(super) fn limit(&self) -> Result<Limit> {
        let once = self.timeout.as_deref() == Some("0");
        let timeout = if once {
            Some(Duration::ZERO)
        } else {
            flag::duration("--timeout", self.timeout.as_deref())?
        };
        Ok(Limit {
            until: flag::deadline(timeout),
            once: timeout.is_some_and(|timeout| timeout.is_zero()),
            must_exist: self.must_exist,
        })
    }
}

/// How long to wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    /// None: as long as it takes.
    until: Option<Instant>,
    /// Whether there is one look, which may take as long as it needs.
    pub(super) once: bool,
    /// Whether what is not there is an error.
    pub(super) must_exist: bool,
}

impl Limit {
    /// Whether a look that has begun is to be given up.
    pub(super) fn cuts_short(&self) -> bool {
        !self.once && self.is_over()
    }

    /// Waits until `told` can be read, and for `patience` at most. False: there is no time left.
    pub(super) fn pause(&self, told: Option<BorrowedFd<'_>>, patience: Duration) -> Result<bool> {
        if self.is_over() {
            return Ok(false);
        }
        let left = self
            .until
            .map(|until| until.saturating_duration_since(Instant::now()));
        let millis = left
            .map_or(patience, |left| left.min(patience))
            .as_micros()
            .div_ceil(1000);
        let mut polled: Vec<PollFd<'_>> = told
            .map(|fd| PollFd::new(fd, PollFlags::POLLIN))
            .into_iter()
            .collect();
        let timeout = PollTimeout::try_from(millis).unwrap_or(PollTimeout::MAX);
        match poll(&mut polled, timeout) {
            Ok(_) | Err(Errno::EINTR) => Ok(true),
            Err(errno) => Err(Error::failed(format!("cannot wait: {errno}"))),
        }
    }

    /// Opens the place if it is there.
    pub(super) fn engine(&self, context: &Context) -> Result<Option<Arc<dyn Engine>>> {
        if let Place::Dir(dir) = context.choice()?.place
            && !self.must_exist
            && !Layout::new(dir).meta_properties().exists()
        {
            return Ok(None);
        }
        // One look takes as long as it needs.
        let until = self.until.filter(|_| !self.once);
        context.engine_for_reading(until).map(Some)
    }

    fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }
}

/// The error of a wait that was given up.
pub(super) fn timed_out(found: String) -> Error {
    Error::new(ErrorKind::TimedOut, found)
}
