//! Writers that are killed with -9 while others go on: nothing that was acknowledged is missing, nothing comes twice,
//! and nobody has to repair anything by hand.

use std::fs;
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::harness::{Running, Sandbox, scale, wait_for};
use crate::ledger::{Ledger, lines_of};

const STEADY: usize = 7;

/// Starts the victim's next life, whose lines nobody can mix up with an earlier one's.
fn live(sandbox: &Sandbox, life: usize) -> Running {
    let script = format!("exec kafdir produce t < <(seq -f 'v{life} %.0f' 1 100000000)");
    sandbox.shell(&script).start()
}

fn run(sandbox: &Sandbox) {
    let each = scale("KAFDIR_TEST_WRITER_LINES", 20_000);
    let paths = [sandbox.path("one"), sandbox.path("two")];
    let followers = paths.each_ref().map(|path| {
        sandbox
            .kafdir(["consume", "t", "-f", "-F", "%p %o %s\\n"])
            .start_into(path)
    });
    let mut writers: Vec<Running> = (0..STEADY)
        .map(|number| {
            let input = sandbox.file(
                &format!("in{number}"),
                lines_of(&format!("w{number}"), each),
            );
            sandbox.kafdir(["produce", "t"]).args([input]).start()
        })
        .collect();
    let mut lives = 0;
    while !writers.is_empty() || lives < 10 {
        lives += 1;
        let victim = live(sandbox, lives);
        // The pace of the killing, not a wait for anything.
        let born = Instant::now();
        while born.elapsed() < Duration::from_millis(100) {
            park_timeout(Duration::from_millis(100).saturating_sub(born.elapsed()));
        }
        victim.signal(Signal::SIGKILL);
        victim.dies_by(Signal::SIGKILL);
        writers.retain_mut(|writer| !writer.has_ended());
        assert!(lives < 1000, "the steady writers make no progress");
    }
    // Whoever comes next mends what the last one left, and every partition ends with a line of a known place.
    for partition in ["0", "1", "2", "3"] {
        sandbox
            .kafdir(["produce", "-q", "t", "-p", partition])
            .input(format!("end{partition} 1\n"))
            .exits(0);
    }
    let total = log_ends(sandbox);
    for (follower, path) in followers.into_iter().zip(&paths) {
        let mut reached = Lines::default();
        wait_for("the follower is at the end", || {
            (reached.count(path) >= total).then_some(())
        });
        follower.signal(Signal::SIGTERM);
        follower.dies_by(Signal::SIGTERM);
        let ledger = Ledger::read(path);
        for number in 0..STEADY {
            ledger.has_all(&format!("w{number}"), each);
        }
        for partition in 0..4 {
            ledger.has_all(&format!("end{partition}"), 1);
        }
        assert_eq!(ledger.count(), total);
        let stored = ledger
            .writers()
            .filter(|name| name.starts_with('v'))
            .count();
        assert!(
            stored * 2 > lives,
            "only {stored} of {lives} lives stored a line"
        );
    }
    sandbox.is_clean();
}

/// The sum of the partitions' log end offsets.
fn log_ends(sandbox: &Sandbox) -> i64 {
    let topic = sandbox
        .kafdir(["topic", "describe", "t", "--json"])
        .any_stdout()
        .exits(0)
        .json();
    let partitions = topic["partitions"].as_array().unwrap();
    partitions
        .iter()
        .map(|partition| partition["log_end_offset"].as_i64().unwrap())
        .sum()
}

/// Counts the lines of a growing file, each byte looked at once.
#[derive(Default)]
struct Lines {
    read: usize,
    count: i64,
}

impl Lines {
    fn count(&mut self, path: &std::path::Path) -> i64 {
        use std::os::unix::fs::FileExt as _;

        let file = fs::File::open(path).unwrap();
        let mut block = vec![0; 1 << 20];
        loop {
            let read = file.read_at(&mut block, self.read as u64).unwrap();
            if read == 0 {
                return self.count;
            }
            self.read += read;
            for byte in &block[..read] {
                self.count += i64::from(*byte == b'\n');
            }
        }
    }
}

#[test]
fn one_of_eight_is_killed_again_and_again() {
    run(&Sandbox::with_topic("t", 4));
}

#[test]
fn one_of_eight_is_killed_again_and_again_while_segments_roll() {
    run(&Sandbox::with_config("t", 4, &["segment.bytes=1048576"]));
}
