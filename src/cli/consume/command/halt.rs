//! When the members of one call are to stop: a signal asked for it, or one of them has failed.

use std::io::{self, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::cli::signals::Signals;
use crate::error::{Error, Result};

/// Shared by the members of one call.
pub(super) struct Halt<'s> {
    signals: &'s Signals,
    stop: AtomicBool,
    /// Runs of COMMAND at the moment.
    running: AtomicUsize,
    bell: io::PipeReader,
    rope: io::PipeWriter,
}

impl<'s> Halt<'s> {
    pub(super) fn new(signals: &'s Signals) -> Result<Self> {
        let (bell, rope) =
            io::pipe().map_err(|error| Error::failed(format!("cannot make a pipe: {error}")))?;
        Ok(Self {
            signals,
            stop: AtomicBool::new(false),
            running: AtomicUsize::new(0),
            bell,
            rope,
        })
    }

    /// Stops all: each finishes the batch it is at.
    pub(super) fn stop(&self) {
        if !self.stop.swap(true, Ordering::Relaxed) {
            // One byte that nobody takes: readable for everybody, from now on.
            let _ = (&self.rope).write_all(&[1]);
        }
    }

    /// Whether to stop.
    pub(super) fn is_stopping(&self) -> bool {
        let asked = self.signals.asked();
        if asked {
            self.take_leave();
        }
        asked || self.stop.load(Ordering::Relaxed)
    }

    /// With no run left to pass a signal on to, the next one is for us: something keeps us from ending.
    fn take_leave(&self) {
        if self.running.load(Ordering::SeqCst) == 0 {
            self.signals.end_at_next();
        }
    }

    /// A run of COMMAND has begun.
    pub(super) fn run_begins(&self) {
        self.running.fetch_add(1, Ordering::SeqCst);
    }

    /// It has ended.
    pub(super) fn run_ends(&self) {
        self.running.fetch_sub(1, Ordering::SeqCst);
        if self.signals.asked() {
            self.take_leave();
        }
    }
}

/// Readable once a member has stopped the others.
impl AsFd for Halt<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }
}
