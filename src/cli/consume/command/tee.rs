//! COMMAND's stderr on its way to ours, where its last line is wanted.
//!
//! One pipe for all runs: what COMMAND left running in the background may go on writing after its end.

use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::Stdio;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use super::last_line::LastLine;
use crate::error::{Error, Result};

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

    /// Hands on what there is.
    pub(super) fn copy(&mut self) {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = self.reader.read(&mut bytes) {
            self.last.take_in(&bytes[..count]);
            // A stderr that is closed or full is no reason to fail, here as for our own words.
            let _ = io::stderr().lock().write_all(&bytes[..count]);
        }
    }

    /// The last line since the last call, once all was handed on.
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
