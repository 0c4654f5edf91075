//! Waiting for something to happen: what every reading session does between two looks.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::cli::context::Context;
use crate::error::{Error, ErrorKind, Result};

/// Waits until `told` can be read, a signal comes, the reader of our output goes, or it is `until`; with `for_room`
/// also until our output takes more. A reader that has gone is an error.
pub(in crate::cli) fn wait(
    context: &Context,
    told: Option<BorrowedFd<'_>>,
    for_room: bool,
    until: Instant,
) -> Result<()> {
    let events = if for_room {
        PollFlags::POLLOUT
    } else {
        PollFlags::empty()
    };
    let mut polled = vec![PollFd::new(context.output.as_fd(), events)];
    polled.extend(
        context
            .signals
            .as_ref()
            // Once a stop was asked for there is nothing more to hear from them.
            .filter(|signals| !signals.asked())
            .map(|signals| PollFd::new(signals.as_fd(), PollFlags::POLLIN)),
    );
    polled.extend(told.map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
    let millis = until
        .saturating_duration_since(Instant::now())
        .as_micros()
        .div_ceil(1000);
    match poll(
        &mut polled,
        PollTimeout::try_from(millis).unwrap_or(PollTimeout::MAX),
    ) {
        Ok(_) | Err(nix::errno::Errno::EINTR) => {}
        Err(errno) => return Err(Error::failed(format!("cannot wait: {errno}"))),
    }
    if polled[0]
        .revents()
        .is_some_and(|events| events.intersects(PollFlags::POLLERR))
    {
        return Err(reader_has_gone());
    }
    Ok(())
}

/// The error that ends a command quietly.
pub(super) fn reader_has_gone() -> Error {
    Error::new(
        ErrorKind::OutputClosed,
        "the reader of standard output has gone",
    )
}
