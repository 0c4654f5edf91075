//! How long to wait for others, and whom to tell.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::notes::Notes;
use crate::error::{Error, ErrorKind};

/// How long to wait for a lock, who is told when it takes long, and the flag that ends the wait. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Patience {
    deadline: Option<Instant>,
    notes: Notes,
    interrupted: Option<Arc<AtomicBool>>,
}

impl Patience {
    /// Waits for ever and says nothing.
    #[must_use]
    pub fn endless() -> Self {
        Self::default()
    }

    /// Waits until `deadline` at most.
    #[must_use]
    pub fn until(mut self, deadline: Option<Instant>) -> Self {
        self.deadline = deadline;
        self
    }

    /// Says who holds the lock when a wait lasts.
    #[must_use]
    pub fn telling(mut self, notes: Notes) -> Self {
        self.notes = notes;
        self
    }

    /// Ends the wait once `flag` is set: by the handler of a signal, as a rule.
    #[must_use]
    pub fn interrupted_by(mut self, flag: Arc<AtomicBool>) -> Self {
        self.interrupted = Some(flag);
        self
    }

    /// For what is to be brought to an end although we were asked to stop: if we were, waits for `grace` at most
    /// instead of not at all.
    #[must_use]
    pub fn to_finish(&self, grace: Duration) -> Self {
        let mut patience = self.clone();
        if patience.is_interrupted() {
            patience.interrupted = None;
            let end = Instant::now() + grace;
            patience.deadline = Some(self.deadline.map_or(end, |deadline| deadline.min(end)));
        }
        patience
    }

    /// When patience ends.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Who is told.
    #[must_use]
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// Whether we were asked to stop.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.interrupted
            .as_ref()
            .is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// Whether the time is up.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// The error that ends a wait for `lock`, if it is to end. `holder` says who has the lock, where that is known.
    pub(crate) fn verdict(
        &self,
        lock: &Path,
        holder: impl FnOnce() -> Option<String>,
    ) -> Option<Error> {
        let lock = lock.display();
        if self.is_interrupted() {
            return Some(Error::new(
                ErrorKind::Interrupted,
                format!("interrupted while waiting for the lock {lock}"),
            ));
        }
        self.is_over().then(|| {
            let holder = holder().map_or(String::new(), |holder| format!(", held by {holder}"));
            Error::new(
                ErrorKind::TimedOut,
                format!("timed out waiting for the lock {lock}{holder}"),
            )
            .help("wait longer with --timeout, or find out what the holder is doing")
        })
    }
}
