//! Pipes that keep the 64 KiB they are born with, though kafdir enlarges those it finds busy.
//!
//! It does so once, after a first full block. So it is given one, and when it has enlarged the pipe that is undone
//! while the pipe is empty; then the clock starts.

use std::io::{ErrorKind, PipeReader, Read, Write};
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

use crate::Result;
use crate::pipeline::finish;

const PIPE_BYTES: i32 = 64 * 1024;

/// Runs `first | second`, where the second reads through 64 KiB; the seconds it takes from the moment that the first
/// is started. `head` is what the second reads before: at least a pipe full.
pub(crate) fn into_reader(first: &mut Command, second: &mut Command, head: &[u8]) -> Result<f64> {
    let (reader, mut writer) = std::io::pipe()?;
    let watched = reader.try_clone()?;
    let mut second = second.stdin(reader).spawn()?;
    writer.write_all(head)?;
    until_enlarged(&watched, || Ok(0))?;
    fcntl(&watched, FcntlArg::F_SETPIPE_SZ(PIPE_BYTES))?;
    drop(watched);
    let began = Instant::now();
    let mut writing = first.stdout(writer).spawn()?;
    // The command would keep its copy of the pipe's end open, and the reader waiting, as long as it lives.
    first.stdout(Stdio::null());
    finish(&mut writing)?;
    finish(&mut second)?;
    Ok(began.elapsed().as_secs_f64())
}

/// Runs `first | second`, where the first writes through 64 KiB; the seconds it takes from the moment that the second
/// is started, and the bytes that were read before that.
pub(crate) fn from_writer(first: &mut Command, second: &mut Command) -> Result<(f64, u64)> {
    let (reader, writer) = std::io::pipe()?;
    let mut writing = first.stdout(writer).spawn()?;
    first.stdout(Stdio::null());
    let drained = until_enlarged(&reader, || drain(&reader))?;
    let pid = Pid::from_raw(i32::try_from(writing.id())?);
    kill(pid, Signal::SIGSTOP)?;
    waitpid(pid, Some(WaitPidFlag::WUNTRACED))?;
    let drained = drained + drain(&reader)?;
    fcntl(&reader, FcntlArg::F_SETPIPE_SZ(PIPE_BYTES))?;
    let began = Instant::now();
    kill(pid, Signal::SIGCONT)?;
    let mut reading = second.stdin(reader).spawn()?;
    second.stdin(Stdio::null());
    finish(&mut writing)?;
    finish(&mut reading)?;
    Ok((began.elapsed().as_secs_f64(), drained))
}

/// Repeats `meanwhile` until the pipe is larger than it was born; the sum of what that gave.
fn until_enlarged(pipe: &impl AsFd, meanwhile: impl Fn() -> Result<u64>) -> Result<u64> {
    let began = Instant::now();
    let mut sum = 0;
    while fcntl(pipe, FcntlArg::F_GETPIPE_SZ)? <= PIPE_BYTES {
        if began.elapsed().as_secs() > 10 {
            return Err(
                "the pipe was not enlarged: the user's share of pipe pages is used up".into(),
            );
        }
        sum += meanwhile()?;
        std::thread::yield_now();
    }
    Ok(sum)
}

/// Reads what is there; how many bytes that is.
fn drain(mut pipe: &PipeReader) -> Result<u64> {
    let flags = OFlag::from_bits_retain(fcntl(pipe, FcntlArg::F_GETFL)?);
    fcntl(pipe, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    let mut block = vec![0; 1 << 20];
    let mut drained = 0;
    loop {
        match pipe.read(&mut block) {
            Ok(0) => break,
            Ok(read) => drained += read as u64,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(error.into()),
        }
    }
    fcntl(pipe, FcntlArg::F_SETFL(flags))?;
    Ok(drained)
}
