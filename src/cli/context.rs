//! What every command's run is given: which store, where results go, where notes go.
//!
//! Nothing in it is opened before a command asks for it: a start is a fixed price that every line of a shell loop
//! pays.

use std::io::Write as _;

use crate::cli::choice::{Choice, Place, StoreArgs};
use crate::cli::output::Output;
use crate::cli::signals::Signals;
use crate::error::{Error, Result};

/// The surroundings of one run.
pub(crate) struct Context {
    /// Standard output; results go here and nowhere else.
    pub(crate) output: Output,
    /// The signals that ask for a clean stop, where the command has something to finish: see [`Context::catch_signals`].
    pub(crate) signals: Option<Signals>,
    store: StoreArgs,
    quiet: bool,
}

impl Context {
    /// The surroundings as the command line says; makes no system call.
    pub(crate) fn new(store: StoreArgs, quiet: bool) -> Self {
        Self {
            output: Output::stdout(),
            signals: None,
            store,
            quiet,
        }
    }

    /// Refuses global flags that contradict each other.
    pub(crate) fn check_flags(&self) -> Result<()> {
        self.store.check()
    }

    /// Whether `-q` was given.
    pub(crate) fn quiet(&self) -> bool {
        self.quiet
    }

    /// Tells the user something that is no result and no error.
    pub(crate) fn note(&self, message: &str) {
        if !self.quiet {
            note(message);
        }
    }

    /// From now on SIGINT, SIGTERM and SIGHUP ask for a stop instead of ending the process at once.
    pub(crate) fn catch_signals(&mut self) -> Result<&Signals> {
        let signals = match self.signals.take() {
            Some(signals) => signals,
            None => Signals::catch()?,
        };
        Ok(self.signals.insert(signals))
    }

    /// Which store, and what chose it; opens nothing.
    pub(crate) fn choice(&self) -> Result<Choice> {
        let choice = Choice::make(&self.store, |name| std::env::var_os(name))?;
        match &choice.place {
            Place::Cluster(server) => Err(no_kafka_engine(server, &choice)),
            Place::Dir(_) | Place::LogDir(_) => Ok(choice),
        }
    }
}

fn no_kafka_engine(server: &str, choice: &Choice) -> Error {
    Error::failed(format!(
        "cannot work on the Kafka cluster {server} ({}): this build of kafdir has no Kafka engine",
        choice.by
    ))
    .help("say --dir DIR to work on a directory")
}

/// Writes one line to stderr, at once and in one piece; a stderr that is closed or full is no reason to fail.
pub(crate) fn note(message: &str) {
    let line = format!("kafdir: {message}\n");
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}
