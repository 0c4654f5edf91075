//! One run of an import.

use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::merge;
use super::reading::Reading;
use crate::cli::produce::feed::Feed;
use crate::cli::produce::plan::{Input as Named, ProducePlan, Resume, Routing, Source};
use crate::cli::produce::run;
use crate::cli::signals::Signals;
use crate::client::{ImportRouting, Positions, Produced, Roster, SourcePosition, Watch};
use crate::error::{Error, IoContext as _, Result};
use crate::record::Header;
use crate::store::{Store, Topic, durable};
use crate::text::{Delimiter, HeaderBuf};

/// How much is read between two notes of how far it is stored, in bytes.
const SETTLE_BYTES: u64 = 64 << 20;
/// How much time passes between two of them while something comes.
const SETTLE_TIME: Duration = Duration::from_secs(1);

/// The files, and what is remembered of them.
pub(super) struct Session<'p> {
    plan: &'p ProducePlan,
    resume: &'p Resume,
    store: &'p Arc<Store>,
    topic: Topic,
    dir: PathBuf,
    positions: Positions,
    paths: Vec<PathBuf>,
    delimiter: Delimiter,
    signals: &'p Signals,
    readings: Vec<Reading>,
    quiet: bool,
    watch: Option<Watch<()>>,
    settled: Instant,
    unsettled_bytes: u64,
    /// Of files that were finished and left.
    produced: Vec<Produced>,
    skipped: u64,
}

impl<'p> Session<'p> {
    pub(super) fn open(
        plan: &'p ProducePlan,
        resume: &'p Resume,
        store: &'p Arc<Store>,
        topic: Topic,
        signals: &'p Signals,
        quiet: bool,
    ) -> Result<Self> {
        let dir = store.layout().import_dir(&resume.name);
        let positions = match Positions::read(&dir)? {
            Some(positions) => {
                positions.check(&dir, &topic, &resume.options)?;
                positions
            }
            None => Positions::new(&topic, resume.options.clone()),
        };
        let paths = paths(plan)?;
        let mut watch = resume.follow.then(Watch::of_directories);
        for path in &paths {
            if let Some(watch) = &mut watch {
                watch.add(durable::parent(path), ());
            }
        }
        let delimiter = match &plan.source {
            Source::Input { form, .. } => form.delimiter(),
            Source::Tombstone => Delimiter::newline(),
        };
        let mut session = Self {
            plan,
            resume,
            store,
            topic,
            dir,
            positions,
            paths,
            delimiter,
            signals,
            readings: Vec::new(),
            quiet,
            watch,
            settled: Instant::now(),
            unsettled_bytes: 0,
            produced: Vec::new(),
            skipped: 0,
        };
        session.look(true)?;
        Ok(session)
    }

    /// Stores what is there; goes on with what comes, if that was asked for.
    pub(super) fn run(&mut self) -> Result<()> {
        let plan = self.plan;
        let headers: Vec<Header<'_>> = plan.headers.iter().map(HeaderBuf::as_header).collect();
        let left = self.readings.iter().map(|reading| {
            let source = reading.source();
            source.size.saturating_sub(source.position)
        });
        let total = (!self.resume.follow).then(|| left.sum());
        let mut feed = run::feed(plan, &self.topic, &headers, total, self.signals, self.quiet);
        loop {
            self.drain(&mut feed)?;
            if !self.resume.follow {
                return Ok(());
            }
            if self.settled.elapsed() >= SETTLE_TIME {
                self.settle()?;
            }
            self.wait()?;
            // Once more, before files are looked for anew: one may have been written to and removed.
            self.drain(&mut feed)?;
            if self.has_moved() {
                self.settle()?;
                self.look(false)?;
            }
        }
    }

    /// Reads every file to its end.
    fn drain(&mut self, feed: &mut Feed<'_>) -> Result<()> {
        for at in 0..self.readings.len() {
            loop {
                self.signals.check()?;
                let read = self.readings[at].read(feed)?;
                if read == 0 {
                    break;
                }
                self.unsettled_bytes += read as u64;
                if self.unsettled_bytes >= SETTLE_BYTES {
                    self.settle()?;
                }
            }
            // What follows a file in time follows it in the log.
            self.readings[at].flush()?;
        }
        Ok(())
    }

    /// Whether a file is not any more what its path names, or is shorter than what was read of it.
    fn has_moved(&self) -> bool {
        self.paths.iter().any(|path| {
            let current = self
                .readings
                .iter()
                .find(|reading| reading.tracked.current && reading.path() == path);
            let Some(reading) = current else {
                return path.exists();
            };
            let source = reading.source();
            let same = std::fs::File::open(path).and_then(|file| {
                let length = file.metadata()?.len();
                Ok(length >= source.size.max(reading.taken())
                    && source.identity.is_inode_of(&file)?
                    && source.identity.has_content_of(&file, source.position)?)
            });
            !same.unwrap_or(false)
        })
    }

    /// Looks where the files are now. What was read is settled before.
    fn look(&mut self, first: bool) -> Result<()> {
        for reading in self.readings.drain(..) {
            self.produced.extend(reading.produced());
            self.skipped += reading.skipped();
        }
        let mut known = std::mem::take(&mut self.positions.sources);
        let interrupted = std::mem::replace(&mut self.positions.running, true) && first;
        for path in self.paths.clone() {
            let of_path = known.extract_if(.., |source| source.path == path).collect();
            let roster = Roster::look(self.store, &self.topic, &path, of_path)?;
            for lost in &roster.lost {
                self.store.notes().say(lost);
            }
            if first && roster.tracked.is_empty() && !self.resume.follow {
                return Err(missing(&path));
            }
            let sources = roster.tracked.iter().map(|tracked| tracked.source.clone());
            self.positions.sources.extend(sources);
            for tracked in roster.tracked {
                let (routing, options) = (routing(self.plan), run::options(self.plan));
                // The producer's id must be known before the first of its records is.
                self.readings.push(Reading::open(
                    self.store,
                    &self.topic,
                    routing,
                    &options,
                    &self.delimiter,
                    tracked,
                    interrupted,
                )?);
            }
        }
        // Those of names that were not given this time are kept for when they are.
        self.positions.sources.append(&mut known);
        self.positions.write(&self.dir)
    }

    /// Makes what was read durable, and then remembers how far that is.
    pub(super) fn settle(&mut self) -> Result<()> {
        self.settled = Instant::now();
        self.unsettled_bytes = 0;
        if !self.readings.iter().any(Reading::is_unsettled) {
            return Ok(());
        }
        self.remember()
    }

    /// Settles, and remembers that the run has come to its end.
    pub(super) fn end(&mut self) -> Result<()> {
        self.positions.running = false;
        self.remember()
    }

    fn remember(&mut self) -> Result<()> {
        for reading in &mut self.readings {
            reading.sync()?;
        }
        // All of them: what one stored moves the others' ends too.
        for reading in &mut self.readings {
            reading.settle()?;
        }
        let others = |source: &SourcePosition| !self.paths.contains(&source.path);
        let mut sources: Vec<SourcePosition> = self
            .readings
            .iter()
            .map(|reading| reading.source().clone())
            .collect();
        sources.extend(self.positions.sources.drain(..).filter(others));
        self.positions.sources = sources;
        self.positions.write(&self.dir)
    }

    /// Waits until something changes in the directory of a file, a note of how far it is stored is due, or a signal
    /// comes.
    fn wait(&mut self) -> Result<()> {
        let Some(watch) = &mut self.watch else {
            return Ok(());
        };
        let unsettled = self.readings.iter().any(Reading::is_unsettled);
        let patience = if unsettled {
            SETTLE_TIME.saturating_sub(self.settled.elapsed())
        } else {
            watch.patience()
        };
        let mut polled = vec![PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
        polled.extend(watch.fd().map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
        let millis = patience.min(watch.patience()).as_micros().div_ceil(1000);
        match poll(
            &mut polled,
            PollTimeout::try_from(millis).unwrap_or(PollTimeout::MAX),
        ) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Error::failed(format!("cannot wait: {errno}"))),
        }
        drop(polled);
        watch.changes();
        self.signals.check()
    }

    /// What was stored in this run, by partition.
    pub(super) fn produced(&self) -> Vec<Produced> {
        let now = self.readings.iter().flat_map(Reading::produced);
        merge(self.produced.iter().copied().chain(now))
    }

    /// Records that were stored already.
    pub(super) fn skipped(&self) -> u64 {
        self.skipped + self.readings.iter().map(Reading::skipped).sum::<u64>()
    }
}

/// The files' names as absolute paths: the next run may begin in another directory.
fn paths(plan: &ProducePlan) -> Result<Vec<PathBuf>> {
    let Source::Input { inputs, .. } = &plan.source else {
        return Ok(Vec::new());
    };
    let mut paths = Vec::with_capacity(inputs.len());
    for input in inputs {
        if let Named::File(path) = input {
            let path = std::path::absolute(path).at("find", path)?;
            if paths.contains(&path) {
                return Err(Error::usage(format!("{} is named twice", path.display())));
            }
            paths.push(path);
        }
    }
    Ok(paths)
}

fn routing(plan: &ProducePlan) -> ImportRouting {
    match plan.routing {
        Routing::Partition(partition) => ImportRouting::Partition(partition),
        Routing::Murmur2 => ImportRouting::Key,
        Routing::RoundRobin => ImportRouting::RoundRobin,
    }
}

fn missing(path: &Path) -> Error {
    Error::failed(format!("cannot open {}: no such file", path.display()))
        .help("with --follow the import waits for it")
}
