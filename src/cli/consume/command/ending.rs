//! How a run of COMMAND ended, and whose fault that can be.

use std::fmt;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use nix::sys::signal::Signal;

/// `EX_TEMPFAIL` of sysexits(3): "try again later".
const TRY_LATER: i32 = 75;
/// What shells and env(1) exit with for a command that is not executable, or not there.
const NOT_RUNNABLE: [i32; 2] = [126, 127];
/// They ask a process to end; no record sends them.
const STOPPING: [Signal; 3] = [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM];
/// The reader of its standard output, which is ours, has gone.
const NO_READER: Signal = Signal::SIGPIPE;

/// How a run of COMMAND ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It exited with this code.
    Exited(i32),
    /// This signal ended it.
    Killed(i32),
}

/// What follows from an ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The records are processed.
    Done,
    /// They are not, and one of them may be to blame.
    Failed,
    /// They are not, and none of them is to blame: what COMMAND needs is not there at the moment.
    NotNow,
    /// They are not, and no run will ever do better: COMMAND can't be run.
    Never,
}

impl Ending {
    /// What follows from it.
    pub(super) fn verdict(self) -> Verdict {
        match self {
            Self::Exited(0) => Verdict::Done,
            Self::Exited(code) if NOT_RUNNABLE.contains(&code) => Verdict::Never,
            Self::Exited(TRY_LATER) => Verdict::NotNow,
            _ if self.was_stopped() || self.is(NO_READER) => Verdict::NotNow,
            Self::Exited(_) | Self::Killed(_) => Verdict::Failed,
        }
    }

    /// Whether somebody asked it to end, or asked what it ran: a shell says so by 128 and the signal's number.
    pub(super) fn was_stopped(self) -> bool {
        STOPPING.iter().any(|signal| self.is(*signal))
    }

    fn is(self, signal: Signal) -> bool {
        self.code() == 128 + signal as i32
    }

    /// The exit code as a shell shows it: 128 and the signal's number for a death by signal.
    pub(super) fn code(self) -> i32 {
        match self {
            Self::Exited(code) => code,
            Self::Killed(signal) => 128 + signal,
        }
    }
}

impl From<ExitStatus> for Ending {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Exited(code),
            (None, signal) => Self::Killed(signal.unwrap_or_default()),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exit code {code}"),
            Self::Killed(number) => match Signal::try_from(*number) {
                Ok(signal) => write!(f, "killed by {signal}"),
                Err(_) => write!(f, "killed by signal {number}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_blamed_only_for_what_can_be_its_fault() {
        let table = [
            (Ending::Exited(0), Verdict::Done),
            (Ending::Exited(1), Verdict::Failed),
            (Ending::Exited(2), Verdict::Failed),
            (Ending::Exited(75), Verdict::NotNow),
            (Ending::Exited(124), Verdict::Failed),
            (Ending::Exited(126), Verdict::Never),
            (Ending::Exited(127), Verdict::Never),
            (Ending::Exited(130), Verdict::NotNow),
            (Ending::Exited(137), Verdict::Failed),
            (Ending::Exited(141), Verdict::NotNow),
            (Ending::Exited(143), Verdict::NotNow),
            (Ending::Exited(255), Verdict::Failed),
            (Ending::Killed(1), Verdict::NotNow),
            (Ending::Killed(9), Verdict::Failed),
            (Ending::Killed(11), Verdict::Failed),
            (Ending::Killed(13), Verdict::NotNow),
            (Ending::Killed(15), Verdict::NotNow),
        ];
        for (ending, verdict) in table {
            assert_eq!(ending.verdict(), verdict, "{ending}");
        }
    }

    #[test]
    fn endings_read_well() {
        assert_eq!(Ending::Exited(3).to_string(), "exit code 3");
        assert_eq!(Ending::Killed(9).to_string(), "killed by SIGKILL");
        assert_eq!(Ending::Killed(40).to_string(), "killed by signal 40");
        assert_eq!(Ending::Killed(9).code(), 137);
    }
}
