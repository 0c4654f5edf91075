//! How a COMMAND is started: with the signal mask that we were started with, and not to outlive us.
//!
//! The kernel sends it SIGTERM when the thread that started it dies (`PR_SET_PDEATHSIG`), so that a kafdir killed with
//! -9 does not leave it at work. That does not reach what COMMAND itself started, nor a COMMAND that gains privileges by
//! its file (prctl(2)).

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command};

use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{Pid, getppid};

/// How to start COMMAND.
#[derive(Debug, Clone)]
pub(crate) struct Launcher {
    program: OsString,
    arguments: Vec<OsString>,
    /// The signals blocked in the thread that we began in: what a COMMAND would inherit of a plain program.
    mask: SigSet,
}

impl Launcher {
    /// For COMMAND and its arguments; to be made in the thread whose signal mask is ours.
    pub(crate) fn new(command: &[OsString]) -> Self {
        let (program, arguments) = match command {
            [] => (OsString::new(), Vec::new()),
            [program, arguments @ ..] => (program.clone(), arguments.to_vec()),
        };
        Self {
            program,
            arguments,
            mask: SigSet::thread_get_mask().unwrap_or_else(|_| SigSet::empty()),
        }
    }

    /// COMMAND's name, for messages.
    pub(crate) fn name(&self) -> String {
        self.program.display().to_string()
    }

    /// A run that has not been started: its environment, what it reads and writes, and its process group can still be
    /// chosen.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command
    }

    /// Starts it. The calling thread must outlive it.
    pub(crate) fn start(&self, mut command: Command) -> io::Result<Child> {
        let (mask, parent) = (self.mask, Pid::this());
        let prepare = move || {
            mask.thread_set_mask()?;
            set_pdeathsig(Signal::SIGTERM)?;
            // A parent that died before the line above sends nothing any more.
            if getppid() == parent {
                Ok(())
            } else {
                Err(io::ErrorKind::Interrupted.into())
            }
        };
        #[expect(
            unsafe_code,
            reason = "between fork and exec only system calls are made that are safe there: no lock, no allocation"
        )]
        unsafe {
            command.pre_exec(prepare);
        }
        command.spawn()
    }
}
