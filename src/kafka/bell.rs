//! Telling a thread that waits in poll(2) that librdkafka has something for it.

use std::io::{PipeReader, PipeWriter, Read as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use crate::client::Bell;
use crate::error::{Error, Result};

/// A pipe with one byte in it as long as the bell rings.
pub(super) struct PipeBell {
    reader: PipeReader,
    writer: PipeWriter,
    rings: AtomicBool,
}

impl PipeBell {
    pub(super) fn new() -> Result<Self> {
        let failed = |error: &dyn std::fmt::Display| Error::failed(format!("no pipe: {error}"));
        let (reader, writer) = std::io::pipe().map_err(|error| failed(&error))?;
        for fd in [reader.as_fd(), writer.as_fd()] {
            fcntl(fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).map_err(|error| failed(&error))?;
        }
        Ok(Self {
            reader,
            writer,
            rings: AtomicBool::new(false),
        })
    }

    /// Rings. Called by librdkafka's threads: it must neither wait nor panic.
    pub(super) fn ring(&self) {
        if !self.rings.swap(true, Ordering::AcqRel) {
            let _ = (&self.writer).write(&[0]);
        }
    }
}

impl Bell for PipeBell {
    fn fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }

    fn hear(&self) {
        let mut bytes = [0; 8];
        let _ = (&self.reader).read(&mut bytes);
        // After the byte is taken: who rings from here on writes another one.
        self.rings.store(false, Ordering::Release);
    }
}
