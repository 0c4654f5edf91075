//! A cluster that is away while it is waited for.

use crate::error::{ErrorKind, Result};

/// Tells an address where nobody is from a cluster that has answered and comes back, most often.
#[derive(Debug, Default)]
pub(super) struct Outage {
    has_answered: bool,
    is_away: bool,
}

impl Outage {
    /// What a look came to; none where there was no answer this time, which is no reason to wait no longer, and is noted
    /// once.
    pub(super) fn outlast<T>(
        &mut self,
        looked: Result<T>,
        note: impl FnOnce(&str),
    ) -> Result<Option<T>> {
        match looked {
            Err(error) if self.has_answered && error.kind() == ErrorKind::Unanswered => {
                if !std::mem::replace(&mut self.is_away, true) {
                    note(&format!("{error}; going on once there is an answer"));
                }
                Ok(None)
            }
            looked => {
                let found = looked?;
                (self.has_answered, self.is_away) = (true, false);
                Ok(Some(found))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::error::Error;

    fn away() -> Result<u32> {
        Err(Error::new(ErrorKind::Unanswered, "no answer"))
    }

    #[test]
    fn who_has_answered_is_waited_for_and_that_is_said_once() {
        let mut said = Vec::new();
        let mut outage = Outage::default();
        let mut look = |looked| outage.outlast(looked, |note| said.push(note.to_owned()));
        assert!(look(away()).is_err(), "nobody is there");
        assert_eq!(look(Ok(1)).unwrap(), Some(1));
        assert_eq!(look(away()).unwrap(), None);
        assert_eq!(look(away()).unwrap(), None);
        assert_eq!(look(Ok(2)).unwrap(), Some(2));
        assert_eq!(look(away()).unwrap(), None);
        for kind in [ErrorKind::TimedOut, ErrorKind::Failed] {
            assert!(look(Err(Error::new(kind, "no answer"))).is_err());
        }
        assert_eq!(said, ["no answer; going on once there is an answer"; 2]);
    }
}
