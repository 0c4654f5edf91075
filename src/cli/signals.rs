//! The signals that ask for a stop: SIGINT, SIGTERM, SIGHUP.
//!
//! A command that has something to finish catches them, finishes, and then dies by the signal it got, so that
//! shells, make and systemd see what happened. All other commands leave the default action alone. A second signal
//! ends the process at once: a stop that hangs must not need kill -9.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::{flag, low_level};

use crate::error::{Error, ErrorKind, Result};

/// Caught signals: a flag to look at between two steps, and a descriptor to wait for.
pub(crate) struct Signals {
    asked: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
    wake: OwnedFd,
}

impl Signals {
    /// Catches the signals from now on, except those that were ignored when we started: `nohup` means it.
    pub(crate) fn catch() -> Result<Self> {
        Self::catch_except(ignored_signals())
            .map_err(|error| Error::failed(format!("cannot catch signals: {error}")))
    }

    fn catch_except(ignored: u64) -> io::Result<Self> {
        let (wake, write) = UnixStream::pair()?;
        let signals = Self {
            asked: Arc::new(AtomicBool::new(false)),
            signal: Arc::new(AtomicUsize::new(0)),
            wake: wake.into(),
        };
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            if ignored & (1 << (signal - 1)) == 0 {
                signals.register(signal, &write)?;
            }
        }
        Ok(signals)
    }

    /// Actions run in the order of their registration: the first one must still find the flag unset.
    fn register(&self, signal: i32, write: &UnixStream) -> io::Result<()> {
        flag::register_conditional_default(signal, Arc::clone(&self.asked))?;
        flag::register_usize(
            signal,
            Arc::clone(&self.signal),
            signal.unsigned_abs() as usize,
        )?;
        flag::register(signal, Arc::clone(&self.asked))?;
        low_level::pipe::register(signal, write.try_clone()?)?;
        Ok(())
    }

    /// Whether a stop was asked for.
    pub(crate) fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// An error once a stop was asked for.
    pub(crate) fn check(&self) -> Result<()> {
        if self.asked() {
            Err(Error::new(ErrorKind::Interrupted, "stopped by a signal"))
        } else {
            Ok(())
        }
    }

    /// The flag itself, for whoever waits elsewhere.
    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.asked)
    }

    /// Dies by the signal that was caught; returns where none was.
    pub(crate) fn die(&self) {
        let signal = self.signal.load(Ordering::Relaxed);
        if let Ok(signal @ 1..) = i32::try_from(signal) {
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}

/// From now on a write past the limit of a file's size fails (EFBIG) instead of ending the process (SIGXFSZ): the
/// error is reported, and what was written is known.
///
/// The signal gets a handler and is not ignored, since a COMMAND would inherit the latter.
pub(crate) fn survive_file_size_limit() {
    // Where that can't be had, a limit ends us as it ends others.
    let _ = flag::register(SIGXFSZ, Arc::default());
}

/// Readable as soon as a stop was asked for, and from then on.
impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

/// More than the kernel has to say there; it says all of it at once.
const STATUS_BYTES: usize = 4096;

/// The signals that this process was started with to ignore: bit 0 is signal 1. See `SigIgn` in proc(5).
fn ignored_signals() -> u64 {
    let mut status = [0; STATUS_BYTES];
    File::open("/proc/self/status")
        .and_then(|mut file| file.read(&mut status))
        .ok()
        .and_then(|length| parse_ignored(&String::from_utf8_lossy(&status[..length])))
        .unwrap_or(0)
}

fn parse_ignored(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    use super::*;

    #[test]
    fn ignored_signals_are_found_in_the_status() {
        let status = "Name:\tx\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000002\n";
        assert_eq!(parse_ignored(status), Some(0x1001));
        assert_eq!(parse_ignored("Name:\tx\n"), None);
    }

    /// SIGHUP only: the test harness shares our process, and a terminal's Ctrl-C is for the harness.
    #[test]
    fn a_signal_sets_the_flag_and_wakes_whoever_waits() {
        let others = (1 << (SIGINT - 1)) | (1 << (SIGTERM - 1));
        let signals = Signals::catch_except(others).unwrap();
        assert!(signals.check().is_ok());
        low_level::raise(SIGHUP).unwrap();
        let mut polled = [PollFd::new(signals.as_fd(), PollFlags::POLLIN)];
        assert_eq!(poll(&mut polled, PollTimeout::NONE).unwrap(), 1);
        assert!(signals.flag().load(Ordering::Relaxed));
        assert_eq!(signals.check().unwrap_err().kind(), ErrorKind::Interrupted);
        assert_eq!(signals.signal.load(Ordering::Relaxed), SIGHUP as usize);
    }
}
