//! Standard output: the only owner of it.
//!
//! Written past Rust's own `Stdout`, which would search every block for its last newline and copy what follows.
//! Commands append to one buffer and say when the input pauses; the buffer goes out in large blocks otherwise, and
//! at once on a terminal. A reader that went away is an error of its own kind, which ends the program quietly;
//! everything else that can go wrong with an output is reported, at the latest by [`Output::finish`].

use std::io::{self, IsTerminal as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::Serialize;

use crate::cli::standard_streams;
use crate::error::{Error, ErrorKind, Result};

/// A block that is worth a system call of its own: the size of a pipe.
const BLOCK_BYTES: usize = 64 * 1024;
/// A block where the output takes more at a time: a file, or a pipe that was enlarged.
const LARGE_BLOCK_BYTES: usize = 256 * 1024;
/// What Linux allows everybody by default (/proc/sys/fs/pipe-max-size).
const PIPE_BYTES: i32 = 1024 * 1024;

/// The output: a buffer and the descriptor it goes to.
pub(crate) struct Output {
    sink: Sink,
    buffer: Vec<u8>,
    block_bytes: usize,
    /// From so many bytes on the buffer goes out: none on a terminal, and as long as it is not known to be none.
    due_at: usize,
    terminal: Option<bool>,
    may_enlarge_pipe: bool,
    written: bool,
}

enum Sink {
    Stdout(io::Stdout),
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "what tests look at instead of the real one")
    )]
    Other(OwnedFd),
}

impl AsFd for Sink {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Stdout(stdout) => stdout.as_fd(),
            Self::Other(fd) => fd.as_fd(),
        }
    }
}

impl AsFd for Output {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.sink.as_fd()
    }
}

impl Output {
    /// Standard output; makes no system call.
    pub(crate) fn stdout() -> Self {
        Self::new(Sink::Stdout(io::stdout()))
    }

    fn new(sink: Sink) -> Self {
        Self {
            sink,
            buffer: Vec::new(),
            block_bytes: BLOCK_BYTES,
            due_at: 0,
            terminal: None,
            may_enlarge_pipe: false,
            written: false,
        }
    }

    /// Allows a pipe to be enlarged once a full block was seen: whole pipelines get twice as fast, at the price that
    /// more is in flight when the reader dies.
    pub(crate) fn may_enlarge_pipe(&mut self) {
        self.may_enlarge_pipe = true;
    }

    /// The buffer, to append to. Whoever does calls [`Output::pace`] after each record.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// After a record: writes the buffer out if there is enough of it, or if someone is watching.
    #[inline]
    pub(crate) fn pace(&mut self) -> Result<()> {
        if self.buffer.len() < self.due_at {
            return Ok(());
        }
        self.write_due()
    }

    /// An error if it is closed: for who does more than to write, and is to do nothing then.
    pub(crate) fn check(&self) -> Result<()> {
        match self.sink {
            Sink::Stdout(_) => standard_streams::check_stdout(),
            Sink::Other(_) => Ok(()),
        }
    }

    /// Appends `bytes`; large ones go out without being copied first.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.len() < self.block_bytes {
            self.buffer.extend_from_slice(bytes);
            return self.pace();
        }
        self.flush()?;
        self.write_all(bytes)
    }

    /// Appends `value` as one line of JSON.
    pub(crate) fn put_json(&mut self, value: &impl Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.buffer, value)
            .map_err(|error| Error::failed(format!("cannot write JSON: {error}")))?;
        self.buffer.push(b'\n');
        self.pace()
    }

    /// Writes out what is in the buffer: when the input pauses.
    pub(crate) fn flush(&mut self) -> Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let buffer = std::mem::take(&mut self.buffer);
        let result = self.write_all(&buffer);
        self.buffer = buffer;
        self.buffer.clear();
        result
    }

    /// Writes out the rest, and learns what only a close tells: a network file system's quota, for one.
    pub(crate) fn finish(&mut self) -> Result<()> {
        self.flush()?;
        if !self.written {
            return Ok(());
        }
        self.written = false;
        let copy = self.sink.as_fd().try_clone_to_owned().map_err(failed)?;
        nix::unistd::close(copy).map_err(|errno| failed(errno.into()))
    }

    /// Whether a person is watching.
    pub(crate) fn is_terminal(&mut self) -> bool {
        *self
            .terminal
            .get_or_insert_with(|| self.sink.as_fd().is_terminal())
    }

    #[cold]
    fn write_due(&mut self) -> Result<()> {
        if self.is_terminal() {
            return self.flush();
        }
        self.due_at = self.block_bytes;
        if self.buffer.len() < self.block_bytes {
            return Ok(());
        }
        self.write_block()?;
        self.due_at = self.block_bytes;
        Ok(())
    }

    fn write_block(&mut self) -> Result<()> {
        self.flush()?;
        if self.may_enlarge_pipe {
            self.may_enlarge_pipe = false;
            // Refused where the user's share of pipe pages is used up, and by what is no pipe.
            let _ = fcntl(self.sink.as_fd(), FcntlArg::F_SETPIPE_SZ(PIPE_BYTES));
            self.block_bytes = LARGE_BLOCK_BYTES;
        }
        Ok(())
    }

    fn write_all(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.check()?;
        self.written = true;
        while !bytes.is_empty() {
            match nix::unistd::write(self.sink.as_fd(), bytes) {
                Ok(0) => return Err(failed(io::ErrorKind::WriteZero.into())),
                Ok(count) => bytes = &bytes[count..],
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => self.wait_until_writable()?,
                Err(errno) => return Err(failed(errno.into())),
            }
        }
        Ok(())
    }

    /// Someone who shares our standard output made it non-blocking; that is not the user's fault.
    fn wait_until_writable(&self) -> Result<()> {
        let mut polled = [PollFd::new(self.sink.as_fd(), PollFlags::POLLOUT)];
        match poll(&mut polled, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(errno) => Err(failed(errno.into())),
        }
    }
}

fn failed(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Error::new(
            ErrorKind::OutputClosed,
            "the reader of standard output has gone",
        );
    }
    Error::io("write", Path::new("standard output"), error)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::fs::{File, OpenOptions};
    use std::io::Read as _;

    use super::*;

    fn piped() -> (Output, io::PipeReader) {
        let (reader, writer) = io::pipe().unwrap();
        (Output::new(Sink::Other(writer.into())), reader)
    }

    #[test]
    fn nothing_goes_out_before_a_block_is_full_or_the_input_pauses() {
        let (mut output, mut reader) = piped();
        output.put(b"one\n").unwrap();
        assert_eq!(output.buffer(), b"one\n");
        output.flush().unwrap();
        assert!(output.buffer().is_empty());
        let mut line = [0; 4];
        reader.read_exact(&mut line).unwrap();
        assert_eq!(&line, b"one\n");
    }

    #[test]
    fn everything_arrives_in_order_whatever_its_size() {
        let (mut output, mut reader) = piped();
        output.may_enlarge_pipe();
        let expected: Vec<u8> = (0..3_000_000_u32)
            .flat_map(|i| i.to_string().into_bytes())
            .collect();
        let (small, large) = expected.split_at(1_000_000);
        let read = std::thread::spawn(move || {
            let mut all = Vec::new();
            reader.read_to_end(&mut all).unwrap();
            all
        });
        for piece in small.chunks(777) {
            output.put(piece).unwrap();
        }
        output.put(large).unwrap();
        output.finish().unwrap();
        drop(output);
        assert!(read.join().unwrap() == expected);
    }

    #[test]
    fn a_reader_that_went_away_is_an_error_of_its_own() {
        let (mut output, reader) = piped();
        drop(reader);
        output.put(b"x").unwrap();
        assert_eq!(output.finish().unwrap_err().kind(), ErrorKind::OutputClosed);
    }

    #[test]
    fn a_full_device_is_reported() {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut output = Output::new(Sink::Other(full.into()));
        output.put(b"x").unwrap();
        let error = output.finish().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failed);
        assert!(
            error
                .to_string()
                .starts_with("cannot write standard output: No space")
        );
    }

    #[test]
    fn a_read_only_output_is_reported() {
        let null = File::open("/dev/null").unwrap();
        let mut output = Output::new(Sink::Other(null.into()));
        assert_eq!(
            output.put(&vec![0; BLOCK_BYTES]).unwrap_err().kind(),
            ErrorKind::Failed
        );
    }

    #[test]
    fn json_is_one_line() {
        let (mut output, _reader) = piped();
        output
            .put_json(&serde_json::json!({"topic": "a\nb"}))
            .unwrap();
        assert_eq!(output.buffer(), b"{\"topic\":\"a\\nb\"}\n");
    }
}
