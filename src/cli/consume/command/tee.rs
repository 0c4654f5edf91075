//! COMMAND's stderr on its way to ours, where its last line is wanted.
//!
//! One pipe for all runs: what COMMAND left running in the background may go on writing after its end.

use std::io::{self, Read as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::Stdio;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use super::last_line::LastLine;
use crate::error::{Error, Result};

/// As much as is handed on at a time.
const BLOCK: usize = 4096;
/// So many blocks and no more before others have their turn: all that a pipe can hold, see pipe(7).
const BLOCKS: usize = 16;

/// The pipe.
pub(super) struct Tee {
    reader: io::PipeReader,
    writer: io::PipeWriter,
    last: LastLine,
}

impl Tee {
    /// An empty one.
    pub(super) fn new() -> Result<Self> {
        let (reader, writer) = io::pipe().map_err(|error| refused(&error))?;
        fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))
            .map_err(|errno| refused(&errno.into()))?;
        Ok(Self {
            reader,
            writer,
            last: LastLine::default(),
        })
    }

    /// What a run is given for its stderr.
    pub(super) fn stdio(&self) -> Result<Stdio> {
        self.writer
            .try_clone()
            .map(Stdio::from)
            .map_err(|error| refused(&error))
    }

    /// Hands on what there is, but not what comes meanwhile: who talks faster than our stderr is read must not keep us
    /// from signals and from the group.
    pub(super) fn copy(&mut self) {
        self.copy_to(&mut io::stderr().lock());
    }

    fn copy_to(&mut self, stderr: &mut impl io::Write) {
        let mut bytes = [0; BLOCK];
        for _ in 0..BLOCKS {
            let Ok(count @ 1..) = self.reader.read(&mut bytes) else {
                return;
            };
            self.last.take_in(&bytes[..count]);
            // A stderr that is closed or full is no reason to fail, here as for our own words.
            let _ = stderr.write_all(&bytes[..count]);
        }
    }

    /// The last line since the last call, of a run that has ended: all that it wrote is handed on.
    pub(super) fn last_line(&mut self) -> Vec<u8> {
        self.copy();
        self.last.take()
    }
}

impl AsFd for Tee {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}

fn refused(error: &io::Error) -> Error {
    Error::failed(format!("cannot make a pipe: {error}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::io::Write as _;

    use super::*;

    /// A stderr so slow that COMMAND has said more each time before it has taken what came.
    struct Slow(io::PipeWriter);

    impl io::Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write_all(bytes)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn who_never_stops_talking_is_left_in_time() {
        let mut tee = Tee::new().unwrap();
        tee.writer.write_all(&[b'x'; BLOCK]).unwrap();
        let mut slow = Slow(tee.writer.try_clone().unwrap());
        tee.copy_to(&mut slow);
        assert!(!tee.last.take().is_empty());
    }

    #[test]
    fn all_that_a_run_has_left_in_the_pipe_is_handed_on() {
        let mut tee = Tee::new().unwrap();
        fcntl(&tee.writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        let mut said = 0;
        while let Ok(count) = (&tee.writer).write(&[b'x'; BLOCK]) {
            said += count;
        }
        let mut heard = Vec::new();
        tee.copy_to(&mut heard);
        assert_eq!(heard.len(), said);
    }
}
