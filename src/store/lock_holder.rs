//! Who holds a lock, for people: the kernel knows, and tells in `/proc/locks`.
//!
//! Process ids mean nothing across containers and are used again, so nothing is ever decided by what is found here.

use std::fmt::Write as _;
use std::fs;

use super::lock::FileId;

const LOCKS: &str = "/proc/locks";

/// The holders of flock locks on `file`, as text for a message: `pid 17 (kafdir), pid 23 (kafdir, stopped)`.
pub(crate) fn describe(file: FileId) -> Option<String> {
    let table = fs::read_to_string(LOCKS).ok()?;
    let mut text = String::new();
    for pid in holders(&table, file) {
        if !text.is_empty() {
            text.push_str(", ");
        }
        let _ = write!(text, "pid {pid}");
        if let Some(process) = process(pid) {
            let _ = write!(text, " ({process})");
        }
    }
    (!text.is_empty()).then_some(text)
}

/// The lines look like `4: FLOCK  ADVISORY  WRITE 1234 fe:00:131 0 EOF`; one that waits has `->` after its number.
fn holders(table: &str, file: FileId) -> Vec<u32> {
    let inode = file.inode.to_string();
    table
        .lines()
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_ascii_whitespace().collect();
            let &[_, "FLOCK", _, _, pid, place, ..] = fields.as_slice() else {
                return None;
            };
            // The device is left out: btrfs and overlayfs show another one here than stat does.
            (place.rsplit(':').next() == Some(inode.as_str())).then(|| pid.parse().ok())?
        })
        .collect()
}

/// A process's name, and whether it is stopped.
fn process(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (front, rest) = stat.rsplit_once(')')?;
    let name = front.split_once('(')?.1.escape_debug();
    let stopped = rest.trim_start().starts_with(['T', 't']);
    Some(format!("{name}{}", if stopped { ", stopped" } else { "" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_and_not_who_waits() {
        let table = "1: FLOCK  ADVISORY  WRITE 11 fe:00:131 0 EOF\n\
                     1: -> FLOCK  ADVISORY  WRITE 12 fe:00:131 0 EOF\n\
                     2: POSIX  ADVISORY  WRITE 13 fe:00:131 0 EOF\n\
                     3: FLOCK  ADVISORY  READ  14 fe:00:1131 0 EOF\n\
                     4: FLOCK  ADVISORY  READ  15 00:2f:131 0 EOF\n";
        let file = FileId {
            device: 0,
            inode: 131,
        };
        assert_eq!(holders(table, file), [11, 15]);
    }
}
