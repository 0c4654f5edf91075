//! Putting out a member that hangs.

use nix::sys::signal::Signal;

use crate::group_file::holders;
use crate::harness::{Running, Sandbox, seq, wait_for};
use crate::stopping::stop;

fn follow(sandbox: &Sandbox) -> Running {
    sandbox
        .kafdir(["consume", "t", "-f", "-g", "g", "--commit-interval", "10ms"])
        .start()
}

/// The id of the member that holds something, once there is one.
fn holder(sandbox: &Sandbox, process: &Running) -> String {
    wait_for("it holds something", || {
        let mut holders = holders(sandbox).into_iter();
        holders.find_map(|(pid, id)| (pid == process.id()).then_some(id))
    })
}

#[test]
fn a_stopped_member_is_put_out_and_finds_out() {
    let sandbox = Sandbox::with_topic("t", 1);
    let stopped = follow(&sandbox);
    let id = holder(&sandbox, &stopped);
    stop(&sandbox, &stopped);
    let mut other = follow(&sandbox);
    sandbox.produce("t", seq(1, 3));
    sandbox
        .kafdir(["group", "evict", "g", &id])
        .any_stdout()
        .any_stderr()
        .exits(0);
    for number in 1..=3 {
        assert_eq!(other.line(), number.to_string());
    }
    holder(&sandbox, &other);
    sandbox
        .kafdir(["group", "evict", "g", &id])
        .stderr_has("no member")
        .exits(1);
    stopped.signal(Signal::SIGCONT);
    let said = stopped.exits(1);
    assert!(said.contains("put it out"), "{said}");
    other.signal(Signal::SIGTERM);
    other.dies_by(Signal::SIGTERM);
}
