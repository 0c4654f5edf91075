//! Ends waits for locks that last too long.
//!
//! A wait for a lock is a blocking flock: nothing wakes up faster, and nothing is fairer. It knows no deadline,
//! though, and a handler's flag does not end it. So a thread of its own, made at the first wait, looks at all
//! waits of the process every tenth of a second, says after one second who holds the lock, and when one is to end
//! it sends its thread a signal until that has seen it. The signal's handler does nothing: it is there only because
//! flock returns for signals that have one.

use std::os::unix::thread::JoinHandleExt as _;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::pthread::{Pthread, pthread_kill, pthread_self};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, sigaction};

use super::lock::FileId;
use super::lock_holder;
use super::patience::Patience;
use super::signal_mask;
use crate::error::{Error, Result};

/// A wait shorter than this is nobody's business.
const TELL_AFTER: Duration = Duration::from_secs(1);

/// How often waits are looked at.
const TICK: Duration = Duration::from_millis(100);

/// How often a thread that is to wake up is sent the signal: it may come just before flock does.
const INSIST: Duration = Duration::from_millis(2);

/// So many ticks without anybody waiting, and the thread sleeps until it is called.
const IDLE_TICKS: u32 = 10;

/// One thread's wait.
struct Wait {
    thread: Pthread,
    since: Instant,
    told: bool,
    path: Arc<Path>,
    file: FileId,
    patience: Patience,
}

impl Wait {
    fn is_to_end(&self) -> bool {
        self.patience.is_interrupted() || self.patience.is_over()
    }

    fn next_look(&self, now: Instant) -> Instant {
        let mut next = now + if self.is_to_end() { INSIST } else { TICK };
        if !self.told {
            next = next.min(self.since + TELL_AFTER);
        }
        match self.patience.deadline() {
            Some(deadline) if deadline > now => next.min(deadline),
            _ => next,
        }
    }

    /// On a thread of its own, since a full stderr must not keep the others from their deadlines.
    fn tell(&mut self) {
        self.told = true;
        let (path, file, notes) = (
            Arc::clone(&self.path),
            self.file,
            self.patience.notes().clone(),
        );
        let told = thread::Builder::new().spawn(move || {
            let holder = lock_holder::describe(file)
                .map_or(String::new(), |holder| format!(", held by {holder}"));
            notes.say(&format!("waiting for the lock {}{holder}", path.display()));
        });
        // Without a thread the wait goes on in silence.
        drop(told);
    }
}

#[derive(Default)]
struct Waits {
    current: Vec<Wait>,
    /// When the thread looks next; none while it sleeps.
    next_look: Option<Instant>,
    started: bool,
}

static WAITS: Mutex<Waits> = Mutex::new(Waits {
    current: Vec::new(),
    next_look: None,
    started: false,
});
static CALL: Condvar = Condvar::new();

fn waits() -> MutexGuard<'static, Waits> {
    WAITS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The calling thread's wait is watched until this is dropped.
pub(crate) struct Watched(Pthread);

impl Watched {
    /// Begins to watch: from now on flock returns early when `patience` ends.
    pub(crate) fn begin(path: &Arc<Path>, file: FileId, patience: &Patience) -> Result<Self> {
        let now = Instant::now();
        let thread = pthread_self();
        let wait = Wait {
            thread,
            since: now,
            told: false,
            path: Arc::clone(path),
            file,
            patience: patience.clone(),
        };
        let mut all = waits();
        if !all.started {
            start()?;
            all.started = true;
        }
        let call = all
            .next_look
            .is_none_or(|planned| planned > wait.next_look(now));
        all.current.push(wait);
        if call {
            CALL.notify_one();
        }
        Ok(Self(thread))
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // After this no signal is sent to the thread any more: it may end.
        waits().current.retain(|wait| wait.thread != self.0);
    }
}

fn start() -> Result<()> {
    handle_wake()?;
    let started = thread::Builder::new()
        .name("kafdir-locks".to_owned())
        .spawn(watch)
        .map_err(|error| Error::failed(format!("cannot start a thread to watch locks: {error}")))?;
    // Never joined: it ends with the process.
    let _ = started.into_pthread_t();
    Ok(())
}

#[expect(
    unsafe_code,
    reason = "signal-hook's handlers make flock start again by itself; ours must not, and does nothing at all"
)]
fn handle_wake() -> Result<()> {
    extern "C" fn nothing(_: nix::libc::c_int) {}
    let action = SigAction::new(
        SigHandler::Handler(nothing),
        SaFlags::empty(),
        SigSet::empty(),
    );
    // SAFETY: the handler touches nothing, which is safe at any time in any thread.
    unsafe { sigaction(signal_mask::WAKE, &action) }
        .map_err(|error| Error::failed(format!("cannot handle {}: {error}", signal_mask::WAKE)))?;
    Ok(())
}

fn watch() {
    signal_mask::block_all();
    let mut all = waits();
    let mut idle = 0;
    loop {
        let now = Instant::now();
        for wait in &mut all.current {
            if wait.is_to_end() {
                // Fails only for a thread that is gone, and one that waits here is not.
                let _ = pthread_kill(wait.thread, signal_mask::WAKE);
            } else if !wait.told && now >= wait.since + TELL_AFTER {
                wait.tell();
            }
        }
        idle = if all.current.is_empty() { idle + 1 } else { 0 };
        all = if idle > IDLE_TICKS {
            all.next_look = None;
            CALL.wait(all).unwrap_or_else(PoisonError::into_inner)
        } else {
            let next = all.current.iter().map(|wait| wait.next_look(now)).min();
            let next = next.unwrap_or(now + TICK);
            all.next_look = Some(next);
            let pause = next.saturating_duration_since(Instant::now());
            CALL.wait_timeout(all, pause)
                .unwrap_or_else(PoisonError::into_inner)
                .0
        };
    }
}
