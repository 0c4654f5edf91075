//! What a reader saw of many writers' lines, held against what they wrote.
//!
//! A writer's lines are `NAME SEQUENCE`, counted from 1; a reader prints `PARTITION OFFSET NAME SEQUENCE`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The lines of one writer.
pub(crate) fn lines_of(writer: &str, count: usize) -> String {
    let mut lines = String::with_capacity(count * (writer.len() + 8));
    for sequence in 1..=count {
        writeln!(lines, "{writer} {sequence}").unwrap();
    }
    lines
}

/// What one reader saw.
pub(crate) struct Ledger {
    /// Per partition, the offset that must come next.
    next: BTreeMap<u32, i64>,
    /// Per partition and writer, the last sequence number.
    last: BTreeMap<(u32, String), usize>,
    /// Per writer, how often each sequence number came.
    seen: BTreeMap<String, Vec<u8>>,
}

impl Ledger {
    /// Reads a reader's output and fails at an offset that is not the next one or a writer's line out of order.
    #[track_caller]
    pub(crate) fn read(path: &Path) -> Self {
        let mut ledger = Self {
            next: BTreeMap::new(),
            last: BTreeMap::new(),
            seen: BTreeMap::new(),
        };
        for line in fs::read_to_string(path).unwrap().lines() {
            if let Err(why) = ledger.take(line) {
                panic!("{}: {line:?}: {why}", path.display());
            }
        }
        ledger
    }

    fn take(&mut self, line: &str) -> Result<(), String> {
        let fields: Vec<&str> = line.split(' ').collect();
        let [partition, offset, writer, sequence] = fields[..] else {
            return Err("not what a reader prints".to_owned());
        };
        let partition: u32 = parse(partition)?;
        let offset: i64 = parse(offset)?;
        let sequence: usize = parse(sequence)?;
        let next = self.next.entry(partition).or_default();
        if offset != *next {
            return Err(format!("offset {next} should have come"));
        }
        *next += 1;
        let last = self.last.entry((partition, writer.to_owned())).or_default();
        if sequence <= *last {
            return Err(format!("comes after {last}"));
        }
        *last = sequence;
        let seen = self.seen.entry(writer.to_owned()).or_default();
        if seen.len() <= sequence {
            seen.resize(sequence + 1, 0);
        }
        seen[sequence] += 1;
        if seen[sequence] > 1 {
            return Err("seen before".to_owned());
        }
        Ok(())
    }

    /// How many records were seen.
    pub(crate) fn count(&self) -> i64 {
        self.next.values().sum()
    }

    /// The writers seen.
    pub(crate) fn writers(&self) -> impl Iterator<Item = &str> {
        self.seen.keys().map(String::as_str)
    }

    /// Every line of `writer` up to `count` was seen, and none beyond.
    #[track_caller]
    pub(crate) fn has_all(&self, writer: &str, count: usize) {
        let seen = self.seen.get(writer).map_or(&[][..], |seen| seen);
        for sequence in 1..=count {
            let times = seen.get(sequence).copied().unwrap_or(0);
            assert!(times == 1, "{writer} {sequence} was seen {times} times");
        }
        assert!(
            seen.len() == count + 1,
            "{writer} wrote {count} lines, not {}",
            seen.len() - 1
        );
    }
}

fn parse<T: std::str::FromStr>(word: &str) -> Result<T, String> {
    word.parse()
        .map_err(|_| format!("{word:?} is not a number"))
}

/// A checker that can't fail checks nothing: each fault it is there for is planted once.
mod planted {
    use super::Ledger;

    fn verdict(lines: &str, writer: &str, count: usize) -> Result<(), String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), lines).unwrap();
        let path = file.path().to_owned();
        let writer = writer.to_owned();
        std::panic::catch_unwind(move || Ledger::read(&path).has_all(&writer, count))
            .map_err(|panic| panic.downcast_ref::<String>().cloned().unwrap_or_default())
    }

    #[test]
    fn a_good_output_passes() {
        assert_eq!(
            verdict("0 0 a 1\n1 0 a 2\n0 1 a 3\n0 2 b 1\n", "a", 3),
            Ok(())
        );
    }

    #[test]
    fn every_fault_is_found() {
        for (lines, told) in [
            ("0 0 a 1\n0 1 a 2\n", "a 3 was seen 0 times"),
            ("0 0 a 1\n0 1 a 2\n1 0 a 2\n0 2 a 3\n", "seen before"),
            ("0 0 a 1\n0 2 a 2\n0 3 a 3\n", "offset 1 should have come"),
            ("0 0 a 1\n0 1 a 2\n0 1 a 3\n", "offset 2 should have come"),
            ("0 0 a 2\n0 1 a 1\n0 2 a 3\n", "comes after 2"),
            (
                "0 0 a 1\n0 1 a 2\n0 2 a 3\n0 3 a 4\n",
                "wrote 3 lines, not 4",
            ),
            ("0 0 a 1\n0 1 a 2\n0 2 a", "not what a reader prints"),
        ] {
            let found = verdict(lines, "a", 3).unwrap_err();
            assert!(found.contains(told), "{found:?} instead of {told:?}");
        }
    }
}
