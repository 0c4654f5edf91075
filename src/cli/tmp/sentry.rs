//! Waiting for COMMAND while no signal ends us: each is passed on, and what COMMAND does then decides.
//!
//! The signals are blocked and read from a descriptor (signalfd(2)), so none comes between two looks. A signal that the
//! terminal sends goes to its whole foreground group, COMMAND included; passed on, it would count twice there, and a
//! second Ctrl-C means "at once" to many a program.

use std::os::fd::AsFd as _;
use std::process::{Child, ExitStatus};

use nix::errno::Errno;
use nix::libc::SI_KERNEL;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd, siginfo};
use nix::unistd::Pid;

use crate::cli::signals::{heed_children, ignored_signals};
use crate::error::{Error, Result};

/// They ask for an end, and are COMMAND's to answer.
const ENDING: [Signal; 4] = [
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
];

/// On guard from when it is made to the end of the process.
pub(super) struct Sentry {
    signals: SignalFd,
}

impl Sentry {
    /// From now on the signals wait, but for those that were ignored when we started: `nohup` means it.
    pub(super) fn new() -> Result<Self> {
        let refused = |errno: Errno| Error::failed(format!("cannot catch signals: {errno}"));
        heed_children()?;
        let ignored = ignored_signals();
        let mut awaited = SigSet::from(Signal::SIGCHLD);
        for signal in ENDING {
            if ignored & (1 << (signal as i32 - 1)) == 0 {
                awaited.add(signal);
            }
        }
        awaited.thread_block().map_err(refused)?;
        let signals = SignalFd::with_flags(&awaited, SfdFlags::SFD_CLOEXEC).map_err(refused)?;
        Ok(Self { signals })
    }

    /// What has come so far. To be asked just before COMMAND starts: whatever the terminal says later reaches it by itself.
    pub(super) fn told(&self) -> Vec<siginfo> {
        let mut told = Vec::new();
        while self.has_signal() {
            told.extend(self.signals.read_signal().ok().flatten());
        }
        told
    }

    /// Waits for the end of COMMAND. What was `told` before it was there has not reached it, wherever it came from.
    pub(super) fn wait(&self, mut child: Child, told: &[siginfo]) -> Result<ExitStatus> {
        let failed = |error| Error::failed(format!("cannot wait for COMMAND: {error}"));
        for told in told {
            pass_on(told, &child);
        }
        loop {
            if let Some(status) = child.try_wait().map_err(failed)? {
                return Ok(status);
            }
            match self.signals.read_signal() {
                Ok(Some(told)) if told.ssi_code != SI_KERNEL => pass_on(&told, &child),
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(failed(errno.into())),
            }
        }
    }

    fn has_signal(&self) -> bool {
        let mut polled = [PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
        poll(&mut polled, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
    }
}

fn pass_on(told: &siginfo, child: &Child) {
    let number = i32::try_from(told.ssi_signo).unwrap_or_default();
    let signal = Signal::try_from(number)
        .ok()
        .filter(|signal| ENDING.contains(signal));
    if let (Some(signal), Ok(id)) = (signal, i32::try_from(child.id())) {
        // It was not waited for, so the number is still its own.
        let _ = kill(Pid::from_raw(id), signal);
    }
}
