//! Who reads standard output, and how far they have got: the only ones who know are the kernel and they.
//!
//! Nothing here waits: what the reader has no room for stays with us, so that a slow one does not keep a member from
//! hearing that a partition is to be let go.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd};
use std::path::Path;
use std::time::Instant;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockaddrLike as _, SockaddrStorage, getsockname, send,
};
use nix::sys::stat::{SFlag, fstat};

use super::taking::Taking;
use crate::cli::consume::wait::reader_has_gone;
use crate::error::{Error, Result};

/// What a pipe that can be written to takes for certain, in bytes: a page. See pipe(7) and `PIPE_BUF`.
const PAGE: usize = 4096;
/// What a terminal takes at a time, in bytes: little, so that a stopped one is noticed.
const TERMINAL_BYTES: usize = 512;
/// So much is written to a file at a time, in bytes.
const FILE_BYTES: usize = 256 * 1024;
/// A socket's reader is given no more before it has read what it has, in bytes: how far it got within that can't be
/// asked.
const SOCKET_BYTES: u64 = 64 * 1024;

/// Where our output goes, and what is known of who reads it.
pub(super) struct Reader {
    kind: Kind,
    /// Whether what was written counts as taken.
    on_write: bool,
    taking: Taking,
    /// How much is known to be on disk, of a file, in bytes.
    synced: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A pipe that holds so many bytes.
    Pipe(usize),
    /// A stream socket within this machine.
    Socket,
    /// A file, or a disk.
    File,
    Terminal,
    /// Another device, such as /dev/null.
    Device,
    /// Something that does not say how far its reader is.
    Silent,
}

impl Reader {
    /// Looks at where `output` goes. With `on_write` nobody is asked: what was written counts as taken.
    pub(super) fn of(output: BorrowedFd<'_>, on_write: bool) -> Result<Self> {
        let kind = kind(output)?;
        if kind == Kind::Silent && !on_write {
            return Err(Error::usage(
                "standard output is a socket of another kind than a local stream: how far its reader got can't be asked",
            )
            .help("--commit-on-write counts as taken what it accepted; a COMMAND says by its exit"));
        }
        Ok(Self {
            kind,
            on_write,
            taking: Taking::default(),
            synced: 0,
        })
    }

    /// Writes what there is room for: nothing, if there is none.
    pub(super) fn write(
        &mut self,
        output: BorrowedFd<'_>,
        bytes: &[u8],
        written: u64,
    ) -> Result<usize> {
        let most = match self.kind {
            Kind::File | Kind::Device => FILE_BYTES,
            Kind::Terminal if has_room(output)? => TERMINAL_BYTES,
            Kind::Silent if has_room(output)? => PAGE,
            // What is not full has a page free, and what is empty all of them.
            Kind::Pipe(size) if has_room(output)? => {
                let unread = queued(output, libc::FIONREAD)?;
                // The more often it is looked at, the better it is known how far it was when it came back.
                self.taking.look(written, unread);
                if unread == 0 { size } else { PAGE }
            }
            Kind::Socket if self.can_be_waited_for(written) => {
                return sent(output, &bytes[..bytes.len().min(PAGE)]);
            }
            _ => return Ok(0),
        };
        match nix::unistd::write(output, &bytes[..bytes.len().min(most)]) {
            Ok(count) => Ok(count),
            Err(Errno::EINTR | Errno::EAGAIN) => Ok(0),
            Err(errno) => Err(failed(errno.into())),
        }
    }

    /// How many bytes were taken, of `written`; asks the kernel. What a file took is not known before it is synced.
    pub(super) fn taken(&mut self, output: BorrowedFd<'_>, written: u64) -> Result<u64> {
        match self.kind {
            Kind::File => Ok(self.synced),
            _ if self.on_write => Ok(written),
            Kind::Pipe(_) => {
                let unread = queued(output, libc::FIONREAD)?;
                // Asked after that: who has gone in between is not there still.
                if has_gone(output)? {
                    return Ok(self.taking.look(written, unread));
                }
                Ok(self.taking.look_at_present(written, unread, Instant::now()))
            }
            Kind::Socket => {
                let queued = queued(output, libc::TIOCOUTQ)?;
                // What a reader that goes leaves unread is dropped: an empty queue says nothing then.
                if queued > 0 || has_gone(output)? {
                    return Ok(self.taking.taken());
                }
                Ok(self.taking.look_at_present(written, 0, Instant::now()))
            }
            Kind::Terminal | Kind::Device | Kind::Silent => Ok(written),
        }
    }

    /// The same before a commit: a file is synced for it.
    pub(super) fn settle(&mut self, output: BorrowedFd<'_>, written: u64) -> Result<u64> {
        if self.kind == Kind::File && self.synced < written {
            nix::unistd::fsync(output)
                .map_err(|errno| Error::io("sync", Path::new("standard output"), errno.into()))?;
            self.synced = written;
        }
        self.taken(output, written)
    }

    /// The same when the reader was given as many records as were asked for: it has taken them once it has read them,
    /// whether or not it is there still.
    pub(super) fn settle_all(&mut self, output: BorrowedFd<'_>, written: u64) -> Result<u64> {
        let has_all = match self.kind {
            Kind::Pipe(_) => queued(output, libc::FIONREAD)? == 0,
            Kind::Socket => queued(output, libc::TIOCOUTQ)? == 0 && !has_gone(output)?,
            _ => false,
        };
        if has_all && !self.on_write {
            return Ok(self.taking.had_all(written));
        }
        self.settle(output, written)
    }

    /// Whether the kernel tells when there is room for more. A socket that has room may have a reader that is given
    /// no more yet.
    pub(super) fn can_be_waited_for(&self, written: u64) -> bool {
        self.kind != Kind::Socket || written - self.taking.read() < SOCKET_BYTES
    }

    /// When it is worth asking again, if nothing comes before.
    pub(super) fn settles_at(&self) -> Option<Instant> {
        self.taking.settles_at()
    }

    /// Whether it has to be asked again and again how far it got.
    pub(super) fn is_asked(&self) -> bool {
        matches!(self.kind, Kind::Pipe(_) | Kind::Socket) && !self.on_write
    }
}

fn kind(output: BorrowedFd<'_>) -> Result<Kind> {
    let status = fstat(output).map_err(|errno| failed(errno.into()))?;
    let format = SFlag::from_bits_truncate(status.st_mode) & SFlag::S_IFMT;
    Ok(match format {
        SFlag::S_IFIFO => {
            let size = fcntl(output, FcntlArg::F_GETPIPE_SZ).unwrap_or(0);
            Kind::Pipe(usize::try_from(size).unwrap_or(0).max(PAGE))
        }
        SFlag::S_IFSOCK if is_local(output) => Kind::Socket,
        SFlag::S_IFREG | SFlag::S_IFBLK => Kind::File,
        SFlag::S_IFCHR if io::IsTerminal::is_terminal(&output) => Kind::Terminal,
        SFlag::S_IFCHR => Kind::Device,
        _ => Kind::Silent,
    })
}

/// Of others the kernel says only what the other host's kernel has.
fn is_local(output: BorrowedFd<'_>) -> bool {
    let stream = nix::sys::socket::getsockopt(&output, nix::sys::socket::sockopt::SockType)
        .is_ok_and(|kind| kind == nix::sys::socket::SockType::Stream);
    let address = getsockname::<SockaddrStorage>(output.as_raw_fd());
    stream && address.is_ok_and(|address| address.family() == Some(AddressFamily::Unix))
}

fn sent(output: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize> {
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
    match send(output.as_raw_fd(), bytes, flags) {
        Ok(count) => Ok(count),
        Err(Errno::EINTR | Errno::EAGAIN) => Ok(0),
        Err(errno) => Err(failed(errno.into())),
    }
}

fn has_room(output: BorrowedFd<'_>) -> Result<bool> {
    let events = look(output, PollFlags::POLLOUT)?;
    if events.intersects(PollFlags::POLLERR) {
        return Err(reader_has_gone());
    }
    Ok(events.intersects(PollFlags::POLLOUT))
}

fn has_gone(output: BorrowedFd<'_>) -> Result<bool> {
    let events = look(output, PollFlags::empty())?;
    Ok(events.intersects(PollFlags::POLLERR | PollFlags::POLLHUP))
}

fn look(output: BorrowedFd<'_>, wanted: PollFlags) -> Result<PollFlags> {
    let mut polled = [PollFd::new(output, wanted)];
    match poll(&mut polled, PollTimeout::ZERO) {
        Ok(_) | Err(Errno::EINTR) => Ok(polled[0].revents().unwrap_or(PollFlags::empty())),
        Err(errno) => Err(Error::failed(format!(
            "cannot look at standard output: {errno}"
        ))),
    }
}

/// How many bytes wait in a pipe or socket.
#[expect(
    unsafe_code,
    reason = "the kernel writes one int where it is told to, and there is one"
)]
fn queued(output: BorrowedFd<'_>, request: libc::Ioctl) -> Result<u64> {
    let mut bytes: libc::c_int = 0;
    let answer = unsafe { libc::ioctl(output.as_fd().as_raw_fd(), request, &raw mut bytes) };
    Errno::result(answer).map_err(|errno| {
        Error::failed(format!(
            "cannot ask how far the reader of standard output is: {errno}"
        ))
    })?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}

fn failed(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => reader_has_gone(),
        _ => Error::io("write", Path::new("standard output"), error),
    }
}
