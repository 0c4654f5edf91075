//! A thread that syncs what a producer has appended, while the producer appends more.
//!
//! One job runs at a time, and what is appended meanwhile is covered by the next: one sync for all of it. Each
//! finished job puts a byte into a pipe, so that a producer whose input has paused hears of a failure at once.

use std::io::{PipeReader, PipeWriter, Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use crate::error::{Error, IoContext, Result};
use crate::log::Unsynced;
use crate::store::{Store, TopicPartition, signal_mask};

/// What to sync: for each partition, by its number, what is not on disk.
pub(crate) type Job = Vec<(usize, TopicPartition, Unsynced)>;
/// What became of it.
pub(crate) type Outcome = Vec<(usize, i64, Result<()>)>;

/// The thread, and the way to it and back.
pub(crate) struct Syncer {
    jobs: Option<Sender<Job>>,
    outcomes: Receiver<Outcome>,
    bell: PipeReader,
    thread: Option<JoinHandle<()>>,
    busy: bool,
}

impl Syncer {
    pub(crate) fn start(store: &Arc<Store>) -> Result<Self> {
        let (jobs, to_do) = channel();
        let (done, outcomes) = channel();
        let (bell, ring) = std::io::pipe()
            .map_err(|error| Error::failed(format!("cannot make a pipe: {error}")))?;
        let store = store.clone();
        let thread = std::thread::Builder::new()
            .name("sync".to_owned())
            .stack_size(256 * 1024)
            .spawn(move || work(&store, &to_do, &done, ring))
            .at("start a thread to sync", std::path::Path::new("files"))?;
        Ok(Self {
            jobs: Some(jobs),
            outcomes,
            bell,
            thread: Some(thread),
            busy: false,
        })
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.busy
    }

    /// Readable once a job is done.
    pub(crate) fn bell(&self) -> &PipeReader {
        &self.bell
    }

    pub(crate) fn begin(&mut self, job: Job) {
        if let Some(jobs) = &self.jobs {
            self.busy = jobs.send(job).is_ok();
        }
    }

    /// The outcome of the running job, if there is one: waits for it if `wait`.
    pub(crate) fn outcome(&mut self, wait: bool) -> Option<Outcome> {
        if !self.busy {
            return None;
        }
        let outcome = if wait {
            self.outcomes.recv().ok()
        } else {
            self.outcomes.try_recv().ok()
        };
        if outcome.is_some() || wait {
            self.busy = false;
            let _ = self.bell.read(&mut [0]);
        }
        outcome
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by its own message.
            let _ = thread.join();
        }
    }
}

fn work(store: &Store, to_do: &Receiver<Job>, done: &Sender<Outcome>, mut ring: PipeWriter) {
    // A Ctrl-Z delivered here would stop the whole process, in the middle of whatever lock it holds.
    signal_mask::block_all();
    while let Ok(job) = to_do.recv() {
        let outcome = job
            .into_iter()
            .map(|(lane, name, unsynced)| sync(store, lane, &name, &unsynced))
            .collect();
        if done.send(outcome).is_err() || ring.write_all(&[0]).is_err() {
            return;
        }
    }
}

/// Syncs, and moves the recovery point where a segment was rolled.
pub(crate) fn sync(
    store: &Store,
    lane: usize,
    name: &TopicPartition,
    unsynced: &Unsynced,
) -> (usize, i64, Result<()>) {
    let mut result = unsynced.sync();
    if let (Ok(()), Some(base)) = (&result, unsynced.rolled_to())
        && base > 0
    {
        result = store.set_recovery_point(name, base);
    }
    (lane, unsynced.up_to, result)
}
