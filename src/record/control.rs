//! Control records: what a broker writes between the producers' records.
//!
//! A control batch holds one, its type in the key. A transaction's end is a control record; readers of committed records
//! act on it, and no reader gets to see it (KIP-98).

/// What a control record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlType {
    /// The producer's open transaction was aborted.
    Abort,
    /// The producer's open transaction was committed.
    Commit,
    /// A raft leader was elected.
    LeaderChange,
    /// Something else, to be passed over: its number.
    Other(i16),
}

impl ControlType {
    /// The type in a control record's key: an i16 version, an i16 type, and perhaps what a later version adds.
    /// Nothing if the key is too short or its version negative.
    #[must_use]
    pub fn of_key(key: &[u8]) -> Option<Self> {
        let (version, rest) = key.split_first_chunk()?;
        let (kind, _) = rest.split_first_chunk()?;
        if i16::from_be_bytes(*version) < 0 {
            return None;
        }
        Some(match i16::from_be_bytes(*kind) {
            0 => Self::Abort,
            1 => Self::Commit,
            2 => Self::LeaderChange,
            other => Self::Other(other),
        })
    }
}

/// The epoch of the transaction coordinator in the value of an abort or commit: an i16 version, an i32 epoch, and perhaps
/// what a later version adds. Nothing if the value is too short or its version negative.
#[must_use]
pub fn coordinator_epoch(value: &[u8]) -> Option<i32> {
    let (version, rest) = value.split_first_chunk()?;
    let (epoch, _) = rest.split_first_chunk()?;
    (i16::from_be_bytes(*version) >= 0).then(|| i32::from_be_bytes(*epoch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_kafkas_types() {
        assert_eq!(ControlType::of_key(&[0, 0, 0, 0]), Some(ControlType::Abort));
        assert_eq!(
            ControlType::of_key(&[0, 0, 0, 1]),
            Some(ControlType::Commit)
        );
        assert_eq!(
            ControlType::of_key(&[0, 0, 0, 2]),
            Some(ControlType::LeaderChange)
        );
    }

    #[test]
    fn passes_over_what_it_does_not_know() {
        let unknown = [0, 0, 0x01, 0x51];
        assert_eq!(ControlType::of_key(&unknown), Some(ControlType::Other(337)));
        assert_eq!(
            ControlType::of_key(&[0, 0, 0, 4]),
            Some(ControlType::Other(4))
        );
    }

    #[test]
    fn reads_a_newer_version_as_the_oldest() {
        assert_eq!(
            ControlType::of_key(&[0, 5, 0, 1, 9, 9]),
            Some(ControlType::Commit)
        );
        assert_eq!(coordinator_epoch(&[0, 1, 0, 0, 0, 7, 3]), Some(7));
    }

    #[test]
    fn refuses_what_is_too_short_or_negative() {
        assert_eq!(ControlType::of_key(&[]), None);
        assert_eq!(ControlType::of_key(&[0, 0, 0]), None);
        assert_eq!(ControlType::of_key(&[0xff, 0xff, 0, 1]), None);
        assert_eq!(coordinator_epoch(&[0, 0, 0, 0, 0]), None);
        assert_eq!(coordinator_epoch(&[0xff, 0, 0, 0, 0, 0]), None);
    }
}
