//! What every test of the command line stands on: a directory of its own, a cleared environment, calls that state
//! what they expect, children that never outlive their test, and waiting for a state instead of for a time.

mod call;
mod foreground;
mod running;
mod sandbox;
mod tree;

pub(crate) use call::{Call, Output};
pub(crate) use foreground::leave_background;
pub(crate) use running::Running;
pub(crate) use sandbox::Sandbox;
pub(crate) use tree::Tree;

use std::thread::park_timeout;
use std::time::{Duration, Instant};

/// The longest that anything in a test may take before the test fails and says what it was waiting for.
pub(crate) const DEADLINE: Duration = Duration::from_secs(120);

/// Waits until `probe` gives something, and fails the test at the deadline, naming `state`.
#[track_caller]
pub(crate) fn wait_for<T>(state: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(
            started.elapsed() < DEADLINE,
            "after {DEADLINE:?} still not so: {state}"
        );
        park_timeout(Duration::from_millis(2));
    }
}

/// The number that the environment variable `name` holds, else `default`: how much of a big test is run.
pub(crate) fn scale(name: &str, default: usize) -> usize {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name}={text} is not a number")),
        Err(_) => default,
    }
}

/// The lines `from..to` of `seq`, each ended by a newline.
pub(crate) fn seq(from: usize, to: usize) -> Vec<u8> {
    use std::io::Write as _;

    let mut lines = Vec::with_capacity((to + 1 - from) * 8);
    for number in from..=to {
        writeln!(lines, "{number}").unwrap();
    }
    lines
}

/// What `bytes` look like in a message: text, and not more of it than helps.
pub(crate) fn shown(bytes: &[u8]) -> String {
    const LONGEST: usize = 2_000;
    let text = bytes.escape_ascii().to_string().replace("\\n", "\n");
    if text.len() <= LONGEST {
        return text;
    }
    format!("{}... ({} bytes)", &text[..LONGEST], bytes.len())
}
