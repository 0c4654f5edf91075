//! What the group asked a member to give back: it goes back all together, once nothing of it is worked on any more.
//!
//! Whoever gives back a part has answered, to librdkafka: the group goes on, and another begins to read what is still
//! worked on here, from before it.

use std::collections::BTreeSet;

use crate::store::TopicPartition;

/// What was asked back and not given yet.
#[derive(Default)]
pub(super) struct Handback {
    asked: Vec<TopicPartition>,
    /// Those that somebody here may still work on.
    owed: BTreeSet<TopicPartition>,
}

impl Handback {
    /// These are to be given back, of which some were begun to be read.
    pub(super) fn ask(
        &mut self,
        partitions: Vec<TopicPartition>,
        is_begun: impl Fn(&TopicPartition) -> bool,
    ) {
        let begun = partitions.iter().filter(|partition| is_begun(partition));
        self.owed.extend(begun.cloned());
        self.asked.extend(partitions);
    }

    /// Those that are to be finished with.
    pub(super) fn owed(&self) -> impl Iterator<Item = &TopicPartition> {
        self.owed.iter()
    }

    /// These are not worked on any more.
    pub(super) fn release(&mut self, partitions: &[TopicPartition]) {
        for partition in partitions {
            self.owed.remove(partition);
        }
    }

    /// What is to be given back now, if it is time.
    pub(super) fn take_due(&mut self) -> Option<Vec<TopicPartition>> {
        let is_due = self.owed.is_empty() && !self.asked.is_empty();
        is_due.then(|| std::mem::take(&mut self.asked))
    }

    /// There is nothing to be given back any more: it was taken.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::Handback;
    use crate::store::{TopicName, TopicPartition};

    #[test]
    fn all_at_once_and_when_the_last_is_released() {
        let topic = TopicName::new("t").expect("it is a name");
        let partition = |number| TopicPartition::new(topic.clone(), number);
        let mut handback = Handback::default();
        assert_eq!(handback.take_due(), None);
        let all = vec![partition(0), partition(1), partition(2)];
        handback.ask(all.clone(), |partition| partition.partition > 0);
        assert_eq!(handback.owed().count(), 2);
        handback.release(&[partition(2), partition(7)]);
        assert_eq!(handback.take_due(), None);
        handback.release(&[partition(1)]);
        assert_eq!(handback.take_due(), Some(all));
        assert_eq!(handback.take_due(), None);
        handback.ask(vec![partition(0)], |_| true);
        handback.clear();
        assert_eq!((handback.owed().count(), handback.take_due()), (0, None));
    }
}
