//! An input: standard input or a file, read in the largest pieces that are there, without waiting longer than needed.
//!
//! Whether the input has paused is what decides when batches go out: so every wait is preceded by a look, and the
//! caller is told before it begins.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::time::Instant;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::error::{Error, IoContext, Result};

/// What a pipe holds unless it is told otherwise.
const PIPE_BYTES: usize = 64 * 1024;
/// The buffer at first. From this size on the allocator gets its memory zeroed by the kernel, page by page as it is used:
/// to clear less would cost a run of one line a tenth of its time.
const FIRST_BYTES: usize = 128 * 1024;
/// What is read at once from an input that keeps up: as much as stays in a core's own cache.
const LARGE_BYTES: usize = 256 * 1024;
/// What Linux allows everybody to enlarge a pipe to (/proc/sys/fs/pipe-max-size).
const LARGE_PIPE: i32 = 1024 * 1024;

/// An input and the bytes of it that were read and not used yet.
pub(crate) struct Input {
    source: Source,
    name: PathBuf,
    buffer: Vec<u8>,
    filled: usize,
    enlarged: bool,
}

enum Source {
    Stdin(io::Stdin),
    File(File),
}

/// What can be said of an input without waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// There is something to read, or the end.
    Ready,
    /// Nothing yet.
    Paused,
}

impl Input {
    /// Standard input.
    pub(crate) fn stdin() -> Self {
        Self::new(Source::Stdin(io::stdin()), PathBuf::from("standard input"))
    }

    /// A file, a FIFO or a device.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).at("open", path)?;
        refuse_directory(&file.metadata().at("examine", path)?, path)?;
        Ok(Self::new(Source::File(file), path.to_owned()))
    }

    /// Whether a file can be opened when its turn has come; its bytes, where that is known beforehand. A FIFO is left alone:
    /// whoever writes to it would take its closing for the end.
    pub(crate) fn examine(path: &Path) -> Result<Option<u64>> {
        let metadata = fs::metadata(path).at("open", path)?;
        refuse_directory(&metadata, path)?;
        if !metadata.is_file() {
            return Ok(None);
        }
        File::open(path).at("open", path)?;
        Ok(Some(metadata.len()))
    }

    /// A file that is open already, from this position on.
    pub(crate) fn resumed(file: &File, name: &Path, position: u64) -> Result<Self> {
        let mut file = file.try_clone().at("open", name)?;
        file.seek(SeekFrom::Start(position)).at("seek in", name)?;
        Ok(Self::new(Source::File(file), name.to_owned()))
    }

    fn new(source: Source, name: PathBuf) -> Self {
        Self {
            source,
            name,
            buffer: Vec::new(),
            filled: 0,
            enlarged: false,
        }
    }

    /// What to call it in messages.
    pub(crate) fn name(&self) -> &Path {
        &self.name
    }

    /// The file's path as it was given; standard input has none.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self.source {
            Source::Stdin(_) => None,
            Source::File(_) => Some(&self.name),
        }
    }

    /// What was read and not used yet.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    /// Marks the first `count` bytes as used.
    pub(crate) fn consume(&mut self, count: usize) {
        self.buffer.copy_within(count..self.filled, 0);
        self.filled -= count;
    }

    /// Whether reading would not wait.
    pub(crate) fn readiness(&self) -> Result<Readiness> {
        if self.wait(&[], Some(Instant::now()))? {
            Ok(Readiness::Ready)
        } else {
            Ok(Readiness::Paused)
        }
    }

    /// Waits until there is something to read, one of `others` is readable, or the deadline has come; true: there is
    /// something to read here.
    pub(crate) fn wait(
        &self,
        others: &[BorrowedFd<'_>],
        deadline: Option<Instant>,
    ) -> Result<bool> {
        let mut polled = vec![PollFd::new(self.source.as_fd(), PollFlags::POLLIN)];
        polled.extend(others.iter().map(|&fd| PollFd::new(fd, PollFlags::POLLIN)));
        let timeout = deadline.map_or(PollTimeout::NONE, |deadline| {
            let left = deadline.saturating_duration_since(Instant::now());
            // Rounded up: waking a little late is better than spinning through the last part of a millisecond.
            PollTimeout::try_from(left.as_micros().div_ceil(1000)).unwrap_or(PollTimeout::MAX)
        });
        match poll(&mut polled, timeout) {
            Ok(_) | Err(Errno::EINTR) => Ok(polled[0].any().unwrap_or(false)),
            Err(errno) => Err(Error::io("wait for", &self.name, errno.into())),
        }
    }

    /// Reads what is there, waiting if there is nothing; the number of bytes, 0 at the end.
    pub(crate) fn read(&mut self) -> Result<usize> {
        let room = if self.enlarged {
            LARGE_BYTES
        } else {
            PIPE_BYTES
        };
        if self.buffer.is_empty() {
            self.buffer = vec![0; FIRST_BYTES];
        }
        if self.buffer.len() < self.filled + room {
            self.buffer
                .resize((self.filled + room).next_power_of_two(), 0);
        }
        let read = loop {
            match self.source.read(&mut self.buffer[self.filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Someone who shares our standard input made it non-blocking.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait(&[], None)?;
                }
                read => break read.at("read", &self.name)?,
            }
        };
        self.filled += read;
        if read >= PIPE_BYTES && !self.enlarged {
            self.enlarged = true;
            // Refused by what is no pipe, and where the user's share of pipe pages is used up.
            let _ = fcntl(self.source.as_fd(), FcntlArg::F_SETPIPE_SZ(LARGE_PIPE));
        }
        Ok(read)
    }
}

impl Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Stdin(stdin) => stdin.as_fd(),
            Self::File(file) => file.as_fd(),
        }
    }

    /// Past Rust's own buffer for standard input, which would hold back what `poll` then can't see.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stdin(stdin) => Ok(nix::unistd::read(stdin.as_fd(), buffer)?),
            Self::File(file) => file.read(buffer),
        }
    }
}

fn refuse_directory(metadata: &Metadata, path: &Path) -> Result<()> {
    if metadata.is_dir() {
        return Err(Error::failed(format!(
            "cannot read {}: it is a directory",
            path.display()
        )));
    }
    Ok(())
}
