//! The same for many things, several at a time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};

use super::file_limit::raise_file_limit;
use super::signal_mask;
use crate::error::{Error, Result};

/// So many at a time: one sync takes what the others wait for along. More than these wait for each other in the file system.
const AT_A_TIME: usize = 16;
/// For fewer a thread of its own is not worth while.
const FEW: usize = 8;
/// Files that the work on one may have open.
const FILES_OF_ONE: u64 = 8;
/// Files that are open besides.
const SPARE_FILES: u64 = 16;

/// Does `each` for every one of `all`, in no order where they are many: what waits for the disk waits together. After an
/// error no more are begun.
pub(super) fn for_each<T: Sync>(all: &[T], each: impl Fn(&T) -> Result<()> + Sync) -> Result<()> {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            each(one).inspect_err(|_| next.store(all.len(), Ordering::Relaxed))?;
        }
        Ok(())
    };
    let help = || {
        signal_mask::block_all();
        work()
    };
    thread::scope(|scope| {
        // Who can't be started is missed by nobody: the others do the work.
        let helpers: Vec<_> = (1..at_a_time(all.len(), raise_file_limit))
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, help).ok())
            .collect();
        helpers.into_iter().map(ended).fold(work(), Result::and)
    })
}

/// How many of `count` things to work on at a time, where so many files may be open.
fn at_a_time(count: usize, files: impl FnOnce() -> u64) -> usize {
    let wanted = (count / FEW).min(AT_A_TIME);
    if wanted < 2 {
        return 1;
    }
    let possible = files().saturating_sub(SPARE_FILES) / FILES_OF_ONE;
    wanted
        .min(usize::try_from(possible).unwrap_or(AT_A_TIME))
        .max(1)
}

fn ended(thread: ScopedJoinHandle<'_, Result<()>>) -> Result<()> {
    let died = |_| Err(Error::failed("a thread that worked on many things died"));
    thread.join().unwrap_or_else(died)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn few_files_mean_few_at_a_time() {
        for (count, files, expected) in [
            (1000, 1024, AT_A_TIME),
            (1000, 64, 6),
            (1000, 20, 1),
            (1000, 3, 1),
            (20, 1024, 2),
            (7, 1024, 1),
        ] {
            assert_eq!(at_a_time(count, || files), expected, "{count} with {files}");
        }
    }

    #[test]
    fn each_is_done_once_and_none_after_an_error() {
        for count in [0, 1, 7, 16, 1000] {
            let all: Vec<usize> = (0..count).collect();
            let done = Mutex::new(Vec::new());
            let each = |one: &usize| {
                done.lock().map(|mut done| done.push(*one)).ok();
                Ok(())
            };
            assert!(for_each(&all, each).is_ok());
            let mut done = done.into_inner().unwrap_or_default();
            done.sort_unstable();
            assert_eq!(done, all);
        }
        let all: Vec<usize> = (0..100_000).collect();
        let begun = AtomicUsize::new(0);
        let refused = for_each(&all, |_| {
            begun.fetch_add(1, Ordering::Relaxed);
            Err(Error::failed("no"))
        });
        assert!(refused.is_err());
        assert!(begun.into_inner() <= AT_A_TIME);
    }
}
