//! The name that was meant where there is none of that name.

use std::fmt::Display;

/// The word that `text` was most likely meant to be, if any is near.
pub(crate) fn nearest<'a>(text: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    words
        .map(|word| (strsim::damerau_levenshtein(text, word), word))
        .filter(|(distance, word)| *distance <= 1 + word.len() / 5)
        .min()
        .map(|(_, word)| word)
}

/// How an error ends that says so: which was meant, if any may have been.
pub(crate) fn did_you_mean(near: Option<impl Display>) -> String {
    near.map_or(String::new(), |near| format!("; did you mean '{near}'?"))
}
