//! Command lines for tests of what is made of them.

use clap::{Args, Command};

/// The arguments of `command` in `line`, whose words are separated by single spaces, `''` being an empty one; else what
/// clap says.
pub(super) fn args<T: Args>(command: &'static str, line: &str) -> Result<T, String> {
    let words = line
        .split(' ')
        .map(|word| if word == "''" { "" } else { word });
    args_of(command, words)
}

/// The same of words that may hold spaces.
pub(super) fn args_of<'a, T: Args>(
    command: &'static str,
    words: impl IntoIterator<Item = &'a str>,
) -> Result<T, String> {
    T::augment_args(Command::new(command))
        .try_get_matches_from(std::iter::once(command).chain(words))
        .and_then(|mut matches| T::from_arg_matches_mut(&mut matches))
        .map_err(|error| error.to_string())
}
