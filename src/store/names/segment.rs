//! The files of a segment.

use std::ffi::OsStr;

/// Digits of the base offset in a file's name, zeros in front.
const DIGITS: usize = 20;

/// What a file with bytes that were cut from a log ends with.
const CUT: &str = ".cut";

/// One of a segment's files
/// (<https://github.com/apache/kafka/blob/3.9/storage/src/main/java/org/apache/kafka/storage/internals/log/LogFileUtils.java>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SegmentFile {
    /// The batches.
    Log,
    /// Offset to position.
    Index,
    /// Time to offset.
    TimeIndex,
    /// Aborted transactions.
    TxnIndex,
    /// The state of the producers up to the offset in the name.
    Snapshot,
}

impl SegmentFile {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Log,
        Self::Index,
        Self::TimeIndex,
        Self::TxnIndex,
        Self::Snapshot,
    ];

    /// The extension, with its dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Log => ".log",
            Self::Index => ".index",
            Self::TimeIndex => ".timeindex",
            Self::TxnIndex => ".txnindex",
            Self::Snapshot => ".snapshot",
        }
    }
}

/// What a segment's file has behind its extension while it is coming or going.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SegmentSuffix {
    /// Waits to be removed.
    Deleted,
    /// Compaction's output, unfinished.
    Cleaned,
    /// Compaction's output, whole, not yet in place.
    Swap,
    /// Any other file being written.
    Tmp,
}

impl SegmentSuffix {
    const ALL: [Self; 4] = [Self::Deleted, Self::Cleaned, Self::Swap, Self::Tmp];

    /// The suffix, with its dot.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Deleted => ".deleted",
            Self::Cleaned => ".cleaned",
            Self::Swap => ".swap",
            Self::Tmp => ".tmp",
        }
    }
}

/// The name of a segment's file: `00000000000000000042.log`. `base` is not negative.
#[must_use]
pub fn segment_file_name(base: i64, file: SegmentFile) -> String {
    format!("{base:0DIGITS$}{}", file.extension())
}

/// The same with a suffix: `00000000000000000042.log.deleted`.
#[must_use]
pub fn suffixed_segment_file_name(base: i64, file: SegmentFile, suffix: SegmentSuffix) -> String {
    format!("{base:0DIGITS$}{}{}", file.extension(), suffix.text())
}

/// The name of a file that keeps what was cut from a segment's log at `position`, in bytes. `number` tells such files
/// from each other: a segment can be cut twice at one place.
#[must_use]
pub fn cut_file_name(base: i64, position: u64, number: u32) -> String {
    let log = segment_file_name(base, SegmentFile::Log);
    format!("{log}.{position}.{number}{CUT}")
}

/// Base offset, position and number of a file that [`cut_file_name`] names; none for every other name.
#[must_use]
pub fn parse_cut_file_name(name: &OsStr) -> Option<(i64, u64, u32)> {
    let name = name.to_str()?;
    let mut parts = name.strip_suffix(CUT)?.rsplitn(3, '.');
    let (number, position) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let (base, SegmentFile::Log) = parse(parts.next()?)? else {
        return None;
    };
    (cut_file_name(base, position, number) == name).then_some((base, position, number))
}

/// Base offset and kind of a file that [`segment_file_name`] names; none for every other name.
#[must_use]
pub fn parse_segment_file_name(name: &OsStr) -> Option<(i64, SegmentFile)> {
    parse(name.to_str()?)
}

/// The same for [`suffixed_segment_file_name`].
#[must_use]
pub fn parse_suffixed_segment_file_name(name: &OsStr) -> Option<(i64, SegmentFile, SegmentSuffix)> {
    let name = name.to_str()?;
    SegmentSuffix::ALL.into_iter().find_map(|suffix| {
        let (base, file) = parse(name.strip_suffix(suffix.text())?)?;
        Some((base, file, suffix))
    })
}

fn parse(name: &str) -> Option<(i64, SegmentFile)> {
    let (digits, extension) = name.split_at_checked(DIGITS)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let file = SegmentFile::ALL
        .into_iter()
        .find(|file| file.extension() == extension)?;
    Some((digits.parse().ok()?, file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_other_things() {
        for name in [
            "0.log",
            "0000000000000000000.log",
            "000000000000000000000.log",
            "09223372036854775808.log",
            "+0000000000000000001.log",
            "00000000000000000000.LOG",
            "00000000000000000000",
            "0000000000000000000\u{e4}.log",
            "leader-epoch-checkpoint",
        ] {
            assert_eq!(parse_segment_file_name(OsStr::new(name)), None, "{name}");
        }
        assert_eq!(
            parse_segment_file_name(OsStr::new("00000000000000000000.log.tmp")),
            None
        );
        assert_eq!(
            parse_suffixed_segment_file_name(OsStr::new("00000000000000000000.log")),
            None
        );
    }

    #[test]
    fn names_of_other_things_than_cut_bytes() {
        for name in [
            "00000000000000000000.log",
            "00000000000000000000.log.cut",
            "00000000000000000000.log.7.cut",
            "00000000000000000000.log.+7.0.cut",
            "00000000000000000000.index.7.0.cut",
            "0.log.7.0.cut",
        ] {
            assert_eq!(parse_cut_file_name(OsStr::new(name)), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn cut_files_are_known_again(base in 0..=i64::MAX, position: u64, number: u32) {
            let name = cut_file_name(base, position, number);
            prop_assert_eq!(
                parse_cut_file_name(OsStr::new(&name)),
                Some((base, position, number))
            );
        }

        #[test]
        fn round_trip(base in 0..=i64::MAX, file in 0..5_usize, suffix in 0..4_usize) {
            let (file, suffix) = (SegmentFile::ALL[file], SegmentSuffix::ALL[suffix]);
            let name = segment_file_name(base, file);
            prop_assert_eq!(parse_segment_file_name(OsStr::new(&name)), Some((base, file)));
            let name = suffixed_segment_file_name(base, file, suffix);
            prop_assert_eq!(
                parse_suffixed_segment_file_name(OsStr::new(&name)),
                Some((base, file, suffix))
            );
        }
    }
}
