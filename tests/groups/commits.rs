//! When an offset counts, seen from outside.

use std::fs;

use kafdir::store::{LockFile, Patience};
use nix::sys::signal::Signal;

use crate::harness::{Sandbox, seq, wait_for};
use crate::inside;

fn offset(sandbox: &Sandbox) -> Option<i64> {
    let file = fs::read(sandbox.store().join("groups/g/offsets.json")).ok()?;
    let offsets: serde_json::Value = serde_json::from_slice(&file).unwrap();
    offsets["offsets"][0]["offset"].as_i64()
}

#[test]
fn after_a_failed_sync_nothing_is_committed() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox
        .kafdir(["produce", "t", "-q", "--acks", "1"])
        .input(seq(1, 3))
        .exits(0);
    fs::write(sandbox.store().join("locks/failed/t-0"), "").unwrap();
    sandbox
        .kafdir(["consume", "t", "-q", "-g", "g"])
        .env("KAFDIR_BOOT_ID", "the next one")
        .any_stdout()
        .stderr_has("may not be on disk")
        .exits(6);
    assert_eq!(offset(&sandbox), None);
}

#[test]
fn damaged_offsets_are_an_error_and_stay() {
    let sandbox = Sandbox::with_topic("t", 1);
    sandbox.produce("t", seq(1, 3));
    sandbox
        .kafdir(["consume", "t", "-q", "-g", "g"])
        .any_stdout()
        .exits(0);
    let file = sandbox.store().join("groups/g/offsets.json");
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    sandbox
        .kafdir(["consume", "t", "-q", "-g", "g"])
        .stdout("")
        .stderr_has("offsets.json")
        .exits(6);
    assert_eq!(fs::read(&file).unwrap(), whole[..whole.len() / 2]);
    fs::write(&file, &whole).unwrap();
    sandbox
        .kafdir(["consume", "t", "-q", "-g", "g"])
        .stdout("")
        .exits(0);
}

/// Somebody who is stopped in the middle of a commit holds its lock: the others commit once it was put out.
#[test]
fn a_commit_waits_for_a_stopped_one_until_that_is_put_out() {
    let sandbox = Sandbox::with_topic("t", 1);
    let stopped = inside::join(&sandbox, "g", "stopped", "t");
    let lock = sandbox.store().join("groups/g/commit-1");
    let held = LockFile::hold(&lock, &Patience::endless()).unwrap();
    let mut member = sandbox
        .kafdir(["consume", "t", "-f", "-g", "g", "--commit-interval", "10ms"])
        .start();
    sandbox
        .kafdir(["group", "evict", "g", stopped.id(), "-q"])
        .any_stdout()
        .exits(0);
    sandbox.produce("t", seq(1, 3));
    for number in 1..=3 {
        assert_eq!(member.line(), number.to_string());
    }
    wait_for("a commit", || (offset(&sandbox) == Some(3)).then_some(()));
    member.signal(Signal::SIGTERM);
    member.dies_by(Signal::SIGTERM);
    drop((held, stopped));
}
