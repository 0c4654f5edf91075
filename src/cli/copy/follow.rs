//! Copying on and on: a mirror.
//!
//! What can't be reached is tried again for as long as it takes: a directory goes on to take records while a cluster is
//! away, and they are shipped when it is back. That needs a name under which it is known how far the copy came; without
//! one an error is the end.

use std::time::{Duration, Instant};

use super::transfer::{Running, Transfer, Ways};
use crate::cli::consume::wait::wait;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::signals::Signals;
use crate::client::Watch;
use crate::error::{Error, ErrorKind, Result};

/// How long to wait before it is tried again, at first and at most.
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(30);
/// How often it is looked whether the topics are still what they were.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Copies until a signal comes, or something that waiting does not mend.
pub(super) fn run(
    mut transfers: Vec<Transfer>,
    ways: &Ways<'_>,
    context: &Context,
) -> Result<Outcome> {
    let mut rest = FIRST_REST;
    let mut began = false;
    loop {
        let mut mirror = Mirror {
            waiting: std::mem::take(&mut transfers),
            running: Vec::new(),
            moved: false,
        };
        let Err(error) = mirror.run(ways, context);
        began |= mirror.waiting.is_empty();
        let stops = context.signals.as_ref().is_some_and(Signals::asked);
        if stops || !began || ways.name.is_none() || !passes(&error) {
            return Err(error);
        }
        if mirror.moved {
            rest = FIRST_REST;
        }
        context.note(&format!(
            "{error}; trying again in {} s",
            rest.as_secs().max(1)
        ));
        pause(rest, context)?;
        rest = (rest * 2).min(LONGEST_REST);
        transfers = mirror.into_transfers();
    }
}

/// Whether it may pass: a place that is away comes back, most often.
fn passes(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Failed | ErrorKind::TimedOut | ErrorKind::Unanswered
    )
}

/// Waits so long, or until a signal.
fn pause(rest: Duration, context: &Context) -> Result<()> {
    let until = Instant::now() + rest;
    while Instant::now() < until {
        wait(context, None, false, until)?;
        context.signals.as_ref().map_or(Ok(()), Signals::check)?;
    }
    Ok(())
}

/// All the topics of one call.
struct Mirror {
    /// Those that have not begun.
    waiting: Vec<Transfer>,
    running: Vec<Running>,
    /// Whether anything was copied.
    moved: bool,
}

impl Mirror {
    fn run(&mut self, ways: &Ways<'_>, context: &Context) -> Result<std::convert::Infallible> {
        let mut watch = Watch::new(ways.source.as_ref());
        while let Some(transfer) = self.waiting.last() {
            let running = transfer.clone().begin(ways, context)?;
            running.watch(ways, &mut watch)?;
            self.running.push(running);
            self.waiting.pop();
        }
        let ended = self.pump(ways, &mut watch, context);
        // What was taken before a signal or an error stays.
        let settled = self.running.iter_mut().try_for_each(Running::checkpoint);
        match ended {
            Err(error) if error.kind() == ErrorKind::Interrupted => {
                settled?;
                Err(error)
            }
            ended => ended,
        }
    }

    fn pump(
        &mut self,
        ways: &Ways<'_>,
        watch: &mut Watch<()>,
        context: &Context,
    ) -> Result<std::convert::Infallible> {
        let mut looked = Instant::now();
        loop {
            for running in &mut self.running {
                running.pump(true, context.signals.as_ref())?;
                self.moved |= running.stored() > 0;
            }
            wait(
                context,
                watch.fd(),
                false,
                Instant::now() + watch.patience(),
            )?;
            watch.changes();
            context.signals.as_ref().map_or(Ok(()), Signals::check)?;
            if looked.elapsed() >= LOOK_EVERY {
                looked = Instant::now();
                for running in &self.running {
                    running.check_partitions(ways)?;
                }
            }
        }
    }

    fn into_transfers(self) -> Vec<Transfer> {
        let begun = self.running.into_iter().map(Running::into_transfer);
        self.waiting.into_iter().chain(begun).collect()
    }
}
