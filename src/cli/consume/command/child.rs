//! COMMAND as a process: started, fed through its standard input, told to end, and waited for, without ever blocking
//! on it.
//!
//! It runs in a process group of its own: a terminal's first Ctrl-C is for us alone, and what is passed on to it reaches
//! all that it started. It does not outlive us, see [`Launcher`], and so is not at work beside the next owner's run.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use signal_hook::SigId;
use signal_hook::consts::SIGCHLD;
use signal_hook::low_level;

use super::ending::Ending;
use crate::cli::launcher::Launcher;
use crate::error::{Error, Result};

/// A COMMAND that was started.
pub(super) struct Child {
    process: std::process::Child,
    stdin: Option<OwnedFd>,
    ending: Option<Ending>,
}

impl Child {
    /// Starts a run that `launcher` made. The calling thread must outlive it.
    pub(super) fn start(launcher: &Launcher, mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::piped()).process_group(0);
        let mut process = launcher.start(command)?;
        let stdin = process.stdin.take().map(OwnedFd::from);
        let child = Self {
            process,
            stdin,
            ending: None,
        };
        if let Some(stdin) = &child.stdin {
            fcntl(stdin, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        }
        Ok(child)
    }

    /// Gives it as much of `bytes` as it takes at the moment, and says how much that was: all of it, if it does not
    /// listen any more.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<usize> {
        let mut fed = 0;
        while let Some(stdin) = &self.stdin
            && fed < bytes.len()
        {
            match nix::unistd::write(stdin, &bytes[fed..]) {
                Ok(count) => fed += count,
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return Ok(fed),
                Err(Errno::EPIPE) => self.close(),
                Err(errno) => {
                    return Err(Error::failed(format!("cannot write to COMMAND: {errno}")));
                }
            }
        }
        Ok(bytes.len())
    }

    /// Ends its standard input.
    pub(super) fn close(&mut self) {
        self.stdin = None;
    }

    /// Its standard input, while it is open.
    pub(super) fn stdin(&self) -> Option<BorrowedFd<'_>> {
        self.stdin.as_ref().map(AsFd::as_fd)
    }

    /// How it ended, if it has.
    pub(super) fn ending(&mut self) -> Result<Option<Ending>> {
        if self.ending.is_none() {
            let status = self
                .process
                .try_wait()
                .map_err(|error| Error::failed(format!("cannot wait for COMMAND: {error}")))?;
            self.ending = status.map(Ending::from);
        }
        Ok(self.ending)
    }

    /// Sends a signal to it and to all of its process group.
    pub(super) fn signal(&self, signal: Signal) {
        if self.ending.is_some() {
            return;
        }
        if let Ok(group) = i32::try_from(self.process.id()) {
            // It may just have ended: then there is no one to tell.
            let _ = killpg(Pid::from_raw(group), signal);
        }
    }
}

/// Who was left running when something else went wrong must not go on beside the next owner of its records.
impl Drop for Child {
    fn drop(&mut self) {
        if let Ok(None) = self.ending() {
            self.signal(Signal::SIGTERM);
        }
    }
}

/// Tells when a child may have ended: readable then. Each thread that waits has its own.
pub(super) struct Departures {
    wake: UnixStream,
    registration: SigId,
}

impl Departures {
    /// Told from now on.
    pub(super) fn new() -> Result<Self> {
        let refused =
            |error| Error::failed(format!("cannot be told of the end of COMMAND: {error}"));
        let (wake, write) = UnixStream::pair().map_err(refused)?;
        wake.set_nonblocking(true).map_err(refused)?;
        let registration = low_level::pipe::register(SIGCHLD, write).map_err(refused)?;
        Ok(Self { wake, registration })
    }

    /// Forgets what it told: to be called before looking at the children.
    pub(super) fn clear(&self) {
        use std::io::Read as _;

        let mut told = [0; 64];
        while matches!((&self.wake).read(&mut told), Ok(1..)) {}
    }
}

impl AsFd for Departures {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

impl Drop for Departures {
    fn drop(&mut self) {
        low_level::unregister(self.registration);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::fs;

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    use super::*;

    fn start(script: &str) -> Child {
        let launcher = Launcher::new(&["/bin/sh".into(), "-c".into(), script.into()]);
        Child::start(&launcher, launcher.command()).unwrap()
    }

    fn end_of(child: &mut Child, departures: &Departures) -> Ending {
        loop {
            departures.clear();
            if let Some(ending) = child.ending().unwrap() {
                return ending;
            }
            wait(departures.as_fd(), PollFlags::POLLIN, 20_000);
        }
    }

    fn wait(fd: BorrowedFd<'_>, events: PollFlags, millis: u16) {
        match poll(&mut [PollFd::new(fd, events)], PollTimeout::from(millis)) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => panic!("{errno}"),
        }
    }

    #[test]
    fn it_gets_what_it_is_fed_and_says_how_it_ended() {
        let departures = Departures::new().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let mut child = start(&format!("cat > {}; exit 3", out.display()));
        assert_eq!(child.feed(b"one\ntwo\n").unwrap(), 8);
        child.close();
        assert_eq!(end_of(&mut child, &departures), Ending::Exited(3));
        assert_eq!(fs::read(out).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn a_full_pipe_is_no_reason_to_wait() {
        let departures = Departures::new().unwrap();
        let mut child = start("kill -STOP $$; cat > /dev/null");
        let much = vec![b'x'; 1 << 20];
        let mut fed = child.feed(&much).unwrap();
        assert!(fed < much.len());
        child.signal(Signal::SIGCONT);
        while fed < much.len() {
            wait(child.stdin().unwrap(), PollFlags::POLLOUT, 100);
            // It may not have been stopped yet when it was told to go on.
            child.signal(Signal::SIGCONT);
            fed += child.feed(&much[fed..]).unwrap();
        }
        child.close();
        while child.ending().unwrap().is_none() {
            child.signal(Signal::SIGCONT);
            wait(departures.as_fd(), PollFlags::POLLIN, 5);
        }
        assert_eq!(child.ending().unwrap(), Some(Ending::Exited(0)));
    }

    #[test]
    fn it_need_not_listen() {
        let departures = Departures::new().unwrap();
        let mut child = start("exec <&-; kill -STOP $$");
        wait_until_deaf(&child);
        assert_eq!(child.feed(&vec![b'x'; 1 << 20]).unwrap(), 1 << 20);
        assert!(child.stdin().is_none());
        child.signal(Signal::SIGKILL);
        assert_eq!(end_of(&mut child, &departures), Ending::Killed(9));
    }

    fn wait_until_deaf(child: &Child) {
        let mut polled = [PollFd::new(child.stdin().unwrap(), PollFlags::empty())];
        while let Err(Errno::EINTR) = poll(&mut polled, PollTimeout::from(20_000_u16)) {}
        assert!(polled[0].any().unwrap_or_default(), "it still listens");
    }

    #[test]
    fn it_has_a_group_of_its_own_and_blocks_no_signal() {
        let departures = Departures::new().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let status = dir.path().join("status");
        // Its own status: a builtin reads it, no further process.
        let script = format!(
            "while read -r l; do echo \"$l\"; done < /proc/$$/status > {}",
            status.display()
        );
        let launcher = Launcher::new(&["/bin/sh".into(), "-c".into(), script.into()]);
        let mut child = std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    crate::store::signal_mask::block_all();
                    let mut child = Child::start(&launcher, launcher.command()).unwrap();
                    child.close();
                    end_of(&mut child, &departures);
                    child
                })
                .join()
                .unwrap()
        });
        assert_eq!(end_of(&mut child, &departures), Ending::Exited(0));
        let status = fs::read_to_string(status).unwrap();
        let blocked = status.lines().find(|line| line.starts_with("SigBlk:"));
        assert!(
            blocked.unwrap().ends_with("0000000000000000"),
            "{blocked:?}"
        );
        let ids = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_ascii_whitespace().nth(1).unwrap().to_owned()
        };
        assert_eq!(ids("NSpgid:"), ids("NSpid:"));
    }

    #[test]
    fn what_is_not_there_can_not_be_started() {
        let launcher = Launcher::new(&["/no/such/command".into()]);
        let error = Child::start(&launcher, launcher.command()).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
