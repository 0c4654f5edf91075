//! Which topic a client reads under a name.
//!
//! librdkafka goes on in a topic that was deleted and made again under its name, at the offset where it was in the old one.
//! None of its calls tells by which id it reads. What it says for debugging does, whenever an answer about topics has
//! given it another one, and it says so before it fetches by that: a record of the new topic comes later than the words.
//! They cost nothing but themselves, some lines for each answer about topics, and no question to a broker. A broker that
//! knows no ids (before 2.8) gives none; one that is asked for records by name (before 3.1) is found out once topics are
//! asked about again.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::batches::deleted;
use crate::error::Result;
use crate::store::TopicName;

/// What librdkafka is to tell of.
const CONTEXT: &str = "metadata";
/// How it calls that it has a topic by another id than before.
const FACILITY: &str = "METADATA";
/// How it writes the id of a topic that has none.
const NONE: &str = "AAAAAAAAAAAAAAAAAAAAAA";

/// The topics that are others than before, as far as a client told. Clones know the same.
#[derive(Clone, Default)]
pub(super) struct TopicIds(Arc<Mutex<HashSet<String>>>);

/// The setting that has a client tell, besides what was asked for.
pub(super) fn debug(asked: Option<&str>) -> String {
    match asked {
        None | Some("") => CONTEXT.to_owned(),
        Some(asked) => format!("{asked},{CONTEXT}"),
    }
}

impl TopicIds {
    fn others(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hears what was said.
    pub(super) fn hear(&self, facility: &str, message: &str) {
        if facility != FACILITY {
            return;
        }
        if let Some((topic, old, new)) = change(message)
            && old != NONE
            && new != NONE
        {
            self.others().insert(topic.to_owned());
        }
    }

    /// Whether there is another topic of that name than the one that was read.
    pub(super) fn is_another(&self, topic: &TopicName) -> bool {
        self.others().contains(topic.as_str())
    }

    /// Reading begins anew, whichever topic it is.
    pub(super) fn forget(&self, topic: &TopicName) {
        self.others().remove(topic.as_str());
    }

    /// An error if there is.
    pub(super) fn check(&self, topic: &TopicName) -> Result<()> {
        if self.is_another(topic) {
            return Err(deleted(topic, "was deleted and created again"));
        }
        Ok(())
    }
}

/// The topic that has another id, the old one and the new one.
fn change(message: &str) -> Option<(&str, &str, &str)> {
    let (_, told) = message.split_once("Topic ")?;
    let (topic, ids) = told.split_once(" changed id from ")?;
    let (old, new) = ids.split_once(" to ")?;
    Some((topic, old, new))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn another_id_is_another_topic() {
        let ids = TopicIds::default();
        let topic = TopicName::new("t.1-x").unwrap();
        let hear = |old: &str, new: &str| {
            let words = format!("[thrd:main]: Topic t.1-x changed id from {old} to {new}");
            ids.hear("METADATA", &words);
            ids.is_another(&topic)
        };
        // The first that is known, and a broker that knows none.
        assert!(!hear(NONE, "NmETKxD0RcCqIwl401cq8A"));
        assert!(!hear("NmETKxD0RcCqIwl401cq8A", NONE));
        ids.hear("METADATA", "[thrd:main]: Topic t.1-x [0] Leader 1 Epoch 0");
        assert!(ids.check(&topic).is_ok());
        assert!(hear("NmETKxD0RcCqIwl401cq8A", "yB03dTEoRLi4nkEcyUCc6Q"));
        assert!(ids.check(&topic).is_err());
        assert!(ids.check(&TopicName::new("t").unwrap()).is_ok());
        ids.forget(&topic);
        assert!(ids.check(&topic).is_ok());
    }

    /// The words are no promise of librdkafka's: those of the one that is built along are looked up in this program.
    #[test]
    fn librdkafka_still_says_so() {
        let words = ["Topic %s changed id", "from %s to %s"].join(" ");
        let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(memchr::memmem::find(&program, words.as_bytes()).is_some());
    }

    #[test]
    fn what_was_asked_for_is_told_too() {
        assert_eq!(debug(None), "metadata");
        assert_eq!(debug(Some("")), "metadata");
        assert_eq!(debug(Some("broker,topic")), "broker,topic,metadata");
    }
}
