//! The signals that ask for a stop: SIGINT, SIGTERM, SIGHUP.
//!
//! A command that has something to finish catches them, finishes, and then dies by the signal it got, so that
//! shells, make and systemd see what happened. All other commands leave the default action alone. A second signal
//! ends the process at once: a stop that hangs must not need kill -9.

use std::fs::File;
use std::io::{self, PipeWriter, Read as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use nix::sys::resource::{Resource, setrlimit};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::{flag, low_level};

use crate::error::{Error, ErrorKind, Result};
use crate::store::signal_mask::block_all;

/// What comes so soon after the first signal was sent together with it.
const TOGETHER: Duration = Duration::from_millis(200);

/// Caught signals: a flag to look at between two steps, and a descriptor to wait for.
pub(crate) struct Signals {
    asked: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
    wake: OwnedFd,
    /// Whether the next signal ends the process at once.
    impatient: Arc<AtomicBool>,
    /// Those that were not ignored when we started.
    caught: Vec<i32>,
}

/// The signals as they come, for one thread that has a child to pass them on to.
pub(crate) struct Alarm {
    wake: UnixStream,
    signal: Arc<AtomicUsize>,
}

impl Signals {
    /// Catches the signals from now on, except those that were ignored when we started: `nohup` means it.
    pub(crate) fn catch() -> Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        Self::catch_except(ignored_signals(), asked.clone(), asked).map_err(|error| refused(&error))
    }

    /// The same, but a second signal is for our children, see [`Signals::alarm`], until there are none any more: see
    /// [`Signals::end_at_next`].
    pub(crate) fn catch_to_pass_on() -> Result<Self> {
        Self::catch_except(ignored_signals(), Arc::default(), Arc::default())
            .map_err(|error| refused(&error))
    }

    /// The same, but a second signal that comes with the first is none: timeout(1) sends one to the process and one to its
    /// process group, and a member that ends at once neither commits nor leaves its group. Costs a thread.
    pub(crate) fn catch_with_twins() -> Result<Self> {
        let signals = Self::catch_except(ignored_signals(), Arc::default(), Arc::default())
            .map_err(|error| refused(&error))?;
        let impatient = Arc::clone(&signals.impatient);
        signals.after_first(move || {
            std::thread::sleep(TOGETHER);
            impatient.store(true, Ordering::Relaxed);
        })?;
        Ok(signals)
    }

    /// Ends the process by the first signal, if it does not end by itself within `grace` of it, after `last_words`: whatever
    /// it waits for by then. Costs a thread.
    pub(crate) fn end_within(
        &self,
        grace: Duration,
        last_words: impl FnOnce() + Send + 'static,
    ) -> Result<()> {
        let signal = Arc::clone(&self.signal);
        self.after_first(move || {
            std::thread::sleep(grace);
            last_words();
            die_by_caught(&signal);
        })
    }

    /// Does something once a signal has come, on a thread of its own.
    fn after_first(&self, act: impl FnOnce() + Send + 'static) -> Result<()> {
        let wait = || -> io::Result<()> {
            let (mut first, write) = io::pipe()?;
            for &signal in &self.caught {
                low_level::pipe::register(signal, write.try_clone()?)?;
            }
            std::thread::Builder::new().spawn(move || {
                block_all();
                // An error is no signal, but one that follows is not to be waited out either.
                let _ = first.read(&mut [0]);
                act();
            })?;
            Ok(())
        };
        wait().map_err(|error| refused(&error))
    }

    fn catch_except(
        ignored: u64,
        asked: Arc<AtomicBool>,
        impatient: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        let (wake, write) = io::pipe()?;
        let is_caught = |signal: &i32| ignored & (1 << (signal - 1)) == 0;
        let signals = Self {
            asked,
            signal: Arc::new(AtomicUsize::new(0)),
            wake: wake.into(),
            impatient,
            caught: [SIGINT, SIGTERM, SIGHUP]
                .into_iter()
                .filter(is_caught)
                .collect(),
        };
        for &signal in &signals.caught {
            signals.register(signal, &write)?;
        }
        Ok(signals)
    }

    /// From now on the next signal ends the process at once: nothing is left that it could be passed on to.
    pub(crate) fn end_at_next(&self) {
        self.impatient.store(true, Ordering::Relaxed);
    }

    /// Tells of every signal from now on.
    pub(crate) fn alarm(&self) -> Result<Alarm> {
        let (wake, write) = UnixStream::pair().map_err(|error| refused(&error))?;
        wake.set_nonblocking(true)
            .map_err(|error| refused(&error))?;
        for &signal in &self.caught {
            let write = write.try_clone().map_err(|error| refused(&error))?;
            low_level::pipe::register(signal, write).map_err(|error| refused(&error))?;
        }
        Ok(Alarm {
            wake,
            signal: self.signal.clone(),
        })
    }

    /// Actions run in the order of their registration: the first one must still find the flag unset.
    fn register(&self, signal: i32, write: &PipeWriter) -> io::Result<()> {
        flag::register_conditional_default(signal, Arc::clone(&self.impatient))?;
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
        die_by_caught(&self.signal);
    }
}

fn die_by_caught(signal: &AtomicUsize) {
    if let Ok(signal @ 1..) = i32::try_from(signal.load(Ordering::Relaxed)) {
        let _ = low_level::emulate_default_handler(signal);
    }
}

impl Alarm {
    /// How many signals came since the last call, and which was the last.
    pub(crate) fn heard(&self) -> (usize, i32) {
        let mut count = 0;
        let mut told = [0; 64];
        while let Ok(more @ 1..) = (&self.wake).read(&mut told) {
            count += more;
        }
        let signal = self.signal.load(Ordering::Relaxed);
        (count, i32::try_from(signal).unwrap_or_default())
    }
}

impl AsFd for Alarm {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

/// Dies by `signal`, whatever was done with it so far, and without a core of ours; returns where no process dies of it.
pub(crate) fn die_by(signal: i32) {
    // Where the limit stays, there is a core too many.
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    let _ = low_level::emulate_default_handler(signal);
}

fn refused(error: &io::Error) -> Error {
    Error::failed(format!("cannot catch signals: {error}"))
}

/// From now on a write past the limit of a file's size fails (EFBIG) instead of ending the process (SIGXFSZ): the
/// error is reported, and what was written is known.
///
/// The signal gets a handler and is not ignored, since a COMMAND would inherit the latter.
pub(crate) fn survive_file_size_limit() {
    // Where that can't be had, a limit ends us as it ends others.
    let _ = flag::register(SIGXFSZ, Arc::default());
}

/// From now on the end of a child is told, and waits to be asked for, although we may have been started to ignore it.
pub(crate) fn heed_children() -> Result<()> {
    flag::register(SIGCHLD, Arc::default())
        .map(drop)
        .map_err(|error| refused(&error))
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
pub(crate) fn ignored_signals() -> u64 {
    let mut status = [0; STATUS_BYTES];
    File::open("/proc/self/status")
        .and_then(|mut file| file.read(&mut status))
        .ok()
        .and_then(|length| parse_ignored(&status[..length]))
        .unwrap_or(0)
}

/// Not all of it is text: a process can be given any name.
fn parse_ignored(status: &[u8]) -> Option<u64> {
    let digits = status
        .split(|&byte| byte == b'\n')
        .find_map(|line| line.strip_prefix(b"SigIgn:"))?;
    let digits = str::from_utf8(digits.trim_ascii()).ok()?;
    u64::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    use super::*;

    #[test]
    fn ignored_signals_are_found_in_the_status() {
        let status = b"Name:\t\xff\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000002\n";
        assert_eq!(parse_ignored(status), Some(0x1001));
        assert_eq!(parse_ignored(b"Name:\tx\n"), None);
    }

    /// SIGHUP only: the test harness shares our process, and a terminal's Ctrl-C is for the harness.
    #[test]
    fn a_signal_sets_the_flag_and_wakes_whoever_waits() {
        let others = (1 << (SIGINT - 1)) | (1 << (SIGTERM - 1));
        let asked = Arc::new(AtomicBool::new(false));
        let signals = Signals::catch_except(others, asked.clone(), asked).unwrap();
        let alarm = signals.alarm().unwrap();
        assert_eq!(alarm.heard().0, 0);
        assert!(signals.check().is_ok());
        low_level::raise(SIGHUP).unwrap();
        let mut polled = [PollFd::new(signals.as_fd(), PollFlags::POLLIN)];
        assert_eq!(poll(&mut polled, PollTimeout::NONE).unwrap(), 1);
        assert!(signals.flag().load(Ordering::Relaxed));
        assert_eq!(alarm.heard(), (1, SIGHUP));
        assert_eq!(signals.check().unwrap_err().kind(), ErrorKind::Interrupted);
        assert_eq!(signals.signal.load(Ordering::Relaxed), SIGHUP as usize);
    }
}
