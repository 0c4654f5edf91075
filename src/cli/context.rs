//! What every command's run is given: which store, where results go, where notes go.
//!
//! Nothing in it is opened before a command asks for it: a start is a fixed price that every line of a shell loop
//! pays.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::cli::choice::{Choice, ChosenBy, Place};
use crate::cli::flag;
use crate::cli::global::{GlobalArgs, Invoked};
use crate::cli::output::Output;
use crate::cli::signals::Signals;
use crate::client::{Directory, Engine, TopicConfig};
use crate::error::{Error, Result};
use crate::kafka::{Cluster, ClusterSettings};
use crate::store::{Layout, Notes, Patience, Store, StoreOptions};

/// The surroundings of one run.
pub(crate) struct Context {
    /// Standard output; results go here and nowhere else.
    pub(crate) output: Output,
    /// The signals that ask for a clean stop, where the command has something to finish: see [`Context::catch_signals`].
    pub(crate) signals: Option<Signals>,
    global: GlobalArgs,
    /// Whether the command line ends with `--`: what clap makes of it looks as if it were not there.
    pub(crate) lacks_command: bool,
}

impl Context {
    /// The surroundings that the command line's first part, up to the command's name, asks for; makes no system call.
    pub(crate) fn new(global: GlobalArgs, lacks_command: bool) -> Self {
        Self {
            output: Output::stdout(),
            signals: None,
            global,
            lacks_command,
        }
    }

    /// Takes in the global flags that were given after the command's name, and hands on its own arguments.
    pub(crate) fn invoked<T>(&mut self, invoked: Invoked<T>) -> Result<T> {
        self.global = std::mem::take(&mut self.global).and(invoked.global)?;
        Ok(invoked.args)
    }

    /// Whether `-q` was given.
    pub(crate) fn quiet(&self) -> bool {
        self.global.quiet
    }

    /// Tells the user something that is no result and no error.
    pub(crate) fn note(&self, message: &str) {
        if !self.global.quiet {
            note(message);
        }
    }

    /// Refuses the flags that choose a store, for a command that works on none that is there.
    pub(crate) fn refuse_store(&self, command: &str) -> Result<()> {
        match self.global.store.given()? {
            Some(flag) => flag::excludes(command, &[(flag, true)]),
            None => Ok(()),
        }
    }

    /// The file that a flag named for how a cluster is connected to.
    pub(crate) fn command_config(&self) -> Option<&Path> {
        self.global.cluster.command_config()
    }

    /// From now on SIGINT, SIGTERM and SIGHUP ask for a stop instead of ending the process at once.
    pub(crate) fn catch_signals(&mut self) -> Result<&Signals> {
        let signals = match self.signals.take() {
            Some(signals) => signals,
            None => Signals::catch()?,
        };
        Ok(self.signals.insert(signals))
    }

    /// The same for a member of a group: see [`Signals::catch_with_twins`].
    pub(crate) fn catch_signals_of_member(&mut self) -> Result<&Signals> {
        let signals = match self.signals.take() {
            Some(signals) => signals,
            None => Signals::catch_with_twins()?,
        };
        Ok(self.signals.insert(signals))
    }

    /// The same, but only the first one asks us to stop; those that follow are for our children.
    pub(crate) fn catch_signals_to_pass_on(&mut self) -> Result<&Signals> {
        let signals = match self.signals.take() {
            Some(signals) => signals,
            None => Signals::catch_to_pass_on()?,
        };
        Ok(self.signals.insert(signals))
    }

    /// Which store, and what chose it; opens nothing.
    pub(crate) fn choice(&self) -> Result<Choice> {
        let choice = Choice::make(&self.global.store, |name| std::env::var_os(name))?;
        if !matches!(choice.place, Place::Cluster(_)) {
            self.global.cluster.refuse(&choice.by.to_string())?;
        }
        Ok(choice)
    }

    /// Opens the store that is there: to read from it, or to change what is in it. Locks are waited for until
    /// `deadline`.
    pub(crate) fn store_for_reading(&self, deadline: Option<Instant>) -> Result<Arc<Store>> {
        let choice = self.choice()?;
        let options = self.store_options(&choice, deadline);
        match &choice.place {
            Place::LogDir(path) => Store::open_log_dir(path, options),
            Place::Dir(path) => Store::open(path, options),
            Place::Cluster(server) => Err(directories_only(server, &choice)),
        }
        .map(Arc::new)
    }

    /// Opens the place that is there: to read from it, or to change what is in it. It is waited for until `deadline`.
    pub(crate) fn engine_for_reading(&self, deadline: Option<Instant>) -> Result<Arc<dyn Engine>> {
        match self.cluster(deadline)? {
            Some(cluster) => Ok(cluster),
            None => Ok(directory(self.store_for_reading(deadline)?)),
        }
    }

    /// Opens the place to write to it, making it if it is not there and can be made.
    pub(crate) fn engine_for_writing(&self, timeout: Option<Duration>) -> Result<Arc<dyn Engine>> {
        match self.cluster(flag::deadline(timeout))? {
            Some(cluster) => Ok(cluster),
            None => Ok(directory(self.store_for_writing(timeout)?)),
        }
    }

    /// Opens the place that is there to write to it.
    pub(crate) fn engine_for_changing(&self, deadline: Option<Instant>) -> Result<Arc<dyn Engine>> {
        if let Some(cluster) = self.cluster(deadline)? {
            return Ok(cluster);
        }
        let store = self.store_for_reading(deadline)?;
        store.begin_writing()?;
        Ok(directory(store))
    }

    /// Opens the place that is there for several members of a group: what all of them would say is said once.
    ///
    /// The deadline is for a cluster alone, which may be away: a lock here is always let go.
    pub(crate) fn engine_for_members(&self, deadline: Option<Instant>) -> Result<Arc<dyn Engine>> {
        let choice = self.choice()?;
        match &choice.place {
            Place::Cluster(server) => {
                let patience = self.patience_of_members().until(deadline);
                self.open_cluster(server, &choice, patience)
            }
            Place::Dir(_) | Place::LogDir(_) => Ok(directory(self.store_for_members()?)),
        }
    }

    /// The cluster, where one was chosen.
    fn cluster(&self, deadline: Option<Instant>) -> Result<Option<Arc<dyn Engine>>> {
        let choice = self.choice()?;
        let Place::Cluster(server) = &choice.place else {
            return Ok(None);
        };
        let patience = self.store_options(&choice, deadline).patience;
        self.open_cluster(server, &choice, patience).map(Some)
    }

    fn open_cluster(
        &self,
        server: &str,
        choice: &Choice,
        patience: Patience,
    ) -> Result<Arc<dyn Engine>> {
        let settings = self
            .global
            .cluster
            .settings(|name| std::env::var_os(name))?;
        Cluster::open(server, settings, choice.by.to_string(), patience)
    }

    /// Refuses copies of partitions that the place does not keep, before anything is opened.
    pub(crate) fn check_replication(&self, factor: Option<i32>) -> Result<()> {
        match self.choice()?.place {
            Place::Cluster(_) => Ok(()),
            Place::Dir(_) | Place::LogDir(_) => Directory::check_replication(factor),
        }
    }

    /// Refuses settings of a topic that the place can't have, before anything is opened.
    pub(crate) fn check_config(&self, set: &TopicConfig, unset: &[String]) -> Result<()> {
        // A cluster may have others than we know: it is the one to say.
        if let Place::Cluster(_) = self.choice()?.place {
            return Ok(());
        }
        Directory::check_config(set).map_err(|error| error.within("--config"))?;
        Directory::check_names(unset).map_err(|error| error.within("--delete-config"))
    }

    /// Opens the store that is there for several members of a group: what all of them would say is said once.
    pub(crate) fn store_for_members(&self) -> Result<Arc<Store>> {
        let choice = self.choice()?;
        let options = StoreOptions {
            chosen_by: choice.by.to_string(),
            patience: self.patience_of_members(),
        };
        let store = match &choice.place {
            Place::LogDir(path) => Store::open_log_dir(path, options),
            Place::Dir(path) => Store::open(path, options),
            Place::Cluster(server) => Err(directories_only(server, &choice)),
        }?;
        store.begin_writing()?;
        Ok(Arc::new(store))
    }

    /// Waits for ever, and says once what several say.
    fn patience_of_members(&self) -> Patience {
        let said = Mutex::new(HashSet::new());
        let quiet = self.global.quiet;
        let notes = Notes::new(move |message| {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            if !quiet && said.insert(message.to_owned()) {
                note(message);
            }
        });
        Patience::endless().telling(notes)
    }

    /// Opens the store to find out what is wrong with it.
    pub(crate) fn store_to_check(&self, deadline: Option<Instant>) -> Result<Arc<Store>> {
        let choice = self.choice()?;
        let options = self.store_options(&choice, deadline);
        match &choice.place {
            Place::LogDir(path) => Store::open_log_dir(path, options),
            Place::Dir(path) => Store::open_to_check(path, options),
            Place::Cluster(server) => Err(directories_only(server, &choice)),
        }
        .map(Arc::new)
    }

    /// Opens the store to write to it, making it if it is not there; locks are waited for so long at most.
    pub(crate) fn store_for_writing(&self, timeout: Option<Duration>) -> Result<Arc<Store>> {
        let choice = self.choice()?;
        let options = self.store_options(&choice, flag::deadline(timeout));
        let store = match &choice.place {
            Place::LogDir(path) => Store::open_log_dir(path, options),
            Place::Dir(path) => Store::open_or_create(path, options),
            Place::Cluster(server) => Err(directories_only(server, &choice)),
        }?;
        store.begin_writing()?;
        Ok(Arc::new(store))
    }

    /// Opens another cluster beside the chosen place.
    pub(crate) fn other_cluster(
        &self,
        server: &str,
        settings: ClusterSettings,
        timeout: Option<Duration>,
    ) -> Result<Arc<dyn Engine>> {
        let choice = Choice {
            place: Place::Cluster(server.to_owned()),
            by: ChosenBy::Flag("--to"),
        };
        let patience = self
            .store_options(&choice, flag::deadline(timeout))
            .patience;
        Cluster::open(server, settings, choice.by.to_string(), patience)
    }

    /// Opens another directory beside the chosen store, to write to it; it is made if it is not there.
    pub(crate) fn other_engine_for_writing(
        &self,
        path: &Path,
        timeout: Option<Duration>,
    ) -> Result<Arc<dyn Engine>> {
        let store = Store::open_or_create(path, self.other_store_options(path, timeout))?;
        store.begin_writing()?;
        Ok(directory(Arc::new(store)))
    }

    /// The same to look into it; none if it is not there.
    pub(crate) fn other_engine_for_reading(
        &self,
        path: &Path,
        timeout: Option<Duration>,
    ) -> Result<Option<Arc<dyn Engine>>> {
        if !Layout::new(path.to_owned()).meta_properties().exists() {
            return Ok(None);
        }
        let store = Store::open(path, self.other_store_options(path, timeout))?;
        Ok(Some(directory(Arc::new(store))))
    }

    fn other_store_options(&self, path: &Path, timeout: Option<Duration>) -> StoreOptions {
        let choice = Choice {
            place: Place::Dir(path.to_owned()),
            by: ChosenBy::Flag("--to"),
        };
        self.store_options(&choice, flag::deadline(timeout))
    }

    fn store_options(&self, choice: &Choice, deadline: Option<Instant>) -> StoreOptions {
        let notes = if self.global.quiet {
            Notes::silent()
        } else {
            Notes::new(note)
        };
        let mut patience = Patience::endless().until(deadline).telling(notes);
        if let Some(signals) = &self.signals {
            patience = patience.interrupted_by(signals.flag());
        }
        StoreOptions {
            chosen_by: choice.by.to_string(),
            patience,
        }
    }
}

fn directory(store: Arc<Store>) -> Arc<dyn Engine> {
    Arc::new(Directory::new(store))
}

/// The error of a command that needs files.
fn directories_only(server: &str, choice: &Choice) -> Error {
    Error::usage(format!(
        "this works on a directory, and not on the cluster {server} (from {})",
        choice.by
    ))
    .help("say --dir DIR to work on a directory")
}

/// Writes one line to stderr, at once and in one piece; a stderr that is closed or full is no reason to fail.
pub(crate) fn note(message: &str) {
    let line = format!("kafdir: {message}\n");
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}
