//! Which signals wait while a lock is held.
//!
//! A process stopped by Ctrl-Z under a lock would freeze everybody else, and one that dies between two steps leaves
//! work to the next. So the stop signals are blocked from before a short lock is asked for until it was let go, and
//! those that ask us to end while it is held. While we wait for the lock the latter come through.
//!
//! A signal sent to the process goes to any thread that does not block it. Threads beside the one that takes locks
//! must therefore begin with [`block_all`].

use std::cell::Cell;
use std::marker::PhantomData;

use nix::sys::signal::{SigSet, SigmaskHow, Signal};

/// They stop a process.
const STOP: [Signal; 3] = [Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU];

/// They ask a process to end.
const END: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

/// Breaks a wait for a lock off. Ignored by default, so one that comes late does no harm.
pub(crate) const WAKE: Signal = Signal::SIGURG;

thread_local! {
    /// Short locks held by this thread, and the mask it had before the first.
    static HELD: Cell<(u32, Option<SigSet>)> = const { Cell::new((0, None)) };
}

/// Blocks every signal in the calling thread, so that they all go to the main thread.
pub fn block_all() {
    set(&SigSet::all());
}

/// The stop and end signals are blocked in this thread until this is dropped. Nests.
pub(crate) struct Blocked(PhantomData<*const ()>);

impl Blocked {
    pub(crate) fn enter() -> Self {
        HELD.with(|held| {
            let (depth, mut saved) = held.get();
            if depth == 0 {
                saved = with(SigSet::empty(), &[STOP, END])
                    .thread_swap_mask(SigmaskHow::SIG_BLOCK)
                    .ok();
            }
            held.set((depth + 1, saved));
        });
        Self(PhantomData)
    }

    /// Lets the signals that end a process through, and [`WAKE`], until the result is dropped.
    pub(crate) fn wait(&self) -> Waiting<'_> {
        if let Some(saved) = HELD.with(Cell::get).1 {
            let mut mask = with(saved, &[STOP]);
            mask.remove(WAKE);
            set(&mask);
        }
        Waiting(self)
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        HELD.with(|held| {
            let (depth, saved) = held.get();
            held.set((depth.saturating_sub(1), saved));
            if let (1, Some(saved)) = (depth, saved) {
                set(&saved);
            }
        });
    }
}

/// A wait under [`Blocked`].
pub(crate) struct Waiting<'a>(#[expect(dead_code, reason = "keeps the borrow")] &'a Blocked);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(saved) = HELD.with(Cell::get).1 {
            set(&with(saved, &[STOP, END]));
        }
    }
}

fn with(mut set: SigSet, more: &[[Signal; 3]]) -> SigSet {
    for &signal in more.iter().flatten() {
        set.add(signal);
    }
    set
}

fn set(mask: &SigSet) {
    // pthread_sigmask fails for a wrong `how` only, and this one is right.
    let _ = mask.thread_set_mask();
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn blocked(signal: Signal) -> bool {
        SigSet::thread_get_mask().unwrap().contains(signal)
    }

    #[test]
    fn nests_and_restores() {
        let before = SigSet::thread_get_mask().unwrap();
        let outer = Blocked::enter();
        let inner = Blocked::enter();
        assert!(blocked(Signal::SIGTSTP) && blocked(Signal::SIGINT) && blocked(Signal::SIGHUP));
        let waiting = inner.wait();
        assert!(blocked(Signal::SIGTSTP) && !blocked(Signal::SIGINT) && !blocked(WAKE));
        drop(waiting);
        assert!(blocked(Signal::SIGTERM));
        drop(outer);
        assert!(blocked(Signal::SIGTERM), "one lock is still held");
        drop(inner);
        assert_eq!(SigSet::thread_get_mask().unwrap(), before);
    }
}
