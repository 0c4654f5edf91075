//! Standard input and output that were closed when the program was started, as `<&-` and `>&-` of a shell do it.
//!
//! Rust's runtime opens /dev/null in their place before `main` is called. From there comes an end that nobody meant, and what
//! goes there nobody has: a group would commit it all the same. A later look can't tell, since a /dev/null that is open for
//! reading and writing is also what Python and Node give to a child whose output is not wanted. So we look before the
//! runtime does.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;
use nix::libc;

use crate::error::{Error, Result};

static STDIN_CLOSED: AtomicBool = AtomicBool::new(false);
static STDOUT_CLOSED: AtomicBool = AtomicBool::new(false);

#[used]
#[expect(
    unsafe_code,
    reason = "the section is where the C library looks for what is to be called first, and this is of the type it calls"
)]
#[unsafe(link_section = ".init_array")]
static LOOK: extern "C" fn() = look;

extern "C" fn look() {
    STDIN_CLOSED.store(is_closed(libc::STDIN_FILENO), Ordering::Relaxed);
    STDOUT_CLOSED.store(is_closed(libc::STDOUT_FILENO), Ordering::Relaxed);
}

#[expect(
    unsafe_code,
    reason = "no safe call takes a descriptor that may be closed; this one only asks for its flags"
)]
fn is_closed(fd: libc::c_int) -> bool {
    unsafe { libc::fcntl(fd, libc::F_GETFD) == -1 }
}

/// An error if there is no standard input.
pub(crate) fn check_stdin() -> Result<()> {
    check(&STDIN_CLOSED, "read", "standard input")
}

/// An error if there is no standard output.
pub(crate) fn check_stdout() -> Result<()> {
    check(&STDOUT_CLOSED, "write", "standard output")
}

fn check(closed: &AtomicBool, action: &str, name: &str) -> Result<()> {
    if !closed.load(Ordering::Relaxed) {
        return Ok(());
    }
    let error = io::Error::from(Errno::EBADF);
    Err(Error::io(action, Path::new(name), error)
        .help("it was closed when the program was started; /dev/null is what is empty and takes everything"))
}
