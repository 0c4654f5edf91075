//! What is worth saying to a person, and is no result.
//!
//! The library prints nothing. Whoever opens a store decides where its notes go.

use std::fmt;
use std::sync::Arc;

/// Where notes go: one sentence each, without a full stop. Cheap to clone.
#[derive(Clone)]
pub struct Notes(Arc<dyn Fn(&str) + Send + Sync>);

impl Notes {
    /// Gives every note to `say`, which may be called from any thread.
    pub fn new(say: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(say))
    }

    /// Drops every note.
    #[must_use]
    pub fn silent() -> Self {
        Self::new(|_| ())
    }

    /// Says one.
    pub fn say(&self, note: &str) {
        (self.0)(note);
    }
}

impl Default for Notes {
    fn default() -> Self {
        Self::silent()
    }
}

impl fmt::Debug for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notes")
    }
}
