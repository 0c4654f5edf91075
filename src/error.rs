//! What went wrong, where, and what one can do about it.
//!
//! There is one error type. Its [`ErrorKind`] is what callers match on and what becomes the exit code; its
//! message says what happened and where (path, byte position, offset, line number); its help, where there is
//! something to do, says what.

use std::fmt;
use std::io;
use std::path::Path;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of thing went wrong: the part of an [`Error`] that code may act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operation failed: I/O, a refused input, a conflict.
    Failed,
    /// A record can't be taken into its topic: too large, without a key it needs, out of the bounds of time.
    Refused,
    /// The command line, a setting or a variable can't be used as it is.
    Usage,
    /// No topic of that name.
    UnknownTopic,
    /// The topic, or the partition, was deleted while it was in use.
    TopicDeleted,
    /// No consumer group of that name.
    UnknownGroup,
    /// This member is not in its group any more: somebody put it out.
    Evicted,
    /// The COMMAND that records were handed to failed.
    CommandFailed,
    /// A lock was not to be had, or a state not reached, in the time allowed.
    TimedOut,
    /// What was asked was not answered. Who is away may come back.
    Unanswered,
    /// Files hold something that no writer of theirs can have meant.
    Damaged,
    /// SIGINT, SIGTERM or SIGHUP asked us to stop.
    Interrupted,
    /// The reader of our standard output has gone.
    OutputClosed,
}

/// What went wrong, where, and what one can do.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    /// What follows the message and the system's own words.
    more: String,
    help: Option<String>,
    source: Option<io::Error>,
}

impl Error {
    /// An error of `kind`; `message` is one sentence without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            more: String::new(),
            help: None,
            source: None,
        }
    }

    /// Something failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failed, message)
    }

    /// The command line, a setting or a variable is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// The system refused `action` ("open", "rename", ...) on `path`.
    #[must_use]
    pub fn io(action: &str, path: &Path, source: io::Error) -> Self {
        let mut error = Self::failed(format!("cannot {action} {}", path.display()));
        error.source = Some(source);
        error
    }

    /// `path` is damaged at `position`, in bytes from its start.
    pub fn damaged(path: &Path, position: u64, why: impl fmt::Display) -> Self {
        Self::new(
            ErrorKind::Damaged,
            format!("{} is damaged at byte {position}: {why}", path.display()),
        )
        .help("run 'kafdir check' for the whole picture, then 'kafdir check --repair'")
    }

    /// Adds what one can do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Puts `context` and a colon before the message: where it happened, seen from further up.
    #[must_use]
    pub fn within(mut self, context: impl fmt::Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// Adds to the message what else is to be known, after a semicolon.
    #[must_use]
    pub fn and(mut self, more: impl fmt::Display) -> Self {
        self.more.push_str("; ");
        self.more.push_str(&more.to_string());
        self
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What one can do about it, where there is something.
    #[must_use]
    pub fn help_text(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The system's own error behind this one.
    #[must_use]
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        self.source.as_ref().map(io::Error::kind)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(source) = &self.source {
            write!(f, ": {source}")?;
        }
        f.write_str(&self.more)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// Gives a system error the action and the path it happened at.
pub trait IoContext<T> {
    /// Turns an `io::Error` into an [`Error`] that says `action` and `path`.
    fn at(self, action: &str, path: &Path) -> Result<T>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn at(self, action: &str, path: &Path) -> Result<T> {
        self.map_err(|source| Error::io(action, path, source))
    }
}

impl<T> IoContext<T> for nix::Result<T> {
    fn at(self, action: &str, path: &Path) -> Result<T> {
        self.map_err(|errno| Error::io(action, path, errno.into()))
    }
}
