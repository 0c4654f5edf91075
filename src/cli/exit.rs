//! From errors to words on stderr and to the exit code: the one place that does either.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};

use crate::cli::output::Output;
use crate::cli::signals::{self, Signals};
use crate::error::{Error, ErrorKind, Result};

/// How a run ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything was done.
    Done,
    /// There was nothing, and the user asked to be told.
    NothingThere,
    /// Damage was found, and has been reported.
    Damaged,
    /// The COMMAND that we stood for exited with this code, or could not be run, which this code says.
    Exited(u8),
    /// The COMMAND that we stood for was ended by this signal.
    Killed(i32),
}

impl Outcome {
    fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::NothingThere => 3,
            Self::Damaged => 6,
            Self::Exited(code) => code,
            Self::Killed(signal) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
        }
    }
}

/// The exit code of an error.
pub(crate) fn code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::OutputClosed => 0,
        ErrorKind::Usage => 2,
        ErrorKind::TimedOut => 4,
        ErrorKind::CommandFailed => 5,
        ErrorKind::Damaged => 6,
        ErrorKind::Failed
        | ErrorKind::Refused
        | ErrorKind::UnknownTopic
        | ErrorKind::TopicDeleted
        | ErrorKind::UnknownGroup
        | ErrorKind::Evicted
        | ErrorKind::Unanswered
        | ErrorKind::Interrupted => 1,
    }
}

/// Ends a run: reports its error, if there is one, and gives the exit code.
///
/// A run that was asked to stop by one of the signals `caught` does not return from here, also where it had come to its end
/// by itself meanwhile: the signal is raised again with its default action, so that whoever waits for the process sees what
/// ended it. So it is with the signal that ended the COMMAND that we stood for.
pub(crate) fn conclude(result: &Result<Outcome>, caught: Option<&Signals>) -> ExitCode {
    let (code, is_quiet) = match result {
        Ok(Outcome::Killed(signal)) => {
            signals::die_by(*signal);
            (Outcome::Killed(*signal).code(), false)
        }
        Ok(outcome) => (outcome.code(), *outcome != Outcome::Damaged),
        Err(error) => {
            let is_quiet = matches!(
                error.kind(),
                ErrorKind::OutputClosed | ErrorKind::Interrupted
            );
            if !is_quiet {
                report(error);
            }
            (code(error.kind()), is_quiet)
        }
    };
    if is_quiet && let Some(signals) = caught {
        signals.die();
    }
    code.into()
}

/// Gives the answer to a command line that names no run: help and version go to stdout, refusals to stderr.
pub(crate) fn answer(mut answer: clap::Error) -> ExitCode {
    if answer.use_stderr() {
        if is_of_a_negative_number(&answer) {
            answer.remove(ContextKind::Suggested);
        }
        let text = answer.render().to_string();
        let text = text
            .strip_prefix("error: ")
            .map_or(text.clone(), |rest| format!("kafdir: {rest}"));
        say(&text);
        return code(ErrorKind::Usage).into();
    }
    let text = if std::io::stdout().is_terminal() {
        answer.render().ansi().to_string()
    } else {
        answer.render().to_string()
    };
    let mut output = Output::stdout();
    let result = output.put(text.as_bytes()).and_then(|()| output.finish());
    conclude(&result.map(|()| Outcome::Done), None)
}

/// Whether an option was given a negative number that it does not take, `-n -1`. What clap suggests then, `-- -1`, is for
/// arguments that are no options.
fn is_of_a_negative_number(answer: &clap::Error) -> bool {
    matches!(
        answer.get(ContextKind::InvalidArg),
        Some(ContextValue::String(argument)) if argument.parse::<i64>().is_ok()
    )
}

/// The lines of an error: what happened, then what to do about it.
fn words(error: &Error) -> String {
    let mut words = format!("kafdir: {error}\n");
    for line in error.help_text().unwrap_or_default().lines() {
        let _ = writeln!(words, "help: {line}");
    }
    words
}

/// Says what went wrong.
pub(crate) fn report(error: &Error) {
    say(&words(error));
}

/// In one piece, so that the messages of processes that share a stderr don't mix. There is no one to tell if it fails.
fn say(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_and_its_help_another() {
        let error = Error::failed("it broke").help("mend it\nor throw it away");
        assert_eq!(
            words(&error),
            "kafdir: it broke\nhelp: mend it\nhelp: or throw it away\n"
        );
        assert_eq!(words(&Error::usage("no")), "kafdir: no\n");
    }

    #[test]
    fn codes_are_those_of_the_manual() {
        let table = [
            (ErrorKind::Failed, 1),
            (ErrorKind::UnknownTopic, 1),
            (ErrorKind::TopicDeleted, 1),
            (ErrorKind::UnknownGroup, 1),
            (ErrorKind::Evicted, 1),
            (ErrorKind::CommandFailed, 5),
            (ErrorKind::Usage, 2),
            (ErrorKind::TimedOut, 4),
            (ErrorKind::Damaged, 6),
            (ErrorKind::OutputClosed, 0),
        ];
        for (kind, expected) in table {
            assert_eq!(code(kind), expected, "{kind:?}");
        }
        assert_eq!(Outcome::Done.code(), 0);
        assert_eq!(Outcome::NothingThere.code(), 3);
        assert_eq!(Outcome::Damaged.code(), 6);
    }
}
