//! Stopping a member where it holds nothing up.

use std::fs;
use std::time::Instant;

use kafdir::store::{LockFile, Patience};
use nix::sys::signal::Signal;

use crate::harness::{DEADLINE, Running, Sandbox, wait_for};

/// Stops a member of the group `g` with SIGSTOP while it does not hold the group's lock: all others would wait for it
/// otherwise. So the test holds the lock meanwhile.
#[track_caller]
pub(crate) fn stop(sandbox: &Sandbox, member: &Running) {
    let lock = sandbox.store().join("groups/g/lock");
    let patience = Patience::endless().until(Some(Instant::now() + DEADLINE));
    let held = LockFile::hold(&lock, &patience).unwrap();
    member.signal(Signal::SIGSTOP);
    wait_for("all its threads are stopped", || {
        is_stopped(member.id()).then_some(())
    });
    drop(held);
}

/// Whether each thread of a process is stopped. A signal is on its way for a while, and a thread in the middle of a call
/// of the kernel finishes that first.
fn is_stopped(pid: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    threads.map(Result::unwrap).all(|thread| {
        let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        // "ID (NAME) STATE ...": the name may hold anything.
        stat.rsplit_once(") ")
            .is_some_and(|(_, rest)| rest.starts_with('T'))
    })
}
