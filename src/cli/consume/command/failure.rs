//! What is said when COMMAND did not do its work: always where the group stands.

use std::io;

use super::batch::Batch;
use super::dead_letter::DeadLetters;
use super::ending::Ending;
use super::runner::Runner;
use super::worker::Failed;
use crate::count::counted;
use crate::error::{Error, ErrorKind};

/// Its attempts are used up.
pub(super) fn failed(runner: &Runner<'_>, piece: &Batch, failed: &Failed) -> Error {
    error(runner, piece, failed, "").help(
        "--max-attempts tries again at once, --dead-letter TOPIC moves what fails and goes on",
    )
}

/// What it needs is not there, and was not there at any of the attempts.
pub(super) fn not_now(runner: &Runner<'_>, piece: &Batch, failed: &Failed) -> Error {
    error(
        runner,
        piece,
        failed,
        "which says nothing about the records",
    )
    .help("the next run gives it the same records; --max-attempts and --backoff wait longer")
}

/// It can't be run.
pub(super) fn never(runner: &Runner<'_>, piece: &Batch, failed: &Failed) -> Error {
    let why = "as for a command that is not there or can't be executed";
    error(runner, piece, failed, why)
}

/// It could not even be started.
pub(super) fn not_started(runner: &Runner<'_>, piece: &Batch, why: &io::Error) -> Error {
    let name = runner.launcher.name();
    let message = format!(
        "cannot start {name}: {why}; it was to have {}, and {}",
        place(piece),
        stands(piece)
    );
    Error::new(ErrorKind::CommandFailed, message)
}

/// So many failed that it can't be the records' fault.
pub(super) fn too_many(
    runner: &Runner<'_>,
    piece: &Batch,
    failed: &Failed,
    letters: &DeadLetters,
) -> Error {
    let why = format!(
        "after {} in a row",
        counted(letters.most_in_a_row, "dead letter")
    );
    error(runner, piece, failed, &why).help(
        "something else than the records seems to be at fault; --max-dead-letters allows more",
    )
}

/// It failed, and the dead-letter topic does not take the record.
pub(super) fn not_moved(
    runner: &Runner<'_>,
    piece: &Batch,
    ending: Ending,
    letters: &DeadLetters,
    why: &Error,
) -> Error {
    let message = format!(
        "{} failed on {} ({ending}), and the move to {} failed too: {why}; {}",
        runner.launcher.name(),
        place(piece),
        letters.topic(),
        stands(piece)
    );
    let error = Error::new(ErrorKind::CommandFailed, message);
    match why.help_text() {
        Some(help) => error.help(help),
        None => error,
    }
}

fn error(runner: &Runner<'_>, piece: &Batch, failed: &Failed, why: &str) -> Error {
    let attempts = match failed.attempts {
        1 => String::new(),
        many => format!(" at attempt {many}"),
    };
    let why = if why.is_empty() {
        String::new()
    } else {
        format!(", {why}")
    };
    let message = format!(
        "{} failed on {}{attempts} ({}){why}; {}",
        runner.launcher.name(),
        place(piece),
        failed.ending,
        stands(piece)
    );
    Error::new(ErrorKind::CommandFailed, message)
}

fn place(piece: &Batch) -> String {
    let (name, first, last) = (piece.partition.name(), piece.first, piece.last);
    if first == last {
        format!("{name} offset {first}")
    } else {
        format!("{name} offsets {first} to {last}")
    }
}

fn stands(piece: &Batch) -> String {
    format!("the group stands right before, at {}", piece.first)
}
