//! `produce --resume`: an import that can be started again.

mod reading;
mod session;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::flag;
use crate::cli::produce::plan::{ProducePlan, Resume};
use crate::cli::produce::report;
use crate::cli::produce::run::{open_store, topic};
use crate::client::{Directory, Produced, create_import_dir};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{HeldLock, LockFile, Patience, Store};
use session::Session;

/// Runs the plan.
pub(super) fn run(plan: &ProducePlan, resume: &Resume, context: &mut Context) -> Result<Outcome> {
    context.catch_signals()?;
    let store = open_store(plan, context)?;
    let topic = topic(plan, &Directory::new(store.clone()))?;
    let name = topic.name.clone();
    let dir = store.layout().import_dir(&resume.name);
    create_import_dir(&dir)?;
    // For the life of the import: two of one name would store everything twice.
    let _lock = lock(plan, resume, &store)?;
    let Some(signals) = context.signals.as_ref() else {
        return Err(Error::failed("signals are not caught"));
    };
    let mut session = Session::open(plan, resume, &store, topic, signals, context.quiet())?;
    let ended = session.run();
    // What was read before an error is stored, and remembered: the next run begins at what was wrong.
    let settled = session.end();
    let (produced, skipped) = (session.produced(), session.skipped());
    drop(session);
    if skipped > 0 {
        let were = if skipped == 1 {
            "record was"
        } else {
            "records were"
        };
        context.note(&format!(
            "{skipped} {were} stored already when the last run was interrupted"
        ));
    }
    match (ended, settled) {
        (Ok(()), settled) => settled?,
        (Err(error), Err(second)) if error.kind() == ErrorKind::Interrupted => return Err(second),
        (Err(error), Ok(())) if error.kind() == ErrorKind::Interrupted => {
            report::tell(plan, &name, &produced, context)?;
            return Err(error);
        }
        (Err(error), _) => return Err(error),
    }
    report::tell(plan, &name, &produced, context)?;
    Ok(Outcome::Done)
}

/// Takes the import's lock: at once, or within the time allowed.
fn lock(plan: &ProducePlan, resume: &Resume, store: &Store) -> Result<HeldLock> {
    let path = store.layout().import_dir(&resume.name).join("lock");
    if plan.timeout.is_some() {
        let patience = Patience::endless()
            .until(flag::deadline(plan.timeout))
            .telling(store.notes().clone());
        return LockFile::hold(&path, &patience);
    }
    LockFile::try_hold(&path, crate::store::lock::Mode::Exclusive)?.ok_or_else(|| {
        Error::failed(format!(
            "the import '{}' is running already: {} is locked",
            resume.name,
            path.display()
        ))
        .help("wait for it with --timeout DURATION")
    })
}

/// What several producers stored, by partition.
fn merge(all: impl Iterator<Item = Produced>) -> Vec<Produced> {
    let mut merged = std::collections::BTreeMap::<i32, Produced>::new();
    for produced in all {
        merged
            .entry(produced.partition)
            .and_modify(|sum| {
                sum.records += produced.records;
                sum.first_offset = sum.first_offset.min(produced.first_offset);
                sum.last_offset = sum.last_offset.max(produced.last_offset);
            })
            .or_insert(produced);
    }
    merged.into_values().collect()
}
